"""Hold the facts of a version that need no articles: counts, languages, dates."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.arrays import load_arrays
from recommender.engines.engine import Records
from recommender.errors import SnapshotDamaged, SnapshotForeign
from recommender.store.json_records import WrongField, read_record
from recommender.store.manifest import Manifest, checked_manifest
from recommender.types import Role

# Bump when a reader of the older number could not read a version, or would misread it.
FORMAT = 5
# The names of facts.
MANIFEST, LAYOUT, SHARES, NEWEST = "manifest.json", "layout.json", "shares.npy", "newest.npy"
# When the version was loaded, as an ISO time; missing from those of earlier releases.
LOADED = "loaded"
# The effort of searching vectors, in decimal digits, if more than the engine's least is needed.
EFFORT = "effort"
BESIDE = "beside/"
# How many passages with a vector, and articles, have a language tag and a date.
SHARE = np.dtype([("tag", "<u2"), ("date", "<u4"), ("passages", "<u8"), ("articles", "<u8")])


@dataclass(frozen=True, slots=True, kw_only=True)
class WordCounts:
    """For each language how many rows it has, and how many words the rows have on average."""

    sizes: tuple[int, ...]
    mean_length: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The counts of a version. `tags`, `languages` and `roles` are in the order of their numbers.

    `languages` are those of words, as the answering space calls them. `limited` lists the articles
    that are not simply published. `words` counts rows with a vector, `every_word` all rows.
    """

    format: int
    row_count: int
    all_row_count: int
    article_count: int
    bytes: int
    tags: tuple[str, ...]
    languages: tuple[str, ...]
    roles: tuple[str, ...]
    limited: tuple[tuple[int, str, str, str], ...]
    words: WordCounts
    every_word: WordCounts

    def __post_init__(self) -> None:
        if unknown := set(self.roles) - {str(role) for role in Role}:
            raise ValueError(f"roles: {min(unknown)!r} is not a role")
        for counts in (self.words, self.every_word):
            if len(counts.sizes) != len(self.languages):
                raise ValueError("words: there is not one count for each language")
        if self.row_count > self.all_row_count:
            raise ValueError("row_count is more than all_row_count")


def limits_of(layout: Layout) -> dict[str, int]:
    """Return the bounds of the numbers in records of a version."""
    articles, tags = layout.article_count, len(layout.tags)
    return {
        "row": layout.all_row_count,
        "article": articles,
        "position": articles,
        "tag": tags,
        "language": tags,
        "role": len(layout.roles),
    }


@dataclass(frozen=True)
class Version:
    """What is read of a version when it is opened."""

    manifest: Manifest
    layout: Layout
    shares: Records
    effort: int


def effort_of(efforts: Sequence[int], remembered: int) -> int:
    """Return the least of `efforts` that reaches the stored effort, or the highest."""
    return next((one for one in efforts if one >= remembered), efforts[-1])


def read_version(facts: Mapping[str, bytes], place: str) -> Version:
    """Return the version that facts describe.

    Raises `SnapshotDamaged` for facts that are missing or wrong, `SnapshotForeign` for those of
    another format.
    """
    advice = f"run: recommender publish --index INDEX --to {place}"
    try:
        layout = json.loads(facts[LAYOUT].decode())
        if layout.get("format") != FORMAT:
            raise SnapshotForeign(
                f"{place}: found format {layout.get('format')!r}, expected {FORMAT}; {advice}"
            )
        read = read_record(Layout, layout)
        manifest: Any = json.loads(facts[MANIFEST].decode())
        shares = load_arrays(io.BytesIO(facts[SHARES]))
        effort = int(facts.get(EFFORT, b"0"))
    except (KeyError, ValueError, AttributeError, WrongField) as error:
        raise SnapshotDamaged(
            f"{place}: facts of the version are wrong: {error}; {advice}"
        ) from error
    is_share = shares.dtype == SHARE and shares.ndim == 1
    if not is_share or (shares["tag"] >= len(read.tags)).any():
        raise SnapshotDamaged(f"{place}: {SHARES} holds other numbers; {advice}")
    return Version(checked_manifest(manifest, place, advice), read, shares, effort)
