"""Texts are made encodable before anything counts or encodes them."""

from __future__ import annotations

import pytest

from recommender.encoders.base import Encoder
from recommender.encoders.batches import batches, encodable, even_batches, places_of

CASES = {
    "a soft hyphen": ("gemeente\u00adraad", "gemeenteraad"),
    "a word joiner": ("gemeente\u2060raad", "gemeenteraad"),
    "several": ("\u00adge\u00ad\u00admeente\u2060\u00adraad", "gemeenteraad"),
    "a lone surrogate": ("raad \ud800", "raad \ufffd"),
    "joiners of letters": ("می\u200cروم क्\u200dष", "می\u200cروم क्\u200dष"),
    "no character of these": ("gemeenteraad", "gemeenteraad"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_shows_nothing_within_words_is_not_encoded(case: str) -> None:
    written, wanted = CASES[case]
    assert encodable(written) == wanted


def test_texts_that_differ_in_what_shows_nothing_are_encoded_once() -> None:
    assert places_of(["ge\u00admeente", "dorp", "gemeente"]) == {"gemeente": [0, 2], "dorp": [1]}


def test_a_batch_has_texts_of_one_padded_length() -> None:
    lengths = {"a": 9, "b": 3, "c": 8, "d": 0, "e": 4, "f": 5, "g": 40}
    found = list(even_batches(lengths, 16, lambda tokens: -(-tokens // 4) * 4))
    assert found == [["g"], ["a"], ["c", "f"], ["e", "b"]]
    assert [*batches(lengths, 16)] == [["g"], ["a"], ["c", "f"], ["e", "b"]]
    assert [*batches({"a": 5, "b": 4}, 16)] == [["a", "b"]]
    assert [*even_batches({"a": 5, "b": 4}, 16, lambda tokens: -(-tokens // 4) * 4)] == [
        ["a"],
        ["b"],
    ]


@pytest.mark.model
def test_a_word_that_may_be_broken_has_the_vector_and_the_tokens_of_the_word(
    fast: Encoder,
) -> None:
    texts = [
        "De gemeente\u00adraad besloot na de aan\u00advaring met een binnen\u00advaart\u00adschip.",
        "De gemeenteraad besloot na de aanvaring met een binnenvaartschip.",
    ]
    broken, whole = fast.count_tokens(texts)
    assert broken == whole
    one, other = fast.encode(texts, role="passage")
    assert (one == other).all()
