"""Describe what a snapshot holds and how it was made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from recommender.answers.archive import Archive
from recommender.arrays import Positions
from recommender.articles.notices import passed_over_of, without_time_of
from recommender.store.json_records import to_json
from recommender.store.publication import Withheld
from recommender.types import Status

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers of articles and passages, and articles by language and by date (yyyymmdd)."""

    articles: int
    passages: int
    languages: Mapping[str, int]
    dates: Mapping[int, int]


def counts_of(snapshot: Archive, *, published_only: bool = False) -> Counts:
    """Count the articles of a snapshot; with `published_only` those that are public now."""
    manifest = snapshot.manifest
    every = Counts(manifest.articles, manifest.passages, manifest.languages, snapshot.date_counts())
    hidden = snapshot.withheld(published_only=True)
    if not (published_only and len(hidden)):
        return every
    now = snapshot.publications.now()
    known = _PUBLIC.get(snapshot)
    if known is None or known[0] is not now:
        known = _PUBLIC[snapshot] = now, _without(snapshot, every, hidden)
    return known[1]


def _without(snapshot: Archive, every: Counts, hidden: Positions) -> Counts:
    dates = Counter(snapshot.columns.dates_of(hidden).tolist())  # an engine then knows the tags
    languages = Counter(snapshot.language(one) for one in hidden.tolist())
    return Counts(
        every.articles - len(hidden),
        every.passages - int(snapshot.spans(hidden).counts.sum()),
        _less(every.languages, languages),
        _less(every.dates, dates),
    )


def _less(counts: Mapping[Key, int], taken: Mapping[Key, int]) -> dict[Key, int]:
    left = {key: count - taken.get(key, 0) for key, count in counts.items()}
    return {key: count for key, count in left.items() if count > 0}


def status_of(snapshot: Archive, *, published_only: bool = False) -> dict[str, Any]:
    """Return the facts of a snapshot as they are printed.

    With `published_only`, articles, passages and languages count only what is public now.
    """
    manifest = snapshot.manifest
    counts = counts_of(snapshot, published_only=published_only)
    return {
        "index": snapshot.place,
        "snapshot": snapshot.name,
        "encoder": to_json(manifest.encoder),
        "created": manifest.created,
        "recommender": manifest.recommender,
        "articles": counts.articles,
        "passages": counts.passages,
        "words_only": manifest.words_only,
        "languages": dict(counts.languages),
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
    """Return how many articles are not public now, by reason: not built, or withheld."""
    left_out = Counter(snapshot.manifest.unpublished)
    left_out[Status.SCHEDULED] = without_time_of(snapshot.manifest.notices)  # others are built
    return dict(left_out + snapshot.publications.counts())


# Counts of the public articles of each snapshot, one for each time at which they change.
_PUBLIC: WeakKeyDictionary[Archive, tuple[Withheld, Counts]] = WeakKeyDictionary()
