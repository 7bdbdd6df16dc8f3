"""The memory of a build is noted by its stages, from articles whose vectors have neighbours."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import numpy as np
import pytest

from benchmarks.memory import Held, Stages, articles, table
from benchmarks.near_words import NearWords

ROWS = [
    {"id": "a", "title": "A", "source": "s", "text": "Ferries wait in the harbour since Monday."},
    {"id": "b", "title": "B", "source": "t", "text": "The council votes about the new bridge."},
]


def test_texts_that_share_words_are_near_each_other_alone_and_among_others() -> None:
    encoder = NearWords(dim=64)
    texts = [row["text"] for row in ROWS] + ["Ferries wait in the harbour since Tuesday.", "!"]
    found = encoder.encode(texts, role="passage")
    assert np.allclose(np.linalg.norm(found, axis=1), 1)
    assert found[0] @ found[2] > found[0] @ found[1] + 0.2
    assert np.allclose(encoder.encode(texts[1:2], role="query"), found[1:2])


def test_articles_are_repeated_under_other_ids_with_some_words_changed(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    with gzip.open(tmp_path / "set" / "articles.jsonl.gz", "wt") as stream:
        stream.writelines(json.dumps(row) + "\n" for row in ROWS)
    made = list(articles(tmp_path, 11))
    assert made[:2] == ROWS
    assert len({row["id"] for row in made}) == len(made) == 11
    words = [row["text"].split() for row in made[::2]]
    changes = [sum(one != two for one, two in zip(words[0], some, strict=True)) for some in words]
    assert changes[0] == 0
    assert max(changes) > 0
    assert sum(changes) < len(words) * len(words[0]) / 2
    assert made == list(articles(tmp_path, 11))


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux tells it")
def test_each_stage_has_its_own_most(tmp_path: Path) -> None:
    stages = Stages(tmp_path / "stage")
    stages.reach("before")
    stages.beginning("large", lambda size: np.ones(size))(40_000_000)
    assert (tmp_path / "stage").read_text() == "large"
    stages.reach("after")
    stages.reach("")
    before, large, after = (stages.found[name].most for name in ("before", "large", "after"))
    assert large > 300 + before
    assert large > 300 + after
    held = Held()
    held.see(os.getpid())
    assert held.most >= held.own > 0
    [line] = table(
        {"passages": 1, "articles": 1, "processors": 2, "processor": "x", "load_before": 0}
        | {"date": "d", "commit": "c", "stages": {"cut": {**FIGURES, "own": 1_234}}}
    ).splitlines()[4:]
    assert line == "| cut | 1,234 | 0 | 0 | 0 | 0 | 0 |"


FIGURES = dict.fromkeys(("files", "most", "together", "seconds", "processor_seconds"), 0)
