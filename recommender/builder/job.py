"""Hold what one build was asked for: sources, folder, encoder, settings."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from recommender.encoders.base import Encoder
from recommender.encoders.load import encoder_fingerprint, load_encoder
from recommender.passages.cutter import PassageMaker
from recommender.store.publish import Gate
from recommender.store.snapshot import Snapshot
from recommender.types import OnProgress

GateMaker = Callable[[Snapshot | None], Gate]
Sources = str | Path | Sequence[str | Path]


class LazyEncoder:
    """An encoder that is loaded when it is first needed; its fingerprint is known before."""

    def __init__(self, model: str | Encoder | None) -> None:
        self._encoder = None if model is None or isinstance(model, str) else model
        self.model = model if isinstance(model, str) else None
        self.fingerprint = (
            self._encoder.fingerprint if self._encoder else encoder_fingerprint(self.model)
        )

    @property
    def encoder(self) -> Encoder:
        if self._encoder is None:
            self._encoder = load_encoder(self.model, many=True)
        return self._encoder


@dataclass
class Job:
    """What a build was asked for."""

    sources: Sequence[Path]
    into: Path
    lazy: LazyEncoder
    cutter: PassageMaker
    index_kind: str
    gate: GateMaker | None
    report: OnProgress
    started: float = field(default_factory=time.monotonic)


def as_paths(source: Sources) -> list[Path]:
    return [Path(source)] if isinstance(source, str | Path) else [Path(one) for one in source]
