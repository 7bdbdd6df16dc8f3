"""Finds passages by the words they share with a query: BM25 over words and parts of words.

Each segment has a file of postings (`postings.py`). How rare a term is follows from all segments
together, so that it does not matter how passages are spread over segments. (Libraries fix the
weights when an index is written, which ties them to one segment.)
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from recommender.arrays import Scores
from recommender.postings import Numbers, Postings

GRAM = 4
MAX_QUERY_CHARACTERS = 2_000
# The usual constants of BM25 (Robertson and Zaragoza 2009).
K1, B = 1.2, 0.75
# A term in more than this share of the passages tells nothing and costs most.
COMMON = 0.2
# Words recur: the hashes of so many are kept while postings are made.
REMEMBERED_WORDS = 200_000
# Among so few passages a term of one subject is common too.
FEW_PASSAGES = 100

_WORD = re.compile(r"\w+")
# Letters of scripts that put no space between words: Han, kana, Thai, Lao, Khmer, Burmese.
UNSPACED = (
    "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
)
_UNSPACED = re.compile(f"[{UNSPACED}]+")


def words_of(text: str) -> set[str]:
    """Return the words of a text without case; pairs of letters where words have no spaces."""
    found: set[str] = set()
    for word in _WORD.findall(text.casefold()):
        for run in _UNSPACED.findall(word):
            found.update(run[at : at + 2] for at in range(max(len(run) - 1, 1)))
        found.update(piece for piece in _UNSPACED.split(word) if piece)
    return found


def grams_of(words: Iterable[str]) -> set[str]:
    """Return the runs of four letters of the words, so that inflections and compounds meet."""
    grams: set[str] = set()
    for word in words:
        padded = f"^{word}$"
        grams.update(padded[at : at + GRAM] for at in range(max(len(padded) - GRAM + 1, 1)))
    return grams


def terms_of(text: str) -> tuple[Numbers, Numbers]:
    """Return the hashes of a text's words, and of the parts of its words."""
    words = words_of(text)
    return _hashes(f"w{word}" for word in words), _hashes(f"g{gram}" for gram in grams_of(words))


def terms_of_each(texts: Iterable[str]) -> Iterator[tuple[Numbers, int]]:
    """Yield the hashes of each text's terms, in no order, and how many words it has."""
    known: dict[str, tuple[int, ...]] = {}
    for text in texts:
        words = words_of(text)
        hashes: set[int] = set()
        for word in words:
            if word not in known:
                if len(known) == REMEMBERED_WORDS:
                    known.clear()
                grams = (_hash(f"g{gram}") for gram in grams_of([word]))
                known[word] = (_hash(f"w{word}"), *grams)
            hashes.update(known[word])
        yield np.fromiter(hashes, dtype=np.uint32, count=len(hashes)), len(words)


class LexicalIndex:
    """The postings of a snapshot's segments, searched as one over their concatenated rows.

    `live` has one flag a row, None where all are live: what is removed counts nowhere.
    """

    def __init__(
        self, parts: Sequence[Postings], live: npt.NDArray[np.bool_] | None = None
    ) -> None:
        self._parts = parts
        self._live = live
        self._firsts = np.cumsum([0, *(len(part.lengths) for part in parts)])
        self._count = int(self._firsts[-1] if live is None else np.count_nonzero(live))

    @cached_property
    def _gain(self) -> Scores:
        """What the length of each row makes of its weights; 0 where it is removed."""
        lengths = np.concatenate([np.empty(0, np.float32), *(part.lengths for part in self._parts)])
        lengths = lengths.astype(np.float32)
        counted = lengths if self._live is None else lengths[self._live]
        mean = max(float(counted.mean(dtype=np.float64)), 1.0) if self._count else 1.0
        gain: Scores = (K1 + 1) / (1 + K1 * (1 - B + np.float32(B / mean) * lengths))
        return gain if self._live is None else gain * self._live

    def score(self, text: str) -> Scores:
        """Return each row's likeness to a text, 0 to 1 for the best row: half words, half parts."""
        total = np.zeros(len(self._gain), dtype=np.float32)
        for terms in terms_of(text[:MAX_QUERY_CHARACTERS]):
            scores = self._bm25(terms)
            best = float(scores.max(initial=0.0))
            if best > 0:
                scores *= np.float32(0.5 / best)
                total += scores
        return total

    def score_rows(self, text: str, rows: npt.NDArray[np.int64]) -> Scores:
        """Return the likeness of some rows to a text, as `score` gives it of all."""
        return self.score(text)[rows]

    def top(
        self, text: str, k: int, allowed: npt.NDArray[np.bool_] | None = None
    ) -> tuple[Scores, npt.NDArray[np.int64]]:
        """Return the best `k` rows that share a term with a text, best first, and their likeness.

        Fewer where fewer do; `allowed` has one flag a row. Equal scores come in row order.
        """
        scores = self.score(text)
        if allowed is not None:
            scores *= allowed
        rows = np.flatnonzero(scores)
        if len(rows) > k:
            least = np.partition(scores[rows], len(rows) - k)[len(rows) - k]
            rows = rows[scores[rows] >= least]
        best = rows[np.argsort(-scores[rows], kind="stable")[:k]]
        return scores[best], best

    def weight(self, word: str) -> float:
        """Return what a word counts for by its rarity, 0 where it does not occur or is common."""
        [term] = _hashes([f"w{word}"]).tolist()
        return self._weight(len(self._rows_of(term)))

    def _weight(self, count: int) -> float:
        if not count or (count > COMMON * self._count and self._count > FEW_PASSAGES):
            return 0.0
        return float(np.log(1 + (self._count - count + 0.5) / (count + 0.5)))

    def holding(self, text: str) -> npt.NDArray[np.int64] | None:
        """Return the live rows that hold every word of a text; None where no word can be looked up.

        A letter of a script without spaces cannot: it stands in the postings with its neighbours.
        """
        words = [word for word in words_of(text) if len(word) > 1 or not _UNSPACED.match(word)]
        found: npt.NDArray[np.int64] | None = None
        for term in _hashes(f"w{word}" for word in words).tolist():
            rows = self._rows_of(term)
            found = rows if found is None else np.intersect1d(found, rows, assume_unique=True)
        return found

    def _bm25(self, terms: Numbers) -> Scores:
        scores = np.zeros(len(self._gain), dtype=np.float32)
        for term in terms.tolist():
            rows = self._rows_of(term)
            if weight := self._weight(len(rows)):
                np.add.at(scores, rows, np.float32(weight))  # twice as fast as scores[rows] +=
        scores *= self._gain
        return scores

    def _rows_of(self, term: int) -> npt.NDArray[np.intp]:
        """Return the live rows that hold a term."""
        found: list[npt.NDArray[np.intp]] = [np.empty(0, np.intp)]
        for first, part in zip(self._firsts.tolist(), self._parts, strict=False):
            own = part.rows_of(term)
            if len(own):
                found.append(own.astype(np.intp) + first)
        rows = np.concatenate(found) if len(found) > 2 else found[-1]
        return rows if self._live is None else rows[self._live[rows]]


def _hashes(words: Iterable[str]) -> Numbers:
    return np.array(sorted({_hash(word) for word in words}), dtype=np.uint32)


def _hash(word: str) -> int:
    return zlib.crc32(word.encode("utf-8", "replace"))
