"""Each format gives the same nouns: an article with its fields, its text and its roles."""

from __future__ import annotations

import gzip
import io
import json

import docx
import pytest
import zstandard
from articles.conftest import Read, epub, pdf, warc

from recommender.articles.clean import whole
from recommender.articles.letters import with_whole_letters
from recommender.passages.paragraphs import cut
from recommender.types import Article, Refusal

LONG = "Het water steeg in de nacht van dinsdag tot aan de kruin van de dijk, zeggen bewoners."
ROW = {"id": "a", "title": "Kop", "text": LONG, "date": "28 december 2022", "lang": "nl"}


def only(found: list[Article | Refusal]) -> Article:
    [article] = found
    assert isinstance(article, Article), article
    return article


def roles(article: Article) -> list[tuple[str, str]]:
    return [(str(one.role), one.text) for one in cut(article)]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.jsonl", json.dumps(ROW).encode()),
        ("a.ndjson", json.dumps(ROW).encode()),
        ("a.jsonl.gz", gzip.compress(json.dumps(ROW).encode())),
        ("a.jsonl.zst", zstandard.compress(json.dumps(ROW).encode())),
        ("a.json", json.dumps([ROW]).encode()),
        ("a.json", json.dumps({"count": 1, "articles": [ROW]}).encode()),
        ("a.json.gz", gzip.compress(json.dumps(ROW).encode())),
        ("a.csv", (",".join(ROW) + "\n" + ",".join(f'"{one}"' for one in ROW.values())).encode()),
        ("a.csv", ("\ufeff" + ";".join(ROW) + "\r\n" + ";".join(ROW.values())).encode()),
        ("a.tsv.gz", gzip.compress(("\t".join(ROW) + "\n" + "\t".join(ROW.values())).encode())),
    ],
)
def test_rows_of_every_format_are_the_same_article(read: Read, name: str, data: bytes) -> None:
    article = only(read(name, data))
    assert (article.id, article.title, article.text) == ("a", "Kop", LONG)
    assert (article.date, article.language) == ("2022-12-28", "nl")


def test_columns_are_mapped_by_name(read: Read) -> None:
    row = {"guid": 7, "headline": "Kop", "body": LONG, "rubriek": "Binnenland"}
    columns = {"id": "guid", "title": "headline", "text": "body", "section": "rubriek"}
    article = only(read("a.jsonl", json.dumps(row), fields=columns))
    assert (article.id, article.title, article.section) == ("7", "Kop", "Binnenland")
    assert article.metadata == {}


def test_a_bad_row_is_refused_with_its_line_and_the_rest_goes_on(read: Read) -> None:
    found = read("a.csv", f"id,text\n,no id\nb,{LONG[:20]}\n")
    assert [getattr(one, "place", "") for one in found] == ["a.csv:2", ""]


def test_markdown_keeps_headings_lists_and_quotes_as_roles(read: Read) -> None:
    source = (
        "---\ntitle: De kop\ndate: 2022-12-28\nauthor: Jan Modaal\nlang: nl\n---\n"
        f"# De kop\n\n{LONG} Met *nadruk* en een [link](https://example.org).\n\n"
        f"## Tussenkop.\n\n> Een citaat zonder aanhalingstekens.\n\n- een\n- twee\n\n{LONG}\n\n"
        "| a | b |\n|---|---|\n| 1 | 2 |\n"
    )
    article = only(read("a.md", source))
    assert (article.title, article.date, article.author) == ("De kop", "2022-12-28", "Jan Modaal")
    assert roles(article) == [
        ("title", "De kop"),
        ("body", f"{LONG} Met nadruk en een link."),
        ("subhead", "Tussenkop."),
        ("quote", "Een citaat zonder aanhalingstekens."),
        ("list", "- een\n- twee"),
        ("body", LONG),
        ("table", "a | b\n1 | 2"),
    ]


def test_html_gives_the_article_without_menus(read: Read) -> None:
    page = f"""<!doctype html><html lang="nl"><head><title>De kop | De Krant</title>
    <meta name="author" content="Jan Modaal"><meta property="article:published_time"
    content="2022-12-28T10:00:00Z"></head><body><nav><a href="/">Voorpagina</a> <a>Sport</a></nav>
    <article><h1>De kop</h1><p>{LONG}</p><h2>Een tussenkop</h2><p>{LONG} En meer.</p>
    <p>{LONG} Tot slot nog dit.</p></article><footer>Over ons | Contact</footer></body></html>"""
    article = only(read("a.html", page))
    assert (article.language, article.date, article.author) == ("nl", "2022-12-28", "Jan Modaal")
    assert LONG in article.text
    assert ("subhead", "Een tussenkop") in roles(article)
    assert "Voorpagina" not in article.text
    assert "Contact" not in article.text


def test_a_page_in_the_encoding_it_declares_is_read(read: Read) -> None:
    page = (
        f'<html><head><meta charset="windows-1252"></head><body><p>{LONG} Café.</p></body></html>'
    )
    assert "Café" in only(read("a.html", page.encode("windows-1252"))).text


def test_a_feed_gives_an_article_for_each_entry(read: Read) -> None:
    feed = f"""<?xml version="1.0"?><rss version="2.0"><channel><title>De Krant</title>
    <language>nl-NL</language><item><title>De kop</title><link>https://example.org/1</link>
    <guid>een</guid><pubDate>Tue, 27 Dec 2022 10:00:00 GMT</pubDate>
    <description>&lt;p&gt;{LONG}&lt;/p&gt;&lt;h3&gt;Tussenkop.&lt;/h3&gt;&lt;p&gt;{LONG} 2&lt;/p&gt;
    </description></item></channel></rss>"""
    article = only(read("a.rss", feed))
    assert (article.id, article.date, article.language) == ("een", "2022-12-27", "nl-NL")
    assert (article.source, article.url) == ("De Krant", "https://example.org/1")
    assert ("subhead", "Tussenkop.") in roles(article)


def test_a_word_document_keeps_its_styles_as_roles(read: Read) -> None:
    document = docx.Document()
    document.add_heading("De kop", 0)
    document.add_paragraph(LONG)
    document.add_heading("Tussenkop.", 1)
    document.add_paragraph("een", style="List Bullet")
    document.add_paragraph("twee", style="List Bullet")
    document.add_paragraph("Een bijschrift", style="Caption")
    table = document.add_table(1, 2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "a", "b"
    stream = io.BytesIO()
    document.save(stream)
    article = only(read("2022-12-28-a.docx", stream.getvalue()))
    assert (article.title, article.date) == ("De kop", "2022-12-28")
    assert roles(article) == [
        ("title", "De kop"),
        ("body", LONG),
        ("subhead", "Tussenkop."),
        ("list", "- een\n- twee"),
        ("caption", "Een bijschrift"),
        ("table", "a | b"),
    ]


def test_a_book_gives_an_article_for_each_chapter(read: Read) -> None:
    article = only(read("boek.epub", epub()))
    assert (article.id, article.title, article.language) == ("boek/1", "Hoofdstuk een", "nl")
    assert (article.source, article.author, article.date) == ("Het boek", "Jan Modaal", "2022-12")
    assert roles(article)[0] == ("title", "Hoofdstuk een")
    assert roles(article)[-1] == ("list", "- een\n- twee")


@pytest.mark.process
def test_a_pdf_is_read_without_page_heads_and_numbers(read: Read) -> None:
    pages = [
        [
            "De Krant - jaargang 4",
            f"Op bladzijde {name} staat een zin die lang is en die",
            f"eindigt: {name}.",
            str(n),
        ]
        for n, name in enumerate(("een", "twee", "drie"), 1)
    ]
    article = only(read("a.pdf", pdf(*pages)))
    assert article.text.split("\n\n") == [
        f"Op bladzijde {name} staat een zin die lang is en die eindigt: {name}."
        for name in ("een", "twee", "drie")
    ]
    starts = article.metadata["pages"]
    assert [article.text[at:][:17] for at in starts] == [
        "Op bladzijde een ",
        "Op bladzijde twee",
        "Op bladzijde drie",
    ]


@pytest.mark.process
def test_the_room_between_the_lines_of_a_page_parts_its_paragraphs(read: Read) -> None:
    first = ["Een alinea waarvan ook de laatste regel vol is, helemaal"] * 2
    second = ["En nog een alinea, met regels die even lang zijn als die"] * 2
    article = only(read("a.pdf", pdf([*first, "", *second])))
    assert article.text.split("\n\n") == [" ".join(first), " ".join(second)]


PAGE = f"<html><body><article><h1>Water</h1>{f'<p>{LONG}</p>' * 3}</article></body></html>"


def test_a_page_of_a_web_archive_is_an_article_by_its_address(read: Read) -> None:
    url = "https://example.org/2022/12/28/water.html"
    archive = gzip.compress(warc({url: PAGE})) + gzip.compress(warc({"http://a/b.png": "x"}, "png"))
    article = only(read("a.warc.gz", archive))
    assert (article.id, article.url, article.date) == (url, url, "2022-12-28")
    assert article.path == "a.warc.gz:1"
    assert LONG in article.text


def test_a_page_is_read_in_the_encoding_that_came_with_it(read: Read) -> None:
    page = PAGE.replace("Water", "Café").encode("latin-1")
    article = only(read("a.warc", warc({"http://a/b": page}, "text/html; charset=latin-1")))
    assert article.title == "Café"


def test_include_exclude_and_the_ignore_file_choose_the_files(read: Read) -> None:
    files = {"b/two.txt": LONG, "b/draft.txt": LONG, ".recommenderignore": "draft*\n"}
    found = read("one.txt", LONG, files, include=["b/", "*.md"], exclude=[])
    assert [one.id for one in found if isinstance(one, Article)] == ["b/two"]


HALF = "\ud800"
PAIR = "\ud83d\ude00"  # as two strings that were joined
FEED = {"version": "https://jsonfeed.org/version/1.1", "title": HALF}


@pytest.mark.parametrize(
    ("name", "data"),
    [
        (
            "a.jsonl",
            {"id": f"q{HALF}", "title": HALF, "text": f"{LONG} {HALF}", "k": [{HALF: HALF}]},
        ),
        ("a.json", {**FEED, "items": [{"id": f"q{HALF}", "title": HALF, "content_text": LONG}]}),
        (
            "a.json",
            {**FEED, "items": [{"id": f"q{HALF}", "content_html": f"<p>{LONG} {HALF}</p>"}]},
        ),
    ],
)
def test_half_a_letter_is_replaced_in_every_field(read: Read, name: str, data: object) -> None:
    article = only(read(name, json.dumps(data)))
    assert article.id == "q\ufffd"
    json.dumps(article.record(), ensure_ascii=False).encode()  # which raises for half a letter


def test_marks_follow_halves_that_become_letters() -> None:
    article = Article(
        f"a{HALF}",
        PAIR,
        f"{PAIR} on the dike\n\nA {PAIR} caption {HALF}",
        metadata={"tags": (HALF, {"x": PAIR}), "n": 1},
        marks=[(15, 30, "caption", f"by {HALF}")],
    )
    found = with_whole_letters(article)
    assert (found.id, found.title) == ("a\ufffd", "😀")
    assert found.metadata == {"tags": ["\ufffd", {"x": "😀"}], "n": 1}
    [(start, end, role, why)] = found.marks
    assert (role, why) == ("caption", "by \ufffd")
    assert found.text[start:end] == whole(article.text[15:30])
    assert with_whole_letters(found) is found


def test_a_file_whose_name_breaks_lines_is_refused(read: Read) -> None:
    [refusal] = read("a\nb.txt", "De dijk houdt stand.")
    assert isinstance(refusal, Refusal)
    assert refusal.place == r"a\nb.txt"
    assert refusal.reason == "its name holds a control character; rename it"
