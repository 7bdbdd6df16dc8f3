"""OpenDocument, RTF and workbooks: what an office program shows, and what it says of the text."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, time, timedelta
from typing import Any

import openpyxl
import pytest
from articles.conftest import Read, zipped
from articles.test_read import only, roles
from support.kept_words import lost_words
from support.more_formats import ODF_NAMES, odt, rtf, workbook

from recommender.types import Article, Notice, Refusal

TITLE = "The mill on the ridge turns again"
FIRST = "After nine years of repairs the mill on the ridge ground its first rye on Sunday morning."
SECOND = "The miller, a former teacher, will open the doors to visitors on two afternoons a week."
NOTE = "The sails were taken down by a storm in the winter of 2014."


def p(text: str, style: str = "") -> str:
    return f'<text:p text:style-name="{style}">{text}</text:p>'


def note(kind: str = "footnote") -> str:
    return (
        f'<text:note text:note-class="{kind}"><text:note-citation>1</text:note-citation>'
        f"<text:note-body>{p(NOTE)}</text:note-body></text:note>"
    )


BOLD = '<style:style style:name="B"><style:text-properties fo:font-weight="bold"/></style:style>'
HEADED = (
    '<style:style style:name="P1" style:parent-style-name="Chapter"/>'
    '<style:style style:name="Chapter" style:default-outline-level="2"/>'
    '<style:style style:name="P2" style:parent-style-name="Table_20_Caption"/>'
    '<style:style style:name="Table_20_Caption" style:parent-style-name="Caption"/>'
)
META = (
    "<dc:title>Untitled 1</dc:title><meta:initial-creator>Ada Miller</meta:initial-creator>"
    "<dc:language>en-GB</dc:language>"
)


@pytest.mark.parametrize(
    ("meta", "styles", "expected"),
    [
        ("<meta:user-defined meta:name='Status'>Draft</meta:user-defined>", "", "draft"),
        ("<meta:user-defined meta:name='Embargo'>2999-01-01</meta:user-defined>", "", "scheduled"),
        ("<meta:user-defined meta:name='Client'>Draft</meta:user-defined>", "", "published"),
        ("", f"<style:header>{p('CONCEPT')}</style:header>", "draft"),
        ("", f"<style:header>{p('The Mill')}</style:header>", "published"),
        ("", f"<style:header>{p('The Mill')}{p('CONCEPT')}</style:header>", "draft"),
        ("", f"<style:footer-first>{p('Not for publication')}</style:footer-first>", "private"),
    ],
)
def test_an_open_document_may_say_that_it_is_a_draft(
    read: Read, meta: str, styles: str, expected: str
) -> None:
    body = f"<office:body><office:text>{p(TITLE, 'Title')}{p(FIRST)}</office:text></office:body>"
    head = f"<office:meta>{meta}</office:meta><office:master-styles>{styles}</office:master-styles>"
    found = read("a.fodt", f"<office:document {ODF_NAMES}>{head}{body}</office:document>")[0]
    assert isinstance(found, Article | Notice)
    assert (found.reason if isinstance(found, Notice) else str(found.status_now)) == expected


def test_a_text_of_open_document_with_its_notes_boxes_and_tables(read: Read) -> None:
    box = f"<draw:frame><draw:text-box>{p('In a box: rye and oats.')}</draw:text-box></draw:frame>"
    row = (
        f"<table:table-row><table:table-cell>{p('Year')}</table:table-cell>"
        f"<table:table-cell>{p('Sacks')}</table:table-cell></table:table-row>"
    )
    layout = (
        f"<table:table><table:table-row><table:table-cell>{p(FIRST * 4)}</table:table-cell>"
        "</table:table-row></table:table>"
    )
    content = (
        "<text:tracked-changes><text:changed-region><text:deletion>"
        f"{p('deleted words')}</text:deletion></text:changed-region></text:tracked-changes>"
        + p(TITLE, "Title")
        + p(f"{FIRST}{note()}<office:annotation>{p('a comment')}</office:annotation>{box}")
        + p("Two years", "P1")
        + p(f"<text:span>{SECOND}</text:span><text:line-break/>Bring<text:s text:c='2'/>boots.")
        + p("Sacks of flour", "P2")
        + f"<table:table>{row * 2}</table:table>{layout}"
        + f"<text:list><text:list-item>{p('rye')}</text:list-item></text:list>"
        + f"<text:table-of-content>{p('contents')}</text:table-of-content>"
    )
    article = only(read("a.odt", odt(content, META, HEADED)))
    assert (article.title, article.author, article.language) == (TITLE, "Ada Miller", "en-GB")
    assert roles(article) == [
        ("title", TITLE),
        ("body", FIRST),
        ("body", "In a box: rye and oats."),
        ("subhead", "Two years"),
        ("body", f"{SECOND}\nBring boots."),
        ("caption", "Sacks of flour"),
        ("table", "Year | Sacks\nYear | Sacks"),
        ("body", FIRST * 4),
        ("list", "- rye"),
        ("note", NOTE),
    ]


def test_a_paragraph_that_is_all_bold_opens_a_text_as_its_title(read: Read) -> None:
    content = p(f'<text:span text:style-name="B">{TITLE}</text:span>') + p(FIRST) + p(SECOND)
    article = only(read("a.odt", odt(content, styles=BOLD)))
    assert article.title == TITLE


def test_a_flat_open_document_is_read_as_a_packed_one(read: Read) -> None:
    packed = odt(p(TITLE, "Title") + p(FIRST) + p(SECOND), META)
    content = zipfile.ZipFile(io.BytesIO(packed)).read("content.xml")
    article = only(read("a.fodt", content))
    assert (article.title, article.text) == (TITLE, f"{TITLE}\n\n{FIRST}\n\n{SECOND}")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"no zip", "is damaged"),
        (zipped({"a.txt": "x"}), "it has no content"),
        (zipped({"content.xml": "<office:x xmlns:office='o'/>"}), "it has no text"),
        (zipped({"content.xml": "<a><b></a>"}), "is not readable XML"),
        (odt(""), "has no text"),
        (
            zipped({"content.xml": "x", "META-INF/manifest.xml": "<manifest:encryption-data/>"}),
            "is encrypted",
        ),
        (
            zipped({"content.xml": "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"}),
            "declares XML entities",
        ),
        (zipped({"content.xml": b"<a>" + b" " * 300_000_000}), "unpacks to"),
    ],
)
def test_what_is_no_open_document_is_named(read: Read, content: bytes, reason: str) -> None:
    [refusal] = read("a.odt", content)
    assert isinstance(refusal, Refusal)
    assert reason in refusal.reason


RTF_HEAD = (
    r"{\fonttbl{\f0\fswiss\fcharset0 Arial;}{\f1\fcharset204 Arial Cyr;}"
    r"{\f2\fcharset128 MS Mincho;}}{\colortbl;\red0\green0\blue0;}"
    r"{\info{\title The mill}{\author Ada Miller}{\creatim\yr2020}}{\*\generator Word;}"
)


def test_a_text_of_rtf_with_its_notes_boxes_and_tables(read: Read) -> None:
    body = "\n".join(
        [
            r"{\header\pard Running head\par}{\footerf\pard Foot\par}",
            rf"\pard\s1\lang2057 {TITLE}\par",
            rf"\pard\plain {FIRST}{{\footnote\pard\plain {{\chftn}} {NOTE}\par}}\par",
            r"\pard\s3 Two years\par",
            r"\pard\plain {\field{\*\fldinst HYPERLINK \'22http://x\'22}{\fldrslt The miller}} "
            r"says {\v hidden}{\deleted gone}so.\line Bring\~boots.\par",
            r"{\listtext\'b7\tab}\pard\ls1 rye\par\pard\ls1 oats\par",
            r"\trowd\pard\intbl Year\cell Sacks\cell\row\trowd\pard\intbl 2020\cell 30\cell\row",
            r"\pard\plain {\*\unknown secret}{\pict\wmetafile8\bin6 }}{{\\ 0102abcd}"
            r"{\shp{\*\shpinst{\sp{\sn x}{\sv y}}{\shptxt \pard In a box: rye.\par}}}",
            r"The end.\par",
        ]
    )
    article = only(read("a.rtf", rtf(body, RTF_HEAD)))
    assert (article.title, article.author, article.language) == (TITLE, "Ada Miller", "en")
    assert roles(article) == [
        ("title", TITLE),
        ("body", FIRST),
        ("subhead", "Two years"),
        ("body", "The miller says so.\nBring boots."),
        ("list", "- rye\n- oats"),
        ("table", "Year | Sacks\n2020 | 30"),
        ("body", "In a box: rye."),
        ("body", "The end."),
        ("note", NOTE),
    ]


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        (r"caf\'e9 \'80100", "café €100"),
        (r"\uc1\u8364 ?100 and \u-10179 ?\u-8704 ?", "€100 and 😀"),
        (r"\uc2\u26408 \'96\'d8x", "本x".replace("本", chr(26408))),
        (r"{\f1 \'cf\'f0\'e8\'e2\'e5\'f2} mir", "Привет mir"),
        (r"{\f2 \'93\'fa\'96\'7b} jp", "日本 jp"),
        (r"\ldblquote so\rdblquote \emdash he\rquote s\tab in", "“so”—he’s in"),
        (r"{\b bold} and \b0 not, \{braces\} and \\ back", r"bold and not, {braces} and \ back"),
        ("broken\r\nover lin\nes", "brokenover lines"),
    ],
)
def test_the_letters_of_rtf_are_those_of_its_fonts(read: Read, written: str, read_as: str) -> None:
    body = rf"\pard\s1 {TITLE}\par\pard\plain {written} is what it says in the text.\par"
    article = only(read("a.rtf", rtf(body, RTF_HEAD)))
    assert article.text.split("\n\n")[1] == f"{read_as} is what it says in the text."


def rtf_property(name: str, value: str) -> str:
    return rf"{{\propname {name}}}\proptype30{{\staticval {value}}}{{\linkval x}}"


WATERMARK = (
    r"{\shp{\*\shpinst\shpleft0{\sp{\sn shapeType}{\sv 136}}"
    r"{\sp{\sn gtextUNICODE}{\sv DRAFT}}{\sp{\sn gtextFont}{\sv Calibri}}}}"
)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (rtf_property("Status", "Draft"), "draft"),
        (rtf_property("Client", "x") + rtf_property("Embargo", "2999-01-01"), "scheduled"),
        (rtf_property("Vertraulichkeit", "Vertraulich"), "private"),
        (rtf_property("Client", "Draft"), "published"),
        (rtf_property("Status", "Final"), "published"),
        (r"{\header\pard The Mill\par CONCEPT\par}", "draft"),
        (r"{\footerf\pard\f0 Page 1\line Streng vertraulich\par}", "private"),
        (r"{\header\pard {\v DRAFT\par}The Mill\par}", "published"),
        (rf"{{\headerr\pard The Mill{WATERMARK}\par}}", "draft"),
        (rf"{{\header\pard {WATERMARK.replace('DRAFT', '')}CONCEPT\par}}", "draft"),
        (
            r"{\header\pard {\listtext 1.}{\shp{\*\shpinst{\shptxt\pard A box\par}}}\par}",
            "published",
        ),
        (
            r"{\header\trowd\intbl The Mill\cell Year 12\cell\row\pard\lang1031 Draft law\par}",
            "published",
        ),
    ],
)
def test_a_document_of_rtf_may_say_that_it_is_a_draft(read: Read, head: str, expected: str) -> None:
    head = rf"{{\*\userprops {head}}}" if "propname" in head else head
    [found] = read("a.rtf", rtf(rf"\pard {FIRST}\par\pard {SECOND}\par", head))
    assert isinstance(found, Article | Notice)
    assert (found.reason if isinstance(found, Notice) else str(found.status_now)) == expected
    if isinstance(found, Article):
        assert (found.text, found.language) == (f"{FIRST}\n\n{SECOND}", "und")


def test_tables_of_rtf_that_lay_out_a_text_are_text(read: Read) -> None:
    body = (
        rf"\pard\s1 {TITLE}\par\trowd\pard\intbl {FIRST}\par {SECOND}\cell {FIRST}\cell\row"
        r"\pard Afterwards the doors close.\par"
    )
    article = only(read("a.rtf", rtf(body)))
    assert article.text.split("\n\n")[1:] == [FIRST, SECOND, FIRST, "Afterwards the doors close."]
    assert lost_words(f"{FIRST} {SECOND} {FIRST}", [article]) == []


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"plain text", "is not an RTF document"),
        (b"{\\rtf1 }", "has no text"),
        (b"{\\rtf1 " + b"{" * 5_000, "is nested too deeply"),
        (b"{\\rtf1 {\\pict\\bin99999999 x}", "has no text"),
    ],
)
def test_what_is_no_rtf_is_named(read: Read, content: bytes, reason: str) -> None:
    [refusal] = read("a.rtf", content)
    assert isinstance(refusal, Refusal)
    assert reason in refusal.reason


HEAD = ("ID", "Title", "Text", "Date", "Author", "Status")
ROWS = [
    HEAD,
    (
        17,
        "The mill",
        f"{FIRST}\n\n{SECOND}",
        datetime(2024, 3, 2, 10, 0),
        "Ada Miller",
        "published",
    ),
    (None, None, None, None, None, None),
    ("b", "Rye", SECOND, date(2023, 12, 1), None, None),
    ("c", "Draft", FIRST, None, None, "draft"),
]


def test_each_row_of_a_workbook_is_an_article(read: Read) -> None:
    found = read("a.xlsx", workbook(ROWS))
    articles = [one for one in found if isinstance(one, Article)]
    assert [(one.id, one.title, one.date) for one in articles] == [
        ("17", "The mill", "2024-03-02"),
        ("b", "Rye", "2023-12-01"),
    ]
    assert articles[0].text == f"{FIRST}\n\n{SECOND}"
    assert [one.path for one in articles] == ["a.xlsx:2", "a.xlsx:4"]
    assert lost_words(f"{FIRST} {SECOND} {SECOND}", articles) == []
    assert [one.reason for one in found if isinstance(one, Notice)] == ["draft"]


def test_each_sheet_has_a_header_of_its_own(read: Read) -> None:
    content = workbook(ROWS[:2], Old=[("text", "id"), (SECOND, "old")], Empty=[])
    articles = [one for one in read("a.xlsx", content) if isinstance(one, Article)]
    assert [(one.id, one.path) for one in articles] == [
        ("17", "a.xlsx/Sheet:2"),
        ("old", "a.xlsx/Old:2"),
    ]


def filled(**sheets: list[tuple[str, object]]) -> bytes:
    """A workbook of these sheets, each given by its cells; what is no cell is done to the sheet."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, cells in sheets.items():
        sheet = book.create_sheet(name)
        for place, value in cells:
            if place == "merge":
                sheet.merge_cells(str(value))
            elif place == "state":
                sheet.sheet_state = value
            else:
                sheet[place] = value
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


ONE = [("A1", "id"), ("B1", "text"), ("A2", "a"), ("B2", FIRST)]


def split(found: list[Any]) -> tuple[list[str], list[tuple[str, str]]]:
    """Return the ids of articles, and the places and reasons of all else."""
    ids = [one.id for one in found if isinstance(one, Article)]
    return ids, [(one.place, one.reason) for one in found if not isinstance(one, Article)]


def test_a_sheet_of_other_things_beside_articles_is_named(read: Read) -> None:
    content = filled(Stories=ONE, Desks=[("A1", "desk"), ("B1", "phone"), ("A2", "x")])
    assert split(read("a.xlsx", content)) == (
        ["a"],
        [("a.xlsx/Desks", "sheet: has no column of texts and was not read")],
    )


def test_a_sheet_of_articles_under_other_names_is_refused_beside_others(read: Read) -> None:
    more = [("A1", "nr"), ("B1", "body"), ("A2", "x"), ("B2", SECOND)]
    ids, [(place, reason)] = split(read("a.xlsx", filled(Stories=ONE, More=more)))
    assert (ids, place) == (["a"], "a.xlsx/More")
    assert reason.endswith("--field id=nr --field text=body")


def test_days_and_times_of_any_column_are_read(read: Read) -> None:
    head = ("id", "text", "Datum", "changed", "start", "length")
    day, hour = datetime(2022, 12, 20), datetime(2022, 12, 21, 9, 30)
    cells = (1, FIRST, day, hour, time(9, 30), timedelta(hours=2))
    article = only(read("a.xlsx", workbook([head, cells])))
    assert article.date == "2022-12-20"
    assert article.metadata["Datum"] == "2022-12-20"
    assert article.metadata["start"] == "09:30:00"


def test_a_workbook_without_articles_names_what_each_sheet_has(read: Read) -> None:
    content = filled(Desks=[("A1", "desk"), ("A2", "x")], Phones=[("A1", "phone"), ("A2", "y")])
    ids, others = split(read("a.xlsx", content))
    assert (ids, [place for place, _ in others]) == ([], ["a.xlsx/Desks", "a.xlsx/Phones"])
    assert all(isinstance(one, Refusal) for one in read("a.xlsx", content))


def test_a_hidden_sheet_is_named_and_not_read(read: Read) -> None:
    content = filled(Stories=ONE, Old=[*ONE, ("A2", "b"), ("state", "hidden")])
    assert split(read("a.xlsx", content)) == (
        ["a"],
        [("a.xlsx/Old", "sheet: is hidden and was not read")],
    )


def test_a_title_above_the_header_is_passed_over(read: Read) -> None:
    cells = [("A1", "Stories of March"), ("merge", "A1:C1"), ("A2", date(2024, 3, 1))]
    cells += [("A4", "ID"), ("B4", "Text"), ("C4", "Title")]
    cells += [("A5", 17), ("B5", FIRST), ("C5", "The mill")]
    [article] = read("a.xlsx", filled(Stories=cells))
    assert (article.id, article.title, article.path) == ("17", "The mill", "a.xlsx:5")


def test_merged_cells_count_for_every_row_that_they_span(read: Read) -> None:
    cells = [*ONE, ("C1", "section"), ("D1", "date"), ("C2", "water"), ("D2", date(2024, 3, 1))]
    cells += [("A3", "b"), ("B3", SECOND), ("A4", "c"), ("B4", FIRST), ("D4", date(2024, 3, 9))]
    cells += [("merge", "C2:C3"), ("merge", "D2:D3")]
    found = read("a.xlsx", filled(Stories=cells))
    assert [(one.id, one.section, one.date) for one in found] == [
        ("a", "water", "2024-03-01"),
        ("b", "water", "2024-03-01"),
        ("c", "", "2024-03-09"),
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (datetime(2024, 3, 2, 10, 0), "2024-03-02"),
        (45353, "2024-03-02"),
        ("2 maart 2024", "2024-03-02"),
        ("#N/A", ""),
        (None, ""),
    ],
)
def test_a_date_is_read_in_each_form_of_a_cell(read: Read, value: object, expected: str) -> None:
    cells = [*ONE, ("C1", "date"), ("C2", value), ("D1", "language"), ("D2", "nl")]
    [article] = read("a.xlsx", filled(Stories=cells))
    assert article.date == expected


def test_a_formula_counts_by_its_last_value_and_is_named_without_one(read: Read) -> None:
    cells = [*ONE, ("C1", "title"), ("C2", "=CONCATENATE(A2, B2)")]
    content = filled(Stories=cells)
    ids, [(place, reason)] = split(read("a.xlsx", content))
    assert (ids, place) == (["a"], "a.xlsx")
    assert reason.startswith("formula: has no value")
    computed = repacked(content, b"<v></v>", b"<v>The mill</v>")
    assert [one.title for one in read("a.xlsx", computed)] == ["The mill"]


def repacked(content: bytes, old: bytes, new: bytes) -> bytes:
    """A packed file with bytes of its first sheet replaced."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/worksheets/sheet1.xml"
    assert old in parts[name], parts[name]
    parts[name] = parts[name].replace(old, new).replace(b'<c r="C2">', b'<c r="C2" t="str">')
    return zipped(parts)


def test_columns_of_other_names_are_named_and_can_be_mapped(read: Read) -> None:
    content = workbook([("nr", "tekst"), (1, FIRST)])
    [refusal] = read("a.xlsx", content)
    assert isinstance(refusal, Refusal)
    assert "--field id=nr --field text=tekst" in refusal.reason
    [article] = read("a.xlsx", content, fields={"id": "nr", "text": "tekst"})
    assert isinstance(article, Article)
    assert (article.id, article.text) == ("1", FIRST)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"no zip", "is damaged"),
        (zipped({"a.txt": "x"}), "is not a readable workbook"),
        (workbook([]), "has no row below its header"),
        (workbook([("id", "text")]), "has no row below its header"),
        (zipped({"xl/workbook.xml": b"\0" * 300_000_000}), "unpacks to"),
    ],
)
def test_what_is_no_workbook_is_named(read: Read, content: bytes, reason: str) -> None:
    [refusal] = read("a.xlsx", content)
    assert isinstance(refusal, Refusal)
    assert reason in refusal.reason


def test_what_the_fields_of_an_open_document_show_is_text_and_hidden_sections_are_not(
    read: Read,
) -> None:
    picture = "<svg:title xmlns:svg='urn:x:svg-compatible:1.0'>foto</svg:title>"
    body = (
        p("Nota: <text:title>Het gemaal sluit</text:title>, zegt de dijkgraaf dinsdag.")
        + p(f"Zie <draw:frame>{picture}</draw:frame>het register.")
        + '<text:section text:display="none"><text:p>Geheim.</text:p></text:section>'
        '<text:section text:display="true"><text:p>Openbaar.</text:p></text:section>'
    )
    found = only(read("a.odt", odt(body))).text.split("\n\n")
    assert found == [
        "Nota: Het gemaal sluit, zegt de dijkgraaf dinsdag.",
        "Zie het register.",
        "Openbaar.",
    ]


def test_a_large_first_letter_of_rtf_belongs_to_the_paragraph_that_it_opens(read: Read) -> None:
    content = (
        r"{\rtf1\ansi {\pard\dropcapli3\dropcapt1 H\par}\pard et water steeg die nacht.\par"
        r"\pard Een tweede alinea.\par}"
    )
    found = only(read("a.rtf", content)).text.split("\n\n")
    assert found == ["Het water steeg die nacht.", "Een tweede alinea."]
