"""Find what is missing of a version in its engine."""

from __future__ import annotations

from recommender.engines.archive import EngineArchive


def problems_of(archive: EngineArchive) -> list[str]:
    """Return what is missing of a version in its engine, each with its remedy.

    Every passage and article is counted. Raises `SnapshotMissing` if a whole table is missing.
    """
    held, facts, place = archive.engine.held(), archive.shares, archive.place
    found = []
    for name, count in (("passages", held.passages), ("articles", held.articles)):
        whole = int(facts[name].sum())
        if count != whole:
            found.append(f"{place}: holds {count:,} of {whole:,} {name}")
    if not held.has_words and any(archive.layout.every_word.sizes):
        found.append(f"{place}: holds no words")
    if not held.is_indexed:
        found.append(f"{place}: has no index of vectors, and searches slowly")
    return [f"{one}; publish the index again" for one in found]
