"""Hold what one build was asked for: sources, folder, encoder, options."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

from recommender.encoders.base import Encoder
from recommender.encoders.load import encoder_fingerprint, load_encoder
from recommender.passages.cutter import PassageMaker
from recommender.settings import DEFAULTS, Settings
from recommender.store.publish import Gate
from recommender.store.snapshot import Snapshot
from recommender.types import OnProgress

# Makes a gate from the live snapshot, or from None if there is none.
GateMaker = Callable[[Snapshot | None], Gate]
Sources = str | Path | Sequence[str | Path]


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOptions:
    """How a build reads, cuts and publishes.

    `settings` says how articles are read and cut and which search index is made; its source, index
    and model are ignored. `full` encodes everything again. `if_changed` reads no file if all have
    the names, sizes and times of the last build. `gate` makes, from the live snapshot, a gate that
    may refuse the new one (`evaluate/gate.py`): it is kept then, but does not become live.
    """

    settings: Settings = DEFAULTS
    full: bool = False
    if_changed: bool = False
    gate: GateMaker | None = None


class BuildKeywords(TypedDict, total=False):
    """The options of `build` as keyword arguments."""

    settings: Settings
    full: bool
    if_changed: bool
    gate: GateMaker | None


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

    sources: Sequence[Path]
    into: Path
    options: BuildOptions
    lazy: LazyEncoder
    cutter: PassageMaker
    report: OnProgress
    started: float = field(default_factory=time.monotonic)


def as_paths(source: Sources) -> list[Path]:
    """Return one source or several as a list of paths."""
    return [Path(source)] if isinstance(source, str | Path) else [Path(one) for one in source]
