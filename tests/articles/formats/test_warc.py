"""Web archives: which records are pages, what is read of damaged ones, and their packings."""

from __future__ import annotations

import gzip
import io

import pytest
from articles.conftest import Read, zipped
from support.kept_words import lost_words
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from recommender.types import Article, Notice, Refusal

TEXTS = (
    "The miller opened the sluice before dawn, because the stream had risen by a hand overnight.",
    "By noon the meadow below the weir stood under water and the sheep had to be moved uphill.",
    "The water board will decide next week whether the old weir is to be replaced by two gates.",
)
ENDS = "ends too soon: the rest of the file is missing, download or export it again"


def page(number: int) -> bytes:
    paragraphs = "".join(f"<p>{one} It was day {number}.</p>" for one in TEXTS)
    return (
        f"<html lang='en'><head><title>Weir {number}</title></head><body><article>"
        f"<h1>Weir {number}</h1>{paragraphs}</article></body></html>"
    ).encode()


def record(
    url: str,
    content: bytes,
    kind: str = "text/html",
    *,
    type: str = "response",
    day: int = 1,
    headers: dict[str, str] | None = None,
) -> bytes:
    """A record of a web archive; only a response has headers of HTTP."""
    stream = io.BytesIO()
    is_response = type == "response"
    http = StatusAndHeaders("200 OK", [("Content-Type", kind)], "HTTP/1.0")
    made = WARCWriter(stream, gzip=False).create_warc_record(
        url,
        type,
        payload=io.BytesIO(content),
        http_headers=http if is_response else None,
        warc_content_type="" if is_response else kind,
        warc_headers_dict={"WARC-Date": f"2024-03-0{day}T10:00:00Z", **(headers or {})},
    )
    WARCWriter(stream, gzip=False).write_record(made)
    return stream.getvalue()


PICTURE = record("https://weir.example/a.png", b"\x89PNG" + b"x" * 5_000, "image/png")
PAGES = [record(f"https://weir.example/{one}", page(one)) for one in range(6)]


def split(found: list[Article | Refusal]) -> tuple[list[str], list[str]]:
    """Return the ids that were read, and the reasons of what was refused."""
    ids = [one.id.rpartition("/")[2] for one in found if isinstance(one, Article)]
    return ids, [one.reason for one in found if isinstance(one, Refusal)]


@pytest.mark.parametrize(
    "kind",
    [
        *("TEXT/HTML; charset=UTF-8", "Text/Html", "text/html;charset=utf-8", " text/html ; x=y"),
        *("application/xhtml+xml", "APPLICATION/XHTML+XML; charset=utf-8"),
        "text/html, text/html; charset=utf-8",
    ],
)
def test_the_type_of_a_page_is_known_in_any_case(read: Read, kind: str) -> None:
    archive = record("https://weir.example/1", page(1), kind) + PAGES[2]
    assert split(read("a.warc", archive)) == (["1", "2"], [])


def test_a_crawler_tells_the_type_of_a_page_whose_server_told_none(read: Read) -> None:
    told = {"WARC-Identified-Payload-Type": "text/html"}
    archive = record("https://weir.example/1", page(1), "", headers=told)
    assert split(read("a.warc", archive)) == (["1"], [])


@pytest.mark.parametrize("kind", ["image/svg+xml", "text/css", "application/json", "text/htmlx"])
def test_what_is_no_page_is_passed_over(read: Read, kind: str) -> None:
    archive = record("https://weir.example/1", page(1), kind) + PAGES[2]
    assert split(read("a.warc", archive)) == (["2"], [])


CUTS = {
    "within a page": (b"".join(PAGES[:4]) + PAGES[4][:-300], ["0", "1", "2", "3"]),
    "within its headers": (b"".join(PAGES[:2]) + PAGES[4][:450], ["0", "1"]),
    "within a picture": (b"".join(PAGES[:2]) + PICTURE[:-3_000], ["0", "1"]),
}


@pytest.mark.parametrize("case", CUTS)
def test_an_archive_that_ends_within_a_record_is_read_as_far_as_it_is_whole(
    read: Read, case: str
) -> None:
    content, ids = CUTS[case]
    assert split(read("a.warc", content)) == (ids, [ENDS])


@pytest.mark.parametrize("packing", ["gz", "bz2", "xz", "zst"])
def test_a_packed_archive_that_ends_too_soon_is_read_as_far_as_it_is_whole(
    read: Read, packing: str
) -> None:
    noise = [record(f"https://weir.example/{one}.png", _noise(one), "image/png") for one in "ab"]
    content = _packed(packing, PAGES[0] + noise[0] + PAGES[1] + noise[1])
    ids, reasons = split(read(f"a.warc.{packing}", content[: len(content) - 60_000]))
    assert (ids, reasons) == (["0", "1"], [ENDS])


def _noise(seed: str) -> bytes:
    import random

    return random.Random(seed).randbytes(300_000)


def _packed(packing: str, data: bytes) -> bytes:
    import bz2
    import lzma

    import zstandard

    if packing == "zst":
        return b"".join(
            zstandard.ZstdCompressor().compress(data[at : at + 50_000])
            for at in range(0, len(data), 50_000)
        )
    if packing == "bz2":
        return bz2.compress(data, 1)
    return gzip.compress(data) if packing == "gz" else lzma.compress(data)


def test_the_members_of_an_interrupted_download_are_read(read: Read) -> None:
    members = [gzip.compress(one) for one in PAGES]
    content = b"".join(members)[:-200]
    assert split(read("a.warc.gz", content)) == (["0", "1", "2", "3", "4"], [ENDS])


def test_resources_that_are_pages_are_read(read: Read) -> None:
    archive = (
        record("https://weir.example/1", page(1), "text/html; charset=utf-8", type="resource")
        + record("https://weir.example/2", b"body {}", "text/css", type="resource")
        + record("https://weir.example/3", page(3), "text/html", type="metadata")
    )
    assert split(read("a.warc", archive)) == (["1"], [])


WET = "The old weir\n" + "\n".join(TEXTS) + "\nDe dijkgraaf zei dat er geen haast bij was.\n"


@pytest.mark.parametrize("name", ["a.warc.wet.gz", "a.wet", "a.warc"])
def test_the_text_of_a_page_is_read_where_an_archive_holds_only_that(read: Read, name: str) -> None:
    archive = record(
        "https://weir.example/1",
        WET.encode(),
        "text/plain",
        type="conversion",
        headers={"WARC-Identified-Content-Language": "eng,nld"},
    )
    content = gzip.compress(archive) if name.endswith("gz") else archive
    [article] = read(name, content)
    assert isinstance(article, Article)
    assert (article.id, article.title) == ("https://weir.example/1", "The old weir")
    assert article.language == "eng"
    assert article.text.split("\n\n") == WET.strip().split("\n")
    assert lost_words(WET, [article]) == []


def test_a_page_that_was_visited_again_is_read_as_it_was_last(read: Read) -> None:
    old = record("https://weir.example/1", page(1), day=2)
    new = record("https://weir.example/1", page(7), day=5)
    found = read("a.warc", new + old)
    assert [one.title for one in found if isinstance(one, Article)] == ["Weir 7"]
    assert [one for one in found if isinstance(one, Refusal)] == []
    assert any(isinstance(one, Notice) for one in found)


def test_the_same_page_twice_is_no_refusal(read: Read) -> None:
    assert split(read("a.warc", PAGES[1] + PAGES[1])) == (["1"], [])


def test_a_packed_archive_is_read_by_the_files_that_it_holds(read: Read) -> None:
    content = zipped(
        {
            "datapackage.json": "{}",
            "pages/pages.jsonl": '{"format": "json-pages-1.0"}\n{"url": "https://weir.example/1"}\n',
            "archive/b.warc.gz": gzip.compress(PAGES[2]) + gzip.compress(PICTURE),
            "archive/a.warc": PAGES[1],
            "archive/pictures.warc.gz": gzip.compress(PICTURE),
            "archive/cut.warc.gz": gzip.compress(PAGES[3]) + gzip.compress(PAGES[4])[:-100],
            "indexes/index.cdx.gz": b"",
        }
    )
    found = read("a.wacz", content)
    assert split(found) == (["1", "2", "3"], [ENDS])
    first = next(one for one in found if isinstance(one, Article))
    assert first.path == "a.wacz/archive/a.warc:1"
    assert [one.place for one in found if isinstance(one, Refusal)] == [
        "a.wacz/archive/cut.warc.gz"
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"no zip at all", "is not a complete WACZ file"),
        (zipped({"a.txt": "x"}), "holds no web page"),
        (zipped({"archive/a.warc.gz": b"no gzip"}), "is damaged: Not a gzipped file"),
        (zipped({"archive/a.warc.gz": gzip.compress(PICTURE)}), "holds no web page"),
        (zipped({"archive/a.warc": b"no archive"}), "is not a WARC file"),
    ],
)
def test_what_is_no_packed_archive_is_named(read: Read, content: bytes, reason: str) -> None:
    [refusal] = read("a.wacz", content)
    assert isinstance(refusal, Refusal)
    assert reason in refusal.reason


def test_the_archives_before_warc_are_read(read: Read) -> None:
    head = b"1 0 Crawler\nURL IP-address Archive-date Content-type Archive-length\n"
    body = b"HTTP/1.0 200 OK\r\nContent-Type: TEXT/HTML\r\n\r\n" + page(1)
    archive = (
        f"filedesc://a.arc 0.0.0.0 20060102030405 text/plain {len(head)}\n".encode()
        + head
        + f"\nhttps://weir.example/1 10.0.0.1 20060102030405 text/html {len(body)}\n".encode()
        + body
        + b"\n"
    )
    assert split(read("a.arc", archive)) == (["1"], [])
    assert split(read("b.arc.gz", gzip.compress(archive))) == (["1"], [])
