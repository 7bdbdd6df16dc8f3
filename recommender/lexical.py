"""Finds passages by the words they share with a query: BM25 over words and parts of words.

Each segment has a file of postings (`postings.py`). How rare a term is in a language follows from
all segments together, so that it does not matter how passages are spread over segments. (Libraries
fix the weights when an index is written, which ties them to one segment.)
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain

import numpy as np
import numpy.typing as npt

from recommender.arrays import Mask, Scores
from recommender.postings import Numbers, Postings, Terms

GRAM = 4
MAX_QUERY_CHARACTERS = 2_000
# The constants of BM25 that are usual for passages: their lengths tell little (Yang, Fang and Lin
# 2017).
K1, B = 0.9, 0.4
# A term in more than this share of the passages tells nothing and costs most.
COMMON = 0.2
# How rare a term is in a language is told by the language's passages, and by all as so many: in an
# archive of many languages the commonest words of each are rare.
ALL_PASSAGES = 100
# Words recur: the hashes of so many are kept while postings are made.
REMEMBERED_WORDS = 200_000
# Among so few passages a term of one subject is common too.
FEW_PASSAGES = 100

# Letters of scripts that put no space between words: Han, kana, Thai, Lao, Khmer, Burmese.
UNSPACED = (
    "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
)
# Accents and vowel signs that stand on letters of other scripts. For \w they end a word, which
# would cut those of Hindi and its neighbours, of Hebrew and Arabic with points, to pieces.
MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a"
    "\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u0711-\u07f3\u07fd\u0816-\u082d"
    "\u0859-\u085b\u0898-\u08e1\u08e3-\u0963\u0981-\u09e3\u09fe-\u0a75\u0a81-\u0ae3\u0afa-\u0b63"
    "\u0b82-\u0bd7\u0c00-\u0c63\u0c81-\u0c83\u0cbc-\u0d4d\u0d57-\u0d63\u0d81-\u0df3\u0f18\u0f19"
    "\u0f35\u0f37\u0f39\u0f3e-\u0f84\u0f86-\u0fbc\u0fc6\u135d-\u135f"
)
_WORD = re.compile(rf"[\w{MARKS}]+")
_UNSPACED = re.compile(f"[{UNSPACED}]+")


def folded(text: str) -> str:
    """Return a text as words are compared: without case, and each letter in one form only."""
    return unicodedata.normalize("NFKC", text).casefold()


def words_in(text: str) -> Iterator[str]:
    """Yield the words of a text, each as often as it occurs; pairs of letters where they join."""
    for word in _WORD.findall(folded(text)):
        for run in _UNSPACED.findall(word):
            yield from (run[at : at + 2] for at in range(max(len(run) - 1, 1)))
        yield from filter(None, _UNSPACED.split(word))


def words_of(text: str) -> set[str]:
    """Return the words of a text without case; pairs of letters where words have no spaces."""
    return set(words_in(text))


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


def terms_of_each(texts: Iterable[str]) -> Iterator[Terms]:
    """Yield the hashes of each text's terms, in no order, and how often it has each."""
    known: dict[str, tuple[int, ...]] = {}
    for text in texts:
        words = list(words_in(text))
        if len(known) > REMEMBERED_WORDS:
            known.clear()
        for word in words:
            if word not in known:
                grams = (_hash(f"g{gram}") for gram in grams_of([word]))
                known[word] = (_hash(f"w{word}"), *grams)
        counts = Counter(chain.from_iterable(map(known.__getitem__, words)))
        yield Terms(_numbers(counts), _numbers(counts.values()), len(words))


class LexicalIndex:
    """The postings of a snapshot's segments, searched as one over their concatenated rows.

    `live` has one flag a row, None where all are live: what is removed counts nowhere. `languages`
    returns the number of each row's language, all one where there is no such function.
    """

    def __init__(
        self,
        parts: Sequence[Postings],
        live: Mask | None = None,
        languages: Callable[[], npt.NDArray[np.uint16]] | None = None,
    ) -> None:
        self._parts = parts
        self._live = live
        self._firsts = np.cumsum([0, *(len(part.lengths) for part in parts)])
        rows = int(self._firsts[-1])
        self._read_languages = languages or (lambda: np.zeros(rows, np.uint16))
        self._count = rows if live is None else int(np.count_nonzero(live))

    @cached_property
    def _languages(self) -> npt.NDArray[np.uint16]:
        return self._read_languages()

    @cached_property
    def _sizes(self) -> npt.NDArray[np.intp]:
        """How many passages each language has."""
        live = self._languages if self._live is None else self._languages[self._live]
        return np.bincount(live)

    @cached_property
    def _norms(self) -> Scores:
        """What the length of each row takes off what its terms count for."""
        lengths = np.concatenate([np.empty(0, np.float32), *(part.lengths for part in self._parts)])
        lengths = lengths.astype(np.float32)
        counted = lengths if self._live is None else lengths[self._live]
        mean = max(float(counted.mean(dtype=np.float64)), 1.0) if self._count else 1.0
        norms: Scores = K1 * (1 - B + np.float32(B / mean) * lengths)
        return norms

    def score(self, text: str) -> Scores:
        """Return each row's likeness to a text, 0 to 1 for the best row: half words, half parts."""
        total = np.zeros(len(self._norms), dtype=np.float32)
        for terms in terms_of(text[:MAX_QUERY_CHARACTERS]):
            scores = self._bm25(terms)
            best = float(scores.max(initial=0.0))
            if best > 0:
                scores *= np.float32(0.5 / best)
                total += scores
        return total

    def weight(self, word: str, row: int) -> float:
        """Return what a word counts for by its rarity in a row's language, 0 where it is common."""
        [term] = _hashes([f"w{word}"]).tolist()
        weights = self._weights(self._languages[self._rows_of(term)[0]])
        return 0.0 if weights is None else float(weights[self._languages[row]])

    def _weights(self, held_in: npt.NDArray[np.uint16]) -> Scores | None:
        """Return what a term counts for in each language, None where in none.

        `held_in` has the language of each row that holds it.
        """
        few = self._count <= FEW_PASSAGES
        if not len(held_in) or (len(held_in) > COMMON * self._count and not few):
            return None
        own = np.bincount(held_in, minlength=len(self._sizes))
        held = own + ALL_PASSAGES * len(held_in) / self._count
        sizes = self._sizes + ALL_PASSAGES
        weights = np.log(1 + (sizes - held + 0.5) / (held + 0.5))
        return np.where((held <= COMMON * sizes) | few, weights, 0).astype(np.float32)

    def holding(self, text: str) -> npt.NDArray[np.int64] | None:
        """Return the live rows that hold every word of a text; None where no word can be looked up.

        A letter of a script without spaces cannot: it stands in the postings with its neighbours.
        """
        words = [word for word in words_of(text) if len(word) > 1 or not _UNSPACED.match(word)]
        found: npt.NDArray[np.int64] | None = None
        for term in _hashes(f"w{word}" for word in words).tolist():
            rows, _ = self._rows_of(term)
            found = rows if found is None else np.intersect1d(found, rows, assume_unique=True)
        return found

    def _bm25(self, terms: Numbers) -> Scores:
        scores = np.zeros(len(self._norms), dtype=np.float32)
        for term in terms.tolist():
            rows, counts = self._rows_of(term)
            languages = self._languages[rows]
            weights = self._weights(languages)
            if weights is not None:
                gains = weights[languages] * counts
                counts += self._norms[rows]
                gains /= counts
                np.add.at(scores, rows, gains)  # twice as fast as scores[rows] +=
        return scores

    def _rows_of(self, term: int) -> tuple[npt.NDArray[np.intp], Scores]:
        """Return the live rows that hold a term, and how often each does."""
        found: list[npt.NDArray[np.intp]] = [np.empty(0, np.intp)]
        often = [np.empty(0, np.float32)]
        for first, part in zip(self._firsts.tolist(), self._parts, strict=False):
            own, counts = part.rows_of(term)
            if len(own):
                found.append(own.astype(np.intp) + first)
                often.append(counts.astype(np.float32))
        rows = np.concatenate(found) if len(found) > 2 else found[-1]
        times = np.concatenate(often) if len(often) > 2 else often[-1]
        if self._live is None:
            return rows, times
        live = self._live[rows]
        return rows[live], times[live]


def _numbers(values: Collection[int]) -> Numbers:
    return np.fromiter(values, dtype=np.uint32, count=len(values))


def _hashes(words: Iterable[str]) -> Numbers:
    return np.array(sorted({_hash(word) for word in words}), dtype=np.uint32)


def _hash(word: str) -> int:
    return zlib.crc32(word.encode("utf-8", "replace"))
