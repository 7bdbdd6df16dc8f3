"""Articles of thousands of paragraphs are compared by a bounded number of passages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support.stand_in import HashEncoder

from recommender import Recommender, build
from recommender.answers.article_vectors import StoredArticleVectors
from recommender.answers.versions import is_copy
from recommender.arrays import spread
from recommender.settings import Settings

MOST = 20
LONG = 90


@pytest.fixture
def recommender(tmp_path: Path) -> Recommender:
    """Two copies of a long article, one article that shares its end, and a short one."""
    source = tmp_path / "source"
    source.mkdir()
    long = [f"Paragraph {number} of the log." for number in range(LONG)]
    for name, paragraphs in {
        "log": long,
        "log-again": long,
        "end": [*long[-1:], "Another one."],
        "short": [f"Only here, number {number}." for number in range(4)],
    }.items():
        (source / f"{name}.txt").write_text("\n\n".join(paragraphs))
    build(source, into=tmp_path / "v", model=HashEncoder(), settings=Settings(join_under=0))
    return Recommender.open(tmp_path / "v", encoder=HashEncoder())


def article(recommender: Recommender, id: str) -> StoredArticleVectors:
    position = recommender.snapshot.find(id)
    assert position is not None
    return StoredArticleVectors(recommender.snapshot, position)


def test_rows_are_spread_from_the_first_to_the_last() -> None:
    assert spread(range(5, 9), 4).tolist() == [5, 6, 7, 8]
    rows = spread(range(10, 1_010), 100)
    assert (len(rows), rows[0], rows[-1]) == (100, 10, 1_009)
    assert set(np.diff(rows).tolist()) <= {10, 11}


def test_a_long_article_is_compared_by_so_many_passages(
    recommender: Recommender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recommender.answers.article_vectors.MAX_COMPARED", MOST)
    log = article(recommender, "log")
    assert len(log.vectors) == len(log.weights) == MOST
    ids = [log.passage(number).id for number in range(MOST)]
    assert (ids[0], ids[-1]) == ("log#1", f"log#{LONG}")
    for number in range(MOST):
        row = int(log.compared[number])
        assert np.array_equal(log.vectors[number], recommender.snapshot.centered([row])[0])


def test_the_evidence_of_a_long_article_is_that_of_its_passages(
    recommender: Recommender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recommender.answers.article_vectors.MAX_COMPARED", MOST)
    found = {one.article_id: one for one in recommender.related("end", k=5, min_strength=0)}
    best = found["log-again"].evidence[0]
    assert (best.passage_id, best.other_passage_id) == ("end#1", f"log-again#{LONG}")
    assert best.text == best.other_text


def test_copies_of_very_many_passages_are_found_by_their_texts(
    recommender: Recommender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recommender.answers.versions.COPY_PAIRS", LONG)
    log, again = article(recommender, "log"), article(recommender, "log-again")
    assert is_copy(log, again)
    assert not is_copy(log, article(recommender, "end"))
    assert "raw" not in vars(log), "vectors were read"


def test_a_long_article_is_asked_with_so_many_passages(
    recommender: Recommender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recommender.answers.search.MAX_QUERY_PASSAGES", MOST)
    asked: list[int] = []
    index = recommender.snapshot.index
    search = index.search

    def counting(vectors: np.ndarray, *rest: object) -> object:
        asked.append(len(vectors))
        return search(vectors, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(index, "search", counting)
    assert recommender.similar("log", k=3)
    assert set(asked) == {MOST}


def test_rows_of_ones_own_are_left_out_however_many(
    recommender: Recommender, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = recommender.snapshot
    own = [snapshot.rows(article(recommender, id).position) for id in ("log", "short")]
    groups = [snapshot.centered(rows) for rows in own]
    together = snapshot.index.search_each(groups, own, 7)
    monkeypatch.setattr("recommender.index.search.MAX_OWN_ROWS", 0)
    alone = snapshot.index.search_each(groups, own, 7)
    for (scores, _), (scores_alone, rows), mine in zip(together, alone, own, strict=True):
        assert np.allclose(scores, scores_alone, atol=1e-6)
        assert not np.isin(rows, list(mine)).any()
