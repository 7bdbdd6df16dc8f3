"""A list holds the articles that are called so and pass the filters, newest first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest
from support.stand_in import WordEncoder

from recommender import Filters, ListOptions, Recommender, build
from recommender.engines.engine import Engine
from recommender.engines.names import EngineNames
from recommender.errors import BadDate, QueryError, TooLarge
from recommender.render.formats import Format, render
from recommender.render.listing import Listed
from recommender.render.text_layout import Page
from recommender.settings import Settings

ROWS: list[dict[str, Any]] = [
    {"id": "a", "title": "Hoogwater in de Waal", "language": "nl", "date": "2022-12-28"},
    {"id": "b", "title": "High water on the river", "date": "2022-12", "section": "world"},
    {"id": "c", "title": "River, undated"},
    {"id": "d", "title": "洪水と川", "language": "ja", "date": "2023-01-02", "section": "World"},
    {"id": "e", "title": "Water for later", "embargo": "2090-01-01T00:00:00Z"},
    {"id": "f", "title": "Bread", "date": "2021", "url": "https://example.org/water/bread"},
]


@pytest.fixture
def archive(tmp_path: Path) -> Recommender:
    rows = tmp_path / "rows.jsonl"
    lines = [{"language": "en", "text": f"The river {row['id']}.", **row} for row in ROWS]
    rows.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    encoder = WordEncoder("river")
    build(rows, into=tmp_path / "vectors", model=encoder)
    return Recommender.open(tmp_path / "vectors", encoder=encoder)


def listed(archive: Recommender, words: str = "", **filters: Any) -> str:
    answer = archive.list_articles(words, filters=Filters(**filters))
    assert answer.total == len(answer.articles)
    return " ".join(one.article_id for one in answer.articles)


def test_the_newest_come_first_and_those_without_a_date_last(archive: Recommender) -> None:
    assert listed(archive) == "d a b f c"


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("water", "a b f"),
        ("WATER high", "b"),
        ("high  water", "b"),
        ("洪水", "d"),
        ("rows.jsonl", "d a b f c"),
        ("example.org", "f"),
        ("water nowhere", ""),
        ("later", ""),
        ("[a-z]", ""),
    ],
)
def test_all_words_must_be_in_a_name(archive: Recommender, words: str, found: str) -> None:
    assert listed(archive, words) == found


def test_filters_hold_for_lists(archive: Recommender) -> None:
    assert listed(archive, languages="nl,ja") == "d a"
    assert listed(archive, since="2022-12-30") == "d b"
    assert listed(archive, until="2022") == "a b f"
    assert listed(archive, where={"section": "world"}) == "d b"
    assert listed(archive, "water", where={"section": "world"}) == "b"


def test_k_cuts_the_list_and_the_total_counts_on(archive: Recommender) -> None:
    answer = archive.list_articles("water", options=ListOptions(k=2))
    assert ([one.article_id for one in answer.articles], answer.total) == (["a", "b"], 3)
    assert archive.list_articles("water", k=1).total == 3


def test_only_articles_that_match_are_read_for_a_field(
    archive: Recommender, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    [segment] = archive.snapshot.segments
    original = segment.lines.article

    def article(position: int) -> Any:
        read.append(position)
        return original(position)

    monkeypatch.setattr(segment.lines, "article", article)
    assert listed(archive, "high", where={"section": "world"}) == "b"
    assert set(read) == {1}


def test_what_a_list_cannot_answer_is_an_error(archive: Recommender) -> None:
    for languages in ("same", "other"):
        with pytest.raises(QueryError, match="a list has none"):
            listed(archive, languages=languages)
    with pytest.raises(BadDate):
        listed(archive, since="yesterday")
    with pytest.raises(TooLarge):
        listed(archive, "x" * 10_000)
    for k in (0, 100_001):
        with pytest.raises(QueryError, match="k is"):
            ListOptions(k=k)


def test_an_empty_list_names_the_articles_whose_names_are_nearest(archive: Recommender) -> None:
    assert archive.list_articles("hoogwatr").nearest[0].article_id == "a"
    assert archive.list_articles("brad").nearest[0].article_id == "f"
    assert archive.list_articles("water").nearest == ()
    assert archive.list_articles("").nearest == ()


def test_the_nearest_names_pass_the_filters_and_are_public(archive: Recommender) -> None:
    def nearest(words: str, **filters: Any) -> set[str]:
        found = archive.list_articles(words, filters=Filters(**filters))
        assert found.total == 0
        return {one.article_id for one in found.nearest}

    assert nearest("watr for latter").isdisjoint({"", "e"})
    assert nearest("hoogwatr", languages="nl") == {"a"}
    assert nearest("hoogwatr", since="2023-06") == set()


def test_an_article_that_is_not_public_is_not_named_and_takes_no_place(tmp_path: Path) -> None:
    drafts = [{"id": f"draft-{n}", "title": "The ferry", "status": "draft"} for n in range(5)]
    rows = [*drafts, {"id": "public", "title": "The old ferry"}]
    encoder, into = WordEncoder("ferry"), tmp_path / "vectors"
    every = [{"language": "en", "text": f"The ferry {row['id']}.", **row} for row in rows]
    build(every, into=into, model=encoder, settings=Settings(include_unpublished=True))
    opened = Recommender.open(into, encoder=encoder)
    found = opened.list_articles("the fery", filters=Filters(published_only=True))
    assert [one.article_id for one in found.nearest] == ["public"]


def test_an_archive_that_compares_no_names_is_not_asked_for_what_passes(
    archive: Recommender, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    original = archive.snapshot.positions

    def positions(*conditions: Any) -> Any:
        asked.append(conditions)
        return original(*conditions)

    names = EngineNames(cast(Engine, None))
    monkeypatch.setattr(archive.snapshot, "positions", positions)
    monkeypatch.setattr(names, "holding", archive.snapshot.names.holding, raising=False)
    monkeypatch.setattr(archive.snapshot.derived, "names", names)
    found = archive.list_articles("hoogwatr", filters=Filters(published_only=True))
    assert (found.total, found.nearest, len(asked)) == (0, (), 1)


def test_the_nearest_names_are_printed(archive: Recommender) -> None:
    found = Listed(archive.list_articles("hoogwatr"))
    page = Page(width=80)
    text = render(found, Format.TEXT, page)
    assert text.startswith("Nothing found. The nearest names are:\n\nHoogwater in de Waal")
    markdown = render(found, Format.MD, page).replace("\\", "")
    assert "- **Hoogwater in de Waal** (nl, 2022-12-28) `a`" in markdown
    assert found.json()["nearest"][0]["article_id"] == "a"
    assert render(found, Format.CSV, page) == ""


def test_a_list_does_not_deny_a_name_that_its_filters_leave_out(archive: Recommender) -> None:
    found = Listed(archive.list_articles("bread", filters=Filters(languages="nl")))
    assert "No name" not in render(found, Format.TEXT, Page(width=80))
