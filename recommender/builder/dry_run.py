"""Forecast what a build would do and how long it would take, without writing anything."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from recommender.articles.handed import take_sources
from recommender.articles.notices import passed_over_of, unpublished_of
from recommender.articles.sources import Source
from recommender.builder.changes import find_work
from recommender.builder.cutting import pieces_of
from recommender.builder.encode import PASSAGES_AT_ONCE, chunks
from recommender.builder.farm.farm import Farm
from recommender.builder.given import LazyEncoder, Sources
from recommender.builder.job import helpers_for
from recommender.builder.options import BuildOptions
from recommender.builder.previous import Previous, find_previous
from recommender.builder.report import wordless_in, wordless_of
from recommender.builder.sources import losses
from recommender.encoders.base import Encoder
from recommender.passages import boilerplate
from recommender.passages.boilerplate import read_list
from recommender.passages.cutter import PassageMaker
from recommender.store.segment_tables import Piece
from recommender.types import OnProgress, Refusal

# So many of the texts are encoded to measure the speed.
TIMED_TEXTS = 64


@dataclass(frozen=True, slots=True)
class Forecast:
    """The work that a build would do. `seconds` and `megabytes` to write are estimates.

    `refused` says why the build would need `--replace`; it is empty if it would not.
    """

    same: int
    added: int
    changed: int
    removed: int
    passages: int
    to_encode: int
    seconds: float
    megabytes: float
    reasons: tuple[str, ...]
    left_out: tuple[Refusal, ...]
    unpublished: Mapping[str, int] = field(default_factory=dict)
    passed_over: Mapping[str, int] = field(default_factory=dict)
    refused: tuple[str, ...] = ()


def forecast(
    source: Sources,
    *,
    into: str | Path = "vectors",
    model: str | Encoder | None = None,
    on_progress: OnProgress | None = None,
    options: BuildOptions | None = None,
) -> Forecast:
    """Return what `build` with the same arguments would do; takes no lock, writes no file.

    The options `if_changed`, `gate` and `on` do not count. Every source is read, changed articles
    are cut, and some of their texts are encoded to measure the speed.
    """
    with TemporaryDirectory(prefix="recommender-") as folder:
        return _forecast_of(
            Path(folder),
            take_sources(source, Path(folder)),
            Path(into),
            LazyEncoder(model),
            options or BuildOptions(),
            on_progress or (lambda stage, done, total: None),
        )


def _forecast_of(
    scratch: Path,
    sources: Sequence[Source],
    into: Path,
    lazy: LazyEncoder,
    options: BuildOptions,
    report: OnProgress,
) -> Forecast:
    started = time.monotonic()
    cutter = PassageMaker(options.settings, read_list(into / boilerplate.BOILERPLATE_FILE))
    base = find_previous(into, lazy.fingerprint, cutter.recipe, options.full)
    cut = _Cut()
    with helpers_for(options, lazy) as helpers:
        farm = Farm(scratch, helpers)
        work = find_work(base, cutter, sources, report, farm)
        for piece, _ in pieces_of(work, cutter, farm, lazy):
            cut.add(piece)
    plan = work.reading.plan(sources)
    kept = base.live_without(plan.removed)
    wordless = [*(one for it in kept for one in wordless_of(*it)), *cut.wordless]
    missing = _missing(base, list(cut.hashes))
    read_seconds = time.monotonic() - started
    rate, dim = _rate(lazy, cut.sample) if missing else (1.0, 0)
    notices = work.reading.notices.counts()
    refused = "" if options.replace else losses(base.remembered, sources, plan)
    return Forecast(
        same=len(plan.kept),
        added=plan.added,
        changed=plan.changed,
        removed=plan.gone,
        passages=cut.passages,
        to_encode=missing,
        seconds=round(read_seconds + missing / rate, 1),
        megabytes=round((cut.line_bytes + cut.passages * (3 * 4 * dim + 60)) / 1e6, 1),
        reasons=plan.reasons,
        left_out=tuple(dict.fromkeys((*work.reading.left_out, *wordless))),
        unpublished=unpublished_of(notices),
        passed_over=passed_over_of(notices),
        refused=(refused,) if refused else (),
    )


@dataclass(slots=True)
class _Cut:
    """What the cutting of new and changed articles gave, in numbers, with some of their texts."""

    passages: int = 0
    line_bytes: int = 0
    hashes: set[bytes] = field(default_factory=set)
    sample: list[str] = field(default_factory=list)
    wordless: list[Refusal] = field(default_factory=list)

    def add(self, piece: Piece) -> None:
        """Count a piece."""
        self.passages += len(piece.passages)
        self.line_bytes += len(piece.lines)
        self.wordless += wordless_in(piece)
        self.hashes |= {digest.tobytes() for digest in piece.passages["text_hash"]}
        more = TIMED_TEXTS - len(self.sample)
        self.sample += islice((text for _, text in piece.texts()), more)


def _missing(base: Previous, hashes: list[bytes]) -> int:
    return sum(
        int((base.stored.find(chunk) < 0).sum()) for chunk in chunks(hashes, PASSAGES_AT_ONCE)
    )


def _rate(lazy: LazyEncoder, texts: list[str]) -> tuple[float, int]:
    """Return how many texts are encoded in a second, and the length of a vector."""
    encoder = lazy.encoder
    encoder.encode(texts[:1], role="passage")  # the first call includes start-up
    started = time.monotonic()
    encoder.encode(texts, role="passage")
    return len(texts) / max(time.monotonic() - started, 1e-6), encoder.dim
