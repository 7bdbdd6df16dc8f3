"""The answers on the seeds, on the real model, against what an editor expects of them."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from support.near import among_first, clearly_ordered, scores_of
from support.project import ROOT, USERS_ARTICLE

from recommender import Recommender
from recommender.answers.confidence import least_hit

EXPECTED = ROOT / "tests" / "expected"


def expectations(name: str) -> dict[str, Any]:
    return tomllib.loads((EXPECTED / f"{name}.toml").read_text("utf-8"))


# The share of what an editor expects that is shown by default, of articles and of queries.
MIN_SHOWN = 0.7
MIN_ANSWERED = 0.9
# The share of queries on nothing in the archive that still get answers by default.
MAX_ANSWERED_OFF_TOPIC = 0.1
# The share of queries whose first answer, or one as good, is one that an editor named.
MIN_FIRST_RIGHT = 0.85
NEIGHBOURS = expectations("neighbours")


@pytest.mark.parametrize("article_id", NEIGHBOURS["related"])
def test_related_articles_are_those_an_editor_would_pick(
    seeds: Recommender, article_id: str
) -> None:
    wanted = NEIGHBOURS["related"][article_id]
    answers = seeds.related(article_id, k=30, confidence="loose")
    scores = scores_of(answers)
    assert article_id not in scores
    assert len(answers) == len(scores)
    assert set(wanted["expect"]) <= among_first(answers, 5), scores
    before = {better for better, worse in clearly_ordered(scores) if worse in wanted["expect"]}
    assert not set(wanted.get("never", ())) & before, scores


@pytest.mark.parametrize("wanted", NEIGHBOURS["search"], ids=lambda one: one["query"])
def test_a_query_finds_its_articles_in_any_language(
    seeds: Recommender, wanted: dict[str, Any]
) -> None:
    hits = seeds.search(wanted["query"], k=12, by="article", confidence="loose")
    assert set(wanted["first"]) & among_first(hits, 3), scores_of(hits)
    assert set(wanted.get("find", ())) <= among_first(hits, 5), scores_of(hits)


def test_the_first_answer_is_right_for_most_queries(seeds: Recommender) -> None:
    missed = {}
    for wanted in NEIGHBOURS["search"]:
        first = among_first(
            seeds.search(wanted["query"], k=12, by="article", confidence="loose"), 1
        )
        if not first & set(wanted["first"]):
            missed[wanted["query"]] = first
    assert 1 - len(missed) / len(NEIGHBOURS["search"]) >= MIN_FIRST_RIGHT, missed


def test_the_users_question_finds_the_users_article_first(seeds: Recommender) -> None:
    hits = seeds.search("gevechten om Bachmoet", k=20)
    assert USERS_ARTICLE in among_first(hits, 1)


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


def test_most_of_what_an_editor_expects_is_sure_or_likely(seeds: Recommender) -> None:
    expected, shown = 0, 0
    for article_id, wanted in NEIGHBOURS["related"].items():
        found = {answer.article_id for answer in seeds.related(article_id, k=30)}
        expected += len(wanted["expect"])
        shown += len(found & set(wanted["expect"]))
    assert shown / expected >= MIN_SHOWN


def test_what_an_editor_would_never_pick_is_not_sure(seeds: Recommender) -> None:
    for article_id, wanted in NEIGHBOURS["related"].items():
        found = seeds.related(article_id, k=30, confidence="sure")
        assert not {answer.article_id for answer in found} & set(wanted.get("never", ()))


def test_queries_with_an_answer_get_it(seeds: Recommender) -> None:
    missed = [
        wanted["query"]
        for wanted in NEIGHBOURS["search"]
        if not {hit.article_id for hit in seeds.search(wanted["query"], by="article")}
        & set(wanted["first"])
    ]
    assert 1 - len(missed) / len(NEIGHBOURS["search"]) >= MIN_ANSWERED, missed


def test_queries_on_nothing_in_the_archive_get_nothing(seeds: Recommender) -> None:
    queries = expectations("off_topic")["queries"]
    answered = [query for query in queries if seeds.search(query)]
    assert len(answered) / len(queries) <= MAX_ANSWERED_OFF_TOPIC, answered


@pytest.mark.parametrize("query", expectations("off_topic")["elsewhere"])
def test_queries_on_other_news_and_other_questions_get_nothing(
    seeds: Recommender, query: str
) -> None:
    nearest = seeds.answer_search(query).nearest
    assert nearest is not None
    assert nearest.probability < 0.5 < least_hit("likely").probability


@pytest.mark.parametrize("query", ["asdkjh qwe zxc", "how to train a puppy"])
def test_an_empty_answer_names_the_nearest_hit(seeds: Recommender, query: str) -> None:
    answer = seeds.answer_search(query)
    assert not answer.hits
    assert answer.nearest is not None
    assert answer.nearest.confidence == "loose"
    [first, *_] = seeds.search(query, confidence="loose")
    assert first == answer.nearest


@pytest.mark.parametrize("query", ["xzzq flurb", "qwrtz plkm", "zxcv hjkl"])
def test_invented_words_are_near_nothing(seeds: Recommender, query: str) -> None:
    assert not seeds.search(query)


@pytest.mark.parametrize("query", ["Kreminna", "Bachmoet", "Wagner", "Oekraïne"])
def test_a_name_that_the_archive_holds_is_an_answer(seeds: Recommender, query: str) -> None:
    [first, *_] = seeds.search(query)
    assert first.confidence in ("likely", "sure")
