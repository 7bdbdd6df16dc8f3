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

from recommender.types import Article, Notice

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


def document(*parts: str, title: str = "", author: str = "") -> bytes:
    """A document of these elements of WordprocessingML; texts alone are paragraphs."""
    made = docx.Document()
    made.core_properties.title, made.core_properties.author = title, author
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


@pytest.mark.parametrize("above", ["DE KRANT", "Persbericht", "3 maart 2021"])
def test_a_headline_in_bold_stands_below_the_name_of_a_paper(read: Read, above: str) -> None:
    headline = paragraph(run("Het gemaal sluit", BOLD))
    article = only(read("a.docx", document(above, headline, FIRST, SECOND)))
    assert article.title == "Het gemaal sluit"
    assert ("title", "Het gemaal sluit") in roles(article)


@pytest.mark.parametrize("author", ["Microsoft Office User", "admin", "Gebruiker", "Jan Modaal"])
def test_the_name_of_a_user_is_no_author(read: Read, author: str) -> None:
    article = only(read("a.docx", document("Kop", FIRST, SECOND, author=author)))
    assert article.author == ("Jan Modaal" if author == "Jan Modaal" else "")


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


@pytest.mark.parametrize(
    ("inside", "shown"),
    [
        ("<w:r><w:sym w:font='Arial' w:char='00BD'/></w:r>", "½"),
        ("7<w:r><w:sym w:font='Wingdings' w:char='F0E0'/></w:r>", "7"),
        (FIELD.replace("REF a</w:instrText></w:r>", f"IF </w:instrText></w:r>{FIELD}"), "zeven"),
    ],
)
def test_signs_and_fields_within_fields_are_shown_as_word_does(
    read: Read, inside: str, shown: str
) -> None:
    inside = run(inside[0]) + inside[1:] if inside[0] != "<" else inside
    line = paragraph(run("Het kost ") + inside + run(" miljoen euro, zegt de dijkgraaf."))
    assert texts(read, FIRST, line)[1:] == [f"Het kost {shown} miljoen euro, zegt de dijkgraaf."]


def test_a_large_first_letter_belongs_to_the_paragraph_that_it_opens(read: Read) -> None:
    letter = paragraph(run("H"), "<w:framePr w:dropCap='drop' w:lines='3'/>")
    assert texts(read, letter, paragraph(run(FIRST[1:])), SECOND) == [FIRST, SECOND]


@pytest.mark.parametrize(
    "none", ["<w:numPr><w:numId w:val='0'/></w:numPr>", "<w:outlineLvl w:val='9'/>"]
)
def test_a_number_and_a_level_that_were_taken_away_give_no_role(read: Read, none: str) -> None:
    content = document("Het gemaal gaat dicht", paragraph(run(FIRST), none), SECOND)
    assert roles(only(read("a.docx", content)))[1:] == [("body", FIRST), ("body", SECOND)]


RELATION = "xmlns:r='http://schemas.openxmlformats.org/officeDocument/2006/relationships'"
DIAGRAM = (
    "<d:dataModel xmlns:d='urn:d' xmlns:a='urn:a'><d:ptLst><d:pt modelId='0' type='doc'/>"
    "{}</d:ptLst><d:cxnLst>{}</d:cxnLst></d:dataModel>"
)
CHART = (
    "<c:chartSpace xmlns:c='urn:c' xmlns:a='urn:a'><c:title><a:p><a:r><a:t>Water in </a:t></a:r>"
    "<a:r><a:t>de polder</a:t></a:r></a:p></c:title><c:ser><c:tx><c:strCache><c:pt><c:v>Peil</c:v>"
    "</c:pt></c:strCache></c:tx><c:cat><c:strCache><c:pt><c:v>Januari</c:v></c:pt></c:strCache>"
    "</c:cat></c:ser></c:chartSpace>"
)


def diagram() -> str:
    """A diagram whose points are written in another order than that of their places."""
    points = {"3": "Pompen kopen", "1": "Gemaal sluiten", "2": "Raad vragen"}
    written = "".join(
        f"<d:pt modelId='{at}'><d:t><a:p><a:r><a:t>{text}</a:t></a:r></a:p></d:t></d:pt>"
        for at, text in points.items()
    )
    lines = (("0", "1", 0), ("0", "3", 1), ("1", "2", 0))
    drawn = "".join(f"<d:cxn srcId='{a}' destId='{b}' srcOrd='{at}'/>" for a, b, at in lines)
    return DIAGRAM.format(written, drawn)


def with_part(content: bytes, kind: str, data: str) -> bytes:
    """The document with a part of a type under the name x1."""
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part

    made, stream = docx.Document(BytesIO(content)), BytesIO()
    part = Part(PackURI("/word/parts/x1.xml"), kind, data.encode(), made.part.package)
    made.part.rels.add_relationship("urn:x", part, "x1")
    made.save(stream)
    return stream.getvalue()


def drawn(inside: str) -> str:
    return (
        f"<w:p><w:r><w:drawing><graphicData xmlns=''>{inside}</graphicData></w:drawing></w:r></w:p>"
    )


CHUNK = f"<w:altChunk {RELATION} r:id='x1'/>"
HTML = f"<h2>Wat er staat</h2><p>{FIRST}</p><script>weg()</script>"
MAIL = f"MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n{HTML}"


@pytest.mark.parametrize(
    ("element", "kind", "data", "expected"),
    [
        (
            drawn(f"<relIds {RELATION} r:dm='x1'/>"),
            "application/vnd.openxmlformats-officedocument.drawingml.diagramData+xml",
            diagram(),
            [("list", "- Gemaal sluiten\n- Raad vragen\n- Pompen kopen")],
        ),
        (
            drawn(f"<chart {RELATION} r:id='x1'/>"),
            "application/vnd.openxmlformats-officedocument.drawingml.chart+xml",
            CHART,
            [("caption", "Water in de polder"), ("table", "Peil | Januari")],
        ),
        (CHUNK, "text/html", HTML, [("subhead", "Wat er staat"), ("body", FIRST)]),
        (CHUNK, "message/rfc822", MAIL, [("subhead", "Wat er staat"), ("body", FIRST)]),
        (CHUNK, "text/plain", FIRST, [("body", FIRST)]),
    ],
)
def test_the_text_of_other_parts_stands_where_word_shows_it(
    read: Read, element: str, kind: str, data: str, expected: list[tuple[str, str]]
) -> None:
    content = with_part(document("Het gemaal gaat dicht", THIRD, element, SECOND), kind, data)
    found = roles(only(read("a.docx", content)))[1:]
    assert found == [("body", THIRD), *expected, ("body", SECOND)]


def test_a_part_of_an_unknown_type_is_named(read: Read) -> None:
    content = with_part(document("Het gemaal gaat dicht", CHUNK, SECOND), "application/x-y", "?")
    notice, article = read("a.docx", content)
    assert only([article]).text.endswith(SECOND)
    assert notice.example == "/word/parts/x1.xml is application/x-y"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            "schemas.openxmlformats.org/officeDocument/2006/",
            "purl.oclc.org/ooxml/officeDocument/",
        ),
        (
            "openxmlformats-officedocument.wordprocessingml.document.main+xml",
            "ms-word.document.macroEnabled.main+xml",
        ),
        (
            "openxmlformats-officedocument.wordprocessingml.document.main+xml",
            "openxmlformats-officedocument.wordprocessingml.template.main+xml",
        ),
    ],
)
def test_a_document_under_the_names_of_other_programs_is_read(
    read: Read, old: str, new: str
) -> None:
    source, stream = zipfile.ZipFile(BytesIO(document("Kop", FIRST, SECOND))), BytesIO()
    with zipfile.ZipFile(stream, "w") as target:
        for name in source.namelist():
            data = source.read(name).replace(old.encode(), new.encode())
            if "purl" in new:
                data = data.replace(
                    b"schemas.openxmlformats.org/wordprocessingml/2006/",
                    b"purl.oclc.org/ooxml/wordprocessingml/",
                )
            target.writestr(name, data)
    assert only(read("a.docx", stream.getvalue())).text.split("\n\n") == ["Kop", FIRST, SECOND]


WATERMARK = (
    f'<w:p {NAMES}><w:r><w:pict><v:shape id="PowerPlusWaterMarkObject1">'
    '<v:textpath string="{}"/></v:shape></w:pict></w:r></w:p>'
)


def noted(status: str = "", header: str = "", watermark: str = "") -> bytes:
    """A document with a status, a line in the head of its pages and a watermark behind them."""
    made = docx.Document()
    made.core_properties.content_status = status
    for text in ("Het gemaal gaat dicht", FIRST, SECOND):
        made.add_paragraph(text)
    edge = made.sections[0].header
    edge.paragraphs[0].text = header
    if watermark:
        edge.paragraphs[0]._p.addnext(parse_xml(WATERMARK.format(watermark)))
    stream = BytesIO()
    made.save(stream)
    return stream.getvalue()


def with_property(name: str, value: str) -> bytes:
    """A document with a property of one's own, as SharePoint adds it."""
    stream = BytesIO(noted())
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr(
            "docProps/custom.xml",
            '<Properties xmlns="urn:x" xmlns:vt="urn:y">'
            f'<property name="{name}"><vt:lpwstr>{value}</vt:lpwstr></property></Properties>',
        )
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (noted(status="Draft"), "draft"),
        (noted(status="Concept"), "draft"),
        (noted(status="In review"), "pending"),
        (noted(header="CONCEPT"), "draft"),
        (noted(header="Vertrouwelijk – niet publiceren"), "private"),
        (noted(watermark="DRAFT"), "draft"),
        (noted(watermark="CONFIDENTIAL"), "private"),
        (with_property("Status", "Draft"), "draft"),
        (with_property("_ModerationStatus", "Pending"), "pending"),
        (noted(), "published"),
        (noted(status="Final"), "published"),
        (noted(header="Waterschap Rivierenland – jaargang 12"), "published"),
        (noted(watermark="SAMPLE"), "published"),
        (with_property("Client", "draft"), "published"),
    ],
)
def test_a_document_may_say_that_it_is_a_draft(read: Read, content: bytes, expected: str) -> None:
    [found] = read("a.docx", content)
    assert isinstance(found, Article | Notice)
    assert (found.reason if isinstance(found, Notice) else str(found.status_now)) == expected
