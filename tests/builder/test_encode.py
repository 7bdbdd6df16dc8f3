"""How much is encoded at once follows how long it takes."""

from __future__ import annotations

from recommender.builder.encode import PASSAGES_AT_ONCE, SECONDS_AT_ONCE, SLICE, paced


def test_more_is_encoded_at_once_while_it_takes_little() -> None:
    size = SLICE
    for _ in range(10):
        size = paced(size, 0.1)
    assert size == PASSAGES_AT_ONCE


def test_less_is_encoded_at_once_when_it_takes_long() -> None:
    assert paced(4 * SLICE, SECONDS_AT_ONCE + 1) == 2 * SLICE
    assert paced(SLICE, 10 * SECONDS_AT_ONCE) == SLICE
    assert paced(4 * SLICE, 0.8 * SECONDS_AT_ONCE) == 4 * SLICE
