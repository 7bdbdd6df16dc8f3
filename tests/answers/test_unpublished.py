"""What the public may not see is in no answer and no export until its time comes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.answers import related_answer
from support.clock import set_clock
from support.stand_in import HashEncoder

from recommender import Filters, Recommender, build
from recommender.errors import NotFound
from recommender.export.folder import name_of, path_of
from recommender.export.run import export
from recommender.render.answers import Hits, Related
from recommender.render.article import Shown
from recommender.render.text_layout import Page
from recommender.settings import Settings
from recommender.types import BuildReport

Built = tuple[Recommender, BuildReport]
BEFORE, AFTER = "2023-05-10T12:00:00+00:00", "2023-05-10T15:00:00+00:00"
WORDS = "the ferry to the island leaves at noon from the old quay"
ROWS = [
    {"id": "public"},
    {"id": "other"},
    {"id": "later", "embargo": "2023-05-10T14:00:00+00:00"},
    {"id": "ending", "expires": "2023-05-10T14:00:00+00:00"},
    {"id": "draft", "status": "draft"},
]

ENDLESS = [{"id": "some time", "embargo": "after the vote"}, {"id": "one day", "embargo": True}]


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Built]:
    def make(*more: dict[str, Any], **settings: Any) -> Built:
        set_clock(monkeypatch, BEFORE)
        rows = tmp_path / "rows.jsonl"
        texts = [{**row, "text": f"{WORDS}, number {at}."} for at, row in enumerate([*ROWS, *more])]
        rows.write_text("\n".join(map(json.dumps, texts)), encoding="utf-8")
        into = tmp_path / "vectors"
        report = build(rows, into=into, model=HashEncoder(), settings=Settings(**settings))
        return Recommender.open(into, encoder=HashEncoder()), report

    return make


def found_by(recommender: Recommender, **filters: Any) -> set[str]:
    """Return what any question finds, which must be the same for all."""
    wanted = Filters(**filters)
    by_words = recommender.search("ferry", k=50, ranking="words", filters=wanted)
    by_meaning = recommender.search("ferry", k=50, by="article", filters=wanted)
    related = recommender.related("public", k=50, min_strength=0, filters=wanted)
    similar = recommender.similar("public", k=50, filters=wanted)
    batch = recommender.related_batches(k=50, min_strength=0, filters=wanted)
    position = recommender.snapshot.find("public")
    assert position is not None
    answers = {
        frozenset(one.article_id for one in hits) - {"public"}
        for hits in (by_words, by_meaning, related, similar, batch.related([position])[position])
    }
    [found] = answers
    return set(found)


def test_time_decides_without_a_build(
    built: Callable[..., Built], monkeypatch: pytest.MonkeyPatch
) -> None:
    recommender, report = built()
    assert report.unpublished == {"draft": 1, "scheduled": 1}
    assert not report.left_out
    assert found_by(recommender) == {"other", "ending"}
    assert recommender.status()["unpublished"] == {"draft": 1, "scheduled": 1}
    set_clock(monkeypatch, AFTER)
    assert found_by(recommender) == {"other", "later"}
    assert recommender.status()["unpublished"] == {"draft": 1, "expired": 1}


def test_what_waits_for_no_time_that_is_known_is_counted_too(
    built: Callable[..., Built], monkeypatch: pytest.MonkeyPatch
) -> None:
    recommender, report = built(*ENDLESS)
    assert report.unpublished == {"draft": 1, "scheduled": 3}
    places = {one.example: one.places for one in report.notices if one.reason == "scheduled"}
    assert places == {
        "2023-05-10T14:00:00+00:00": ("rows.jsonl:3",),
        "": ("rows.jsonl:6", "rows.jsonl:7"),
    }
    assert recommender.status()["unpublished"] == {"draft": 1, "scheduled": 3}
    set_clock(monkeypatch, AFTER)
    assert recommender.status()["unpublished"] == {"draft": 1, "scheduled": 2, "expired": 1}


def test_an_article_that_is_withheld_cannot_be_named(built: Callable[..., Built]) -> None:
    recommender, _ = built()
    for ask in (recommender.related, recommender.similar, recommender.show, recommender.article):
        with pytest.raises(NotFound, match="is not published until 2023-05-10T14:00"):
            ask("later")
    with pytest.raises(NotFound, match="is not published"):
        recommender.similar("later#1")


def test_an_index_of_everything_names_the_status_of_each(built: Callable[..., Built]) -> None:
    recommender, report = built(include_unpublished=True)
    assert report.unpublished == {}
    assert found_by(recommender) == {"other", "later", "ending", "draft"}
    hits = recommender.search("ferry", k=50, by="article")
    assert {hit.article_id: str(hit.status) for hit in hits} == {
        "public": "published",
        "other": "published",
        "later": "scheduled",
        "ending": "published",
        "draft": "draft",
    }
    assert found_by(recommender, published_only=True) == {"other", "ending"}


@pytest.mark.parametrize("include", [False, True])
def test_an_export_never_holds_what_is_not_public(
    built: Callable[..., Built],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    include: bool,
) -> None:
    recommender, _ = built(include_unpublished=include)
    place = tmp_path / "export"
    report = export(recommender, place)
    hidden = ["later", "draft"] if include else ["later"]
    assert (report.articles, report.withheld) == (3, len(hidden))
    assert report.withheld_until == "2023-05-10T14:00:00+00:00"
    assert exported_ids(place) == {"public", "other", "ending"}
    set_clock(monkeypatch, AFTER)
    report = export(recommender, place)
    assert exported_ids(place) == {"public", "other", "later"}
    assert not (place / path_of("articles", name_of("ending"))).exists()


def exported_ids(place: Path) -> set[str]:
    """Return every id that an export names, as an article or as an answer."""
    found = set()
    for line in (place / "related.jsonl").read_text("utf-8").splitlines():
        record = json.loads(line)
        found.add(record["article"]["article_id"])
        found |= {one["article_id"] for one in record["recommendations"]}
        found |= {copy for one in record["recommendations"] for copy in one["copies"]}
    return found


def test_an_index_that_is_built_with_and_without_changes(built: Callable[..., Built]) -> None:
    assert built()[1].articles == 4
    assert built(include_unpublished=True)[1].articles == 5
    assert built()[1].articles == 4


def test_what_is_withheld_stays_so_when_segments_are_merged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock(monkeypatch, BEFORE)
    rows = []
    for number in range(6):  # each build adds a segment; four small ones are merged
        row = {"id": f"{number}", "text": f"{WORDS}, number {number}."}
        rows.append(row | ({"embargo": "2023-05-10T14:00:00Z"} if number % 2 else {}))
        (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
        build(tmp_path / "rows.jsonl", into=tmp_path / "vectors", model=HashEncoder())
    recommender = Recommender.open(tmp_path / "vectors", encoder=HashEncoder())
    hits = recommender.search("ferry", k=50, by="article")
    assert {hit.article_id for hit in hits} == {"0", "2", "4"}
    set_clock(monkeypatch, AFTER)
    hits = recommender.search("ferry", k=50, by="article")
    assert {hit.article_id for hit in hits} == {"0", "1", "2", "3", "4", "5"}


def test_an_index_of_unpublished_articles_only_says_what_there_is(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"id": "a", "text": "x y z", "status": "draft"}')
    with pytest.raises(Exception, match="not published: 1 draft; --include-unpublished"):
        build(tmp_path / "a.jsonl", into=tmp_path / "vectors", model=HashEncoder())


def test_the_status_stands_in_every_form_of_an_answer(built: Callable[..., Built]) -> None:
    recommender, _ = built(include_unpublished=True)
    page = Page(80)
    only = Filters(where={"id": "draft"})
    answer = Hits(recommender.answer_search("ferry", k=50, by="article", filters=only))
    assert "draft · " in answer.text(page)
    assert "(draft, " in answer.markdown()
    assert [row["status"] for row in answer.rows()] == ["draft"]
    related = recommender.related("public", k=50, min_strength=0)
    [draft] = [one for one in related if one.article_id == "draft"]
    found = Related(related_answer(recommender.article("draft"), [draft]))
    assert "draft · " in found.text(page)
    assert found.json()["article"]["status"] == "draft"
    assert found.json()["recommendations"][0]["status"] == "draft"
    shown = Shown(recommender.show("draft"))
    assert shown.json()["status"] == "draft"
    assert "draft" in shown.text(page).splitlines()[1]


@pytest.mark.parametrize(
    ("status", "before", "after"),
    [
        ("published", {"public", "other", "ending"}, {"public", "other", "later"}),
        ("Scheduled", {"later"}, set()),
        ("expired", set(), {"ending"}),
        ("draft", {"draft"}, {"draft"}),
    ],
)
def test_a_status_that_is_asked_for_is_that_of_now(
    built: Callable[..., Built],
    monkeypatch: pytest.MonkeyPatch,
    status: str,
    before: set[str],
    after: set[str],
) -> None:
    recommender, _ = built(include_unpublished=True)

    def listed() -> set[str]:
        found = recommender.list_articles("", filters=Filters(where={"status": status}))
        return {one.article_id for one in found.articles}

    assert listed() == before
    set_clock(monkeypatch, AFTER)
    assert listed() == after
