"""Encode texts by their words, so that texts which share words are near each other.

It stands in for a model where a build is measured and not its encoding. Texts of a language share
words too, so that languages have directions of their own, as a model gives them. The vector of a
text is made of the text alone, in some 30 microseconds.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

# Words are cut to so many letters: also the texts of scripts without spaces have words then.
LETTERS = 6
WORD = re.compile(rf"\w{{1,{LETTERS}}}")
# So many words of a text count, and words have one of so many directions.
WORDS, DIRECTIONS = 64, 8_192
TEXTS_AT_ONCE = 256
# Vectors vary most in few directions, as those of models do: in the n-th by 1 / n to this power.
# Otherwise the tenth best of many texts is hardly nearer than any other. These directions are
# turned away from the axes: the codes of an index would be coarse there.
FALL = 0.5
SEED = 20_261_130


class NearWords:
    """An encoder whose vector of a text is the sum of the directions of its words.

    Longer words count more. A token is a character.
    """

    name = "near words"

    def __init__(self, dim: int = 384, max_tokens: int = 2_000) -> None:
        self.dim, self.max_tokens = dim, max_tokens
        self.fingerprint = f"near-words:1:{dim}:{max_tokens}"

    def maker(self) -> tuple[str, list[object]]:
        """Say how another process makes the same encoder."""
        return "benchmarks.near_words:NearWords", [self.dim, self.max_tokens]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count characters."""
        return [len(text) for text in texts]

    def encode(
        self,
        texts: Sequence[str],
        *,
        role: Literal["passage", "query"],
        on_progress: Callable[[int], None] | None = None,
    ) -> npt.NDArray[np.float32]:
        """Return the vectors of texts, float32 (len(texts), dim), of unit length."""
        found = np.empty((len(texts), self.dim), np.float32)
        for start in range(0, len(texts), TEXTS_AT_ONCE):
            some = texts[start : start + TEXTS_AT_ONCE]
            found[start : start + len(some)] = self._sums(some)
        found /= np.linalg.norm(found, axis=1, keepdims=True)
        return found

    def _sums(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        each = [WORD.findall(text.lower())[:WORDS] or [text] for text in texts]
        words = [word for some in each for word in some]
        numbers = [zlib.crc32(word.encode()) % DIRECTIONS for word in words]
        weights = np.array([min(len(word), LETTERS) for word in words], np.float32)
        firsts = np.cumsum([0, *map(len, each[:-1])])
        sums: npt.NDArray[np.float32] = np.add.reduceat(
            self._directions[numbers] * weights[:, None], firsts, axis=0
        )
        return sums

    @cached_property
    def _directions(self) -> npt.NDArray[np.float32]:
        generator = np.random.default_rng(SEED)
        drawn = generator.standard_normal((DIRECTIONS, self.dim), dtype=np.float32)
        spread = np.arange(1, self.dim + 1, dtype=np.float32) ** -FALL
        turned, _ = np.linalg.qr(generator.standard_normal((self.dim, self.dim)))
        found: npt.NDArray[np.float32] = (drawn * spread) @ turned.astype(np.float32)
        return found
