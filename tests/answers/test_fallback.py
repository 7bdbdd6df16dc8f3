"""Short lists are filled with the newest articles of the section, if a site asks for that."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from support.archive import Archive
from support.clock import set_clock
from support.stand_in import HashEncoder

from recommender import Recommendation, Recommender
from recommender.answers import fallback
from recommender.answers.recency import recency
from recommender.store.snapshot import Snapshot
from recommender.types import Article, Filters

Make = Callable[..., Recommender]


def story(word: str, **fields: Any) -> dict[str, Any]:
    text = "\n\n".join(f"{word} {n}: nobody at the {word} expected so much." for n in range(4))
    return {"text": text, **fields}


@pytest.fixture
def archive_of(tmp_path: Path) -> Make:
    def make(editorial: str = "", **articles: dict[str, Any]) -> Recommender:
        rows = [{"id": id, **fields} for id, fields in articles.items()]
        return Archive(rows=rows, encoder=HashEncoder(), editorial=editorial).open_in(tmp_path)

    return make


SPORT = {"section": "Sport", "date": "2024-01-05"}
ARTICLES = {
    "asked": story("river", **SPORT),
    "old": story("match", section="Sport", date="2023-12-01"),
    "newer": story("keeper", section="sport ", date="2024-02-01"),
    "newest": story("goal", section="Sport", date="2024-03-01"),
    "news": story("budget", section="News", date="2024-04-01"),
    "dutch": story("doelpunt", section="Sport", date="2024-05-01", language="nl"),
    "undated": story("penalty", section="Sport"),
}


def filled(recommender: Recommender, id: str = "asked", **options: Any) -> list[Recommendation]:
    return recommender.related(id, confidence="sure", fallback="newest", **options)


def test_a_short_list_is_filled_with_the_newest_of_the_section_and_language(
    archive_of: Make,
) -> None:
    found = filled(archive_of(**ARTICLES))
    assert [one.article_id for one in found] == ["newest", "newer", "old"]
    assert {one.relation for one in found} == {"newest"}
    assert all(one.evidence == () and one.confidence == "loose" for one in found)


def test_nothing_is_filled_unless_it_is_asked_for(archive_of: Make) -> None:
    assert archive_of(**ARTICLES).related("asked", confidence="sure") == []


def test_what_is_related_comes_first_and_is_there_once(archive_of: Make) -> None:
    recommender = archive_of(**ARTICLES)
    every = recommender.related("asked", confidence="loose")
    assert len(every) == 5
    found = recommender.related("asked", k=6, confidence="loose", fallback="newest")
    assert [one.article_id for one in found[:5]] == [one.article_id for one in every]
    assert len({one.article_id for one in found}) == len(found)
    assert all(one.relation != "newest" for one in found)


def test_the_list_is_no_longer_than_was_asked_for(archive_of: Make) -> None:
    assert [one.article_id for one in filled(archive_of(**ARTICLES), k=2)] == ["newest", "newer"]


def test_filters_and_editors_hold_for_what_fills(archive_of: Make) -> None:
    recommender = archive_of(editorial="ban newer\n", **ARTICLES)
    found = filled(recommender, filters=Filters(until="2024-02-15"))
    assert "newest" not in {one.article_id for one in found}
    assert "old" in {one.article_id for one in found}


def test_copies_of_the_article_fill_no_list_and_copies_of_another_once(archive_of: Make) -> None:
    articles = {
        **ARTICLES,
        "wire": story("river", section="Sport", date="2024-06-01"),
        "again": story("goal", section="Sport", date="2024-02-20"),
    }
    found = filled(archive_of(**articles))
    assert [one.article_id for one in found] == ["newest", "newer", "old"]
    assert found[0].copies == ("again",)


def test_an_article_without_a_section_gets_the_newest_of_all(archive_of: Make) -> None:
    recommender = archive_of(**{**ARTICLES, "asked": story("river", date="2024-01-05")})
    assert [one.article_id for one in filled(recommender, k=2)] == ["news", "newest"]


def test_a_batch_fills_as_a_single_question_does(archive_of: Make) -> None:
    recommender = archive_of(**ARTICLES)
    options: dict[str, Any] = {"confidence": "sure", "fallback": "newest"}
    batch = recommender.related_batches(**options).related(["asked", "news"])
    for id, found in batch.items():
        alone = recommender.related(id, **options)
        assert [one.article_id for one in found] == [one.article_id for one in alone]


def test_only_the_newest_articles_are_looked_at(
    archive_of: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fallback, "LOOKED_AT", 3)
    found = filled(archive_of(**ARTICLES))
    assert [one.article_id for one in found] == ["newest"]


def test_an_archive_is_asked_for_many_articles_at_once(
    archive_of: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = {
        f"n{at}": story(f"w{at}", section="News", date=f"2024-06-{at:02}") for at in range(1, 31)
    }
    recommender = archive_of(**ARTICLES, **days)
    asked: list[int] = []
    read = Snapshot.articles

    def counted(snapshot: Snapshot, positions: Sequence[int]) -> Iterator[Article]:
        asked.append(len(positions))
        return read(snapshot, positions)

    monkeypatch.setattr(Snapshot, "articles", counted)
    assert [one.article_id for one in filled(recommender)] == ["newest", "newer", "old"]
    assert len(asked) <= 2 < max(asked)


def test_without_a_date_scores_count_from_the_day_of_the_clock(
    archive_of: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    recommender = archive_of(**ARTICLES)
    set_clock(monkeypatch, "2024-03-02T12:00:00+00:00")
    found = recency(recommender.snapshot, 30, "")
    assert found is not None
    assert found.days_apart(20240301) == 1
