"""Numbers of 16 bits are read as numpy reads them; vectors however many are read at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support.archive import Archive, rows_of
from support.stand_in import HashEncoder

from recommender.arrays import are_among, are_finite, finite_floats, highest_places

HALVES = np.arange(1 << 16, dtype=np.uint16).view("<f2").reshape(-1, 16)


def test_every_number_of_16_bits_is_what_numpy_makes_of_it() -> None:
    numbers = HALVES[np.isfinite(HALVES)]
    found, expected = finite_floats(numbers), numbers.astype(np.float32)
    assert found is not None
    assert found.dtype == np.float32
    assert found.tobytes() == expected.tobytes()  # with the sign of each zero


def test_what_is_no_finite_number_of_16_bits_is_seen() -> None:
    for wild in HALVES[~np.isfinite(HALVES)]:
        assert finite_floats(np.array([1, wild, 2], np.float16)) is None


def test_other_numbers_stay_as_they_are() -> None:
    numbers = np.array([[0.1, -3e30]], np.float32)
    assert finite_floats(numbers) is numbers
    assert finite_floats(np.array([[0.1, np.nan]], np.float32)) is None


def test_vectors_are_the_same_however_many_are_read_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = {f"a{n}": f"The first of {n}.\n\nThe second of {n}." for n in range(9)}
    with Archive(rows=rows_of(texts), encoder=HashEncoder()).open_in(tmp_path) as recommender:
        snapshot = recommender.snapshot
        rows = np.random.default_rng(0).permutation(snapshot.row_count)
        together = snapshot.centered(rows)
        monkeypatch.setattr("recommender.store.row_map.ROWS_AT_ONCE", 4)
        assert np.array_equal(snapshot.centered(rows), together)


@pytest.mark.parametrize("known", [[], [4], [9, -1, 3, 3]])
def test_numbers_are_among_the_known_ones_as_numpy_says(known: list[int]) -> None:
    numbers, some = np.array([3, 9, 3, 0, 12, -1]), np.array(known, np.int64)
    assert are_among(numbers, some).tolist() == np.isin(numbers, some).tolist()
    assert len(are_among(numbers[:0], some)) == 0


@pytest.mark.parametrize("wild", [np.nan, np.inf, -np.inf])
def test_one_wild_number_among_many_is_seen(wild: float) -> None:
    numbers = np.ones((30, 40), np.float32)
    assert are_finite(numbers)
    numbers[20, 7] = wild
    assert not are_finite(numbers)


@pytest.mark.parametrize("shape", [(60,), (1, 60), (7, 60)])
@pytest.mark.parametrize("values", [1, 2, 5, 1_000_000])
def test_of_equal_scores_the_first_are_the_highest(shape: tuple[int, ...], values: int) -> None:
    scores = np.random.default_rng(2).integers(values, size=shape).astype(np.float32)
    scores[..., 3:9] = -np.inf
    for count in (1, 10, 53, 57, 60):
        expected = np.argsort(-scores, axis=-1, kind="stable")[..., :count]
        assert np.array_equal(highest_places(scores, count), np.sort(expected, axis=-1))
