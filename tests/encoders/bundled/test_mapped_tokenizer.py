"""The mapped tokenizer gives the ids of the full one, or none."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from recommender.encoders.bundled.mapped_tokenizer import MappedTokenizer
from recommender.encoders.bundled.model import fast_model_folder
from recommender.encoders.openvino.probe import probe

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def mapped() -> MappedTokenizer:
    return MappedTokenizer(fast_model_folder() / "tokenizer.map")


@pytest.fixture(scope="module")
def full() -> Tokenizer:
    return Tokenizer.from_file(str(fast_model_folder() / "tokenizer.json"))


def test_ordinary_text_is_never_declined(mapped: MappedTokenizer, full: Tokenizer) -> None:
    for role, text in probe():
        if text != "a\x00b\x1b[31mc \ufffd":
            assert mapped.encode(f"{role}: {text}") == full.encode(f"{role}: {text}").ids, text


@pytest.mark.parametrize(
    "text",
    ["", " ", "  x  y ", "x\n\ty", "▁x▁", "～ 🈻", "a\u200bb", "ﬁ①", "e\u0301", "\u1100\u1161"],
)
def test_spaces_and_compositions(mapped: MappedTokenizer, full: Tokenizer, text: str) -> None:
    assert mapped.encode(text) == full.encode(text).ids


@pytest.mark.parametrize(
    "text",
    [
        "a <s> b",
        "</s>",
        "<pad><unk>",
        "\ud800",  # a lone surrogate
        "\U0001fae9",  # a character that Unicode has added since the table was made
        "\u1aca",  # a mark that is ordered differently by Unicode versions
    ],
)
def test_what_may_differ_is_declined(mapped: MappedTokenizer, text: str) -> None:
    assert mapped.encode(text) is None


@given(st.text(max_size=60))
def test_any_text(mapped: MappedTokenizer, full: Tokenizer, text: str) -> None:
    ids = mapped.encode(text)
    assert ids is None or ids == full.encode(text).ids


def test_mixed_scripts_and_marks(mapped: MappedTokenizer, full: Tokenizer) -> None:
    chance = random.Random(5)
    ranges = [(0, 0x250), (0x300, 0x370), (0x590, 0x600), (0x900, 0xA00), (0x1100, 0x1200)]
    ranges += [(0x2000, 0x2070), (0x3000, 0x3100), (0xFB00, 0xFE00), (0xFF00, 0xFFEF)]
    pool = [chr(code_point) for span in ranges for code_point in range(*span)]
    answered = 0
    for _ in range(4_000):
        text = "".join(chance.choice(pool) for _ in range(chance.randint(1, 12)))
        ids = mapped.encode(text)
        answered += ids is not None
        assert ids is None or ids == full.encode(text).ids, text
    assert answered > 1_000


@pytest.mark.parametrize("length", [0, 7, 15, 16, 400, 100_000])
def test_file_cut_short_is_refused(tmp_path: Path, length: int) -> None:
    path = tmp_path / "tokenizer.map"
    path.write_bytes((fast_model_folder() / "tokenizer.map").read_bytes()[:length])
    with pytest.raises(ValueError, match=r"not a mapped tok|cut short|empty file|JSON|line 1"):
        MappedTokenizer(path)
