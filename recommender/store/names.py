"""Find articles by their names: id, address, path and title, from a file beside each segment.

The file has a line for each article, with the fields in the form in which they are compared:

    <1f>id<1f>address<1f>path<1f>title<1f>\\n

It is derived from `articles.jsonl` and mapped, so no article is read to find one among thousands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import IntEnum
from functools import cached_property
from os import SEEK_END
from pathlib import Path
from typing import IO, TYPE_CHECKING
from urllib.parse import unquote

import numpy as np
import numpy.typing as npt

from recommender.arrays import Mask, Positions
from recommender.errors import SnapshotDamaged
from recommender.safe_open import Depth, open_stream
from recommender.store.advice import on_unread
from recommender.text.folding import folded
from recommender.types import Article

if TYPE_CHECKING:
    from difflib import SequenceMatcher

# Count up when other fields or another form of them are written.
NAMES_FILE = "names-3.txt"

_BREAK, _END = b"\x1f", ord("\n")
# A longer field is cut: nobody types one, and a stranger's file should stay small.
MAX_FIELD_CHARACTERS = 1_000
# Similar names share runs of so many bytes, in every script.
_RUN = 3
# The runs of so many lines are counted at a time: all lines would take 17 times the file's size.
_LINES = 4_096
# So many names that share most runs are compared letter by letter.
_COMPARED = 60
_KEY_CHARACTERS, _SHORT_KEY = 100, 6
# Names of about one length share so many of their letters if one is misspelt.
_ALIKE = 0.6
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://(?:www\.)?|www\.", re.IGNORECASE)

Bytes = npt.NDArray[np.uint8]


class Field(IntEnum):
    """The fields of a line, in their order."""

    ID = 0
    ADDRESS = 1
    PATH = 2
    TITLE = 3


def key_of(text: str) -> str:
    """Return a name in the form in which names are compared, on one line."""
    return " ".join(folded(text[:MAX_FIELD_CHARACTERS]).split())


def may_be_cut(key: str) -> bool:
    """Return whether a name in that form may be the beginning of a longer one.

    The form has fewer letters than the name: one letter stands for a letter with all of its marks,
    of which there are at most three.
    """
    return len(key) >= MAX_FIELD_CHARACTERS // 4


def address_key(url: str) -> str:
    """Return an address in the form in which addresses are compared.

    The scheme, `www.`, a slash at the end and the encoding of letters do not count.
    """
    return key_of(unquote(_SCHEME.sub("", url.strip(), count=1))).rstrip("/")


def is_address(name: str) -> bool:
    """Return whether a name begins as an address does."""
    return _SCHEME.match(name.strip()) is not None


def path_key(path: str) -> str:
    """Return a path in the form in which paths are compared: with `/`, and without `./`."""
    return key_of(path.replace("\\", "/").removeprefix("./"))


def write_names(articles: Iterable[Article], stream: IO[bytes]) -> None:
    """Write the file of a segment's articles, in their order."""
    for one in articles:
        stream.write(_BREAK.join([b"", *names_of(one), b"\n"]))


def names_of(article: Article) -> list[bytes]:
    """Return the names of an article as they are compared, in the order of `Field`, in UTF-8."""
    keys = (
        key_of(article.id),
        address_key(article.url),
        path_key(article.path),
        key_of(article.title),
    )
    return [key.encode("utf-8", "replace") for key in keys]


class SegmentNames:
    """The names of one segment's articles, by their positions there."""

    def __init__(self, path: Path, count: int, advice: str) -> None:
        """Map the file of `count` articles; raise `SnapshotDamaged` if it cannot be read."""
        self._count = count
        self._damage = f"{path}: has not a line for each of {count} articles; {advice}"
        try:
            with open_stream(path, Depth.SEGMENT) as stream:
                is_empty = not stream.seek(0, SEEK_END)
                mapped = np.zeros(0, np.uint8) if is_empty else np.memmap(stream, np.uint8, "r")
        except OSError as error:
            raise SnapshotDamaged(
                f"{path}: {error.strerror}; {on_unread(error, advice)}"
            ) from error
        self.data: Bytes = np.asarray(mapped)

    @cached_property
    def _ends(self) -> Positions:
        """The end of each line; raises `SnapshotDamaged` unless each article has one."""
        ends = np.flatnonzero(self.data == _END)
        if len(ends) != self._count:
            raise SnapshotDamaged(self._damage)
        return ends

    @cached_property
    def _starts(self) -> Positions:
        """The start of each line."""
        return np.concatenate([np.zeros(1, np.int64), self._ends + 1])[: self._count]

    def line(self, position: int) -> list[str]:
        """Return the fields of an article in the form in which they are compared."""
        found = self.data[self._starts[position] : self._ends[position]].tobytes()
        return found.decode("utf-8", "replace").split(_BREAK.decode())[1:-1]

    def equal(self, field: Field, key: str) -> Iterator[int]:
        """Yield the articles with this value in a field."""
        return self._matches(field, _BREAK + _escaped(key) + b"(?=\x1f)")

    def starting(self, field: Field, key: str) -> Iterator[int]:
        """Yield the articles whose field begins with a text."""
        return self._matches(field, _BREAK + _escaped(key))

    def below(self, field: Field, key: str) -> Iterator[int]:
        """Yield the articles whose path ends with a path."""
        return self._matches(field, b"/" + _escaped(key) + b"(?=\x1f)")

    def holding(self, word: str) -> Mask:
        """Return a flag for each article: whether one of its fields holds a text."""
        flags = np.zeros(len(self._ends), np.bool_)
        flags[self._lines([one.start() for one in re.finditer(_escaped(word), self._view)])] = True
        return flags

    def shared_runs(self, key: str) -> npt.NDArray[np.float64]:
        """Return for each article the share of a text's runs of bytes that its line has too.

        A run counts as often as the line has it. Long lines count less.
        """
        if len(self.data) < _RUN or not len(self._ends):
            return np.zeros(len(self._ends))
        wanted = np.zeros(1 << 16, np.bool_)
        wanted[_runs(np.frombuffer(key.encode("utf-8", "replace"), np.uint8))] = True
        return np.concatenate(
            [
                self._shared_in(wanted, slice(first, first + _LINES))
                for first in range(0, len(self._ends), _LINES)
            ]
        )

    def _shared_in(self, wanted: Mask, lines: slice) -> npt.NDArray[np.float64]:
        """Return the shares of some lines; `wanted` marks the runs that are counted."""
        starts, ends = self._starts[lines], self._ends[lines]
        first = starts[0]
        hits = wanted[_runs(self.data[first : ends[-1] + _RUN])]
        before = np.concatenate([np.zeros(1, np.int64), np.cumsum(hits)])
        most = len(hits)
        counts = before[np.minimum(ends - first, most)] - before[np.minimum(starts - first, most)]
        shares: npt.NDArray[np.float64] = counts / np.sqrt(ends - starts + 1)
        return shares

    @property
    def _view(self) -> memoryview:
        return self.data.data

    def _lines(self, offsets: Sequence[int]) -> Positions:
        """Return the article of the line that each offset is in."""
        return np.searchsorted(self._starts, np.array(offsets, np.int64), "right") - 1

    def _matches(self, field: Field, pattern: bytes) -> Iterator[int]:
        for one in re.finditer(pattern, self._view):
            [line] = self._lines([one.start()]).tolist()
            before = self.data[self._starts[line] : one.start()].tobytes().count(_BREAK)
            # A pattern with a break at its start is found before its field, another one inside it.
            if before - (one[0][:1] != _BREAK) == field:
                yield line


class ArticleNames:
    """The names of a snapshot's live articles, by their positions in it."""

    def __init__(self, parts: Sequence[SegmentNames], firsts: Sequence[int], live: Mask) -> None:
        self._parts = list(zip(firsts, parts, strict=True))
        self._live = live

    def equal(self, field: Field, key: str) -> list[int]:
        """Return the articles with this value in a field; an empty value names none."""
        return self._found(lambda part: part.equal(field, key)) if key else []

    def starting(self, field: Field, key: str) -> list[int]:
        """Return the articles whose field begins with a text."""
        return self._found(lambda part: part.starting(field, key)) if key else []

    def at_path(self, key: str) -> list[int]:
        """Return the articles of a file; its path may be longer or shorter than theirs."""
        below = key
        while below:
            if found := self.equal(Field.PATH, below):
                return found
            below = below.partition("/")[2]
        return self._found(lambda part: part.below(Field.PATH, key)) if key else []

    def holding(self, words: Iterable[str]) -> Mask:
        """Return a flag for each article: whether its names hold every word, or a part of one."""
        found = self._live.copy()
        for word in words:
            flags = [part.holding(word) for _, part in self._parts]
            found &= np.concatenate([np.empty(0, np.bool_), *flags])
        return found

    def nearest(self, key: str, hidden: Iterable[int], count: int) -> list[int]:
        """Return the articles with names most similar to a text, except hidden ones.

        Names that share few runs of letters with it are not similar.
        """
        from difflib import SequenceMatcher  # only a wrong name needs it

        shares = [part.shared_runs(key) for _, part in self._parts]
        scores = np.where(self._live, np.concatenate([np.zeros(0), *shares]), -1)
        scores[list(hidden)] = -1
        likely = np.argsort(-scores, kind="stable")[:_COMPARED]
        key = key[:_KEY_CHARACTERS]
        matcher = SequenceMatcher(None, "", key, autojunk=False)

        def similarity(position: int) -> float:
            ratios = []
            for name in self._names(position):
                matcher.set_seq1(name[: len(key) + 20])
                ratio = matcher.ratio()
                is_similar = ratio >= _ALIKE or _shares_runs(matcher, len(key))
                ratios.append(ratio if is_similar else 0.0)
            return max(ratios)

        found = {one: similarity(one) for one in likely.tolist() if scores[one] >= 0}
        similar = [one for one, ratio in found.items() if ratio]
        return sorted(similar, key=lambda one: (-found[one], one))[:count]

    def _names(self, position: int) -> list[str]:
        first, part = max(
            (one for one in self._parts if one[0] <= position), key=lambda one: one[0]
        )
        return part.line(position - first)

    def _found(self, find: Callable[[SegmentNames], Iterator[int]]) -> list[int]:
        every = (first + at for first, part in self._parts for at in find(part))
        return [position for position in dict.fromkeys(every) if self._live[position]]


def _shares_runs(matcher: SequenceMatcher[str], asked: int) -> bool:
    """Return whether the runs of letters that two names share are over half of what was asked."""
    least = 2 if asked < _SHORT_KEY else 3  # by chance all names share single letters
    shared = sum(run.size for run in matcher.get_matching_blocks() if run.size >= least)
    return 2 * shared > asked


def _escaped(key: str) -> bytes:
    return re.escape(key.encode("utf-8", "replace"))


def _runs(data: Bytes) -> npt.NDArray[np.uint16]:
    """Return a number for each run of `_RUN` bytes; few different runs have the same."""
    if len(data) < _RUN:
        return np.zeros(0, np.uint16)
    wide = data.astype(np.uint16)
    return wide[:-2] * np.uint16(961) + wide[1:-1] * np.uint16(31) + wide[2:]
