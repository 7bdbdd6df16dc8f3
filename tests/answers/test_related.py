"""Candidates for related articles are searched with few of a long article's passages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support.archive import Archive
from support.stand_in import HashEncoder, WordEncoder

from recommender import Recommender, build
from recommender.answers.article_vectors import RelatedQuery, StoredArticleVectors
from recommender.answers.related_candidates import (
    candidates_among,
    find_candidates,
)
from recommender.scoring.nearby import PASSAGES, sampled
from recommender.settings import Settings


def test_a_short_article_is_searched_with_every_passage() -> None:
    vectors = np.eye(PASSAGES, dtype=np.float32)
    assert np.array_equal(sampled(vectors), vectors)


def test_a_long_article_is_searched_with_some_from_its_beginning_to_its_end() -> None:
    rows = np.arange(10 * PASSAGES, dtype=np.float32)[:, None]
    chosen = sampled(rows).ravel()
    assert len(chosen) == PASSAGES
    assert (chosen[0], chosen[-1]) == (0, len(rows) - 1)
    assert 9 <= np.diff(chosen).min() <= np.diff(chosen).max() <= 11


def test_articles_come_first_that_have_more_in_common_with_all_of_ours(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    shared = [f"Paragraph {number} is in all." for number in range(8)]
    own = [f"Only in the book {number}." for number in range(40)]
    for name, paragraphs in {
        "asked": shared,
        "book": [*shared[:4], *own],
        "brief": shared[:2],
        "half": shared[:4],
        "other": own[:4],
    }.items():
        (source / f"{name}.txt").write_text("\n\n".join([name, *paragraphs]))
    build(source, into=tmp_path / "v", model=HashEncoder(dim=128), settings=Settings(join_under=0))
    with Recommender.open(tmp_path / "v", encoder=HashEncoder(dim=128)) as recommender:
        snapshot = recommender.snapshot
        asked = StoredArticleVectors(snapshot, snapshot.find("asked") or 0)
        allowed = snapshot.every_row().without_articles(np.array([asked.position]))
        found = find_candidates(snapshot, RelatedQuery([asked]), allowed)
        names = [snapshot.article(position).id for position in found]
        assert names[:2] == ["half", "brief"]
        assert sorted(names) == ["book", "brief", "half", "other"]
        nothing = np.full((1, 3), -1)
        assert (
            candidates_among(snapshot, RelatedQuery([asked]), np.full((1, 3), -np.inf), nothing)
            == []
        )


def test_a_long_article_is_answered_alone_as_among_many(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    shared = [f"Paragraph {number} is in both." for number in range(60)]
    for name, paragraphs in {
        "long": shared,
        "half": [*shared[:30], *(f"Only here {number}." for number in range(30))],
        "other": [f"Nothing of it {number}." for number in range(60)],
    }.items():
        (source / f"{name}.txt").write_text("\n\n".join([name, *paragraphs]))
    build(source, into=tmp_path / "v", model=HashEncoder(dim=128), settings=Settings(join_under=0))
    with Recommender.open(tmp_path / "v", encoder=HashEncoder(dim=128)) as recommender:
        alone = recommender.related("long", k=1)
        position = recommender.snapshot.find("long")
        together = recommender.related_batches(k=1).related([position])[position]
    assert [one.article_id for one in alone] == ["half"]
    assert alone == together


def test_an_article_comes_first_that_is_nearer_as_a_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search finds one passage of each; the others of the second are about the same too."""
    rows = [
        {"id": "asked", "text": "dijk water\n\nwater dijk dijk"},
        {"id": "aside", "text": "dijk water\n\nhond kat"},
        {"id": "whole", "text": "dijk water weg\n\nwater dijk dijk water"},
    ]
    words = WordEncoder("dijk", "water", "hond", "kat", "weg")
    archive = Archive(rows=rows, encoder=words, settings=Settings(join_under=0))
    with archive.open_in(tmp_path) as recommender:
        snapshot = recommender.snapshot
        at = {name: snapshot.find(name) or 0 for name in ("asked", "aside", "whole")}
        query = RelatedQuery([StoredArticleVectors(snapshot, at["asked"])])
        found = np.array([[snapshot.rows(at["aside"]).start, snapshot.rows(at["whole"]).start]])
        scores = np.array([[0.9, 0.8]], np.float32)
        assert candidates_among(snapshot, query, scores, found) == [at["whole"], at["aside"]]
        assert candidates_among(snapshot, query, scores, found[:, ::-1]) == [
            at["whole"],
            at["aside"],
        ]
        nothing = np.full((1, 2), -np.inf, np.float32), np.full((1, 2), -1)
        assert candidates_among(snapshot, query, *nothing) == []
        monkeypatch.setattr("recommender.scoring.nearby.BY_MEANS", 1)
        assert candidates_among(snapshot, query, scores, found) == [at["aside"], at["whole"]]
