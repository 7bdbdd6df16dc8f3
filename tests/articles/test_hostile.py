"""Files of strangers: bounded time and memory, a named error, and the rest goes on."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import sys
import time
import zipfile
from collections.abc import Iterator
from html import escape
from pathlib import Path

import pytest
from articles.conftest import CHAPTER, PACKAGE, Read, epub, pdf, warc, zipped

from recommender.articles.files import SourceFile, need
from recommender.articles.formats import html
from recommender.articles.formats.pdf_layout import _Spans
from recommender.articles.read import found_in, read_articles
from recommender.settings import Settings
from recommender.types import Article, Refusal

pytestmark = pytest.mark.slow

GOOD = "Een goed stuk over het water dat steeg in de nacht."


def refused(found: list[Article | Refusal], name: str) -> str:
    """The reason why the file was refused; the good one beside it must have been read."""
    assert [one.id for one in found if isinstance(one, Article)] == ["good"]
    [refusal] = [one for one in found if isinstance(one, Refusal)]
    assert refusal.place.startswith(name)
    return refusal.reason


ENTITIES = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(
        f'<!ENTITY {one} "{f"&{before};" * 10}">'
        for before, one in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
)
DOCUMENT = (
    '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">{}'
    "</w:document>"
)
TEXT = "<w:p><w:r><w:t>Het water steeg die nacht tot aan de dijk.</w:t></w:r></w:p>"
ROW = f"<w:tbl><w:tr><w:tc><w:tcPr>{{}}</w:tcPr>{TEXT}</w:tc></w:tr></w:tbl>"
SURROGATE = "<rss><channel><item><guid>1</guid><title>Water &#55296;</title></item></channel></rss>"
FEED = "<rss><channel><item><guid>1</guid><description>&i;</description></item></channel></rss>"


def word(body: str, before: str = "") -> bytes:
    """A Word document without properties of its own; `before` opens its main part."""
    types, links = "application/vnd.openxmlformats", "http://schemas.openxmlformats.org"
    main = f"{types}-officedocument.wordprocessingml.document.main+xml"
    return zipped(
        {
            "[Content_Types].xml": f'<Types xmlns="{links}/package/2006/content-types">'
            f'<Default Extension="rels" ContentType="{types}-package.relationships+xml"/>'
            f'<Override PartName="/word/document.xml" ContentType="{main}"/></Types>',
            "_rels/.rels": f'<Relationships xmlns="{links}/package/2006/relationships">'
            f'<Relationship Id="r1" Target="word/document.xml" '
            f'Type="{links}/officeDocument/2006/relationships/officeDocument"/></Relationships>',
            "word/document.xml": before + DOCUMENT.format(body),
        }
    )


def bomb(part: str) -> bytes:
    """A zip file with one part of 300 MB, all zeros; made in pieces, as fast as can be."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open(part, "w") as opened,
    ):
        for _ in range(300):
            opened.write(bytes(1_000_000))
    return stream.getvalue()


HOSTILE: dict[str, tuple[bytes, str]] = {
    "bomb.docx": (bomb("word/document.xml"), "unpacks to 300,000,000"),
    "bomb.epub": (bomb("OEBPS/een.xhtml"), "unpacks to 300,000,000"),
    "not.docx": (b"PK no zip at all", "is damaged"),
    "empty.docx": (zipped({"a.txt": "no document"}), "is not a readable Word document"),
    "bodiless.docx": (word(""), "it has no body"),
    "not.epub": (zipped({"a.txt": "no book"}), "its container names no book"),
    "out.epub": (epub(package=PACKAGE.replace("een.xhtml", "../../etc/passwd")), "lacks its part"),
    "laughs.rss": ((ENTITIES + FEED).encode(), "XML entities"),
    "surrogate.rss": (SURROGATE.encode(), "is damaged (UnicodeEncodeError: "),
    "laughs.docx": (
        word(f"<w:body>{TEXT.replace('dijk', '&i;')}</w:body>", ENTITIES),
        "declares XML entities",
    ),
    "laughs.epub": (
        epub(package=ENTITIES + PACKAGE.replace("Het boek", "&i;")),
        "declares XML entities",
    ),
    "deep.md": (b"> " * 100 + b"text", "nested too deeply"),
    "lists.md": (b"".join(b"  " * at + b"- item\n" for at in range(100)), "nested too deeply"),
    "long.md": (b"[" * 3_000_000, "has over 2,097,152 characters"),
    "mixed.txt": (b"caf\xc3\xa9 en caf\xe9", "is not UTF-8: byte 0xe9 at position 12"),
    "mixed.jsonl": (b'{"id": "a", "text": "caf\xe9"}', "is not UTF-8: byte 0xe9 at position 24"),
    "empty.jsonl": (b"\n\n", "is empty"),
    "empty.json": (b"[]", "is empty"),
    "empty.csv": (b"id,text\n", "has no row"),
    "zeros.csv": (b"\0" * 1_000_000, "has no row"),
    "not.warc": (b"no archive", "is not a WARC file"),
    "empty.warc": (b"", "holds no web page"),
    "short.warc": (warc({"http://a/b": GOOD})[:200], "holds no web page"),
    "nameless.warc": (warc({"": GOOD}), "is damaged (AttributeError: "),
    "control.warc": (warc({"http://a/\x1b[31m": GOOD}), "has an id with a control character"),
    "endless.warc": (b"WARC/1.0\r\nX: " + b"a" * 4_000_000, "has a line of over 65,536 bytes"),
    "large.warc": (warc({"http://a/b": b" " * 9_000_000}), "the most for a page is 8,388,608"),
    "not.rss": (b"<html><p>no feed</p></html>", "has no entries"),
    "empty.html": (b"<html><body></body></html>", "has no article"),
    "scan.pdf": (pdf([]), "run OCR first"),
    "not.pdf": (b"%PDF-1.4 nothing", "is damaged"),
    "bad.csv": (
        b"id,text\n1,caf\xe9\n",
        "is not UTF-8 (byte 0xe9); save it as UTF-8; if it is from Windows: iconv -f ",
    ),
    "not.jsonl.gz": (b"plain text", "not a complete gzip file"),
    "not.jsonl.zst": (b"plain text", "not a complete zstd file"),
    "deep.json": (b"[" * 200_000, "nested too deeply"),
    "word.json": (b'"text"', "is not a JSON array"),
}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.process] if name.endswith(".pdf") else [])
        for name in HOSTILE
    ],
)
def test_a_hostile_file_is_refused_by_name_and_the_rest_is_read(read: Read, name: str) -> None:
    content, reason = HOSTILE[name]
    assert reason in refused(read(name, content, {"good.txt": GOOD}), name)


@pytest.mark.parametrize(
    "properties",
    ['<w:gridSpan w:val="99999999"/>', '<w:gridSpan w:val="abc"/>', "<w:vMerge/>"],
)
def test_a_table_is_read_by_the_cells_it_has_not_by_those_it_claims(
    read: Read, properties: str
) -> None:
    [article] = read("a.docx", word(f"<w:body>{ROW.format(properties)}{TEXT}</w:body>"))
    assert isinstance(article, Article)
    sentence = "Het water steeg die nacht tot aan de dijk."
    assert article.text == f"{sentence}\n\n{sentence}"


def test_a_document_without_properties_is_titled_by_its_text(read: Read) -> None:
    [article] = read("a.docx", word(f"<w:body>{TEXT}</w:body>"))
    assert isinstance(article, Article)
    assert article.title == "Het water steeg die nacht tot aan de dijk."


def test_what_a_reader_found_before_it_broke_off_stays(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaking(file: SourceFile, settings: Settings) -> Iterator[Article]:
        yield Article("first", "", GOOD)
        raise ZeroDivisionError("deep in a library")

    monkeypatch.setattr("recommender.articles.read._reader", lambda module: breaking)
    first, broken = read("a.txt", GOOD)
    assert isinstance(first, Article)
    assert broken == Refusal(
        "a.txt",
        "is damaged (ZeroDivisionError: deep in a library); save it again, or leave it out",
    )


@pytest.mark.process
def test_no_module_of_the_current_folder_runs_when_a_pdf_is_read(
    read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("open('ran', 'w')")
    monkeypatch.chdir(tmp_path)
    [article] = read("a.pdf", pdf([GOOD]))
    assert isinstance(article, Article)
    assert not (tmp_path / "ran").exists()


def test_an_id_of_a_feed_holds_no_control_character_and_is_no_passage(read: Read) -> None:
    entry = "<item><guid>{}</guid><description>Het water steeg.</description></item>"
    entries = "".join(map(entry.format, ("a\u2028b", "a#1", "good")))
    found = read("a.rss", f"<rss><channel>{entries}</channel></rss>")
    assert [one.reason for one in found if isinstance(one, Refusal)] == [
        r"has an id with a control character: 'a\u2028b'; leave it out of the id",
        "id 'a#1' ends as a passage's does, in # and a number; rename it",
    ]


@pytest.mark.process
def test_an_encrypted_pdf_is_refused_with_what_to_do(read: Read) -> None:
    encrypted = pdf(["text"]).replace(
        b"/Root 1 0 R >>",
        b"/Root 1 0 R /Encrypt << /Filter /Standard /V 1 /R 2 /O <"
        + b"28" * 32
        + b"> /U <"
        + b"29" * 32
        + b"> /P -44 >> /ID [<00><00>] >>",
    )
    assert "encrypted" in refused(read("a.pdf", encrypted, {"good.txt": GOOD}), "a.pdf")


def test_a_gzip_bomb_is_stopped(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recommender.articles.packed.MAX_UNPACKED_BYTES", 1_000_000)
    bomb = gzip.compress(b" " * 50_000_000)
    assert "far more than its size" in refused(read("a.jsonl.gz", bomb, {"good.txt": GOOD}), "a")


def test_a_file_of_200_megabytes_is_refused_without_reading_it(tmp_path: Path) -> None:
    names = [f"a.{one}" for one in ("txt", "html", "pdf", "docx", "epub", "md", "rss", "json")]
    for name in (*names, "a.jsonl", "a.csv"):  # of rows, the first one is too long
        with (tmp_path / name).open("wb") as stream:
            stream.truncate(200_000_000)
    found = list(read_articles([tmp_path]))
    reasons = [one.reason for one in found if isinstance(one, Refusal)]
    assert len(reasons) == len(found) == len(names) + 2
    assert all(re.search("bytes|field limit", one) for one in reasons)


def test_an_entity_in_a_book_is_not_resolved(read: Read) -> None:
    package = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + PACKAGE.replace(
        "Het boek", "&e;"
    )
    [article] = read("a.epub", epub(package=package))
    assert isinstance(article, Article)
    assert "root" not in article.source


def test_an_entity_in_a_chapter_is_not_resolved(read: Read) -> None:
    chapter = ENTITIES + CHAPTER.partition("?>")[2].replace("de dijk", "&i;")
    [article] = read("a.epub", epub(chapter))
    assert isinstance(article, Article)
    assert "Het water steeg die nacht tot aan &i;." in article.text


def test_a_damaged_web_archive_prints_nothing_of_itself(
    read: Read, capfd: pytest.CaptureFixture[str]
) -> None:
    record = warc({"http://a/b": GOOD})
    read("a.warc", record.rstrip() + b"\x1b[31m more than its length says\r\n" + record)
    assert capfd.readouterr() == ("", "")


def test_a_chapter_of_deep_markup_is_refused_by_its_number(read: Read) -> None:
    deep = CHAPTER.replace("<h1>", "<div>" * 50_000 + "<h1>")
    found = read("a.epub", epub(deep), {"good.txt": GOOD})
    assert "nested too deeply" in refused(found, "a.epub:1")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no FIFOs here")
def test_links_out_and_fifos_and_odd_names_are_told_not_followed(
    read: Read, tmp_path: Path
) -> None:
    read("good.txt", GOOD)
    source = tmp_path / "source"
    (tmp_path / "secret.txt").write_text("secret")
    (source / "link.txt").symlink_to(tmp_path / "secret.txt")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "secret.txt").write_text("secret")
    (source / "folder").symlink_to(tmp_path / "more")
    os.mkfifo(source / "pipe.jsonl")
    (source / "two\nlines\x1b[31m.txt").write_text(GOOD)
    found = list(read_articles([source]))
    reasons = {one.place: one.reason for one in found if isinstance(one, Refusal)}
    assert reasons["link.txt"] == "is a link to a place outside the source folder"
    assert reasons["folder"].startswith("is a link to a folder, which is not followed")
    assert reasons["pipe.jsonl"] == "is not a regular file"
    assert "secret" not in {one.text for one in found if isinstance(one, Article)}


@pytest.mark.skipif(sys.platform != "linux", reason="names are bytes on Linux only")
def test_a_name_that_is_not_utf8_can_be_written_down(read: Read, tmp_path: Path) -> None:
    read("good.txt", GOOD)
    (tmp_path / "source" / os.fsdecode(b"\xff")).symlink_to(tmp_path)
    (tmp_path / "source" / os.fsdecode(b"\xff.txt")).write_text(GOOD)
    found = list(read_articles([tmp_path / "source"]))
    places = {one.place for one in found if isinstance(one, Refusal)}
    assert places == {r"'\udcff'", r"'\udcff.txt'"}


def test_a_missing_library_is_told_with_the_command_that_installs_it(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "trafilatura", None)
    reason = refused(read("a.html", "<p>t</p>", {"good.txt": GOOD}), "a.html")
    assert reason.endswith("install it with: pip install 'recommender[html]'")
    assert need("json", "none")


LONG = 600_000
OPEN_COMMENTS = "<p>Het water steeg.\n\n" + "<!--" * (LONG // 4)
ATTRIBUTES = "<p " + " ".join(f"a{number}=1" for number in range(LONG // 8)) + ">Het water steeg."
NOTES = "Het water steeg.\n\n" + "\n".join(f"[^{number}]: noot" for number in range(LONG // 12))
# Each takes a parser, or took a reader, a time that grows with the square of its length.
STALLING = {
    "comments.rss": (
        "<rss><channel><item><guid>1</guid><description>"
        f"{escape(OPEN_COMMENTS)}</description></item></channel></rss>",
        "nested too deeply",
    ),
    "comments.json": (json.dumps([{"id": "a", "text": OPEN_COMMENTS}]), "nested too deeply"),
    "attributes.json": (
        json.dumps([{"id": "a", "text": f"<p>Water.</p>{ATTRIBUTES}</p>"}]),
        "has a tag with over 2,000 attributes",
    ),
    "pictures.md": ("![" * (LONG // 2), "over 1,000 brackets left open"),
    "brackets.md": (("[a\n" * 600 + "\n") * 200 + "[a " * 1_001, "over 1,000 brackets left open"),
}


@pytest.mark.process
@pytest.mark.parametrize("name", STALLING)
def test_what_stalls_a_parser_is_refused_before_it(read: Read, name: str) -> None:
    content, reason = STALLING[name]
    found = read(name, content, {"good.txt": GOOD}, read_seconds=30)
    assert reason in refused(found, name)


@pytest.mark.process
def test_a_page_with_such_a_tag_is_read_as_it_is_shown(read: Read) -> None:
    [article] = read("a.html", f"<body>{ATTRIBUTES}</p></body>", read_seconds=30)
    assert isinstance(article, Article)
    assert article.text.endswith("Het water steeg.")


@pytest.mark.process
def test_notes_without_a_reference_are_kept_however_many_there_are(read: Read) -> None:
    [article] = read("a.md", NOTES, read_seconds=30)
    assert isinstance(article, Article)
    assert article.text.endswith("noot")


# What opens and never closes, or is looked for again from each place: by the suffix that reads it,
# what comes first, what is repeated, and what comes last.
OPEN = {
    ".org": [
        *(("", one, "") for one in ("/a ", "=a ", "*a\n", ":a:\n", "[fn::[[a ", "@@a:", "|a ")),
        *(
            ("* a", " ", "b"),
            ("|a", " ", "b"),
            ("- a", " ", "b"),
            ("", "#+begin_q{}\n#+end_q{}\n", ""),
        ),
    ],
    ".adoc": [
        *(("", one, "") for one in ("_a ", "*a ", "`a ", "__a ", "link:a[", "{a}", "footnote:[a ")),
        *(("= a", " ", "b"), ("|===\n ", "1", ""), ("image::a[", "a", "]"), ("<<a,", " ", "")),
    ],
    ".mdx": [
        *(
            ("", one, "")
            for one in ("{/*", "{% a ", "{{< a ", "{% comment %} ", "<A ", "export {a\n")
        ),
        *(("{", " ", "a"), ("{", " ", "}"), ("<A", ".a", ""), ("{.a}", " ", "b")),
    ],
    ".md": [
        *(("", one, "") for one in ("%%a", "{% a ", "{{< a ", "{% comment %} ", "[caption]a ")),
        *(("{a} [a]", "\n", "b"), ("{a}", " ", "b"), ("{% ", "a", " %}"), ("==", "a ", "")),
    ],
    ".rst": [
        *(("", one, "") for one in (":a", "a-", "{/*", "*a ", "`a ", "a_ |a|b ", "=\n`a``<![[")),
        *(("a", ":", ""), (":a:`a", " ", "<b`"), ("'a", "#+begin\n=a ", "")),
    ],
    ".eml": [
        ("Content-Transfer-Encoding: a", "&lt;!--", "\n\na"),
        ("Content-Type: text/plain; format=flowed\n\n", "a \n", "a"),
    ],
    ".rtf": [
        ("{\\rtf1{\\stylesheet{\\s1 ", "a\\b ", "}}a}"),
        ("{\\rtf1{\\info{\\title ", "a\\b ", "}}a}"),
    ],
}
OPEN_CASES = [(suffix, *case) for suffix, cases in OPEN.items() for case in cases]
PLAIN = "The river rose at night. "
CHARACTERS = 60_000
# Blocks, marks and lines have their price. What is looked for again costs thousands of times more.
MOST_TIMES_PLAIN = 100


@pytest.mark.slow
@pytest.mark.parametrize(("suffix", "first", "unit", "last"), OPEN_CASES)
def test_what_never_closes_costs_no_more_than_a_text_of_many_marks(
    tmp_path: Path, suffix: str, first: str, unit: str, last: str
) -> None:
    before = {".rtf": "{\\rtf1 ", ".eml": "Subject: Water\n"}.get(suffix, "Water\n\n")
    repeated = "".join(unit.replace("{}", str(at)) for at in range(CHARACTERS // len(unit)))
    body = "\n" if suffix == ".eml" else ""
    plain = _seconds(
        tmp_path / f"plain{suffix}", before + body + PLAIN * (CHARACTERS // len(PLAIN))
    )
    hostile = _seconds(tmp_path / f"a{suffix}", before + first + repeated + last)
    assert hostile < MOST_TIMES_PLAIN * plain


def _seconds(path: Path, text: str) -> float:
    """Return the processor time that it takes to read a file, the shorter of two."""
    path.write_text(text)
    file = SourceFile(path, path.name)
    took = []
    for _ in range(2):
        began = time.process_time()
        assert [*found_in(file, Settings())]
        took.append(time.process_time() - began)
    return max(min(took), 0.02)


# What rows hold is read in the process of the build, which nothing ends.
ROW_UNITS = (
    "<a ",
    "&lt;!--",
    "<b><i>",
    "![a](",
    "1. a\n",
    "&amp;",
    "2022-12-28 ",
    "*a ",
    ":::\n|x ",
)


@pytest.mark.slow
@pytest.mark.parametrize("unit", ROW_UNITS)
@pytest.mark.parametrize("name", ["text", "title", "date", "url", "author", "language", "status"])
def test_a_field_of_a_row_costs_no_more_than_a_text_of_many_marks(
    tmp_path: Path, name: str, unit: str
) -> None:
    row = {"id": "a", "title": "Water", "text": PLAIN}
    plain = json.dumps(row | {"text": PLAIN * (CHARACTERS // len(PLAIN))})
    hostile = json.dumps(row | {name: unit * (CHARACTERS // len(unit))})
    limit = MOST_TIMES_PLAIN * _seconds(tmp_path / "plain.jsonl", plain)
    assert _seconds(tmp_path / "a.jsonl", hostile) < limit


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".jsonl", ".html", ".md"])
@pytest.mark.parametrize("unit", ["<p|a", "<p a='", "<p/", "<p =", f"<p {'a' * 500} "])
def test_tags_that_never_end_are_gone_through_once(tmp_path: Path, suffix: str, unit: str) -> None:
    text = "Water <b>is</b> " + unit * (6 * CHARACTERS // len(unit))
    plain = "Water <b>is</b> " + PLAIN * (6 * CHARACTERS // len(PLAIN))
    if suffix == ".jsonl":
        text, plain = (json.dumps({"id": "a", "text": one}) for one in (text, plain))
    limit = MOST_TIMES_PLAIN * _seconds(tmp_path / f"plain{suffix}", plain)
    assert _seconds(tmp_path / f"a{suffix}", text) < limit


@pytest.mark.parametrize(("unit", "is_shown"), [("<i>x</i> y ", True), ("<p>x</p>", False)])
def test_a_page_with_a_line_of_very_many_elements_is_read_as_it_is_shown(
    read: Read, monkeypatch: pytest.MonkeyPatch, unit: str, is_shown: bool
) -> None:
    monkeypatch.setattr("recommender.articles.markup.MAX_INLINE", 100)
    asked: list[object] = []
    extract = html._extracted
    monkeypatch.setattr(html, "_extracted", lambda *given: asked.append(given) or extract(*given))
    page = f"<html><body><article><p>{GOOD}</p><div>{unit * 101}</div></article></body></html>"
    [article] = read("a.html", page)
    assert isinstance(article, Article)
    assert GOOD in article.text
    assert (asked == []) is is_shown


@pytest.mark.parametrize(
    ("tag", "is_long"),
    [
        ("<p " + "a=1 " * 2_100, True),
        ("<p " + "a='>'" * 2_100, True),
        ("<p/" + "a/" * 2_100, True),
        ("<p a='" + "b " * 2_100 + "'>", False),
        ("<p a=1>" * 2_100, False),
    ],
)
def test_the_attributes_of_a_tag_are_counted(read: Read, tag: str, is_long: bool) -> None:
    found = read("a.jsonl", json.dumps({"id": "a", "text": f"<b>Water.</b> {tag}"}))
    reasons = [one.reason for one in found if isinstance(one, Refusal)]
    assert ["over 2,000 attributes" in one for one in reasons] == [True] * is_long


@pytest.mark.parametrize("line", ["[" * 100_000, '{"a":' * 100_000, '{"text": ' + "[" * 100_000])
def test_a_line_of_deep_json_is_refused_and_the_next_one_is_read(read: Read, line: str) -> None:
    found = read("a.jsonl", f"{line}\n{json.dumps({'id': 'good', 'text': GOOD})}\n")
    assert "nested too deeply" in refused(found, "a.jsonl:1")


def test_a_feed_of_tags_that_stay_open_is_refused_before_it_is_parsed_twice(read: Read) -> None:
    entry = "<entry><id>{}</id><summary><![CDATA[<p>Water.<br>]]></summary><link/></entry>"
    entries = "".join(map(entry.format, range(3_000)))
    [*found] = read("a.atom", f"<feed>{entries}</feed>")
    assert len(found) == 3_000
    reason = refused(read("a.atom", "<feed>" + "<h1>" * 6_000, {"good.txt": GOOD}), "a.atom")
    assert reason.startswith("is nested too deeply")


def test_the_place_between_columns_is_the_one_in_most_gaps() -> None:
    spans = [(0.0, 2.0), (1.0, 4.0), (3.0, 3.0), (5.0, 4.0), (1.5, 2.5)]
    for place in (-1.0, 0.0, 0.5, 1.0, 1.75, 2.0, 3.0, 4.0, 4.5):
        expected = sum(start < place < end for start, end in spans)
        assert _Spans(spans).around(place) == expected


def test_what_attributes_insert_is_bounded(read: Read) -> None:
    source = f"= Water\n:a: {'b' * 10_000}\n\n{'{a}' * 10_000}"
    reason = refused(read("a.adoc", source, {"good.txt": GOOD}), "a.adoc")
    assert reason == "grows by over 2,000,000 characters of attributes"


@pytest.mark.parametrize("end", ["</rss>", "</item>"])
def test_comments_behind_a_feed_are_gone_through_once(read: Read, end: str) -> None:
    items = f"<item><guid>1</guid><description>{GOOD}</description></item>"
    found = read("a.rss", f"<rss><channel>{items}</channel>{end}{'<!---->' * 40}x")
    assert [one.text for one in found if isinstance(one, Article)] == [GOOD]


def test_comments_and_lists_of_a_row_keep_their_lines(read: Read) -> None:
    html = "een <!-- weg --> twee\n\ndrie<ul><li>vier\n\nvijf</li></ul>\n\n<ol>zes <!-- nooit dicht"
    [article] = read("a.json", json.dumps([{"id": "a", "text": html}]))
    assert isinstance(article, Article)
    assert article.text.split("\n\n")[:2] == ["een", "twee"]
    assert "- vier vijf" in article.text
