"""How hits are ordered on the real model: by meaning, then by words within a language."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from support.archive import Archive
from support.near import among_first
from support.project import USERS_ARTICLE
from support.stand_in import HashEncoder

from recommender import Recommender, build
from recommender.answers.hit_candidates import highest
from recommender.answers.options import By


def test_the_first_passage_for_the_users_question_is_of_the_users_article(
    seeds: Recommender,
) -> None:
    hits = seeds.search("gevechten om Bachmoet", k=20)
    assert USERS_ARTICLE in among_first(hits, 1)


def test_an_article_whose_headline_is_asked_for_comes_first(seeds: Recommender) -> None:
    snapshot = seeds.snapshot
    articles = [snapshot.article(at) for at in range(snapshot.manifest.articles)]
    titles = Counter(article.title for article in articles)
    asked = [article for article in articles if titles[article.title] == 1]
    assert len({article.language for article in asked}) > 6
    for article in asked:
        [best] = seeds.search(article.title, k=1, plain=True)
        assert best.article_id == article.id, article.title
        [best] = seeds.search(article.title, k=1, plain=True, by="article")
        assert best.article_id == article.id, article.title


@pytest.mark.parametrize(
    ("query", "id"),
    [
        ("معارك باخموت", "ar-bakhmut-maarik"),
        ("Kampf um Kreminna", "de-kreminna-front"),
        ("Hochwasser am Niederrhein", "de-hochwasser-rhein"),
    ],
)
def test_words_of_a_headline_beat_a_nearer_text_in_another_language(
    seeds: Recommender, query: str, id: str
) -> None:
    assert seeds.search(query, k=1)[0].article_id == id


@pytest.mark.parametrize("query", ["the of", "uit de", "de la", "auf den", "як у", "în la"])
def test_function_words_of_a_headline_make_no_hit_likely(seeds: Recommender, query: str) -> None:
    assert seeds.search(query) == []


@pytest.mark.parametrize("query", ["Les Bleus battus au bout", "de schaduw stapte, Wagner het"])
def test_half_of_a_headline_makes_a_hit_likely(seeds: Recommender, query: str) -> None:
    [best] = seeds.search(query, k=1)
    assert set(query.replace(",", "").split()) <= set(best.title.replace(",", "").split())
    assert best.confidence != "loose"


def test_without_words_hits_are_in_the_order_of_their_cosines(seeds: Recommender) -> None:
    meaning = seeds.search("gevechten om Bachmoet", k=20, ranking="meaning")
    scores = [hit.score for hit in meaning]
    assert scores == sorted(scores, reverse=True)
    hybrid = seeds.search("gevechten om Bachmoet", k=20)
    assert [hit.passage_id for hit in hybrid] != [hit.passage_id for hit in meaning]


def test_what_shares_most_words_is_compared_though_others_are_nearer(
    seeds: Recommender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recommender.answers.hit_query.COMPARED_PASSAGES", 3)
    query = "gevechten om Bachmoet"
    nearest = {hit.passage_id for hit in seeds.search(query, k=3, ranking="meaning")}
    best = seeds.search(query, k=3)[0].passage_id
    assert best not in nearest
    assert best == seeds.search(query, k=1, ranking="words")[0].passage_id


def test_as_many_hits_are_found_as_are_asked_for(
    seeds: Recommender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recommender.answers.hit_query.COMPARED_PASSAGES", 1)
    for by in get_args(By):
        for k in (5, 20):
            hits = seeds.search("hoogwater op de Waal", k=k, by=by, confidence="loose")
            keys = [hit.article_id if by == "article" else hit.passage_id for hit in hits]
            assert len(keys) == len(set(keys)) == k


def test_what_is_quoted_is_found_by_words_however_common_it_is(seeds: Recommender) -> None:
    assert not seeds.search("de", ranking="words")
    assert len(seeds.search('"de"', ranking="words", k=20)) == 20


def test_a_passage_that_holds_the_number_of_a_query_is_likely(tmp_path: Path) -> None:
    rows = [
        {"id": f"a{n}", "text": f"The bread of baker {n} costs {n},60 euro since the winter began."}
        for n in range(10, 40)
    ]
    archive = Archive(rows=rows, encoder=HashEncoder()).open_in(tmp_path)
    assert [hit.article_id for hit in archive.search("38,60 euro")] == ["a38"]
    assert not archive.search("38,61 euro")
    assert not archive.search("8,60 euro")


def test_the_highest_of_many_are_those_that_sorting_all_of_them_gives() -> None:
    generator = np.random.default_rng(3)
    scores = generator.integers(0, 20, 500).astype(np.float32)  # many are equal
    rows = np.flatnonzero(generator.random(500) < 0.7)
    ordered = sorted(rows.tolist(), key=lambda row: (-scores[row], row))
    for count in (1, 20, 499, 1_000):
        assert highest(rows, scores[rows], count).tolist() == ordered[:count]
    assert highest(rows[:0], scores[:0], 5).tolist() == []


def test_few_hits_are_the_first_of_many_and_as_sure(seeds: Recommender) -> None:
    for text in ("gevechten om Bachmoet", "hoogwater op de Waal", "war in Ukraine", "vuur"):
        many = seeds.search(text, k=50)
        for k in (1, 3, 10):
            assert seeds.search(text, k=k) == many[:k]
        loose = seeds.search(text, k=50, confidence="loose")
        assert seeds.search(text, k=7, confidence="loose") == loose[:7]


def test_each_article_is_one_hit_if_its_passages_are_in_several_languages(
    seeds: Recommender, tmp_path: Path
) -> None:
    snapshot = seeds.local
    texts = [snapshot.stored(at).article.text for at in range(snapshot.article_count)]
    blocks = [block for text in texts for block in text.split("\n\n") if len(block) > 150]
    mixed = [blocks[first :: len(blocks) // 4] for first in range(len(blocks) // 4)]
    rows = [json.dumps({"id": f"a{n}", "text": "\n\n".join(some)}) for n, some in enumerate(mixed)]
    (tmp_path / "rows.jsonl").write_text("\n".join(rows), encoding="utf-8")
    build(tmp_path / "rows.jsonl", into=tmp_path / "vectors")
    archive = Recommender.open(tmp_path / "vectors")
    for query in ("gevechten om Bachmoet", "flood", "Kampf um die Stadt", "vuur", "школа", "火"):
        hits = archive.search(query, k=30, by="article", confidence="loose")
        assert len({hit.article_id for hit in hits}) == len(hits) == 30, query
