"""A picture, a program or a packed file is no article, whatever its name says."""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Callable

import pytest

from recommender.articles.binary import is_binary
from recommender.types import Article, Refusal

Read = Callable[..., list[Article | Refusal]]

TEXT = "Het water staat hoog bij Tiel, en de dijk houdt."
NOISE = random.Random(1).randbytes(20_000)
BINARY = {
    "a picture": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0d\0\0\0d" + zlib.compress(NOISE),
    "a packed page": gzip.compress(b"<p>" + TEXT.encode() * 100 + NOISE.hex().encode() + b"</p>"),
    "a program": b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\0>\0\x01\0\0\0\xd0\x61\0\0" * 900,
    "noise": NOISE,
}
TEXTS = (".txt", ".md", ".html", ".org", ".adoc", ".csv", ".tsv", ".json", ".jsonl", ".xml")


@pytest.mark.parametrize("suffix", TEXTS)
@pytest.mark.parametrize("kind", BINARY)
def test_what_is_no_text_is_refused_once(read: Read, kind: str, suffix: str) -> None:
    [refusal] = read(f"a{suffix}", BINARY[kind])
    assert isinstance(refusal, Refusal)
    assert refusal.reason.startswith("is not text: ")


@pytest.mark.parametrize(
    ("suffix", "text"),
    [
        (".txt", TEXT),
        (".md", TEXT),
        (".html", f"<p>{TEXT}</p>"),
        (".jsonl", f'{{"id": "a", "text": "{TEXT}"}}\n'),
    ],
)
def test_zeros_after_a_text_are_not_of_it(read: Read, suffix: str, text: str) -> None:
    found = read(f"a{suffix}", text.encode() + bytes(3_000))
    assert [one.text for one in found if isinstance(one, Article)] == [TEXT]


def test_zeros_in_the_place_of_another_part_of_a_file_are_not_of_it() -> None:
    row = b'{"id": "a", "text": "De dijk houdt."}\n'
    for start in (bytes(3_000) + row, row + bytes(3_000) + row, bytes(100_000)):
        assert not is_binary(start)


@pytest.mark.parametrize("suffix", [".txt", ".md", ".html", ".org"])
def test_a_file_of_zeros_has_no_text(read: Read, suffix: str) -> None:
    [refusal] = read(f"a{suffix}", bytes(3_000))
    assert isinstance(refusal, Refusal)


@pytest.mark.parametrize("suffix", [".txt", ".html"])
def test_few_control_characters_are_no_reason(read: Read, suffix: str) -> None:
    [article] = read(f"a{suffix}", f"{TEXT} \x01\x0b {TEXT}")
    assert isinstance(article, Article)
