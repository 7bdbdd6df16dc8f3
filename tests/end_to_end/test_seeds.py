"""The answers on the seeds, on the real model, against what an editor expects of them."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from support.project import ROOT, USERS_ARTICLE

from recommender import Recommender

EXPECTED = ROOT / "tests" / "expected"


def expectations(name: str) -> dict[str, Any]:
    return tomllib.loads((EXPECTED / f"{name}.toml").read_text("utf-8"))


# The share of queries whose very first answer is one that an editor named.
MIN_FIRST_RIGHT = 0.85
NEIGHBOURS = expectations("neighbours")


@pytest.mark.parametrize("article_id", NEIGHBOURS["related"])
def test_related_articles_are_those_an_editor_would_pick(
    seeds: Recommender, article_id: str
) -> None:
    wanted = NEIGHBOURS["related"][article_id]
    found = [answer.article_id for answer in seeds.related(article_id, k=30)]
    assert article_id not in found
    assert len(found) == len(set(found))
    first = found[:5]
    assert set(wanted["expect"]) <= set(first), f"first five: {first}"
    worst = max(found.index(one) for one in wanted["expect"])
    assert not set(wanted.get("never", ())) & set(found[:worst]), f"before the expected: {found}"


@pytest.mark.parametrize("wanted", NEIGHBOURS["search"], ids=lambda one: one["query"])
def test_a_query_finds_its_articles_in_any_language(
    seeds: Recommender, wanted: dict[str, Any]
) -> None:
    found = [hit.article_id for hit in seeds.search(wanted["query"], k=5, by="article")]
    assert set(wanted["first"]) & set(found[:3]), f"first five: {found}"
    assert set(wanted.get("find", ())) <= set(found), f"first five: {found}"


def test_the_first_answer_is_right_for_most_queries(seeds: Recommender) -> None:
    missed = {}
    for wanted in NEIGHBOURS["search"]:
        [first] = seeds.search(wanted["query"], k=1, by="article")
        if first.article_id not in wanted["first"]:
            missed[wanted["query"]] = first.article_id
    assert 1 - len(missed) / len(NEIGHBOURS["search"]) >= MIN_FIRST_RIGHT, missed


def test_the_users_question_finds_the_users_article_first(seeds: Recommender) -> None:
    best = seeds.search("gevechten om Bachmoet", k=1)[0]
    assert best.article_id == USERS_ARTICLE


def test_evidence_is_the_text_of_the_passages_it_names(seeds: Recommender) -> None:
    for answer in seeds.related(USERS_ARTICLE):
        for pair in answer.evidence:
            assert pair.text in seeds.show(pair.passage_id).article.text
            assert pair.other_text in seeds.show(pair.other_passage_id).paragraphs[-1].text
        scores = [pair.score for pair in answer.evidence]
        assert scores == sorted(scores, reverse=True)


def test_a_passage_is_found_by_its_own_text_and_offsets_point_to_it(seeds: Recommender) -> None:
    article = seeds.show(USERS_ARTICLE).article
    text = article.text[1278:1830]
    best = seeds.search(text, k=1)[0]
    assert best.passage_id == f"{USERS_ARTICLE}#4"
    assert article.text[best.start : best.end] == best.text == text
    assert best.date == "2022-12"


def test_captions_are_never_an_answer(seeds: Recommender) -> None:
    hits = seeds.search("Smoke billows after Russian attacks in the outskirts of Bakhmut", k=50)
    assert f"{USERS_ARTICLE}#5" not in {hit.passage_id for hit in hits}
