"""Texts are split within the limit of tokens, and tokens are counted only where they may matter."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.encoders.base import Encoder
from recommender.encoders.load import load_encoder
from recommender.passages.split import split

# Characters that one token each would not do for: forms that stand for many letters, letters with
# marks, ideographs, symbols, and what tokenizers have no word for.
SCRIPTS = "aZ .,-0é ßиЖωשلم한국水道\u0958\ufdfa\u33ff\ufb03½²™👩\u200d🚒\ud83d\u0130\u00ad\n"


class Counting:
    """Counts a token for each character, and keeps which texts were asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, texts: Sequence[str]) -> list[int]:
        self.asked += texts
        return [*map(len, texts)]


def test_tokens_of_short_texts_are_not_counted() -> None:
    count = Counting()
    short, long = "Een korte alinea.", "Een langere alinea. " * 6
    assert split([short, long, short], count, 100)[::2] == [[(0, len(short))]] * 2
    assert short not in count.asked
    assert long in count.asked


def test_a_text_of_few_characters_and_many_bytes_is_counted() -> None:
    count = Counting()
    split(["水" * 60], count, 100)
    assert count.asked == ["水" * 60]


def test_a_text_that_may_have_too_many_tokens_is_counted_and_split() -> None:
    text = "Een zin van twintig. " * 10
    spans = split([text], Counting(), 100)[0]
    assert len(spans) > 1
    assert all(end - start <= 100 for start, end in spans)


@pytest.fixture(scope="module")
def bundled() -> Encoder:
    return load_encoder(None)


@pytest.mark.model
@settings(deadline=None, max_examples=300)
@given(text=st.text(st.sampled_from(SCRIPTS), min_size=1, max_size=60))
def test_what_is_not_counted_has_no_more_tokens_than_the_limit(bundled: Encoder, text: str) -> None:
    [tokens] = bundled.count_tokens([text])
    count = Counting()
    split([text], count, tokens - 1)
    assert count.asked
