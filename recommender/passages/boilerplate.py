"""Learn which blocks recur across an archive, and keep the list for a person to review.

A block is identified by its letters. Case, spaces and punctuation do not count. In a longer block
digits do not count either, so that the number or date of an issue makes no difference. The list is
a file of lines with columns between tabs. The first column is one of

    drop    learned from the archive: left out of the vectors
    keep    a person's verdict: never left out, however often it recurs
    always  a person's verdict: left out, even if it does not recur
"""

from __future__ import annotations

import hashlib
import math
import re
import string
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Generic, TypeVar

from recommender.errors import SettingsError, StorageError
from recommender.safe_open import Depth, read_bytes
from recommender.system.disk import advice_on
from recommender.text.blocks import blocks
from recommender.types import Article, Mark, Role

BOILERPLATE_FILE = "boilerplate.tsv"
HEADER = "# verdict\tarticles\tlanguage\texample\ttext   (change drop to keep, or add: always)"
MIN_ARTICLES = 6
MIN_BLOCK_LETTERS = 4
MIN_LETTERS_WITHOUT_DIGITS = 40
MAX_BLOCK_CHARACTERS = 1_000
# One byte each for counts of fingerprints: 32 MiB, whatever the size of the archive.
CELLS = 1 << 25
REASON = "recurs across the archive"

# The place of a block: its text itself, or what finds it.
Where = TypeVar("Where")

_LETTERS = re.compile(r"[^\W\d_]+")
_NO_WORD = re.compile(r"\W+")
_SMALL = bytes(range(256)).lower()
_NO_LETTER_BYTES = bytes(set(range(128)) - set(string.ascii_letters.encode()))


class BlockVerdict(StrEnum):
    """The first column of the list: what is done with a block, and who decided it."""

    DROP = "drop"
    KEEP = "keep"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A block, the number of articles that hold it, and the id of one of them."""

    verdict: BlockVerdict
    articles: int
    language: str
    example: str
    text: str


def fingerprint(block: str) -> int:
    """Return 64 bits that blocks with the same letters share; 0 for too few or too many letters."""
    if len(block) > MAX_BLOCK_CHARACTERS:
        return 0
    # Bytes are several times as fast as a pattern: they leave it the letters beyond ASCII.
    small = block.encode("utf-8", "surrogatepass").translate(_SMALL, _NO_LETTER_BYTES)
    if small.isascii() and len(small) >= MIN_LETTERS_WITHOUT_DIGITS:
        return _bits(small)
    letters = small.decode("utf-8", "surrogatepass")
    if not (letters.isascii() or letters.isalpha()):
        letters = "".join(_LETTERS.findall(letters))
    if len(letters) < MIN_BLOCK_LETTERS:
        return 0
    # In a short block a number carries the meaning: `Linux 2.6` is not `Linux 3.2`.
    is_long = len(letters) >= MIN_LETTERS_WITHOUT_DIGITS
    identity = letters if is_long else _NO_WORD.sub("", block)
    if identity.isascii():
        identity = identity.lower()
    else:
        identity = unicodedata.normalize("NFKC", identity.casefold())
    return _bits(identity.encode())


def _bits(identity: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(identity, digest_size=8).digest(), "little")


def needed(articles: int) -> int:
    """Return how many of `articles` in one language must hold a block that is boilerplate."""
    return max(MIN_ARTICLES, math.isqrt(articles))


@dataclass(slots=True)
class _Recurring(Generic[Where]):
    """A block that at least `MIN_ARTICLES` articles hold, and where one of them has it."""

    articles: int
    language: str
    example: str
    where: Where


class Learner(Generic[Where]):
    """Counts in how many articles blocks recur, by their fingerprints, which are all it needs.

    Only the places of the few recurring blocks are kept. So the fingerprints may come from other
    processes or machines, in the order of the articles.
    """

    def __init__(self) -> None:
        self._counts = bytearray(CELLS)
        self._found: dict[int, _Recurring[Where]] = {}
        self._totals: Counter[str] = Counter()

    def add(self, language: str, id: str, blocks: Iterable[tuple[int, Where]]) -> None:
        """Count the blocks of an article by their fingerprints, each once."""
        counts, found = self._counts, self._found
        self._totals[language] += 1
        for key, where in blocks:
            one, other = key % CELLS, (key >> 32) % CELLS
            if key in found:
                found[key].articles += 1
            elif min(counts[one], counts[other]) + 1 >= MIN_ARTICLES:
                found[key] = _Recurring(MIN_ARTICLES, language, id, where)
            else:
                counts[one] += counts[one] < MIN_ARTICLES
                counts[other] += counts[other] < MIN_ARTICLES and other != one

    def learned(self, text_of: Callable[[int, Where], str]) -> list[Recurrence]:
        """Return the blocks that recur, the most frequent first.

        `text_of` returns the block of a fingerprint by its place.
        """
        recurring = (
            Recurrence(
                BlockVerdict.DROP,
                one.articles,
                one.language,
                one.example,
                _one_line(text_of(key, one.where)),
            )
            for key, one in self._found.items()
            if one.articles >= needed(self._totals[one.language])
        )
        return sorted(recurring, key=lambda one: (-one.articles, one.language, one.text))


def block_keys(article: Article) -> list[int]:
    """Return the fingerprint of each block of an article, in their order."""
    return _texts_and_keys(article)[1]


def keys_to_count(keys: Iterable[int], title_key: int) -> Iterable[int]:
    """Return those of an article's `block_keys` that may be boilerplate: each once, no title."""
    counted = dict.fromkeys(keys)
    counted.pop(0, None)
    counted.pop(title_key, None)
    return counted


def block_of(article: Article, key: int) -> str:
    """Return the last block of an article with a fingerprint."""
    texts, keys = _texts_and_keys(article)
    return dict(zip(keys, texts, strict=True))[key]


def are_marked(keys: Iterable[int], left_out: frozenset[int]) -> bool:
    """Return whether `mark` marks a block of the article that has these `block_keys`."""
    hits = [key in left_out for key in keys]
    return any(hits) and not all(hits)


def with_verdicts(
    learned: Iterable[Recurrence], reviewed: Iterable[Recurrence]
) -> list[Recurrence]:
    """Return the learned list with a person's verdicts in place of the learned ones, and kept."""
    verdicts = {
        fingerprint(one.text): one for one in reviewed if one.verdict is not BlockVerdict.DROP
    }
    merged = [
        replace(one, verdict=verdicts.pop(key).verdict) if key in verdicts else one
        for one in learned
        for key in [fingerprint(one.text)]
    ]
    return [*merged, *(replace(one, articles=0) for one in verdicts.values())]


def dropped(recurrences: Iterable[Recurrence]) -> frozenset[int]:
    """Return the fingerprints of the blocks to leave out."""
    return frozenset(
        _listed(one.text) for one in recurrences if one.verdict is not BlockVerdict.KEEP
    )


@lru_cache(maxsize=8_192)
def _listed(text: str) -> int:
    """Return the fingerprint of a block of the list, which each single write needs again."""
    return fingerprint(text)


def verdicts_id(recurrences: Iterable[Recurrence]) -> str:
    """Return an id of a person's verdicts, 12 hexadecimal digits; "" if there are none."""
    verdicts = sorted(
        f"{one.verdict} {fingerprint(one.text)}"
        for one in recurrences
        if one.verdict is not BlockVerdict.DROP
    )
    return hashlib.sha256("\n".join(verdicts).encode()).hexdigest()[:12] if verdicts else ""


def mark(article: Article, keys: frozenset[int]) -> Article:
    """Return the article with its blocks that are among `keys` marked as boilerplate.

    An article of such blocks alone is returned as it is: a short notice, sent again, is news.
    """
    if not keys:
        return article
    spans = blocks(article.text)
    marks: list[Mark] = [
        (start, end, str(Role.BOILERPLATE), REASON)
        for start, end in spans
        if fingerprint(article.text[start:end]) in keys
    ]
    if not marks or len(marks) == len(spans):
        return article
    return replace(article, marks=(*article.marks, *marks))


def read_list(path: Path) -> list[Recurrence]:
    """Return the list at `path`, empty if there is no such file.

    Raises `SettingsError` for a line that is not of this list, and `StorageError` if the folder of
    the index is a file.
    """
    try:
        lines = read_bytes(path, Depth.INDEX).decode("utf-8-sig").split("\n")
    except FileNotFoundError:
        return []
    except NotADirectoryError as error:
        raise StorageError(
            f"{path.parent}: is a file or lies below one; name a folder for the index"
        ) from error
    except OSError as error:
        raise SettingsError(
            f"{path}: cannot be read: {error.strerror}; {advice_on(error)}"
        ) from error
    except UnicodeDecodeError as error:
        raise SettingsError(
            f"{path}: cannot be read: {error}; save it as UTF-8 text, or delete it"
        ) from error
    return _recurrences(lines, str(path))


def parse_list(text: str, place: str) -> list[Recurrence]:
    """Return the list that a text holds; raise `SettingsError`, which names `place`, for a line."""
    return _recurrences(text.split("\n"), place)


def _recurrences(lines: list[str], place: str) -> list[Recurrence]:
    return [_entry(line, f"{place}:{number}") for number, line in _entries(lines)]


def list_text(recurrences: Iterable[Recurrence]) -> str:
    """Return the content of the list's file."""
    lines = (
        "\t".join(
            (
                one.verdict,
                str(one.articles),
                _one_line(one.language),
                _one_line(one.example),
                one.text,
            )
        )
        for one in recurrences
    )
    return "\n".join([HEADER, *lines]) + "\n"


def _one_line(text: str) -> str:
    """Return the text with each run of white space as one space, so that it fits one column."""
    return " ".join(text.split())


def _entries(lines: list[str]) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.startswith("#"):
            yield number, line


def _entry(line: str, place: str) -> Recurrence:
    """Read a line; a line that a person adds may hold only a verdict and a text."""
    verdict, *others = line.split("\t")
    if verdict not in set(BlockVerdict) or not others:
        raise SettingsError(
            f"{place}: is not a line of this list; "
            f"write {' or '.join(BlockVerdict)}, a tab, and the text"
        )
    count, language, example = others[:3] if len(others) > 3 else ("0", "", "")
    articles = int(count) if count.isascii() and count.isdigit() else 0
    return Recurrence(BlockVerdict(verdict), articles, language, example, others[-1])


def _texts_and_keys(article: Article) -> tuple[list[str], list[int]]:
    texts = [article.text[start:end] for start, end in blocks(article.text)]
    return texts, [*map(fingerprint, texts)]
