"""Hold what one build was asked for: sources, folder, encoder, options."""

from __future__ import annotations

import time
from collections.abc import AsyncIterable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from recommender.articles.sources import Source
from recommender.builder.options import BuildOptions
from recommender.encoders.base import Encoder
from recommender.encoders.load import encoder_fingerprint, load_encoder
from recommender.passages.cutter import PassageMaker
from recommender.types import Article, OnProgress


class Batched(Protocol):
    """A table of Arrow, or another that gives its rows in batches."""

    def to_batches(self, *args: Any, **keywords: Any) -> Any:
        """Return the batches."""


# A path, an article, a mapping with the fields of a row; or several of these in any iterable, also
# an async one; or a data frame of pandas or polars, or a table of Arrow (`articles/frames.py`).
Sources = str | Source | Article | Mapping[str, Any] | Iterable[Any] | AsyncIterable[Any] | Batched


class LazyEncoder:
    """An encoder that is loaded when it is first needed; its fingerprint is known before.

    `model` is the name or folder of a model, an encoder of the caller's own, or None for the
    bundled model.
    """

    def __init__(self, model: str | Encoder | None) -> None:
        self._encoder = None if model is None or isinstance(model, str) else model
        self.model = model if isinstance(model, str) else None
        self.fingerprint = (
            self._encoder.fingerprint if self._encoder else encoder_fingerprint(self.model)
        )

    @property
    def encoder(self) -> Encoder:
        """The encoder, made ready for many texts."""
        if self._encoder is None:
            self._encoder = load_encoder(self.model, many=True)
        return self._encoder


@dataclass
class Job:
    """One build: what it was asked for, and what it works with."""

    sources: Sequence[Source]
    into: Path
    options: BuildOptions
    lazy: LazyEncoder
    cutter: PassageMaker
    report: OnProgress
    started: float = field(default_factory=time.monotonic)
