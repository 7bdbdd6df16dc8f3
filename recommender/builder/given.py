"""Hold the input of builds and writes: sources, and an encoder that is loaded when needed."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import Any, Protocol

from recommender.articles.sources import Source
from recommender.encoders.base import Encoder, check_encoder
from recommender.encoders.load import encoder_fingerprint, load_encoder
from recommender.types import Article


class Batched(Protocol):
    """A table of Arrow, or another table that gives its rows in batches."""

    def to_batches(self, *args: Any, **keywords: Any) -> Any:
        """Return the batches."""


# A path, an article, a mapping with the fields of a row; or several of these in any iterable, also
# an async one; or a data frame of pandas or polars, or a table of Arrow (`articles/frames.py`).
Sources = str | Source | Article | Mapping[str, Any] | Iterable[Any] | AsyncIterable[Any] | Batched


class LazyEncoder:
    """An encoder that is loaded when it is first needed; its fingerprint is known before.

    `model` is the name or folder of a model, an encoder of the caller's own (`own`), or None for
    the bundled model. It counts tokens as that encoder does (`TokenCounter`).
    """

    def __init__(
        self, model: str | Encoder | None, load: Callable[[str | None, str], Encoder] | None = None
    ) -> None:
        """Name an encoder; `load` loads it by its model and fingerprint, if it is not given."""
        self._load = load
        if isinstance(model, PurePath):  # a caller without type checks may pass anything
            model = str(model)
        if model is not None and not isinstance(model, str):
            check_encoder(model)
        self._encoder = self.own = None if model is None or isinstance(model, str) else model
        self.model = model if isinstance(model, str) else None
        self.fingerprint = (
            self._encoder.fingerprint if self._encoder else encoder_fingerprint(self.model)
        )

    @property
    def encoder(self) -> Encoder:
        """The encoder, made ready for many texts."""
        if self._encoder is None and self._load is not None:
            self._encoder = self._load(self.model, self.fingerprint)
        elif self._encoder is None:
            self._encoder = load_encoder(self.model, many=True)
        return self._encoder

    @property
    def max_tokens(self) -> int:
        """The most tokens that a passage may have."""
        return self.encoder.max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text."""
        return self.encoder.count_tokens(texts)
