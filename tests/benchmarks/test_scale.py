"""The indexes that growth is measured on are whole indexes, of as many passages as asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.scale.corpus import RealIndex, make_index
from benchmarks.scale.picture import growth
from benchmarks.scale.sample import Exact, Sample, exact_answers, share_found
from recommender import Recommender
from recommender.builder.verify import verify
from recommender.store.derived import LEXICAL_FILE


def test_an_index_is_made_of_real_articles_and_then_of_their_like(
    seeds_index: Path, tmp_path: Path
) -> None:
    source = RealIndex.open(seeds_index)
    make_index(source, tmp_path, 500)
    # Each text has a hash of its own, or articles of further rounds would be copies.
    assert all("a text other than was encoded" in one for one in verify(tmp_path).problems)
    grown = Recommender.open(tmp_path)
    real = Recommender.open(seeds_index)
    ids = list(grown.snapshot.ids())
    assert len(ids) == len(set(ids)) > 2 * len(list(real.snapshot.ids()))
    assert 450 < grown.snapshot.row_count < 550
    assert grown.show("round1/en-bakhmut-battle").article.text == (
        real.show("en-bakhmut-battle").article.text
    )
    first = grown.snapshot.find("en-bakhmut-battle")
    again = grown.snapshot.find("round1/en-bakhmut-battle")
    assert first is not None
    assert again is not None
    vectors = [grown.snapshot.vectors(grown.snapshot.rows(at)) for at in (first, again)]
    assert np.allclose(np.linalg.norm(vectors[1], axis=1), 1, atol=1e-3)
    assert (vectors[0] * vectors[1]).sum(axis=1).max() < 0.99


def test_words_whose_terms_are_taken_once_are_the_words_of_every_text(
    seeds_index: Path, tmp_path: Path
) -> None:
    source = RealIndex.open(seeds_index)
    make_index(source, tmp_path / "derived", 500)
    make_index(source, tmp_path / "once", 500, terms_once=0)
    derived, once = (
        next((tmp_path / name).glob(f"segments/*/{LEXICAL_FILE}")).read_bytes()
        for name in ("derived", "once")
    )
    assert once == derived


def test_exact_answers_are_the_scores_of_the_tenth_best(seeds_index: Path, tmp_path: Path) -> None:
    recommender = Recommender.open(seeds_index)
    snapshot = recommender.snapshot
    place = tmp_path / "queries.npz"
    np.savez(
        place,
        texts=np.array(["a"]),
        vectors=np.ones((1, snapshot.manifest.encoder.dim), np.float32),
    )
    sample = Sample.draw(snapshot, place)
    exact = exact_answers(snapshot, sample)
    exact.save(tmp_path / "exact.npz")
    tenth = Exact.load(tmp_path / "exact.npz").others
    scores = []
    for row in sample.rows.tolist():
        article = snapshot.article(int(snapshot.articles_of(np.array([row]))[0]))
        hits = recommender.similar(snapshot.passage(row, article).id, k=10, confidence="loose")
        scores.append([hit.score for hit in hits])
    assert share_found(scores, tenth) == 1
    assert share_found([found[:5] for found in scores], tenth) == 0.5


def test_growth_is_drawn_on_two_logarithmic_axes() -> None:
    picture = growth({"a<b": [(100, 1), (10_000, 10)]}, "passages", "ms")
    assert picture.startswith("<svg")
    assert "a&lt;b" in picture
    assert '<polyline points="70.0,350.0 570.0,30.0"' in picture
