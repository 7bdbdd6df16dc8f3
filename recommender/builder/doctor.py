"""Examine encoder, cache and index, and say how to mend each problem."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from recommender.builder.verify import verify
from recommender.encoders.examine import Examination, examine_encoder
from recommender.errors import EncoderError, RecommenderError, StorageError
from recommender.store.snapshot import Snapshot


def examine(folder: str | Path = "vectors", model: str | None = None) -> Examination:
    """Return the facts of the encoder and the index, and each problem with its next step.

    `model` is examined if there is no index that names its model. A model that cannot be loaded or
    an index that cannot be read is a problem in the result, not an error.
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
