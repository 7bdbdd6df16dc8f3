"""Keep what was read of the sources in files of some hundred articles, so that it is read once.

Boilerplate and the newest version of each article are known only after everything was read. Until
then the articles wait in these files. A file is a chunk, a share of the work.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from recommender.articles.found_json import packed, to_json, unpacked
from recommender.articles.known_rows import KnownRow, KnownRows
from recommender.articles.outline import Outline, Withdrawn, without_line
from recommender.articles.read import Judged
from recommender.passages.boilerplate import block_keys, fingerprint
from recommender.safe_open import Depth, read_bytes
from recommender.store.files import scribble
from recommender.types import Article, Found, Notice, Refusal

# A chunk takes about half a second to cut: long enough that handing it out does not matter, short
# enough that the processors finish at about the same time.
CHUNK_ARTICLES = 256
CHUNK_BYTES = 1 << 20
_CHUNK, OUTLINES = ".read", ".outlines"
_OUTLINE, _WITHDRAWN = "outline", "withdrawn"


class Spooled(NamedTuple):
    """An entry of a chunk: the name of its file, what was found, and how its row is known again."""

    file: str
    found: Found | Withdrawn
    row: str


# Returns the path of the chunk of some lines.
Name = Callable[[Sequence[bytes]], Path]
Outlined = tuple[str, Outline | Refusal | Notice | Withdrawn]


def spool(read: Iterable[Judged], known: KnownRows, name: Name) -> Iterator[Path]:
    """Write what is read to chunks; yield each as soon as it is whole. `name` gives their paths."""
    lines: list[bytes] = []
    size = 0
    for file, found in read:
        if isinstance(found, KnownRow):
            raise AssertionError("nothing is known while everything is read")
        row = known.digest_of(found).hex() if isinstance(found, Article) else ""
        lines.append(to_json([file, row, _as_list(found)]))
        size += len(lines[-1])
        if len(lines) >= CHUNK_ARTICLES or size >= CHUNK_BYTES:
            yield _written(name(lines), lines)
            lines, size = [], 0
    if lines:
        yield _written(name(lines), lines)


def numbered(folder: Path) -> Name:
    """Return a function that names chunks by their numbers."""
    numbers = count()
    return lambda lines: folder / f"{next(numbers):08}{_CHUNK}"


def named_by_content(folder: Path) -> Name:
    """Return a function that names chunks by their content, so that equal ones share a file."""

    def path_of(lines: Sequence[bytes]) -> Path:
        return folder / f"{hashlib.sha256(b'|'.join(lines)).hexdigest()[:32]}{_CHUNK}"

    return path_of


def chunk_lines(chunk: Path) -> list[bytes]:
    """Return the entries of a chunk, which `spooled` reads."""
    return read_bytes(chunk, Depth.FOLDER).splitlines()


def spooled(line: bytes) -> Spooled:
    """Return an entry of a chunk."""
    file, row, parts = json.loads(line)
    return Spooled(file, _found(parts), row)


def write_outlines(chunk: Path) -> Path:
    """Write the outline of each entry of a chunk to a file beside it; return the outlines."""
    lines = []
    for line in chunk_lines(chunk):
        file, found, row = spooled(line)
        if isinstance(found, Article):
            lines.append(to_json([file, [_OUTLINE, *outline_of(found, row)]]))
        else:
            lines.append(to_json([file, _as_list(found)]))
    return _written(chunk.with_suffix(OUTLINES), lines)


def outlines(chunk: Path, number: int) -> Iterator[Outlined]:
    """Yield the outline of each entry of a chunk, with the name of its file.

    `number` is that of the chunk: outlines say where their articles wait.
    """
    for line, entry in enumerate(chunk_lines(chunk.with_suffix(OUTLINES))):
        file, parts = json.loads(entry)
        if parts[0] == _OUTLINE:
            yield file, Outline(*parts[1:])._replace(place=(number, line))
            continue
        found = _found(parts)
        assert not isinstance(found, Article)
        yield file, found


def outline_of(article: Article, row: str) -> Outline:
    """Return the outline of an article: the facts by which the build decides what to do with it."""
    return Outline(
        id=article.id,
        path=article.path,
        version=article.version,
        language=article.language,
        sameness=_sameness(article),
        content=without_line(article).content_hash,
        title_key=fingerprint(article.title),
        keys=block_keys(article),
        row=row,
    )


def _sameness(article: Article) -> int:
    text = "\0".join((article.title, article.date, article.text))
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def _as_list(found: Found | Withdrawn) -> list[Any]:
    return [_WITHDRAWN, *found] if isinstance(found, Withdrawn) else packed(found)


def _found(parts: list[Any]) -> Found | Withdrawn:
    return Withdrawn(*parts[1:]) if parts[0] == _WITHDRAWN else unpacked(parts)


def _written(path: Path, lines: list[bytes]) -> Path:
    with scribble(path) as stream:
        stream.write(b"\n".join(lines) + b"\n")
    return path
