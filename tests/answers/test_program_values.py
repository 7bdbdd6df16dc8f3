"""Programs name articles and options by the values that they have; what is none is said."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pandas
import pytest
from support.stand_in import HashEncoder

from recommender import (
    Filters,
    Recommender,
    RelatedOptions,
    SearchOptions,
    add,
    build,
    remove,
)
from recommender.errors import ArticleNotFound, EncoderError, QueryError

TEXT = "The river is high at Tiel, and the dike holds so far."
ODD = UUID(int=5)
ROWS = [{"id": id, "title": f"T {id}", "text": f"{TEXT} {id}", "n": 1.5} for id in (1, 2, 3, ODD)]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of articles whose ids are numbers and a UUID."""
    folder = tmp_path_factory.mktemp("values") / "index"
    build(ROWS, into=folder, model=HashEncoder())
    return folder


@pytest.mark.parametrize("id", [1, 1.0, np.int64(1), np.float64(1), "1"])
def test_a_number_is_the_id_that_a_row_has(index: Path, id: Any) -> None:
    recommender = Recommender.open(index)
    assert recommender.article(id).article_id == "1"
    assert recommender.show(id).article.id == "1"
    assert len(recommender.vectors(id)) == 2
    loose: dict[str, Any] = {"min_strength": 0, "confidence": "loose"}
    assert recommender.related(id, **loose) == recommender.related("1", **loose)
    assert recommender.related([id, 2], unlike=ODD, **loose)
    assert recommender.before(iter([id]), **loose) == recommender.before(["1"], **loose)
    assert recommender.compare(id, ODD).other.article.id == str(ODD)


@pytest.mark.parametrize("ids", [2, [np.int64(2)], (one for one in (2.0, ODD)), "2", iter(["2"])])
def test_what_adds_an_article_removes_it(tmp_path: Path, ids: Any) -> None:
    build(ROWS, into=tmp_path / "index", model=HashEncoder())
    assert remove(ids, into=tmp_path / "index").removed in (1, 2)
    with pytest.raises(ArticleNotFound):
        Recommender.open(tmp_path / "index").article(2)


@pytest.mark.parametrize("id", [None, True, 1.5, b"1", object()])
def test_what_is_no_id_is_said(index: Path, id: Any) -> None:
    recommender = Recommender.open(index)
    for ask in (recommender.article, recommender.related, recommender.before):
        with pytest.raises(QueryError, match=r"give|names"):
            ask(id)
    with pytest.raises(QueryError, match="give a text or a number"):
        remove(id, into=index)


@pytest.mark.parametrize(
    "ask",
    [
        lambda it: it.search("river", k="5"),
        lambda it: it.search("river", min_strength="high"),
        lambda it: it.search(b"river"),
        lambda it: it.search(None),
        lambda it: it.related("1", half_life="long"),
        lambda it: it.related("1", filters={"languages": "nl"}),
        lambda it: it.list_articles(k=None),
        lambda it: it.stories(k="all"),
        lambda it: it.stories(newest="all"),
        lambda it: it.stories(least=2.5),
        lambda it: it.duplicates(share="most"),
        lambda it: it.search("river", k=5.0),
        lambda it: it.search("river", query_language=5),
        lambda it: it.search("river", options=RelatedOptions()),
        lambda it: it.related("1", options={"k": 3}),
        lambda it: it.before("1", options=5),
        lambda it: it.list_articles(5),
        lambda it: it.list_articles(["river"]),
        lambda it: it.list_articles(offset="1"),
        lambda it: it.related_batches().related("1"),
        lambda it: it.related_batches().related({"id": "1"}),
        lambda it: it.related_batches().related(None),
        lambda it: it.related_batches(options=SearchOptions()),
        lambda it: it.article(np.array(["1"])),
        lambda it: it.compare("1", ["1"]),
    ],
)
def test_an_option_of_another_type_is_said(index: Path, ask: Callable[[Recommender], Any]) -> None:
    with pytest.raises(QueryError, match="give"):
        ask(Recommender.open(index, encoder=HashEncoder()))


@pytest.mark.parametrize(
    "given", [np.ones(16, dtype=complex), np.full(16, 1e300), [10**400] * 16, ["one"] * 16]
)
def test_a_vector_of_other_numbers_is_refused(index: Path, given: Any) -> None:
    recommender = Recommender.open(index)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(QueryError, match="numbers"):
            recommender.similar_to(given)


@pytest.mark.parametrize("given", [5, "name", object()])
def test_what_is_no_encoder_is_said(index: Path, given: Any) -> None:
    with pytest.raises(EncoderError, match="is not an encoder: it has no name, fingerprint"):
        Recommender.open(index, encoder=given)
    if not isinstance(given, str):  # the name of a model
        with pytest.raises(EncoderError, match="is not an encoder"):
            build(ROWS, into=index, model=given)  # type: ignore[arg-type]


def test_the_folder_of_a_model_may_be_a_path(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="none"):
        build(ROWS, into=tmp_path / "index", model=tmp_path / "none")  # type: ignore[arg-type]


def test_a_field_is_asked_for_by_the_value_that_it_has(index: Path) -> None:
    found = Recommender.open(index).list_articles(filters=Filters(where={"n": 1.5}))  # type: ignore[dict-item]
    assert found.total == len(ROWS)


def test_a_row_of_a_data_frame_is_a_row(tmp_path: Path) -> None:
    frame = pandas.DataFrame(ROWS[:2])
    build(frame, into=tmp_path / "index", model=HashEncoder())
    new = pandas.Series({"id": 9, "title": "Nine", "text": TEXT})
    assert add(new, into=tmp_path / "index", model=HashEncoder()).added == 1
    rows = pandas.Series(ROWS[2:])  # of rows, each with a number
    assert add(rows, into=tmp_path / "index", model=HashEncoder()).added == 2
