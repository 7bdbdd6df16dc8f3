"""Calibrate strength: measure how unrelated articles and passages of an index score."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from recommender.arrays import Mask, Positions
from recommender.scoring.alignment import Passages
from recommender.scoring.space import Space
from recommender.scoring.strength import NOTHING_KNOWN, Unrelated, measure_unrelated
from recommender.store.derived import source_of
from recommender.store.json_records import read_record
from recommender.store.manifest import UnrelatedKinds
from recommender.store.segment import Segment

# The most passages drawn in all, and of one article.
SAMPLED_ROWS = 6_000
ROWS_OF_ARTICLE = 64


def measured_scales(
    segments: Sequence[Segment], live: Sequence[Mask], space: Space
) -> UnrelatedKinds:
    """Return how pairs of unrelated passages and articles score.

    `live` holds for each segment a flag for each article: False if it is removed.
    """
    drawn = list(_drawn(segments, live, space))
    if not drawn:
        return _as_kinds({"passages": NOTHING_KNOWN, "articles": NOTHING_KNOWN})
    sources = {segment.folder: source_of(segment, space) for segment in segments}
    passages = Passages.of(
        [sources[segment.folder].read(rows) for segment, rows, _ in drawn],
        [segment.weights(rows) for segment, rows, _ in drawn],
    )
    return _as_kinds(measure_unrelated(passages, [language for _, _, language in drawn]))


def _as_kinds(found: Mapping[str, Unrelated]) -> UnrelatedKinds:
    """Return scales as a manifest holds them."""
    return read_record(UnrelatedKinds, {kind: scales.to_json() for kind, scales in found.items()})


def _drawn(
    segments: Sequence[Segment], live: Sequence[Mask], space: Space
) -> Iterator[tuple[Segment, Positions, str]]:
    """Yield articles, by segment and rows, with their language: equally many of each language.

    They are drawn by the hashes of their ids, so their place in the segments does not matter.
    """
    left = SAMPLED_ROWS
    for _, _, language, number, position in sorted(_turns(segments, live, space)):
        rows = segments[number].rows(position)[:ROWS_OF_ARTICLE]
        left -= len(rows)
        if left < 0:
            return
        yield segments[number], np.arange(rows.start, rows.stop), language


def _turns(
    segments: Sequence[Segment], live: Sequence[Mask], space: Space
) -> Iterator[tuple[int, int, str, int, int]]:
    """Yield (turn, hash, language, segment, position) of articles: languages take turns."""
    places: dict[str, list[tuple[int, int, int]]] = {}
    for number, (segment, flags) in enumerate(zip(segments, live, strict=True)):
        used = np.flatnonzero(flags & (segment.row_counts > 0))
        hashes = np.asarray(segment.articles["id_hash"])[used]
        languages = segment.article_languages[used]
        for tag_number, tag in enumerate(segment.languages):
            mine = np.flatnonzero(languages == tag_number)
            mine = mine[np.argsort(hashes[mine], kind="stable")[:SAMPLED_ROWS]]
            found = places.setdefault(space.keys.get(tag, tag), [])
            for hash_, position in zip(hashes[mine].tolist(), used[mine].tolist(), strict=True):
                found.append((hash_, number, position))
    for language, found in places.items():
        for turn, (hash_, number, position) in enumerate(sorted(found)[:SAMPLED_ROWS]):
            yield turn, hash_, language, number, position
