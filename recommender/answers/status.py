"""Describe what a snapshot holds and how it was made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recommender.answers.archive import Archive
from recommender.articles.notices import passed_over_of
from recommender.store.json_records import to_json
from recommender.types import Status


def status_of(snapshot: Archive) -> dict[str, Any]:
    """Return the facts of a snapshot as they are printed."""
    manifest = snapshot.manifest
    return {
        "index": snapshot.place,
        "snapshot": snapshot.name,
        "encoder": to_json(manifest.encoder),
        "created": manifest.created,
        "recommender": manifest.recommender,
        "articles": manifest.articles,
        "passages": manifest.passages,
        "words_only": manifest.words_only,
        "languages": manifest.languages,
        "roles": manifest.roles,
        "recipe": to_json(manifest.recipe),
        "search": {
            "kind": manifest.index.kind,
            "made": list(manifest.index.made),
            "recall": manifest.index.recall,
            "related_recall": manifest.measured.related_recall,
        },
        "bytes": snapshot.bytes,
        "left_out": to_json(manifest.left_out),
        "unpublished": _unpublished(snapshot),
        "passed_over": passed_over_of(manifest.notices),
        "notices": to_json(manifest.notices),
    }


def _unpublished(snapshot: Archive) -> Mapping[str, int]:
    """Return how many articles the public may not see now, by reason: not built, or withheld."""
    built = snapshot.publications.counts()
    left_out: dict[str, int] = dict(snapshot.manifest.unpublished)
    left_out.pop(Status.SCHEDULED, None)  # those with a time are built
    return left_out | {name: left_out.get(name, 0) + count for name, count in built.items()}
