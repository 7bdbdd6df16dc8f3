"""Hash the words of a text, and the parts of its words, as the terms of the word index."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from itertools import chain

import numpy as np

from recommender.index.postings import Numbers, Terms
from recommender.text.words import grams_of, words_in, words_of

# Words recur, so the hashes of this many are kept while postings are made.
REMEMBERED_WORDS = 200_000
# The hashes of so many words, of at most so many letters, are kept for the next articles: 6 MB.
FREQUENT_WORDS, LONGEST = 10_000, 40


def terms_of(text: str) -> tuple[Numbers, Numbers]:
    """Return the hashes of a text's distinct words, and those of the parts of its words, sorted."""
    words = words_of(text)
    grams = {_hash_of_gram(gram) for gram in grams_of(words)}
    return _sorted(map(_hash_of_word, words)), _sorted(grams)


def terms_of_each(texts: Iterable[str]) -> Iterator[Terms]:
    """Yield for each text the hashes of its terms, in no order, and how often it has each."""
    known: dict[str, tuple[int, ...]] = {}
    for text in texts:
        words = list(words_in(text))
        if len(known) > REMEMBERED_WORDS:
            known.clear()
        for word in words:
            if word not in known:
                known[word] = _frequent(word) if len(word) <= LONGEST else _hashes_of(word)
        counts = Counter(chain.from_iterable(map(known.__getitem__, words)))
        yield Terms(_numbers(counts), _numbers(counts.values()), len(words))


def _hashes_of(word: str) -> tuple[int, ...]:
    """Return the hashes of a word and of its parts."""
    return (_hash_of_word(word), *map(_hash_of_gram, grams_of([word])))


@lru_cache(maxsize=FREQUENT_WORDS)
def _frequent(word: str) -> tuple[int, ...]:
    """Return what `_hashes_of` does of a word that may come again."""
    return _hashes_of(word)


def hashes_of_words(words: Collection[str]) -> Numbers:
    """Return the hash of each word, in the order of `words`."""
    return np.array([_hash_of_word(word) for word in words], dtype=np.uint32)


def _hash_of_word(word: str) -> int:
    return _hash(f"w{word}")


def _hash_of_gram(gram: str) -> int:
    return _hash(f"g{gram}")


def _hash(term: str) -> int:
    return zlib.crc32(term.encode("utf-8", "replace"))


def _sorted(hashes: Iterable[int]) -> Numbers:
    return np.array(sorted(set(hashes)), dtype=np.uint32)


def _numbers(values: Collection[int]) -> Numbers:
    return np.fromiter(values, dtype=np.uint32, count=len(values))
