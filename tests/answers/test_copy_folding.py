"""One text is answered once by search and similar, and names the other articles that hold it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from support.archive import Archive
from support.stand_in import HashEncoder

from recommender import Filters, Recommender
from recommender.settings import Settings
from recommender.types import Hit
from recommender.types.answers import MOST_COPIES

BRIDGE = "The swing bridge is shut until spring after a coaster tore away a bearing."
DETOUR = "Shopkeepers on the island say the detour over the dam costs them their customers."
PILOTS = "Pilots had warned that the current below the swing bridge became stronger."
ROWS: list[dict[str, Any]] = [
    {"id": "first", "title": "Bridge shut", "text": f"{BRIDGE}\n\n{DETOUR}", "date": "2022-01-01"},
    {"id": "copy", "title": "Bridge shut", "text": f"{BRIDGE}\n\n{DETOUR}", "date": "2022-03-01"},
    {"id": "part", "title": "Pilots warn", "text": f"{BRIDGE}\n\n{PILOTS}\n\n{PILOTS} Again."},
    {"id": "rain", "title": "Weather", "text": "Rain is expected in the whole country tomorrow."},
    {"id": "sun", "title": "Weather", "text": "It will be sunny and warm along the coast soon."},
]


def opened(folder: Path, rows: Sequence[dict[str, Any]] = ROWS, **settings: Any) -> Recommender:
    return Archive(rows=rows, encoder=HashEncoder(), **settings).open_in(folder)


@pytest.fixture
def archive(tmp_path: Path) -> Recommender:
    return opened(tmp_path)


def copies_by_text(hits: Sequence[Hit]) -> dict[str, tuple[str, list[str]]]:
    return {hit.text: (hit.article_id, sorted(hit.copies)) for hit in hits}


@pytest.mark.parametrize("ranking", ["hybrid", "meaning", "words"])
def test_a_text_that_several_articles_hold_is_one_hit(archive: Recommender, ranking: Any) -> None:
    hits = archive.search("swing bridge coaster", ranking=ranking, confidence="loose")
    [bridge] = [hit for hit in hits if hit.text == BRIDGE]
    assert {bridge.article_id, *bridge.copies} == {"first", "copy", "part"}
    assert len(bridge.copies) == 2
    texts = [hit.text for hit in hits if hit.role != "title"]
    assert len(set(texts)) == len(texts)


def test_a_quoted_text_is_one_hit(archive: Recommender) -> None:
    [hit] = archive.search('"tore away a bearing"')
    assert {hit.article_id, *hit.copies} == {"first", "copy", "part"}


def test_a_quoted_text_without_a_vector_is_one_hit(tmp_path: Path) -> None:
    caption = "A coaster beside the old quay. Photo: Eva Bos/ANP"
    rows = [{**row, "text": f"{row['text']}\n\n{caption}"} for row in ROWS]
    [hit] = opened(tmp_path, rows).search('"beside the old quay"')
    assert (hit.text, hit.words_only, len(hit.copies)) == (caption, True, 4)


def test_a_passage_that_is_asked_with_has_its_copies_in_one_hit(archive: Recommender) -> None:
    first = archive.similar("first#1")[0]
    assert (first.text, {first.article_id, *first.copies}) == (BRIDGE, {"copy", "part"})


def test_headlines_are_copies_only_if_their_articles_are(archive: Recommender) -> None:
    weather = [hit for hit in archive.search("weather", k=20) if hit.text == "Weather"]
    assert [(hit.article_id, hit.copies) for hit in weather] == [("rain", ()), ("sun", ())]
    [shut] = [hit for hit in archive.search("bridge shut", k=20) if hit.text == "Bridge shut"]
    assert {shut.article_id, *shut.copies} == {"first", "copy"}


@pytest.mark.parametrize("query", ["bridge shut", "swing bridge coaster bearing"])
def test_articles_of_one_text_are_one_article(archive: Recommender, query: str) -> None:
    found = {hit.article_id: hit.copies for hit in archive.search(query, by="article", k=20)}
    assert found.keys() - {"first", "copy"} == {"part", "rain", "sun"}
    [(shown, [other])] = [(id, copies) for id, copies in found.items() if copies]
    assert {shown, other} == {"first", "copy"}


def test_copies_are_hits_if_they_are_asked_for(archive: Recommender) -> None:
    hits = archive.search("swing bridge coaster", k=20, include_copies=True)
    assert sum(hit.text == BRIDGE for hit in hits) == 3
    assert not any(hit.copies for hit in hits)
    hits = archive.similar("first#1", k=20, include_copies=True)
    assert sum(hit.text == BRIDGE for hit in hits) == 2


def test_with_a_half_life_the_newest_copy_is_the_hit(archive: Recommender) -> None:
    dated = Filters(since="2022", as_of="2022-04")
    hits = archive.search(BRIDGE, half_life=10, filters=dated)
    assert copies_by_text(hits)[BRIDGE] == ("copy", ["first"])


def test_only_articles_that_may_answer_are_named(archive: Recommender) -> None:
    hits = archive.search("swing bridge coaster", filters=Filters(since="2022-02"))
    assert copies_by_text(hits)[BRIDGE] == ("copy", [])


def test_a_draft_is_not_named_to_the_public(tmp_path: Path) -> None:
    drafts = [{**ROWS[0], "id": "draft", "status": "draft"}, *ROWS]
    archive = opened(tmp_path, drafts, settings=Settings(include_unpublished=True))
    shown = Filters(published_only=True)
    for filters, named in ((Filters(), True), (shown, False)):
        hits = archive.search("swing bridge coaster", filters=filters)
        assert any("draft" in (hit.article_id, *hit.copies) for hit in hits) is named


def test_copies_take_no_places_of_other_hits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recommender.answers.hit_query.COMPARED_PASSAGES", 5)
    monkeypatch.setattr("recommender.answers.hit_query.COMPARED_ARTICLES", 5)
    copies = [{**ROWS[0], "id": f"c{n}"} for n in range(12)]
    others = [
        {"id": f"o{n}", "title": f"Day {n}", "text": f"{PILOTS} Day {n}."} for n in range(150)
    ]
    archive = opened(tmp_path, [*copies, *others])
    hits = archive.search(BRIDGE, k=6, ranking="meaning", confidence="loose")
    assert len({hit.text for hit in hits}) == len(hits) == 6
    assert (hits[0].text, len(hits[0].copies)) == (BRIDGE, MOST_COPIES)


def test_a_headline_that_many_articles_have_is_one_hit_but_they_are_many(tmp_path: Path) -> None:
    rows = [
        {"id": f"w{n}", "title": "Weather", "text": f"Rain of {n} millimetres falls on day {n}."}
        for n in range(40)
    ]
    archive = opened(tmp_path, rows)
    hits = archive.search("weather", k=41, confidence="loose")
    assert sorted(len(hit.copies) for hit in hits) == [*[0] * 40, MOST_COPIES]
    hits = archive.search("weather", k=40, by="article", confidence="loose")
    assert len(hits) == 40


def test_more_answers_asked_for_are_never_fewer(tmp_path: Path) -> None:
    copies = [{"id": f"c{n}", "text": BRIDGE} for n in range(1_100)]
    others = [{"id": f"o{n}", "text": f"{BRIDGE} Day {n}."} for n in range(100)]
    archive = opened(tmp_path, [*copies, *others])
    for k in (199, 200, 800, 1_000):
        bys: tuple[Any, ...] = ("passage", "article")
        for by in bys:
            hits = archive.search(BRIDGE, k=k, by=by, ranking="meaning", confidence="loose")
            assert (by, k, len(hits)) == (by, k, 101)
