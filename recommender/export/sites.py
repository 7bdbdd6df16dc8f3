"""Write the files of an export that belong to no single article: all answers, data for sites.

Each site generator has a folder with its data and templates, in the layout of its sites.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.resources import files
from importlib.resources.abc import Traversable
from os import SEEK_END
from typing import IO, Self

from recommender.export.article_files import ArticleFiles
from recommender.export.folder import KINDS, ExportFolder, name_of, path_of
from recommender.export.pages import entries_bytes, entries_of
from recommender.render.text_layout import to_json
from recommender.store.files import scratch

COMBINED = "related.jsonl"
DATA = ("hugo/data/related.json", "jekyll/_data/related.json", "pelican/related.json")
# Templates have this suffix in the package, so that Python does not take them for modules.
STORED_SUFFIX = ".txt"


class SiteEntries:
    """Keeps the data of a site for each article that this export asked about.

    They are in a file without a name: those of a large archive would fill the memory.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._places: dict[str, tuple[int, int]] = {}

    @classmethod
    @contextmanager
    def beside(cls, folder: ExportFolder) -> Iterator[Self]:
        """Yield a place for the entries of an export; they are deleted when the block ends."""
        with scratch(folder.state) as stream:
            yield cls(stream)

    def add(self, found: Iterable[tuple[str, ArticleFiles]]) -> None:
        """Keep the entries of more articles, by their names."""
        start = self._stream.seek(0, SEEK_END)
        for name, one in found:
            self._stream.write(one.entries)
            self._places[name] = start, len(one.entries)
            start += len(one.entries)

    def of(self, name: str) -> bytes | None:
        """Return the entries of an article; None if this export did not ask about it."""
        if name not in self._places:
            return None
        start, length = self._places[name]
        self._stream.seek(start)
        return self._stream.read(length)


def site_paths() -> list[str]:
    """Return the paths that `write_sites` writes."""
    return [COMBINED, *DATA, *(path for path, _ in _templates())]


def write_sites(folder: ExportFolder, ids: Iterable[str], link: str, entries: SiteEntries) -> None:
    """Write these files from the files of the articles; `ids` are sorted.

    `entries` has those of the articles that were asked about now.
    """
    with ExitStack() as stack:
        combined = stack.enter_context(folder.replace(COMBINED))
        data = [stack.enter_context(folder.replace(path)) for path in DATA]
        separator = b"{\n"
        for article_id in ids:
            line, entry = _lines(folder, article_id, link, entries)
            combined.write(line)
            _write_all(data, separator + entry)
            separator = b",\n"
        _write_all(data, b"\n}\n" if separator == b",\n" else b"{}\n")
    for path, content in _templates():
        with folder.replace(path) as stream:
            stream.write(content)


def _lines(
    folder: ExportFolder, article_id: str, link: str, entries: SiteEntries
) -> tuple[bytes, bytes]:
    """Return an article's line of the combined file, and its entry in the data of a site."""
    name = name_of(article_id)
    content = folder.read("articles", name)
    places = to_json({kind: path_of(kind, name) for kind in KINDS}).encode()
    line = places[:-1] + b", " + content[1:]  # the paths of its files, then its record
    entry = entries.of(name)
    if entry is None:  # done by an earlier export
        entry = entries_bytes(entries_of(json.loads(content), link))
    return line, f"{to_json(article_id)}: ".encode() + entry


def _write_all(streams: Iterable[IO[bytes]], data: bytes) -> None:
    for stream in streams:
        stream.write(data)


def _templates() -> Iterator[tuple[str, bytes]]:
    """Yield path and content of each template that is shipped."""
    yield from _below(files("recommender").joinpath("data", "export"), "")


def _below(folder: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    for one in sorted(folder.iterdir(), key=lambda found: found.name):
        if one.is_dir():
            yield from _below(one, f"{path}{one.name}/")
        else:
            yield path + one.name.removesuffix(STORED_SUFFIX), one.read_bytes()
