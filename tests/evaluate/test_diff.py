"""Two snapshots are compared by their articles and by the lists of related ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.stand_in import HashEncoder

from recommender import build
from recommender.errors import SnapshotNotFound
from recommender.evaluate.diff import diff
from recommender.settings import Settings

# Only paragraphs of the body are compared: an article that has none has no vector.
BODY_ONLY = Settings(roles={"title": "drop", "table": "drop"}, join_under=0)


def put(folder: Path, articles: dict[str, str]) -> None:
    rows = [
        {"id": id, "title": id, "language": "nl", "text": text} for id, text in articles.items()
    ]
    (folder / "articles.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """Two snapshots; the second has an article more, and one of another text."""
    articles = {"a": "Het water stijgt.", "b": "De dijk houdt.", "empty": "x | y\nz | w"}
    for changes in ({}, {"b": "De dijk breekt.", "c": "Het water zakt."}):
        put(tmp_path, articles | changes)
        build(tmp_path, into=tmp_path / "vectors", model=HashEncoder(), settings=BODY_ONLY)
    return tmp_path / "vectors"


def test_articles_that_came_changed_and_went_are_named(index: Path) -> None:
    found = diff(index)
    assert (found.came, found.changed, found.went) == (("c",), {"b": ("text",)}, ())


def test_an_article_without_text_has_no_list_to_compare(index: Path, tmp_path: Path) -> None:
    put(tmp_path, {"a": "Het water stijgt.", "b": "De dijk breekt.", "empty": "x | y\nz | v"})
    build(tmp_path, into=index, model=HashEncoder(), settings=BODY_ONLY)
    found = diff(index)
    assert (found.came, set(found.changed), found.went) == ((), {"empty"}, ("c",))


def test_a_snapshot_that_is_not_kept_is_named(index: Path) -> None:
    with pytest.raises(SnapshotNotFound, match="snapshot nope is not kept"):
        diff(index, before="nope")
