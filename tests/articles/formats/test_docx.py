"""A Word document gives the text that Word shows: changes taken in, boxes, notes and fields."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO

import docx
import pytest
from articles.conftest import Read
from articles.test_read import only, roles
from docx.oxml import parse_xml
from support.kept_words import lost_words

NAMES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
)
FIRST = "Het waterschap sluit het oude gemaal, omdat de pompen niet meer te maken zijn."
SECOND = "Bewoners van de polder vrezen voor natte kelders en sturen een brief naar de raad."
THIRD = "De nieuwe pompen staan klaar in een loods bij de haven, zegt de opzichter."


def run(text: str, properties: str = "") -> str:
    kept = '<w:t xml:space="preserve">'
    return f"<w:r><w:rPr>{properties}</w:rPr>{kept}{text}</w:t></w:r>"


def paragraph(inside: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{inside}</w:p>"


def document(*parts: str, title: str = "", **properties: str) -> bytes:
    """A document of these elements of WordprocessingML; texts alone are paragraphs."""
    made = docx.Document()
    made.core_properties.title = title
    for part in parts:
        xml = part if part.startswith("<") else paragraph(run(part))
        wrapped = parse_xml(f"<w:body {NAMES}>{xml}</w:body>")
        for element in list(wrapped):
            made.element.body.insert(len(made.element.body) - 1, element)
    stream = BytesIO()
    made.save(stream)
    return stream.getvalue()


def texts(read: Read, *parts: str) -> list[str]:
    """The paragraphs below the title of a document that holds these elements."""
    article = only(read("a.docx", document("Het gemaal gaat dicht", *parts)))
    return article.text.split("\n\n")[1:]


INSERTED = f"<w:ins w:id='1' w:author='a'>{run('zeven')}</w:ins>"
DELETED = (
    "<w:del w:id='2' w:author='a'><w:r><w:delText>vier</w:delText></w:r></w:del>"
    f"<w:moveFrom w:id='3' w:author='a'>{run('acht')}</w:moveFrom>"
)
MOVED = f"<w:moveTo w:id='4' w:author='a'>{run('zeven')}</w:moveTo>"
CONTROL = f"<w:sdt><w:sdtPr/><w:sdtContent>{run('zeven')}</w:sdtContent></w:sdt>"
SIMPLE = f"<w:fldSimple w:instr='DOCPROPERTY x'>{run('zeven')}</w:fldSimple>"
FIELD = (
    "<w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText>REF a</w:instrText></w:r>"
    f"<w:r><w:fldChar w:fldCharType='separate'/></w:r>{run('zeven')}"
    "<w:r><w:fldChar w:fldCharType='end'/></w:r>"
)
HINT = (
    "<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>"
    f"{run('Klik hier om tekst in te voeren')}</w:sdtContent></w:sdt>"
)
RUBY = (
    "<w:r><w:ruby><w:rt><w:r><w:t>siebən</w:t></w:r></w:rt>"
    f"<w:rubyBase>{run('zeven')}</w:rubyBase></w:ruby></w:r>"
)


@pytest.mark.parametrize(
    "inside",
    [
        INSERTED + DELETED,
        MOVED,
        CONTROL,
        SIMPLE,
        FIELD,
        f"<w:hyperlink>{run('zeven')}</w:hyperlink>",
        f"<w:smartTag w:element='x'>{run('zeven')}</w:smartTag>",
        f"<w:customXml w:element='x'>{CONTROL}</w:customXml>",
        run("zeven") + HINT,
        run("zeven") + run("geheim", "<w:vanish/>"),
        RUBY,
        "<m:oMath><m:r><m:t>zeven</m:t></m:r></m:oMath>",
        run("ze") + INSERTED.replace("zeven", "ven"),
    ],
)
def test_the_words_of_a_line_are_those_that_word_shows(read: Read, inside: str) -> None:
    line = paragraph(run("Het kost ") + inside + run(" miljoen euro, zegt de dijkgraaf."))
    assert texts(read, FIRST, line) == [FIRST, "Het kost zeven miljoen euro, zegt de dijkgraaf."]


@pytest.mark.parametrize(
    "around",
    [
        "<w:ins w:id='1' w:author='a'>{}</w:ins>",
        "<w:sdt><w:sdtPr/><w:sdtContent>{}</w:sdtContent></w:sdt>",
        "<w:customXml w:element='x'><w:sdt><w:sdtContent>{}</w:sdtContent></w:sdt></w:customXml>",
    ],
)
def test_paragraphs_within_other_elements_are_kept(read: Read, around: str) -> None:
    assert texts(read, FIRST, around.format(paragraph(run(SECOND)))) == [FIRST, SECOND]


def test_a_paragraph_whose_end_was_deleted_goes_on_in_the_next(read: Read) -> None:
    first = paragraph(run("Het gemaal "), "<w:rPr><w:del w:id='1' w:author='a'/></w:rPr>")
    assert texts(read, first, "gaat na negentig jaar dicht, zegt de dijkgraaf.") == [
        "Het gemaal gaat na negentig jaar dicht, zegt de dijkgraaf."
    ]


@pytest.mark.parametrize(
    "around",
    [
        "<w:r><w:pict><v:shape><v:textbox>{0}</v:textbox></v:shape></w:pict></w:r>",
        "<w:r><mc:AlternateContent><mc:Choice Requires='wps'><wps:wsp><wps:txbx>{0}</wps:txbx>"
        "</wps:wsp></mc:Choice><mc:Fallback><w:pict><v:textbox>{0}</v:textbox></w:pict>"
        "</mc:Fallback></mc:AlternateContent></w:r>",
    ],
)
def test_a_text_box_is_kept_once_below_the_paragraph_that_holds_it(read: Read, around: str) -> None:
    box = f"<w:txbxContent>{paragraph(run(SECOND))}{paragraph(run(THIRD))}</w:txbxContent>"
    anchor = paragraph(run(FIRST) + around.format(box))
    assert texts(read, anchor, "Slot.") == [FIRST, SECOND, THIRD, "Slot."]


def cell(*parts: str) -> str:
    inside = "".join(one if one.startswith("<") else paragraph(run(one)) for one in parts)
    return f"<w:tc><w:tcPr/>{inside}</w:tc>"


def table(*rows: str) -> str:
    return f"<w:tbl><w:tblPr/>{''.join(f'<w:tr>{row}</w:tr>' for row in rows)}</w:tbl>"


DATA = table(cell("Diepte") + cell("4,5 meter"), cell("Breedte") + cell("12 meter"))


@pytest.mark.parametrize(
    "layout",
    [
        table(cell(FIRST, SECOND, DATA, "<w:p/>", THIRD)),
        table(cell(FIRST), cell(SECOND, DATA), cell(THIRD)),
        table(cell("") + cell(FIRST, SECOND), cell("") + cell(DATA, "<w:p/>", THIRD)),
        table(
            "<w:sdt><w:sdtContent>" + cell(FIRST, SECOND, DATA, THIRD) + "</w:sdtContent></w:sdt>"
        ),
    ],
)
def test_a_table_that_lays_out_a_page_is_text_and_one_of_data_within_it_a_table(
    read: Read, layout: str
) -> None:
    article = only(read("a.docx", document("Het gemaal gaat dicht", layout)))
    assert roles(article)[1:] == [
        ("body", FIRST),
        ("body", SECOND),
        ("table", "Diepte | 4,5 meter\nBreedte | 12 meter"),
        ("body", THIRD),
    ]


def test_a_row_that_was_deleted_is_gone(read: Read) -> None:
    gone = "<w:trPr><w:del w:id='1' w:author='a'/></w:trPr>" + cell("Weg") + cell("weg")
    [found] = texts(read, table(cell("a") + cell("b"), gone, cell("c") + cell("d")))
    assert found == "a | b\nc | d"


def with_notes(content: bytes, **texts_of: str) -> bytes:
    """The document with a part of notes of these kinds, one note of the id 2 in each."""
    source, stream = zipfile.ZipFile(BytesIO(content)), BytesIO()
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    types = "application/vnd.openxmlformats-officedocument.wordprocessingml"
    with zipfile.ZipFile(stream, "w") as target:
        for name in source.namelist():
            data = source.read(name).decode("utf-8", "surrogateescape")
            for kind in texts_of:
                if name.endswith("document.xml.rels"):
                    link = (
                        f'<Relationship Id="{kind}" Type="{office}/{kind}s" Target="{kind}s.xml"/>'
                    )
                    data = data.replace("</Relationships>", f"{link}</Relationships>")
                if name == "[Content_Types].xml":
                    place = f'PartName="/word/{kind}s.xml"'
                    part = f'<Override {place} ContentType="{types}.{kind}s+xml"/>'
                    data = data.replace("</Types>", f"{part}</Types>")
            target.writestr(name, data.encode("utf-8", "surrogateescape"))
        for kind, text in texts_of.items():
            line = paragraph(f"<w:r><w:{kind}Ref/></w:r>{run(text)}")
            note = f"<w:{kind} w:id='2'>{line}</w:{kind}>"
            rule = f"<w:{kind} w:id='0' w:type='separator'>{paragraph('')}</w:{kind}>"
            target.writestr(f"word/{kind}s.xml", f"<w:{kind}s {NAMES}>{rule}{note}</w:{kind}s>")
    return stream.getvalue()


def test_notes_stand_at_the_end_and_their_numbers_run_into_no_word(read: Read) -> None:
    line = paragraph(
        run("De pompen")
        + "<w:r><w:footnoteReference w:id='2'/></w:r>"
        + run(" zijn uit 1934.")
        + "<w:r><w:endnoteReference w:id='2'/></w:r>"
    )
    content = document("Het gemaal gaat dicht", line, FIRST)
    made = with_notes(content, footnote="Zie het register.", endnote="Archief van het waterschap.")
    assert roles(only(read("a.docx", made)))[1:] == [
        ("body", "De pompen zijn uit 1934."),
        ("body", FIRST),
        ("note", "Zie het register."),
        ("note", "Archief van het waterschap."),
    ]


def style(name: str) -> str:
    return f"<w:pStyle w:val='{name}'/>"


BOLD = "<w:b/>"


@pytest.mark.parametrize(
    ("property", "first", "title"),
    [
        ("Template rev 3", paragraph(run("Het gemaal sluit", BOLD)), "Het gemaal sluit"),
        ("Template rev 3", paragraph(run("Het gemaal sluit.", BOLD)), "Het gemaal sluit."),
        ("Nota huisstijl", "Het gemaal sluit", "Het gemaal sluit"),
        ("Nota", paragraph(run("Het gemaal sluit"), style("Heading1")), "Het gemaal sluit"),
        ("Nota", paragraph(run("Het gemaal sluit"), style("Title")), "Het gemaal sluit"),
        ("HET GEMAAL SLUIT", "Het gemaal sluit", "Het gemaal sluit"),
        ("Het gemaal sluit", SECOND, "Het gemaal sluit"),
        ("Microsoft Word - concept2.doc", SECOND, SECOND[:79].rpartition(" ")[0] + "…"),
        ("Document1", SECOND, SECOND[:79].rpartition(" ")[0] + "…"),
    ],
)
def test_the_title_is_the_headline_of_the_text_before_a_property(
    read: Read, property: str, first: str, title: str
) -> None:
    assert only(read("a.docx", document(first, FIRST, THIRD, title=property))).title == title


def test_what_follows_the_headline_of_a_template_is_what_it_is(read: Read) -> None:
    headline = paragraph(run("Het gemaal sluit", BOLD))
    made = document(headline, "Van onze redactie water", FIRST, SECOND, title="Template")
    assert roles(only(read("a.docx", made))) == [
        ("title", "Het gemaal sluit"),
        ("byline", "Van onze redactie water"),
        ("body", FIRST),
        ("body", SECOND),
    ]


def test_soft_breaks_part_paragraphs_and_keep_verse_together(read: Read) -> None:
    def broken(*lines: str) -> str:
        return paragraph("<w:r><w:br/></w:r>".join(map(run, lines)))

    assert texts(read, broken(FIRST, SECOND, THIRD)) == [FIRST, SECOND, THIRD]
    assert texts(read, broken("De zee is wijd,", "het schip is klein.")) == [
        "De zee is wijd,\nhet schip is klein."
    ]


def test_lists_without_a_style_and_styles_based_on_others_have_their_roles(read: Read) -> None:
    numbers = "<w:numPr><w:ilvl w:val='0'/><w:numId w:val='1'/></w:numPr>"
    level = "<w:outlineLvl w:val='1'/>"
    items = [paragraph(run(one), numbers) for one in ("pompen", "leidingen")]
    article = only(
        read(
            "a.docx",
            document("Het gemaal sluit", FIRST, paragraph(run("Wat er staat."), level), *items),
        )
    )
    assert roles(article)[2:] == [("subhead", "Wat er staat."), ("list", "- pompen\n- leidingen")]


def test_the_words_of_all_elements_that_are_shown_are_in_the_article(read: Read) -> None:
    box = f"<w:txbxContent>{paragraph(run('In de doos staat dit.'))}</w:txbxContent>"
    parts = [
        "Het gemaal gaat dicht",
        paragraph(run("a1 ") + INSERTED + CONTROL + SIMPLE + FIELD + MOVED),
        paragraph(run("b1") + f"<w:r><w:pict><v:textbox>{box}</v:textbox></w:pict></w:r>"),
        f"<w:sdt><w:sdtContent>{paragraph(run('c1'))}{DATA}</w:sdtContent></w:sdt>",
        table(cell("d1", DATA) + cell(FIRST, SECOND)),
    ]
    content = document(*parts)
    main = zipfile.ZipFile(BytesIO(content)).read("word/document.xml").decode()
    shown = re.sub(r"(?s)<w:instrText.*?</w:instrText>|<w:delText.*?</w:delText>", "", main)
    source = re.sub(r"<[^>]+>", "", re.sub(r"</?w:p>", " ", shown))
    assert lost_words(source, read("a.docx", content)) == []
