"""Rows that matter for a text are found with the scores that scoring every row gives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryFile

import numpy as np
import pytest

from recommender.answers.hit_candidates import highest
from recommender.arrays import Positions, Scores
from recommender.index.bm25 import LexicalIndex
from recommender.index.postings import Postings, write_postings
from recommender.index.runs import Half, Runs
from recommender.index.scored_part import ScoredPart
from recommender.index.terms import terms_of_each
from recommender.index.word_scores import EACH_ROW, WordScores

VOCABULARY, PASSAGES = 400, 3_000


def texts(chance: Random, count: int) -> list[str]:
    """Return texts of words, the n-th about as frequent as 1/n, that share parts."""
    return [
        " ".join(
            f"wo{int(VOCABULARY ** chance.random())}rd" for _ in range(chance.randrange(1, 30))
        )
        for _ in range(count)
    ]


@pytest.fixture(scope="module", params=["whole", "removed", "three parts, two languages"])
def index(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LexicalIndex:
    chance, parts = Random(7), []
    sizes = [PASSAGES] if request.param != "three parts, two languages" else [60, 900, 2_040]
    folder = tmp_path_factory.mktemp("words")
    for number, size in enumerate(sizes):
        numbers = np.array([chance.randrange(3) // 2 for _ in range(size)], np.uint16)
        with (folder / str(number)).open("wb") as stream:
            terms = terms_of_each(texts(chance, size))
            write_postings(terms, numbers if len(sizes) > 1 else 0 * numbers, TemporaryFile, stream)
        parts.append(Postings.open(folder / str(number)))
    live = np.array([chance.random() < 0.8 for _ in range(PASSAGES)])
    languages = [["nl", "de"]] * len(sizes)
    return LexicalIndex(parts, live if request.param == "removed" else None, languages)


@pytest.fixture(
    params=[
        (0, 1, 1, 8, 99),
        (16, 32, 4, 300, 99),
        (160, 640, 24, 4_096, 99),
        (16, 32, 4, 300, 0.4),
    ],
    ids=str,
)
def bounds(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds at which searches end; with the last ones some are given up at one step or another."""
    enough, many, first, postings, cost = request.param
    monkeypatch.setattr("recommender.index.word_scores.MOST_COST", cost)
    monkeypatch.setattr("recommender.index.word_scores.MANY_ROWS", 0)
    monkeypatch.setattr("recommender.index.best_rows.ENOUGH", enough)
    monkeypatch.setattr("recommender.index.best_rows.MANY", many)
    monkeypatch.setattr("recommender.index.best_rows.LONG", many)
    monkeypatch.setattr("recommender.index.word_scores.FIRST_ROWS", first)
    monkeypatch.setattr("recommender.index.word_scores.FIRST_POSTINGS", postings)


@pytest.mark.usefixtures("bounds")
@pytest.mark.parametrize("share", [0.3, 0.5])
@pytest.mark.parametrize("allowed_share", [None, 0.5, 0.01, 0.0])
def test_rows_that_reach_and_their_scores_are_those_of_every_row(
    index: LexicalIndex, share: float, allowed_share: float | None
) -> None:
    chance = Random(1)
    for text in [*texts(chance, 4), "wo399rd wo1rd", "wo39rd xwo398rdx", "nergens", ""]:
        every = index.score(text)
        allowed = None
        if allowed_share is not None:
            allowed = np.array([chance.random() < allowed_share for _ in range(PASSAGES)])
        own = every if allowed is None else np.where(allowed, every, 0)
        rows = np.flatnonzero(own > share * own.max(initial=0.0))
        words = WordScores(index, text)
        found = words.reaching(share, allowed)
        assert found.rows.tolist() == rows.tolist()
        assert found.scores.tolist() == every[rows].tolist()
        some = np.array(chance.sample(range(PASSAGES), 50))
        assert words.of(some).tolist() == every[some].tolist()
        for most in (1, 20):
            found = WordScores(index, text).reaching(share, allowed, most)
            assert set(found.rows.tolist()) <= set(rows.tolist())
            assert found.scores.tolist() == every[found.rows].tolist()
            best = highest(found.rows, found.scores, most).tolist()
            assert best == highest(rows, every[rows], most).tolist()


@pytest.mark.usefixtures("bounds")
def test_a_row_with_the_best_parts_of_words_counts_though_others_have_better_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All scores are parts of the best; that row holds none of the words."""
    monkeypatch.setattr("recommender.index.word_scores.MOST_COST", 99)
    lines = (
        ["brandweer zeldzaam"] * 90 + ["brandweermannen brandweerman zeldzaamheid"] + ["x y"] * 900
    )
    with (tmp_path / "words").open("wb") as stream:
        terms = terms_of_each(lines)
        write_postings(terms, np.zeros(len(lines), np.uint16), TemporaryFile, stream)
    index = LexicalIndex([Postings.open(tmp_path / "words")])
    text = "brandweer zeldzaam zeldzaamheden brandweermanne"
    every = index.score(text)
    words = WordScores(index, text)
    found = words.reaching(0.3, None, 20)
    assert words._every is None
    assert found.scores.tolist() == every[found.rows].tolist()
    assert words.of(np.arange(95)).tolist() == every[:95].tolist()


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[Runs]:
    """The runs that a test reads."""
    read: list[Runs] = []
    gains = ScoredPart.gains

    def noted(self: ScoredPart, runs: Runs, sums: Scores | None = None) -> tuple[Positions, Scores]:
        read.append(runs)
        return gains(self, runs, sums)

    monkeypatch.setattr(ScoredPart, "gains", noted)
    return read


def postings_of(runs: Sequence[Runs]) -> int:
    return sum(int(own.lengths.sum()) for own in runs)


def every_run(words: WordScores, index: LexicalIndex) -> list[Runs]:
    return [half.runs(part.number) for half in words._halves for part in index.scored_parts]


def test_most_postings_are_not_read(
    index: LexicalIndex, monkeypatch: pytest.MonkeyPatch, read: list[Runs]
) -> None:
    """A rare word decides; rows that share common parts only are left out."""
    monkeypatch.setattr("recommender.index.word_scores.MANY_ROWS", 0)
    monkeypatch.setattr("recommender.index.word_scores.MOST_COST", 99)
    monkeypatch.setattr("recommender.index.word_scores.FIRST_POSTINGS", 16)
    words = WordScores(index, "wo399rd wo398rd wo7rd wo9rd")
    assert len(words.reaching(0.3, None, 20).rows)
    assert words._every is None
    assert postings_of(read) < postings_of(every_run(words, index)) * 3 / 5


@pytest.mark.parametrize("cost", [0.0, 0.3, 1.0])
def test_a_search_that_costs_too_much_is_given_up_for_adding_up_all(
    index: LexicalIndex, monkeypatch: pytest.MonkeyPatch, read: list[Runs], cost: float
) -> None:
    """Many common words tell no rows apart."""
    monkeypatch.setattr("recommender.index.word_scores.MANY_ROWS", 0)
    monkeypatch.setattr("recommender.index.word_scores.MOST_COST", cost)
    monkeypatch.setattr("recommender.index.word_scores.FIRST_POSTINGS", 16)
    searched: list[int] = []
    score_all = LexicalIndex.score_ranks

    def noted(self: LexicalIndex, halves: Iterable[Half]) -> Scores:
        searched.append(postings_of(read))
        return score_all(self, halves)

    text = " ".join(f"wo{number}rd" for number in range(20, 120))
    every = index.score(text)
    read.clear()
    monkeypatch.setattr(LexicalIndex, "score_ranks", noted)
    words = WordScores(index, text)
    found = words.reaching(0.3, None, 20)
    assert found.scores.tolist() == every[found.rows].tolist()
    postings = postings_of(every_run(words, index))
    assert searched
    assert searched[0] <= cost * (postings + EACH_ROW * PASSAGES) + 200


@pytest.mark.parametrize("allowed_share", [None, 0.5, 0.01, 0.001, 0.0])
def test_rows_that_reach_are_those_allowed_if_all_rows_are_scored(
    index: LexicalIndex, allowed_share: float | None
) -> None:
    chance = Random(5)
    for text in [*texts(chance, 6), "wo399rd wo1rd", ""]:
        every, allowed = index.score(text), None
        if allowed_share is not None:
            allowed = np.array([chance.random() < allowed_share for _ in range(PASSAGES)])
        own = every if allowed is None else np.where(allowed, every, 0)
        for share in (0.0, 0.3, 0.9):
            found = WordScores(index, text).reaching(share, allowed)
            rows = np.flatnonzero(own > share * own.max(initial=0.0))
            assert found.rows.tolist() == rows.tolist()
            assert found.scores.tolist() == every[rows].tolist()


@pytest.mark.usefixtures("bounds")
def test_zeros_that_a_search_borrows_are_zeros_again(index: LexicalIndex) -> None:
    chance = Random(3)
    for text in texts(chance, 5):
        WordScores(index, text).reaching(0.3, None, 20)
    for part in index.scored_parts:
        with part.room() as room:
            assert not room.any()


def test_many_rows_are_scored_by_adding_up_all(
    index: LexicalIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looking each of them up among the postings of each term would take longer, and more room."""
    monkeypatch.setattr("recommender.index.word_scores.MANY_ROWS", 0)
    monkeypatch.setattr("recommender.index.word_scores.MOST_ROWS", PASSAGES // 3)
    monkeypatch.setattr("recommender.index.scored_part.sums_of", None)
    rows, text = np.arange(PASSAGES), "wo399rd wo398rd wo7rd wo9rd"
    assert WordScores(index, text).of(rows).tolist() == index.score(text).tolist()


def test_many_rows_that_are_equally_good_are_not_looked_up_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For a paragraph that many articles repeat, that would take memory without a bound."""
    monkeypatch.setattr("recommender.index.word_scores.MANY_ROWS", 0)
    monkeypatch.setattr("recommender.index.word_scores.MOST_ROWS", 100)
    looked_up: list[int] = []
    sums_of = ScoredPart.sums_of

    def counted(self: ScoredPart, halves: Sequence[Half], ranks: Positions) -> Scores:
        looked_up.append(len(ranks))
        return sums_of(self, halves, ranks)

    monkeypatch.setattr(ScoredPart, "sums_of", counted)
    lines = ["meld je aan voor onze nieuwsbrief"] * 150 + ["meld het water"] * 10 + ["x y"] * 900
    with (tmp_path / "words").open("wb") as stream:
        terms = terms_of_each(lines)
        write_postings(terms, np.zeros(len(lines), np.uint16), TemporaryFile, stream)
    index = LexicalIndex([Postings.open(tmp_path / "words")])
    every = index.score(lines[0])
    words = WordScores(index, lines[0])
    found = words.reaching(0.3, None, 20)
    assert found.rows.tolist() == list(range(150))
    assert found.scores.tolist() == every[:150].tolist()
    assert max(looked_up) <= 100


def test_a_search_takes_memory_by_the_rows_and_not_by_the_words_of_a_text(
    index: LexicalIndex, monkeypatch: pytest.MonkeyPatch, read: list[Runs]
) -> None:
    monkeypatch.setattr("recommender.index.word_scores.MANY_ROWS", 0)
    monkeypatch.setattr("recommender.index.word_scores.MOST_COST", 99)
    monkeypatch.setattr("recommender.index.scored_part.TAKEN_TOGETHER", 64)
    text = " ".join(f"wo{number}rd" for number in range(100, 300))
    found = WordScores(index, text).reaching(0.5, None, 20)
    assert all(len(runs) == 1 or postings_of([runs]) <= 64 for runs in read)
    assert found.scores.tolist() == index.score(text)[found.rows].tolist()
