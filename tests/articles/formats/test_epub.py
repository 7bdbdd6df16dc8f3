"""A book gives its chapters whole, each under the title that its author gave it."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from articles.conftest import CONTAINER, PACKAGE, Read, epub, zipped
from articles.test_read import only, roles
from support.kept_words import lost_words

from recommender.types import Article, Refusal

FIRST = "Het waterschap sluit het oude gemaal, omdat de pompen niet meer te maken zijn."
SECOND = "Bewoners van de polder vrezen voor natte kelders en sturen een brief naar de raad."
BODY = [("body", FIRST), ("body", SECOND)]
DECLARED = '<?xml version="1.0" encoding="utf-8"?>'
XHTML = '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops">'


def page(body: str, title: str = "", declaration: str = DECLARED) -> str:
    head = f"<head><title>{title}</title></head>" if title else "<head/>"
    return f"{declaration}{XHTML}{head}<body>{body}</body></html>"


@pytest.mark.parametrize(
    "declaration", [DECLARED, "", "<!DOCTYPE html>", f"{DECLARED}<!DOCTYPE html>"]
)
@pytest.mark.parametrize(
    "mark",
    [
        '<?dp n="12" folio="10"?>',
        "<?pagebreak 12?>",
        "<!-- bladzijde 12 -->",
        "<a id='p12'/>",
        "<span epub:type='pagebreak' id='p12'/>",
        "<div class='pagebreak'/>",
        "<script src='a.js'/>",
        "<hr/>",
    ],
)
def test_a_page_mark_hides_no_text(read: Read, mark: str, declaration: str) -> None:
    chapter = page(f"<h1>Een</h1><p>{FIRST}</p>{mark}<p>{SECOND}</p>", "Een", declaration)
    assert roles(only(read("a.epub", epub(chapter)))) == [("title", "Een"), *BODY]


@pytest.mark.parametrize(
    "start",
    ["<title/>", "<title></title><script src='a'/>", "<style/>", "<title>a &nbsp; b</title>"],
)
def test_an_empty_element_of_the_head_swallows_nothing(read: Read, start: str) -> None:
    chapter = (
        f"{XHTML}<head>{start}</head><body><h1>Een</h1><p>{FIRST}</p><p>{SECOND}</p></body></html>"
    )
    assert roles(only(read("a.epub", epub(chapter)))) == [("title", "Een"), *BODY]


def test_a_page_that_is_no_xml_is_read_as_html(read: Read) -> None:
    chapter = page(f"<h1>Een</h1><p>{FIRST}<br><p>{SECOND}&nbsp;&unknown; <a id='x'/>")
    assert lost_words(f"Een {FIRST} {SECOND}", read("a.epub", epub(chapter))) == []


@pytest.mark.parametrize(
    ("head", "body", "title", "above"),
    [
        ("De sluis", "<p>1</p><p class='chapter-title'>De sluis</p>", "De sluis", ["1"]),
        ("De sluis", "<h2>Hoofdstuk 2</h2><h1>De sluis</h1>", "De sluis", ["Hoofdstuk 2"]),
        ("De sluis", "<h1>2</h1><h2>De sluis</h2>", "De sluis", ["2"]),
        ("De sluis", "", "De sluis", []),
        ("De sluis", "<h1>Hoofdstuk 2</h1>", "De sluis", []),
        ("Het boek", "<h1>Hoofdstuk 2</h1>", "Hoofdstuk 2", []),
        ("", "<section><header><h1>De sluis</h1></header></section>", "De sluis", []),
    ],
)
def test_the_title_of_a_chapter_is_its_own(
    read: Read, head: str, body: str, title: str, above: list[str]
) -> None:
    article = only(read("a.epub", epub(page(f"{body}<p>{FIRST}</p><p>{SECOND}</p>", head))))
    assert article.title == title
    found = roles(article)
    assert found[-2:] == BODY
    assert [text for role, text in found if role == "title"] == [title]
    assert [text for role, text in found[: len(above)]] == above


def test_the_contents_of_the_book_name_a_chapter_without_a_heading(read: Read) -> None:
    contents = (
        f"{XHTML}<body><nav epub:type='toc'><ol><li><a href='een.xhtml#a'>De sluis</a></li></ol>"
        "</nav></body></html>"
    )
    package = PACKAGE.replace(
        "<manifest>", "<manifest><item id='n' href='nav.xhtml' properties='nav'/>"
    )
    parts = {
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": package,
        "OEBPS/nav.xhtml": contents,
        "OEBPS/een.xhtml": page(f"<p>{FIRST}</p><p>{SECOND}</p>", "Het boek"),
    }
    assert only(read("a.epub", zipped(parts))).title == "De sluis"


def test_a_title_that_all_chapters_share_is_no_chapters_title(read: Read) -> None:
    package = PACKAGE.replace("</manifest>", '<item id="two" href="twee.xhtml"/></manifest>')
    package = package.replace("</spine>", '<itemref idref="two"/></spine>')
    parts = {
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": package,
        "OEBPS/een.xhtml": page(f"<p>{FIRST}</p>", "Verzameld werk"),
        "OEBPS/twee.xhtml": page(f"<p>{SECOND}</p>", "Verzameld werk"),
    }
    titles = [one.title for one in read("a.epub", zipped(parts)) if isinstance(one, Article)]
    assert [title[:10] for title in titles] == [FIRST[:10], SECOND[:10]]


def test_the_number_of_a_note_runs_into_no_word_and_the_note_is_kept(read: Read) -> None:
    body = (
        "<h1>Een</h1><p>De pompen<a epub:type='noteref' href='#n1'>1</a> zijn oud.</p>"
        f"<p>{FIRST}</p>"
        "<aside epub:type='footnote' id='n1'><p>1 Zie het register.</p></aside>"
    )
    assert roles(only(read("a.epub", epub(page(body)))))[1:] == [
        ("body", "De pompen zijn oud."),
        ("body", FIRST),
        ("note", "1 Zie het register."),
    ]


def test_more_chapters_than_are_read_are_reported(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recommender.articles.formats.epub.MAX_CHAPTERS", 1)
    package = PACKAGE.replace("</spine>", '<itemref idref="one"/></spine>')
    *_, refusal = read("a.epub", epub(package=package))
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "has 2 chapters; only the first 1 are read"


def test_no_word_of_a_chapter_is_lost(read: Read) -> None:
    body = (
        f"<section epub:type='chapter'><header><p>Deel een</p><h1>De <em>sluis</em></h1></header>"
        f"<?dp n='3'?><p>{FIRST}<sup><a href='#n'>a</a></sup></p><ul><li>punt <b>een</b></li></ul>"
        f"<blockquote><p>{SECOND}</p><footer>Naam</footer></blockquote><table><tr><td>cel</td>"
        "<td>twee</td></tr></table><dl><dt>term</dt><dd>uitleg</dd></dl><pre>code hier</pre>"
        "<figure><img src='a' alt=''/><figcaption>bijschrift</figcaption></figure>"
        "<footer>slot</footer></section><div epub:type='footnotes'><p>noot</p></div>"
    )
    simple = re.sub(r"<sup>.*?</sup>|<[^>]+>", " ", body)
    assert lost_words(simple, read("a.epub", epub(page(body)))) == []


def book(pages: Mapping[str, str], contents: Mapping[str, str], package: str = PACKAGE) -> bytes:
    """A book of these files in their order; `contents` are the titles of some of them."""
    items = "".join(f'<item id="i{at}" href="{name}"/>' for at, name in enumerate(pages))
    refs = "".join(f'<itemref idref="i{at}"/>' for at in range(len(pages)))
    links = "".join(f'<li><a href="{name}">{title}</a></li>' for name, title in contents.items())
    nav = f"<nav epub:type='toc'><ol>{links}</ol></nav>"
    package = package.replace('<item id="one" href="een.xhtml"/>', items).replace(
        '<itemref idref="one"/>', refs
    )
    package = package.replace(
        "<manifest>", "<manifest><item id='n' href='nav.xhtml' properties='nav'/>"
    )
    return zipped(
        {
            "META-INF/container.xml": CONTAINER,
            "OEBPS/book.opf": package,
            "OEBPS/nav.xhtml": f"{XHTML}<body>{nav}</body></html>",
            **{f"OEBPS/{name}": text for name, text in pages.items()},
        }
    )


FIXED = PACKAGE.replace(
    "</metadata>", "<meta property='rendition:layout'>pre-paginated</meta></metadata>"
)
A, B = f"<p>{FIRST}</p>", f"<p>{SECOND}</p>"


@pytest.mark.parametrize(
    ("pages", "contents", "package", "expected"),
    [
        (["<h1>Een</h1>" + A, B, "<h1>Twee</h1>" + A], ["Een", "", "Twee"], PACKAGE, [3, 2]),
        (["<h1>Een</h1>" + A, "<h2>Verder</h2>" + B], ["Een", ""], PACKAGE, [2, 2]),
        ([A, B], ["", ""], PACKAGE, [1, 1]),
        ([A, B], ["", "Twee"], PACKAGE, [1, 1]),
        ([A, f"<section epub:type='colophon'>{B}</section>"], ["Een", ""], PACKAGE, [1, 1]),
        ([A, B, A], ["", "", ""], FIXED, [3]),
    ],
)
def test_files_that_go_on_with_a_chapter_belong_to_it(
    read: Read, pages: list[str], contents: list[str], package: str, expected: list[int]
) -> None:
    files = {f"p{at}.xhtml": page(body) for at, body in enumerate(pages)}
    named = {f"p{at}.xhtml": title for at, title in enumerate(contents) if title}
    found = [only([one]) for one in read("a.epub", book(files, named, package))]
    assert [len(one.text.split("\n\n")) for one in found] == expected
    assert found[0].id == "a/1"


def test_the_parts_of_a_long_chapter_are_one_by_their_names(read: Read) -> None:
    names = ("c1_split_000.html", "c1_split_001.html", "c2_split_000.html")
    found = read("a.epub", book({name: page(A) for name in names}, {}))
    assert [len(only([one]).text.split("\n\n")) for one in found] == [2, 1]


@pytest.mark.parametrize(
    ("pages", "contents", "expected"),
    [
        (  # several chapters in a file, and the rest of one that the file before began
            [
                f"<h2 id='a'>Een</h2>{A}",
                f"{B}{A}{B}<div><h2 id='b'>Twee</h2>{A}</div><a id='c'/>{B}",
            ],
            {"p0.xhtml#a": "Een", "p1.xhtml#b": "Twee", "p1.xhtml#c": "Drie"},
            [("a/1", "Een", 5), ("a/2.1", "Twee", 3)],
        ),
        (
            [f"<p id='a'>I</p>{A}<p><a id='b'/>II</p>{B}"],
            {"p0.xhtml#a": "Het gemaal", "p0.xhtml#b": "De polder"},
            [("a/1", "Het gemaal", 2), ("a/1.1", "De polder", 2)],
        ),
        (  # sections
            [f"<h1>De sluis</h1>{A}<h2 id='b'>Verder</h2>{B}"],
            {"p0.xhtml": "De sluis", "p0.xhtml#b": "Verder"},
            [("a/1", "De sluis", 4)],
        ),
        (
            [f"<p>1</p><h1 id='a'>Een</h1>{A}", f"<h1>Twee</h1>{A}"],
            {"p0.xhtml#a": "Een", "p1.xhtml#gone": "Twee"},
            [("a/1", "Een", 3), ("a/2", "Twee", 2)],
        ),
    ],
)
def test_the_contents_part_a_file_of_several_chapters(
    read: Read, pages: list[str], contents: dict[str, str], expected: list[tuple[str, str, int]]
) -> None:
    files = {f"p{at}.xhtml": page(body) for at, body in enumerate(pages)}
    found = [only([one]) for one in read("a.epub", book(files, contents))]
    sizes = [len(one.text.split("\n\n")) for one in found]
    assert [(one.id, one.title, size) for one, size in zip(found, sizes, strict=True)] == expected


def test_all_authors_of_a_book_count_and_the_day_it_was_published(read: Read) -> None:
    package = PACKAGE.replace(
        "<dc:creator>Jan Modaal</dc:creator><dc:date>2022-12</dc:date>",
        '<dc:creator id="t">Cor Drost</dc:creator><meta refines="#t" property="role">trl</meta>'
        '<dc:creator xmlns:o="http://www.idpf.org/2007/opf" o:role="aut">Jan Modaal</dc:creator>'
        "<dc:creator>Eva Bos</dc:creator>"
        '<dc:date xmlns:o="http://www.idpf.org/2007/opf" o:event="modification">2023-05</dc:date>'
        '<dc:date xmlns:o="http://www.idpf.org/2007/opf" o:event="publication">2022-12</dc:date>',
    )
    article = only(read("a.epub", epub(page(A), package)))
    assert (article.author, article.date) == ("Jan Modaal, Eva Bos", "2022-12")


def test_pages_that_are_no_chapters_are_left_out(read: Read) -> None:
    package = PACKAGE.replace(
        "</package>", "<guide><reference type='cover' href='p0.xhtml'/></guide></package>"
    )
    bodies = [
        "<h1>Het boek</h1>",
        "<section epub:type='titlepage'><h1>Het boek</h1><p>Jan Modaal</p></section>",
        f"<h1>Een</h1>{A}",
        "<section epub:type='index'><p>gemaal, 7</p></section>",
        f"<section epub:type='titlepage'>{A * 8}</section>",
    ]
    files = {f"p{at}.xhtml": page(body) for at, body in enumerate(bodies)}
    found = [only([one]) for one in read("a.epub", book(files, {}, package))]
    assert [one.id for one in found] == ["a/3", "a/5"]


@pytest.mark.parametrize("tag", ["span", "div"])
def test_the_number_of_a_page_is_no_text(read: Read, tag: str) -> None:
    mark = f"<{tag} epub:type='pagebreak' id='p12'>12</{tag}>"
    [_, body] = only(read("a.epub", epub(page(f"<h1>Een</h1><p>De pomp{mark}en.</p>")))).text.split(
        "\n\n", 1
    )
    assert body.replace("\n\n", "") == "De pompen."


@pytest.mark.parametrize(
    "package",
    [
        PACKAGE.replace("Het boek", "Het boek & meer <br> x"),
        PACKAGE.replace("Het boek", "Het&nbsp;boek"),
        PACKAGE.replace('<itemref idref="one"/>', "").replace(
            'href="een.xhtml"', 'href="een.xhtml" media-type="application/xhtml+xml"'
        ),
        PACKAGE.replace("een.xhtml", "Een.xhtml"),
    ],
)
def test_a_book_whose_package_has_slips_is_read(read: Read, package: str) -> None:
    assert only(read("a.epub", epub(page(A), package))).text == FIRST


def test_a_book_without_a_container_is_found_by_its_package(read: Read) -> None:
    parts = {"OEBPS/book.opf": PACKAGE, "OEBPS/een.xhtml": page(A)}
    assert only(read("a.epub", zipped(parts))).text == FIRST


def test_a_chapter_that_a_shop_encrypts_is_named(read: Read) -> None:
    names = ("OEBPS/een.xhtml", "OEBPS/f.otf")
    links = "".join(f"<CipherReference URI='{name}'/>" for name in names)
    locks = f"<encryption>{links}</encryption>"
    parts = {
        "META-INF/container.xml": CONTAINER,
        "META-INF/encryption.xml": locks,
        "OEBPS/book.opf": PACKAGE,
        "OEBPS/een.xhtml": bytes(range(256)),
    }
    [refusal] = read("a.epub", zipped(parts))
    assert isinstance(refusal, Refusal)
    assert "is encrypted" in refusal.reason
