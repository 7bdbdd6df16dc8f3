"""Answers as objects, and the two ways to say how they should be."""

from __future__ import annotations

import gc
import os
from dataclasses import replace
from pathlib import Path

import pytest
from support.archive import Archive, rows_of
from support.stand_in import WordEncoder

from recommender import (
    Article,
    Filters,
    Recommender,
    RelatedOptions,
    SearchOptions,
    SimilarOptions,
)
from recommender.errors import QueryError, SnapshotForeign

TEXTS = {
    "river": "river",
    "football": "football",
    "both": "river and football",
    "floods": "river river dike",
    "spare": "bread",
}
DRAFT = Article("draft", "", "The river is high. The bread is dear.", language="en")


ENCODER = WordEncoder("river", "football", "dike", "bread")
ARCHIVE = Archive(rows=rows_of(TEXTS), encoder=ENCODER, editorial="ban floods\n")


def test_options_and_keywords_give_the_same_answers(archive: Recommender) -> None:
    filters = Filters(languages="en")
    assert archive.search("river", k=2, by="article", filters=filters) == archive.search(
        "river", options=SearchOptions(k=2, by="article", filters=filters)
    )
    assert archive.similar("river", k=2, filters=filters) == archive.similar(
        "river", options=SimilarOptions(k=2, filters=filters)
    )
    assert archive.related("river", k=2, unlike="football") == archive.related(
        "river", options=RelatedOptions(k=2, unlike="football")
    )
    position = archive.snapshot.find("river")
    assert position is not None
    assert archive.related_batches(k=1).related([position]) == archive.related_batches(
        options=RelatedOptions(k=1)
    ).related([position])


def test_a_keyword_overrides_the_option_of_its_name(archive: Recommender) -> None:
    assert len(archive.search("river", options=SearchOptions(k=4), k=1)) == 1
    with pytest.raises(QueryError, match="k is 0"):
        archive.search("river", options=SearchOptions(k=4), k=0)


def test_an_unknown_keyword_is_an_error_of_the_caller(archive: Recommender) -> None:
    with pytest.raises(TypeError, match="limit"):
        archive.search("river", limit=3)


def test_a_search_answer_holds_the_question_and_who_answered(archive: Recommender) -> None:
    options = SearchOptions(k=2)
    answer = archive.answer_search("river", options=options)
    assert answer.query == {"text": "river"}
    assert answer.options == options
    assert (answer.snapshot, answer.encoder) == (archive.name, "words")
    assert list(answer.hits) == archive.search("river", options=options)
    similar = archive.answer_similar("river#1", k=2)
    assert similar.query == {"passage_id": "river#1"}
    assert list(similar.hits) == archive.similar("river#1", k=2)


def test_a_related_answer_holds_the_articles_and_what_rules_excluded(archive: Recommender) -> None:
    answer = archive.answer_related(["river", "river#1", DRAFT], unlike="football")
    assert [one.article_id for one in answer.articles] == ["river", "draft"]
    assert [one.article_id for one in answer.unlike] == ["football"]
    assert list(answer.recommendations) == archive.related(["river", DRAFT], unlike="football")
    assert answer.excluded is not None
    assert [(one.article_id, one.rule) for one in answer.excluded] == [
        ("floods", "ban in editorial.txt, line 1")
    ]
    assert list(answer.excluded) == archive.excluded(["river", DRAFT], unlike="football")


def test_a_batch_gives_the_answers_of_its_articles(archive: Recommender) -> None:
    positions = [position for position, _ in archive.snapshot.positions_and_ids()]
    answers = archive.related_batches(k=2).answers(positions)
    for answer in answers.values():
        [article] = answer.articles
        alone = archive.answer_related(article.article_id, k=2)
        assert replace(answer, excluded=alone.excluded) == alone


def test_an_explained_draft_is_encoded_once(archive: Recommender) -> None:
    ENCODER.asked.clear()
    answer = archive.answer_related(DRAFT, explain=True, min_strength=0)
    assert answer.recommendations
    assert answer.excluded
    assert ENCODER.asked.count(DRAFT.text) == 1


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="the system lists no open files")
def test_an_index_that_no_one_uses_has_no_file_open(archive: Recommender, tmp_path: Path) -> None:
    def open_files() -> int:
        gc.collect()
        return len(os.listdir("/proc/self/fd"))

    folder = archive.snapshot.folder
    before = open_files()
    for _ in range(2):
        with Recommender.open(folder, encoder=ENCODER) as recommender:
            assert recommender.search("river", by="article")
            assert recommender.similar("river")
            assert recommender.related("river")
            assert recommender.related(DRAFT)
            assert list(recommender.articles())
            assert recommender.related_batches().related(["river"])
            assert recommender.status()["articles"]
        del recommender
    assert open_files() == before


def test_an_encoder_that_was_given_is_kept_when_a_recommender_is_closed(
    archive: Recommender,
) -> None:
    recommender = Recommender.open(archive.snapshot.folder, encoder=ENCODER)
    before = recommender.search("river")
    recommender.close()
    assert recommender.search("river") == before


def test_an_encoder_of_another_index_is_an_error_each_time(archive: Recommender) -> None:
    other = WordEncoder("other")
    recommender = Recommender.open(archive.snapshot.folder, encoder=other)
    for _ in range(2):
        with pytest.raises(SnapshotForeign, match=other.fingerprint):
            recommender.search("river")
