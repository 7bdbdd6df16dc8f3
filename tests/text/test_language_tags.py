"""Tags of languages are read as BCP 47, and mean a language and a script."""

from __future__ import annotations

from itertools import product

import pytest

from recommender.text.language_tags import language_key, language_tag, looked_up_key


@pytest.mark.parametrize(
    ("declared", "tag"),
    [
        ("nl", "nl"),
        ("NL_be.utf8", "nl-BE"),
        ("zh-hans-cn", "zh-Hans-CN"),
        ("pt-BR", "pt-BR"),
        ("iw", "he"),
        ("Nederlands", "und"),
        ("", "und"),
        ("\x1b[31m", "und"),
    ],
)
def test_a_declared_language_is_written_as_bcp_47(declared: str, tag: str) -> None:
    assert language_tag(declared) == tag


def test_the_key_of_a_usual_tag_is_the_one_that_is_looked_up() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    languages = list(map("".join, product(letters, repeat=2)))
    tags = [*languages, *(looked_up_key(one) for one in languages)]
    tags += [f"{language}-{region}" for language in languages for region in ("BE", "CN", "419")]
    regions = ("ME", "RU", "TR", "IR", "PK", "AF", "CM", "CC", "LB", "KZ", "UK", "TW", "NL")
    shared = ("sr", "az", "uz", "pa", "ku", "ms", "ha", "kk", "ky", "mn", "tg", "ug", "zh", "nl")
    tags += [f"{language}-{region}" for language in shared for region in regions]
    assert {tag: language_key(tag) for tag in tags} == {tag: looked_up_key(tag) for tag in tags}


@pytest.mark.parametrize(
    "tag", ["NL", "nl_BE", "nl-", "nl-be", "nld_Latn", "zh-Hant", "sr-Latn", "x", "é"]
)
def test_the_key_of_an_unusual_tag_is_looked_up(tag: str) -> None:
    assert language_key(tag) == looked_up_key(tag)
