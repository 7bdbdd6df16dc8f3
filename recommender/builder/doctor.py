"""Examine encoder, cache and index, and say how to repair each problem."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from recommender.builder.verify import verify
from recommender.encoders.examine import Examination, examine_encoder
from recommender.engines.address import is_address
from recommender.errors import EncoderError, RecommenderError, StorageError
from recommender.store.manifest import EncoderFacts
from recommender.store.snapshot import Snapshot


def examine(folder: str | Path = "vectors", model: str | None = None) -> Examination:
    """Return the facts of the encoder and the index, and each problem with its next step.

    `model` is examined if there is no index that names its model. A model that cannot be loaded or
    an index that cannot be read is a problem in the result, not an error.
    """
    facts: dict[str, Any] = {}
    problems: list[str] = []
    try:
        encoder, facts, found_wrong = (_engine if is_address(folder) else _folder)(folder)
        model = encoder.model
        problems += found_wrong
    except RecommenderError as error:
        problems.append(str(error))
    try:
        found = examine_encoder(model)
    except (EncoderError, StorageError) as error:
        return Examination(facts, (*problems, str(error)))
    return Examination({**found.facts, **facts}, (*found.problems, *problems))


def _folder(place: str | Path) -> tuple[EncoderFacts, dict[str, Any], list[str]]:
    """Return the encoder, the facts and the problems of an index on disk."""
    folder = Path(place)
    encoder, verdict = Snapshot(folder).manifest.encoder, verify(folder)
    facts = {"index": str(folder), "snapshot": verdict.snapshot, "made_with": encoder.name}
    return encoder, facts, list(verdict.problems)


def _engine(place: str | Path) -> tuple[EncoderFacts, dict[str, Any], list[str]]:
    """Return the encoder, the facts with the time of a trip, and the problems of an engine."""
    from recommender.engines.completeness import problems_of
    from recommender.engines.open import open_engine  # imports the client of an engine

    archive = open_engine(place)
    started = time.perf_counter()
    archive.live_name()
    trip = time.perf_counter() - started
    encoder = archive.manifest.encoder
    facts = {
        "index": archive.place,
        "snapshot": archive.name,
        "made_with": encoder.name,
        "trip_milliseconds": round(1_000 * trip, 2),
    }
    warnings = archive.warnings()
    try:
        return encoder, facts, [*warnings, *problems_of(archive)]
    except RecommenderError as error:  # a table is missing
        return encoder, facts, [*warnings, str(error)]
