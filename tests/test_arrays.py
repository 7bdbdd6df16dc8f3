"""Numbers of 16 bits are read as numpy reads them; vectors however many are read at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support.archive import Archive, rows_of
from support.stand_in import HashEncoder

from recommender.arrays import as_floats

HALVES = np.arange(1 << 16, dtype=np.uint16).view("<f2").reshape(-1, 16)


def test_every_number_of_16_bits_is_what_numpy_makes_of_it() -> None:
    found, expected = as_floats(HALVES), HALVES.astype(np.float32)
    assert found.dtype == np.float32
    numbers = np.isfinite(expected)
    assert found[numbers].tobytes() == expected[numbers].tobytes()  # with the sign of each zero


def test_what_is_no_number_of_16_bits_becomes_infinite() -> None:
    assert np.isinf(as_floats(HALVES)[~np.isfinite(HALVES)]).all()


def test_other_numbers_stay_as_they_are() -> None:
    numbers = np.array([[0.1, -3e30]], np.float32)
    assert as_floats(numbers) is numbers


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
