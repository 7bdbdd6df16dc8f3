"""Writes what follows from the vectors and texts of segments, and can always be made again.

Derived files lie in the folder of the segment they follow from, under a name that says what they
were derived for, and are never rewritten: a segment that a new snapshot shares with an old one
brings its derived files along, as long as both answer in one space.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from recommender.index import write_index
from recommender.language import language_key
from recommender.lexical import write_lexical
from recommender.segment import Segment
from recommender.snapshot import LEXICAL_FILE, Flags, centered, index_file
from recommender.space import (
    MAX_DRIFT,
    Language,
    Space,
    drift,
    estimate_space,
    load_priors,
)
from recommender.storage import FileFacts, file_facts, place
from recommender.strength import unrelated_scores

# The derived files of each segment, by name.
Known = Mapping[str, Mapping[str, FileFacts]]

# Unrelated scores are drawn among so many articles.
SAMPLED_ARTICLES = 2_000
# How many vectors are held in memory at a time.
CHUNK = 8_192


def derive(
    segments: Sequence[Segment],
    live: Sequence[Flags],
    encoder: Mapping[str, Any],
    before: Mapping[str, Any],
) -> dict[str, Any]:
    """Write the derived files that the segments lack and return the manifest's fields on them.

    `live` holds for each segment one flag an article: False where it is removed. `encoder` is the
    manifest's field. `before` is the manifest of the snapshot that was live, or empty: its space
    is kept until a language's mean has moved by more than `MAX_DRIFT`, and what it says of
    derived files is believed.
    """
    space = _space(segments, live, encoder, before)
    known = before.get("derived", {})
    return {
        "space": space.to_json(),
        "derived": {
            segment.folder.name: {
                **_index_file(segment, space, known),
                **_lexical_file(segment, known),
            }
            for segment in segments
        },
        "unrelated": _unrelated(segments, live, space),
    }


def _space(
    segments: Sequence[Segment],
    live: Sequence[Flags],
    encoder: Mapping[str, Any],
    before: Mapping[str, Any],
) -> Space:
    """Return the live snapshot's space where it still fits, else the one estimated anew."""
    keys = {tag: language_key(tag) for segment in segments for tag in segment.languages}
    found = {key: Language(np.zeros(encoder["dim"])) for key in keys.values()}
    for segment, flags in zip(segments, live, strict=True):
        _count(segment, flags, [found[keys[tag]] for tag in segment.languages])
    found = {key: language for key, language in found.items() if language.passages}
    estimated = estimate_space(found, keys, encoder["dim"], load_priors(encoder["name"]))
    if before.get("encoder", {}).get("fingerprint") == encoder["fingerprint"]:
        kept = Space.from_json(before["space"], encoder["dim"], encoder["name"])
        if drift(kept, estimated) <= MAX_DRIFT:
            return kept
    return estimated


def _count(segment: Segment, flags: Flags, languages: Sequence[Language]) -> None:
    """Add a segment's live articles to what is known of its `languages`."""
    articles = segment.articles["language"][flags & (segment.articles["rows"] > 0)]
    for number, count in zip(*np.unique(articles, return_counts=True), strict=True):
        languages[number].articles += int(count)
    wanted = flags[segment.passages["article"]]
    for start in range(0, len(wanted), CHUNK):
        rows = start + np.flatnonzero(wanted[start : start + CHUNK])
        numbers = segment.language_numbers(rows)
        vectors = segment.vectors[rows]
        for number in np.unique(numbers):
            mine = vectors[numbers == number]
            languages[number].total += mine.sum(axis=0, dtype=np.float64)
            languages[number].passages += len(mine)


def _index_file(segment: Segment, space: Space, known: Known) -> dict[str, FileFacts]:
    name = index_file(space.id)
    index = segment.folder / name
    facts = known.get(segment.folder.name, {}).get(name)
    if facts is None or not index.exists():
        chunks = (
            centered(segment, space, np.arange(start, min(start + CHUNK, len(segment.passages))))
            for start in range(0, len(segment.passages), CHUNK)
        )
        with place(index) as stream:
            write_index(chunks, segment.vectors.shape[1], stream)
        facts = file_facts(index)
    return {name: facts}


def _lexical_file(segment: Segment, known: Known) -> dict[str, FileFacts]:
    path = segment.folder / LEXICAL_FILE
    facts = known.get(segment.folder.name, {}).get(LEXICAL_FILE)
    if facts is None or not path.exists():
        with place(path) as stream:
            write_lexical(_texts(segment), stream)
        facts = file_facts(path)
    return {LEXICAL_FILE: facts}


def _texts(segment: Segment) -> Iterator[str]:
    for position in range(len(segment)):
        article = segment.stored(position).article
        for row in segment.rows(position):
            yield segment.passage(row, article).text


def _unrelated(
    segments: Sequence[Segment], live: Sequence[Flags], space: Space
) -> dict[str, list[float]]:
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
        centered(segments[number], space, np.arange(found.start, found.stop))
        for (_, number, _), found in zip(sample, rows, strict=True)
    ]
    articles = np.repeat(np.arange(len(sample)), [len(found) for found in rows])
    if not vectors:
        return {"passages": [], "articles": []}
    return unrelated_scores(np.concatenate(vectors), articles)
