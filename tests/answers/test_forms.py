"""Answers as dicts, data frames and HTML; articles, vectors and an async facade for programs."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import numpy as np
import pytest
from support.command import run
from support.stand_in import WordEncoder

from recommender import Article, AsyncRecommender, Recommender, build
from recommender.errors import NotFound, QueryError

ENCODER = WordEncoder("river", "dike", "bread", max_tokens=60)
ARTICLES = {
    "flood": ("<b>Flood</b> & co", "The river is high."),
    "dike": ("Dike", "The dike by the river <script>holds."),
    "bread": ("Bread", "The bread of today."),
}
ROWS = [
    *(Article(id, title, text, language="en") for id, (title, text) in ARTICLES.items()),
    {"id": "late", "title": "Late", "text": "The bread of 2090.", "embargo": "2090-01-01"},
]


@pytest.fixture
def index(tmp_path: Path) -> Path:
    build(ROWS, into=tmp_path / "vectors", model=ENCODER)
    return tmp_path / "vectors"


@pytest.fixture
def recommender(index: Path) -> Recommender:
    return Recommender.open(index, encoder=ENCODER)


def test_a_dict_is_what_the_command_line_prints(recommender: Recommender, index: Path) -> None:
    answer = recommender.answer_related("flood", min_strength=0)
    printed = run("related", "flood", "--index", index, "--min-strength", "0", "--format", "json")
    assert json.loads(json.dumps(answer.to_dict(), default=str)) == json.loads(printed.stdout)
    similar = recommender.answer_similar("flood#1")
    printed = run("similar", "flood#1", "--index", index, "--format", "json")
    assert json.loads(json.dumps(similar.to_dict(), default=str)) == json.loads(printed.stdout)
    listed = recommender.list_articles()
    printed = run("list", "--index", index, "--format", "json")
    assert json.loads(json.dumps(listed.to_dict(), default=str)) == json.loads(printed.stdout)


def test_a_data_frame_has_a_row_for_each_answer(recommender: Recommender) -> None:
    pytest.importorskip("pandas", reason="pandas is not installed; `make test` installs it")
    answer = recommender.answer_search("river", k=2)
    frame = answer.to_pandas()
    assert list(frame["article_id"]) == [hit.article_id for hit in answer.hits]
    assert (
        recommender.answer_related("flood", min_strength=0).to_pandas()["evidence"].map(len).min()
    )
    assert len(recommender.list_articles().to_pandas()) == 3


def test_a_notebook_shows_no_markup_of_a_source(recommender: Recommender) -> None:
    for answer in (
        recommender.answer_search("river"),
        recommender.answer_related("bread", min_strength=0),
        recommender.list_articles(),
    ):
        shown = answer._repr_html_()
        assert "<script>" not in shown
        assert "<b>Flood</b>" not in shown
    shown = recommender.answer_related("dike", min_strength=0)._repr_html_()
    assert "&lt;b&gt;Flood&lt;/b&gt; &amp; co" in shown
    assert "<mark>" in shown
    assert "Nothing found" in recommender.answer_search('"nowhere"')._repr_html_()


def test_all_articles_that_the_public_may_see_are_given(recommender: Recommender) -> None:
    assert [one.id for one in recommender.articles()] == ["flood", "dike", "bread"]


def test_vectors_are_those_that_were_stored(recommender: Recommender) -> None:
    found = recommender.vectors("flood")
    assert found.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-3)
    np.testing.assert_array_equal(recommender.vectors("flood#1"), found[-1:])
    with pytest.raises(NotFound):
        recommender.vectors("nobody")


def test_a_vector_finds_the_passages_that_are_similar_to_it(recommender: Recommender) -> None:
    [best, *_] = recommender.similar_to(recommender.vectors("bread#1")[0] * 3)
    assert best.article_id == "bread"
    several = recommender.similar_to(recommender.vectors("dike"), by="article", k=1)
    assert [hit.article_id for hit in several] == ["dike"]


@pytest.mark.parametrize(
    ("vector", "message"),
    [
        ([1.0, 2.0], "the index takes"),
        ([0.0] * 4, "only zeros"),
        ([float("nan")] * 4, "not finite"),
        (["a"] * 4, "not an array of numbers"),
        (np.zeros((0, 4)), "has the shape"),
    ],
)
def test_a_vector_that_cannot_be_used_is_named(
    recommender: Recommender, vector: object, message: str
) -> None:
    with pytest.raises(QueryError, match=message):
        recommender.similar_to(vector)  # type: ignore[arg-type]
    with pytest.raises(QueryError, match="cannot be explained"):
        recommender.similar_to([1.0, 0, 0, 0], explain=True)


def test_an_async_program_gets_the_same_answers(recommender: Recommender, index: Path) -> None:
    async def ask() -> list[object]:
        async with await AsyncRecommender.open(index, encoder=ENCODER) as asking:
            ticks = 0

            async def tick() -> None:
                nonlocal ticks
                while True:
                    ticks += 1
                    await asyncio.sleep(0)

            ticking = asyncio.create_task(tick())
            found = await asyncio.gather(
                asking.search("river"),
                asking.similar("flood#1"),
                asking.related("flood", min_strength=0),
                asking.show("dike"),
                asking.list_articles("bread"),
                asking.status(),
                asking.reload(),
                asking.stories(),
                asking.duplicates(),
                asking.before("flood"),
                asking.news(),
            )
            ticking.cancel()
            assert ticks > 1
            return list(found)

    search, similar, related, shown, listed, status, reloaded, *others = asyncio.run(ask())
    assert search == recommender.search("river")
    assert similar == recommender.similar("flood#1")
    assert related == recommender.related("flood", min_strength=0)
    assert shown == recommender.show("dike")
    assert listed == recommender.list_articles("bread")
    assert (status, reloaded) == (recommender.status(), False)
    stories, duplicates, before = (
        recommender.stories(),
        recommender.duplicates(),
        recommender.before("flood"),
    )
    assert others == [stories, duplicates, before, None]


def test_who_asks_after_closing_is_told(index: Path) -> None:
    async def program() -> None:
        asking = await AsyncRecommender.open(index, encoder=ENCODER)
        await asking.close()
        with pytest.raises(RuntimeError, match="is closed; open another"):
            await asking.search("river")

    asyncio.run(program())
