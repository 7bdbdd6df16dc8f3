"""Count the tokens of texts with a loaded model's tokenizer, or list their ids."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

_TEXTS_AT_ONCE = 1024


class ModelTokenizer:
    """Counts tokens with a model's tokenizer; not safe to use from several threads at once."""

    def __init__(self, tokenizer: Any) -> None:
        backend = getattr(tokenizer, "backend_tokenizer", tokenizer)
        self._backend = backend if isinstance(backend, Tokenizer) else None
        self._tokenizer = tokenizer

    def count(self, texts: Sequence[str], *, specials: bool) -> list[int]:
        """Count the tokens of each whole text, with or without the special tokens around it."""
        return [
            tokens
            for start in range(0, len(texts), _TEXTS_AT_ONCE)
            for tokens in self._count(list(texts[start : start + _TEXTS_AT_ONCE]), specials)
        ]

    def _count(self, texts: list[str], specials: bool) -> Iterator[int]:
        if self._backend is None:
            encoded = self._tokenizer(texts, add_special_tokens=specials, truncation=False)
            yield from map(len, encoded["input_ids"])
            return
        self._backend.no_truncation()
        self._backend.no_padding()
        for encoding in self._backend.encode_batch_fast(texts, add_special_tokens=specials):
            yield len(encoding)


def load_tokenizer(path: Path) -> Tokenizer:
    """Read a `tokenizer.json`; its results are neither cut nor padded."""
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def token_ids(tokenizer: Tokenizer, texts: Sequence[str]) -> list[list[int]]:
    """Return the token ids of each text, with those of the special tokens."""
    return [
        encoding.ids
        for start in range(0, len(texts), _TEXTS_AT_ONCE)
        for encoding in tokenizer.encode_batch_fast(texts[start : start + _TEXTS_AT_ONCE])
    ]
