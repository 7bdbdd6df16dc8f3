"""Hold what one build was asked for: sources, folder, encoder, options."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from recommender.articles.sources import Input, Source
from recommender.builder.options import BuildOptions
from recommender.encoders.base import Encoder
from recommender.encoders.load import encoder_fingerprint, load_encoder
from recommender.passages.cutter import PassageMaker
from recommender.types import OnProgress

Sources = str | Source | Sequence[str | Source]


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


def as_paths(source: Sources) -> list[Source]:
    """Return one source or several as a list; texts are paths."""
    several = [source] if isinstance(source, str | Path | Input) else source
    return [Path(one) if isinstance(one, str) else one for one in several]
