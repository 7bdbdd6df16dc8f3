"""Looks over encoder, cache and index, and says what to change where something is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from recommender.builder.verify import verify
from recommender.encoders.examine import Examination, examine_encoder
from recommender.errors import EncoderError, RecommenderError, StorageError
from recommender.store.snapshot import Snapshot


def examine(folder: str | Path = "vectors", model: str | None = None) -> Examination:
    """Return what encodes here and how the index is, each problem with the next step.

    `model` is the one to look at where there is no index to name it. Raises nothing of the kind
    that it is asked to find: what cannot be loaded or read is a problem it names.
    """
    folder = Path(folder)
    facts: dict[str, Any] = {}
    problems: list[str] = []
    try:
        encoder = Snapshot(folder).manifest.encoder
        model = encoder.model
        verdict = verify(folder)
        facts = {"index": str(folder), "snapshot": verdict.snapshot, "made_with": encoder.name}
        problems += verdict.problems
    except RecommenderError as error:
        problems.append(str(error))
    try:
        found = examine_encoder(model)
    except (EncoderError, StorageError) as error:
        return Examination(facts, (*problems, str(error)))
    return Examination({**found.facts, **facts}, (*found.problems, *problems))
