"""Writes what follows from the vectors and texts of segments, and can always be made again.

Derived files lie in the folder of the segment they follow from, under a name that says what they
were derived for, and are never rewritten: a segment that a new snapshot shares with an old one
brings its derived files along.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from recommender.index import write_index
from recommender.segment import Segment
from recommender.snapshot import INDEX_FILE, Flags
from recommender.space import unrelated_scores
from recommender.storage import FileFacts, file_facts, place

# The derived files of each segment, by name.
Known = Mapping[str, Mapping[str, FileFacts]]

# Unrelated scores are drawn among so many articles.
SAMPLED_ARTICLES = 2_000


def derive(segments: Sequence[Segment], live: Sequence[Flags], known: Known) -> dict[str, Any]:
    """Write the derived files that the segments lack and return the manifest's fields on them.

    `live` holds for each segment one flag an article: False where it is removed. `known` is what
    an earlier manifest says of the derived files, which then are not read again.
    """
    return {
        "derived": {segment.folder.name: _segment_files(segment, known) for segment in segments},
        "unrelated": _unrelated(segments, live),
    }


def _segment_files(segment: Segment, known: Known) -> dict[str, FileFacts]:
    index = segment.folder / INDEX_FILE
    facts = known.get(segment.folder.name, {}).get(INDEX_FILE)
    if facts is None or not index.exists():
        with place(index) as stream:
            write_index(segment.vectors, stream)
        facts = file_facts(index)
    return {INDEX_FILE: facts}


def _unrelated(segments: Sequence[Segment], live: Sequence[Flags]) -> dict[str, list[float]]:
    """Sample the articles by their ids' hashes, so that it does not matter where they lie."""
    places = [
        (int(hash_), number, position)
        for number, (segment, flags) in enumerate(zip(segments, live, strict=True))
        for position in np.flatnonzero(flags & (segment.articles["rows"] > 0)).tolist()
        for hash_ in (segment.articles["id_hash"][position],)
    ]
    sample = sorted(places)[:SAMPLED_ARTICLES]
    rows = [segments[number].rows(position) for _, number, position in sample]
    vectors = [
        segments[number].vectors[found.start : found.stop]
        for (_, number, _), found in zip(sample, rows, strict=True)
    ]
    articles = np.repeat(np.arange(len(sample)), [len(found) for found in rows])
    if not vectors:
        return {"passages": [], "articles": []}
    return unrelated_scores(np.concatenate(vectors), articles)
