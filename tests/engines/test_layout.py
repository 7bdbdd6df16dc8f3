"""What a version says of itself is checked when it is opened."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import pytest

from recommender.engines.layout import FORMAT, LAYOUT, MANIFEST, SHARE, SHARES, read_version
from recommender.errors import SnapshotDamaged

WORDS = {"sizes": [3], "mean_length": 9.0}
GOOD: dict[str, Any] = {
    "format": FORMAT,
    "row_count": 3,
    "all_row_count": 4,
    "article_count": 2,
    "bytes": 10,
    "tags": ["en"],
    "languages": ["en"],
    "roles": ["body"],
    "limited": [],
    "words": WORDS,
    "every_word": WORDS,
}


def facts_of(layout: dict[str, Any], tag: int = 0) -> dict[str, bytes]:
    shares, data = np.zeros(1, SHARE), io.BytesIO()
    shares["tag"] = tag
    np.save(data, shares)
    return {LAYOUT: json.dumps(layout).encode(), MANIFEST: b"{}", SHARES: data.getvalue()}


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"words": {**WORDS, "sizes": [1, 2]}}, "one count for each language"),
        ({"every_word": {**WORDS, "sizes": []}}, "one count for each language"),
        ({"row_count": 5}, "more than"),
        ({"article_count": -1}, "article_count"),
        ({"roles": ["king"]}, "not a role"),
    ],
)
def test_counts_that_contradict_each_other_are_damage(wrong: dict[str, Any], reason: str) -> None:
    with pytest.raises(SnapshotDamaged, match=reason):
        read_version(facts_of({**GOOD, **wrong}), "milvus://h/news")


def test_shares_of_no_language_are_damage() -> None:
    with pytest.raises(SnapshotDamaged, match="other numbers"):
        read_version(facts_of(GOOD, tag=1), "milvus://h/news")
