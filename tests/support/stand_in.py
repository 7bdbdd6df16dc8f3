"""An encoder whose vectors can be computed by hand, for tests of the logic around it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt


class WordEncoder:
    """Counts the words it knows: the vector of a text is those counts, at unit length.

    A text with none of them gets the last axis. A token is a word. It keeps what it was asked.
    """

    name = "words"

    def __init__(self, *words: str, max_tokens: int = 20) -> None:
        self.words = words
        self.dim = len(words) + 1
        self.max_tokens = max_tokens
        self.fingerprint = "words:" + ",".join(words)
        self.asked: list[str] = []

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def encode(
        self,
        texts: Sequence[str],
        *,
        role: Literal["passage", "query"],
        on_progress: Callable[[int], None] | None = None,
    ) -> npt.NDArray[np.float32]:
        assert all(count <= self.max_tokens for count in self.count_tokens(texts))
        self.asked += texts
        vectors = np.zeros((len(texts), self.dim), dtype=np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            found = [word.strip(".,;:!?").lower() for word in text.split()]
            vector[:-1] = [found.count(word) for word in self.words]
            vector[-1] = not vector.any()
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


class HashEncoder:
    """Gives each text a direction of its own, made of its hash: equal texts, equal vectors.

    A token is a character, so that long paragraphs are split.
    """

    name = "hashes"

    def __init__(self, dim: int = 16, max_tokens: int = 400, salt: str = "") -> None:
        self.dim = dim
        self.max_tokens = max_tokens
        self.fingerprint = f"hashes:{dim}:{max_tokens}:{salt}"
        self.salt = salt
        self.asked: list[str] = []

    def maker(self) -> tuple[str, list[object]]:
        return "support.stand_in:HashEncoder", [self.dim, self.max_tokens, self.salt]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text) for text in texts]

    def encode(
        self,
        texts: Sequence[str],
        *,
        role: Literal["passage", "query"],
        on_progress: Callable[[int], None] | None = None,
    ) -> npt.NDArray[np.float32]:
        self.asked += texts
        vectors = np.empty((len(texts), self.dim), dtype=np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            bits = hashlib.shake_128((self.salt + text).encode()).digest(self.dim)
            vector[:] = np.frombuffer(bits, dtype=np.int8)
            vector[-1] += 0.5  # never all zeros
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
