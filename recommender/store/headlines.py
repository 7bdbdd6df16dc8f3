"""Read the words of headlines and the lengths of articles, from a file beside each segment.

Related articles are compared by them, and no article's record is read for that. The file
is derived from the articles. It is one array of uint32, in this order; N is the number of articles,
W that of words.

    W      the hash of each word of the headlines (`terms.hashes_of_words`), article by article
    N + 1  where the words of each article start, and W
    N      the characters of each article's passages
    2      N and W
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt

from recommender.arrays import Positions, Spans
from recommender.errors import SnapshotDamaged
from recommender.index.terms import hashes_of_words
from recommender.safe_open import Depth, open_stream
from recommender.store.advice import on_unread
from recommender.text.words import words_of, words_of_folded

# Count up when other words or another layout are written.
HEADLINES_FILE = "headlines-2.bin"
# A headline of more words is cut: no editor writes one, and a stranger's file should stay small.
MAX_WORDS = 200
_MOST = 2**32 - 1

Hashes = npt.NDArray[np.uint32]
NO_WORDS: Hashes = np.empty(0, np.uint32)


class Headlines(NamedTuple):
    """The headlines of some articles: the hashes of all words, article by article.

    `counts` has the number of words of each article, `characters` those of its passages' texts,
    both of shape (articles,).
    """

    words: Hashes
    counts: Positions
    characters: Positions


def words_of_headline(title: str) -> Hashes:
    """Return the hashes of a headline's distinct words, in the order of the words."""
    return _hashes(words_of(title))


def words_of_title_key(key: str) -> Hashes:
    """Return the words of a headline from its form for comparing names (`names.key_of`).

    They equal `words_of_headline`, unless the form was cut (`names.may_be_cut`).
    """
    return _hashes(words_of_folded(key))


def _hashes(words: set[str]) -> Hashes:
    return hashes_of_words(sorted(words)[:MAX_WORDS])


class HeadlinesWriter:
    """Writes the file of a segment's articles, some articles after others; `close` ends it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._counts = [np.zeros(1, np.int64)]
        self._characters = [np.zeros(0, np.int64)]

    def add(self, found: Headlines) -> None:
        """Write the headlines of the next articles."""
        self._stream.write(found.words.astype("<u4").tobytes())
        self._counts.append(found.counts)
        self._characters.append(found.characters)

    def close(self) -> None:
        """Write where the words of each article start, and how long the articles are."""
        firsts = np.cumsum(np.concatenate(self._counts))
        characters = np.minimum(np.concatenate(self._characters), _MOST)
        for numbers in (firsts, characters, (len(characters), int(firsts[-1]))):
            self._stream.write(np.asarray(numbers).astype("<u4").tobytes())


def write_headlines(titles: Iterable[str], characters: Positions, stream: BinaryIO) -> None:
    """Write the file of a segment's articles, in their order."""
    writer, counts = HeadlinesWriter(stream), np.zeros(len(characters), np.int64)
    for number, title in enumerate(titles):
        words = words_of_headline(title)
        counts[number] = len(words)
        stream.write(words.astype("<u4").tobytes())
    writer.add(Headlines(NO_WORDS, counts, characters))
    writer.close()


def characters_of(
    passages: npt.NDArray[Any], owners: npt.NDArray[np.integer[Any]], articles: int
) -> Positions:
    """Return how many characters the passages of each article have, at least 1.

    `passages` are records of a segment, `owners` the positions of their articles.
    """
    lengths = passages["end"].astype(np.int64) - passages["start"]
    return np.bincount(owners, np.maximum(lengths, 1), articles).astype(np.int64)


def headlines_of(titles: Iterable[str], characters: Sequence[int]) -> Headlines:
    """Return the headlines of articles from their titles, and the lengths of their texts."""
    words = [words_of_headline(title) for title in titles]
    return Headlines(
        np.concatenate([np.empty(0, np.uint32), *words]),
        np.array([len(each) for each in words], np.int64),
        np.minimum(np.array(characters, np.int64), _MOST),
    )


class SegmentHeadlines:
    """The headlines of one segment's articles, by their positions there."""

    def __init__(self, path: Path, count: int, advice: str) -> None:
        """Map the file of `count` articles; raise `SnapshotDamaged` if it is of other articles."""
        self._damage = f"{path}: does not hold the headlines of {count} articles; {advice}"
        try:
            with open_stream(path, Depth.SEGMENT) as stream:
                size = os.fstat(stream.fileno()).st_size
                if size % 4 or size < 12:
                    raise SnapshotDamaged(self._damage)
                data = np.asarray(np.memmap(stream, "<u4", "r"))
        except OSError as error:
            raise SnapshotDamaged(
                f"{path}: {error.strerror}; {on_unread(error, advice)}"
            ) from error
        articles, words = (int(number) for number in data[-2:])
        if articles != count or len(data) != words + 2 * articles + 3:
            raise SnapshotDamaged(self._damage)
        self._words = data[:words]
        self._firsts, self._characters = data[words:-2][: count + 1], data[words + count + 1 : -2]

    def of(self, positions: Positions) -> Headlines:
        """Return the headlines of some articles; raise `SnapshotDamaged` for words elsewhere."""
        firsts = self._firsts[positions].astype(np.int64)
        ends = self._firsts[positions + 1].astype(np.int64)
        counts = ends - firsts
        if ((counts < 0) | (counts > MAX_WORDS) | (ends > len(self._words))).any():
            raise SnapshotDamaged(self._damage)
        words = self._words[Spans(firsts, counts).rows]
        return Headlines(words, counts, self._characters[positions].astype(np.int64))


def in_order(found: Sequence[tuple[Positions, Headlines]], count: int) -> Headlines:
    """Return the headlines of `count` articles; each part comes with the places of its articles."""
    if len(found) == 1:
        return found[0][1]  # of one segment, in the order that was asked for
    counts, characters = np.zeros(count, np.int64), np.zeros(count, np.int64)
    for places, part in found:
        counts[places], characters[places] = part.counts, part.characters
    every = Spans(np.cumsum(counts) - counts, counts)
    words = np.zeros(int(counts.sum()), np.uint32)
    for places, part in found:
        words[Spans(every.firsts[places], part.counts).rows] = part.words
    return Headlines(words, counts, characters)
