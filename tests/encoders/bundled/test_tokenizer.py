from __future__ import annotations

import random
import re
import sys
import time
import unicodedata
from collections.abc import Mapping
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from recommender.encoders.bundled.tokenizer import build_normalizer, find_exceptions
from recommender.encoders.bundled.weights import WeightsFile
from recommender.errors import EncoderError

pytestmark = pytest.mark.model

SURROGATES = range(0xD800, 0xE000)
CHARACTERS = [chr(cp) for cp in range(sys.maxunicode + 1) if cp not in SURROGATES]
# Private use: in no table, in no composition.
FENCE = "\ue000"


@pytest.fixture(scope="module")
def tokenizer(bundled_folder: Path) -> Tokenizer:
    return Tokenizer.from_file(str(bundled_folder / "tokenizer.json"))


@pytest.fixture(scope="module")
def table(bundled_weights: WeightsFile) -> Mapping[int, str]:
    return bundled_weights.vocabulary.normalisation


def by_definition(table: Mapping[int, str], text: str) -> str:
    """Map each code point by the table, compose, fold runs of spaces."""
    mapped = "".join(table.get(ord(char), char) for char in text)
    return re.sub(" {2,}", " ", unicodedata.normalize("NFC", mapped))


def test_every_code_point_is_normalised_as_the_table_says(
    tokenizer: Tokenizer, table: Mapping[int, str]
) -> None:
    characters = [char for char in CHARACTERS if char != FENCE]
    normalized = tokenizer.normalizer.normalize_str(FENCE.join(characters)).split(FENCE)
    wanted = [re.sub(" {2,}", " ", table.get(ord(char), char)) for char in characters]
    differing = [
        (hex(ord(char)), got, want)
        for char, got, want in zip(characters, normalized, wanted, strict=True)
        if got != want
    ]
    assert differing == []
    assert tokenizer.normalizer.normalize_str(FENCE) == table.get(ord(FENCE), FENCE)


def test_every_entry_of_the_table_alone(tokenizer: Tokenizer, table: Mapping[int, str]) -> None:
    for code_point, wanted in table.items():
        got = tokenizer.normalizer.normalize_str(chr(code_point))
        assert got == re.sub(" {2,}", " ", wanted), hex(code_point)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("e\u0301", "é"),
        ("e\u0001\u0301", "é"),
        ("e\u200b\u0301", "e \u0301"),
        ("a\t \n\u2028 \ufeffb", "a b"),
        ("\u00a0\u2003x\u3000", " x "),
        ("a\x00b", "a\x00b"),
        ("\u1100\u1161\u11a8", "각"),
        ("q\u0323\u0307", "q\u0323\u0307"),
        ("q\u0307\u0323", "q\u0323\u0307"),
        ("\x01\x02～\x01🈻\x02", "～🈻"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("👩\u200d👧", "👩 👧"),
        ("\ufdfa", "صلى الله عليه وسلم"),
        ("\u2581\u2581x", " x"),
        ("ﬁ Ⅳ ① ㎏", "fi IV 1 kg"),
        ("", ""),
    ],
)
def test_context(tokenizer: Tokenizer, table: Mapping[int, str], text: str, wanted: str) -> None:
    assert tokenizer.normalizer.normalize_str(text) == wanted == by_definition(table, text)


def test_random_sequences_agree_with_the_definition(
    tokenizer: Tokenizer, table: Mapping[int, str]
) -> None:
    chance = random.Random(4)
    # Marks as old as the table: the order of marks that Unicode has added since is not in it.
    marks = [chr(cp) for cp in (*range(0x300, 0x350), *range(0x5B0, 0x5BE), *range(0x64B, 0x653))]
    kinds = [
        marks,
        [chr(cp) for cp in table],
        [chr(cp) for cp in range(0x1100, 0x1200)],
        [chr(cp) for cp in (*range(0x900, 0x980), *range(0xB80, 0xC00), *range(0xE00, 0xE80))],
        list("aeiouAEIOU가각 \t\n\x01\x07\x1f\u200b\u200d\ufeff\ufffd～🈻\u3099か"),
    ]
    for _ in range(20_000):
        text = "".join(chance.choice(chance.choice(kinds)) for _ in range(chance.randint(1, 12)))
        got = tokenizer.normalizer.normalize_str(text)
        assert got == by_definition(table, text), [hex(ord(char)) for char in text]


def test_text_between_start_and_end(tokenizer: Tokenizer) -> None:
    encoding = tokenizer.encode("query: Gevechten rond Bachmoet")
    assert encoding.tokens[0] == "<s>"
    assert encoding.tokens[-1] == "</s>"
    joined = "".join(encoding.tokens[1:-1])
    assert joined == "▁query:▁Gevechten▁rond▁Bachmoet"
    assert tokenizer.encode("query: x").ids == tokenizer.encode(" \u200b query:  x").ids


def test_ids_are_the_places_of_the_pieces(
    tokenizer: Tokenizer, bundled_weights: WeightsFile
) -> None:
    pieces = bundled_weights.vocabulary.pieces
    for place in range(0, len(pieces), 997):
        assert tokenizer.id_to_token(place) == pieces[place]
    assert tokenizer.encode("\U0010fffd", add_special_tokens=False).ids[-1] == 3


def test_long_text_takes_linear_time(tokenizer: Tokenizer) -> None:
    started = time.perf_counter()
    tokens = len(tokenizer.encode_batch_fast(["\ufdfa" * 20_000])[0])
    assert tokens > 50_000
    assert time.perf_counter() - started < 10


def test_exceptions_are_of_three_kinds(table: Mapping[int, str]) -> None:
    found = find_exceptions(table)
    assert {"\u200b", "\u200f", "\ufeff", "\n"} <= set(found.spaces)
    assert {"\x01", "\x7f"} <= set(found.dropped)
    assert "～" in found.kept


def test_table_that_cannot_be_expressed_is_refused(table: Mapping[int, str]) -> None:
    with pytest.raises(EncoderError, match="U\\+0061"):
        build_normalizer({**table, ord("a"): "b"})
    kept = {cp: chr(cp) for cp in range(0xFF01, 0xFF5E)}
    with pytest.raises(EncoderError, match="characters in another way"):
        build_normalizer({**table, **kept})
