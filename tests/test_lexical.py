"""Words, and parts of words, are found whatever the language, the case and the segment."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryFile

import numpy as np
import pytest

from recommender.errors import IndexDamaged
from recommender.fusion import reorder
from recommender.lexical import LexicalIndex, grams_of, terms_of, terms_of_each, words_of
from recommender.postings import Postings, write_postings

TEXTS = [
    "De hoogwaterbescherming langs de Rijn",
    "Het waterschap bewaakt de dijk",
    "Hochwasserschutz am Rhein",
    "洪水冲破堤坝",
    "世界杯决赛",
]


@pytest.fixture
def index(tmp_path: Path):
    def make(*parts: list[str]) -> LexicalIndex:
        opened = []
        for number, texts in enumerate(parts):
            path = tmp_path / f"{number}.bin"
            with path.open("wb") as stream:
                write_postings(terms_of_each(texts), TemporaryFile, stream)
            opened.append(Postings.open(path))
        return LexicalIndex(opened)

    return make


def test_words_have_no_case_and_scripts_without_spaces_give_pairs() -> None:
    assert words_of("De DIJK, de dijk!") == {"de", "dijk"}
    assert words_of("洪水冲") == {"洪水", "水冲"}
    assert words_of("NHK放送") == {"nhk", "放送"}


def test_parts_of_words_mark_where_a_word_begins_and_ends() -> None:
    assert grams_of(["dijk"]) == {"^dij", "dijk", "ijk$"}
    assert grams_of(["a"]) == {"^a$"}


@pytest.mark.parametrize(
    ("query", "row"),
    [
        ("dijk", 1),
        ("bescherming tegen hoogwater", 0),
        ("Schutz vor Hochwasser", 2),
        ("堤坝", 3),
        ("决赛", 4),
    ],
)
def test_the_best_row_shares_words_or_parts_of_them(index, query: str, row: int) -> None:
    assert int(index(TEXTS).score(query).argmax()) == row


def test_a_passage_that_is_the_query_scores_one_and_one_that_shares_nothing_zero(index) -> None:
    scores = index(TEXTS).score(TEXTS[4])
    assert scores[4] == pytest.approx(1)
    assert scores[0] == 0


def test_a_query_without_known_words_scores_nothing(index) -> None:
    assert not index(TEXTS).score("xyzzy !? ").any()


def test_the_best_rows_come_first_and_only_those_that_share_a_term(index) -> None:
    lexical = index(TEXTS[:2], TEXTS[2:])
    scores, rows = lexical.top("dijk langs de Rijn", 10)
    assert rows.tolist()[:2] == [0, 1]
    assert np.array_equal(scores, lexical.score("dijk langs de Rijn")[rows])
    assert set(rows.tolist()) == set(np.flatnonzero(lexical.score("dijk langs de Rijn")).tolist())


def test_the_best_rows_are_those_of_the_allowed(index) -> None:
    allowed = np.array([False, True, True, True, True])
    _, rows = index(TEXTS).top("dijk langs de Rijn", 1, allowed)
    assert rows.tolist() == [1]
    assert index(TEXTS).top("xyzzy", 3)[1].tolist() == []


def test_the_scores_of_some_rows_are_those_among_all(index) -> None:
    rows = np.array([4, 0, 1])
    some = index(TEXTS).score_rows("water dijk Rijn", rows)
    assert np.array_equal(some, index(TEXTS).score("water dijk Rijn")[rows])


def test_it_does_not_matter_how_passages_are_spread_over_segments(index) -> None:
    whole = index(TEXTS).score("water dijk Rijn")
    spread = index(TEXTS[:2], [], TEXTS[2:]).score("water dijk Rijn")
    assert np.array_equal(whole, spread)


def test_removed_passages_count_nowhere(tmp_path: Path, index) -> None:
    parts = index([*TEXTS, "De dijk is van de dijkgraaf"])._parts
    live = np.array([True] * len(TEXTS) + [False])
    scores = LexicalIndex(parts, live).score("water dijk Rijn")
    assert scores[-1] == 0
    assert np.array_equal(scores[:-1], index(TEXTS).score("water dijk Rijn"))


@pytest.mark.parametrize("run", [1, 7, 1_000])
def test_postings_that_are_merged_from_runs_are_those_that_are_sorted_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: int
) -> None:
    texts = [f"{text} {number % 7}" for number, text in enumerate(TEXTS * 9)]
    paths = [tmp_path / "whole", tmp_path / "merged"]
    for path in paths:
        with path.open("wb") as stream:
            write_postings(terms_of_each(texts), TemporaryFile, stream)
        monkeypatch.setattr("recommender.postings.RUN", run)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_what_is_remembered_of_words_changes_no_term(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = [np.union1d(*terms_of(text)).tolist() for text in TEXTS * 2]
    for remembered in (1, 3, 100):
        monkeypatch.setattr("recommender.lexical.REMEMBERED_WORDS", remembered)
        found = [sorted(hashes.tolist()) for hashes, _ in terms_of_each(TEXTS * 2)]
        assert found == expected


@pytest.mark.parametrize("bytes_kept", [0, 7, 16, -4])
def test_postings_that_are_cut_short_are_refused(tmp_path: Path, bytes_kept: int) -> None:
    path = tmp_path / "lexical.bin"
    with path.open("wb") as stream:
        write_postings(terms_of_each(TEXTS), TemporaryFile, stream)
    path.write_bytes(path.read_bytes()[:bytes_kept])
    with pytest.raises(IndexDamaged, match="cut short"):
        Postings.open(path)


def test_words_reorder_within_a_language_and_never_between() -> None:
    scores = [0.50, 0.48, 0.47, 0.10]
    words = [0.0, 1.0, 0.0, 1.0]
    assert reorder(scores, words, ["nl", "nl", "en", "en"]) == [
        (1, 0.50),
        (0, 0.48),
        (2, 0.47),
        (3, 0.10),
    ]


def test_words_do_not_lift_what_means_something_else() -> None:
    assert reorder([0.5, 0.1], [0.0, 1.0], ["nl", "nl"])[0] == (0, 0.5)
