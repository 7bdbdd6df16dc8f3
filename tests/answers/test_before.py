"""What was published before on a subject is told in the order of time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.archive import Archive
from support.stand_in import WordEncoder

from recommender import Article, Filters, Recommender
from recommender.errors import NotFound, QueryError

OLDER = "The river is as old as this town and its bridge."
FLOOD = "The river rises\n\nThe river is high and the dike holds."
ROWS: list[dict[str, Any]] = [
    {"id": "new", "text": FLOOD, "date": "2022-12-28"},
    {"id": "old", "text": f"{FLOOD}\n\n{OLDER}", "date": "1995-02-01"},
    {"id": "copy", "text": FLOOD, "date": "2022-12-01"},
    {"id": "undated", "text": FLOOD + "\n\nThe dike is as old as this town and its church."},
    {"id": "bread", "text": "Bread of the year\n\nThe bread won.", "date": "2022-12-22"},
]


@pytest.fixture
def archive(tmp_path: Path) -> Recommender:
    encoder = WordEncoder("river", "dike", "football", "bread", max_tokens=60)
    return Archive(rows=ROWS, encoder=encoder).open_in(tmp_path)


def ids(archive: Recommender, asked: Any, **keywords: Any) -> str:
    found = archive.before(asked, min_strength=60, **keywords).recommendations
    return " ".join(one.article_id for one in found)


def test_the_oldest_comes_first_and_copies_count(archive: Recommender) -> None:
    assert ids(archive, "new") == "old copy"
    assert archive.before("new").until == "2022-12-28"


def test_only_what_came_before_is_told(archive: Recommender) -> None:
    assert ids(archive, "copy") == "old"
    draft = Article(id="draft", title="", text=FLOOD, date="2000-01-01")
    assert ids(archive, draft) == "old"
    assert ids(archive, {"text": FLOOD, "date": "2022-12-02"}) == "old copy"
    assert ids(archive, "copy", filters=Filters(until="2022-12-30")) == "old new"
    assert ids(archive, "new", filters=Filters(as_of="1996")) == "old"


def test_a_time_that_begins_after_the_article_is_refused(archive: Recommender) -> None:
    with pytest.raises(
        QueryError, match="since 2030 is later than the article, which is of 2022-12-28"
    ):
        archive.before("new", filters=Filters(since="2030"))
    assert ids(archive, "new", filters=Filters(since="2022-12-28")) == ""
    assert ids(archive, "copy", filters=Filters(since="2022", until="2022-12-30")) == "new"


def test_a_draft_without_a_date_is_after_everything(archive: Recommender) -> None:
    draft = Article(id="draft", title="", text=FLOOD)
    assert ids(archive, draft) == "old new undated"
    assert archive.before(draft, min_strength=60).recommendations[1].copies == ("copy",)


def test_what_cannot_be_asked_is_refused_as_related_does(archive: Recommender) -> None:
    with pytest.raises(NotFound):
        archive.before("nowhere")
    with pytest.raises(QueryError):
        archive.before([])
    with pytest.raises(QueryError):
        archive.before([None])  # type: ignore[list-item]  # as an untyped program may ask


def test_a_record_holds_what_a_recommendation_does(archive: Recommender) -> None:
    answer = archive.before("new", min_strength=60)
    assert [one["article_id"] for one in answer.to_dict()["recommendations"]] == ["old", "copy"]
    assert answer.rows()[1]["relation"] == "copy"
