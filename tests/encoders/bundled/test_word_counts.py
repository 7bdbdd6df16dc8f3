"""The tokens of a text are those of its words, and each word is tokenized once."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.encoders.bundled.model import FastModel, fast_model_folder
from recommender.encoders.bundled.word_counts import WordCounts

# Letters of several scripts, signs that become spaces or several letters, what is dropped, tokens.
PIECES = [
    *("dijk", "De", "water,", "überschwemmt", "наводнение", "στο", "जल", "בנק", "ﬁ", "ﷺ", "½", "´"),
    *(
        "洪水が村を襲った",
        "x" * 50,
        "e\u0301",
        "\u0301",
        "\u00ad",
        "\u200b",
        "\ufeff",
        "\x1c",
        "a\tb",
    ),
    *("<s>", "</s>", "<", "▁", "▁▁", "\u00a0", "\u2028", "\x07", "...", "¨", "‗", "🙂", "\ud800"),
]


@pytest.fixture(scope="module")
def model() -> FastModel:
    return FastModel(fast_model_folder())


@pytest.mark.model
@settings(deadline=None, max_examples=300)
@given(
    texts=st.lists(
        st.builds(
            lambda words, gap: gap.join(words),
            st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=6)), max_size=8),
            st.sampled_from([" ", "\n", "  ", "", " \n"]),
        ),
        max_size=4,
    )
)
def test_counts_are_those_of_whole_texts(model: FastModel, texts: list[str]) -> None:
    assert model.counts(texts) == [len(ids) - model.specials for ids in model.ids(texts)]


def test_each_word_is_tokenized_once() -> None:
    asked: list[str] = []

    def count(texts: Sequence[str]) -> list[int]:
        asked.extend(texts)
        return [*map(len, texts)]

    counts = WordCounts(count)
    assert counts(["de dijk en de brug", "de\ndijk", "een <s>", " "]) == [14, 6, 7, 1]
    assert counts(["brug en dijk"]) == [10]
    assert asked == ["de", "dijk", "en", "brug", "een <s>", " "]
    assert counts([]) == []
