"""Packed files: each kind of text is unpacked, within bounds, as far as it is whole."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
from collections.abc import Callable

import pytest
import zstandard
from articles.conftest import Read, zipped

from recommender.types import Article, Refusal

TEXT = "The ferry stops at nine.\n\nThe captain said that the fog on the river was too thick."
KINDS = {
    "txt": TEXT,
    "md": TEXT,
    "html": f"<html><body><article><p>{TEXT}</p></article></body></html>",
    "xhtml": f"<html><body><article><p>{TEXT}</p></article></body></html>",
    "jsonl": json.dumps({"id": "a", "text": TEXT}),
    "json": json.dumps([{"id": "a", "text": TEXT}]),
    "csv": f'id,text\na,"{TEXT}"\n',
    "rss": f"<rss><channel><item><guid>a</guid><description>{TEXT}</description></item>"
    "</channel></rss>",
}
PACK: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstandard.ZstdCompressor().compress,
    "zip": lambda data: zipped({"a": data}),
}


@pytest.mark.parametrize("packing", PACK)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_text_is_read_packed_in_every_way(
    read: Read, kind: str, packing: str
) -> None:
    [article] = read(f"a.{kind}.{packing}", PACK[packing](KINDS[kind].encode()))
    assert isinstance(article, Article)
    assert article.id == "a"
    assert "the fog on the river was too thick" in article.text


@pytest.mark.parametrize("kind", ["txt", "md", "html"])
def test_a_packed_text_that_ends_too_soon_is_refused_by_name(read: Read, kind: str) -> None:
    content = gzip.compress(KINDS[kind].encode() * 50)[:-9]
    [refusal] = read(f"a.{kind}.gz", content)
    assert isinstance(refusal, Refusal)
    assert "ends too soon" in refusal.reason


def rows() -> list[str]:
    return [json.dumps({"id": str(one), "text": f"{one} {TEXT}"}) for one in range(2_000)]


CUT = {
    "json": "[" + ",\n".join(rows()) + "]",
    "jsonl": "\n".join(rows()),
    "rss": "<rss><channel>"
    + "".join(
        f"<item><guid>{one}</guid><description>{one} {TEXT}</description></item>"
        for one in range(2_000)
    )
    + "</channel></rss>",
}


@pytest.mark.parametrize("packing", ["gz", "xz"])
@pytest.mark.parametrize("kind", CUT)
def test_packed_rows_that_end_too_soon_are_read_as_far_as_they_are_whole(
    read: Read, kind: str, packing: str
) -> None:
    packed = PACK[packing](CUT[kind].encode())
    found = read(f"a.{kind}.{packing}", packed[: len(packed) * 2 // 3])
    articles = [one for one in found if isinstance(one, Article)]
    assert len(articles) > 200
    assert all(one.text == f"{one.id} {TEXT}" for one in articles)
    assert "ends too soon" in [one.reason for one in found if isinstance(one, Refusal)][-1]


def test_a_packed_text_is_unpacked_within_bounds(read: Read) -> None:
    [refusal] = read("a.txt.gz", gzip.compress(b"water " * 12_000_000))
    assert isinstance(refusal, Refusal)
    assert "unpacks to over 67,108,864 bytes" in refusal.reason
