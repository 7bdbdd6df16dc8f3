"""Write labelled articles in office formats, light markups, workbooks and mails."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from email.message import EmailMessage
from html import escape

import openpyxl
from support.formats import Example, element

LEVELS = {"subhead": "==", "standfirst": ""}
ODF = {
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "style": "urn:oasis:names:tc:opendocument:xmlns:style:1.0",
    "draw": "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0",
    "fo": "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0",
    "meta": "urn:oasis:names:tc:opendocument:xmlns:meta:1.0",
    "dc": "http://purl.org/dc/elements/1.1/",
}
ODF_NAMES = " ".join(f'xmlns:{name}="{address}"' for name, address in ODF.items())
ODF_STYLES = {
    "title": "Title",
    "standfirst": "Subtitle",
    "quote": "Quotations",
    "caption": "Illustration",
}
RTF_STYLES = {"title": 1, "standfirst": 2, "subhead": 3, "quote": 4, "caption": 5}
RTF_NAMES = ("Title", "Subtitle", "heading 1", "Quote", "caption")


def odt(content: str, meta: str = "", styles: str = "") -> bytes:
    """An OpenDocument text with these elements in its text, its meta data and its styles."""
    parts = {
        "mimetype": "application/vnd.oasis.opendocument.text",
        "content.xml": f"<office:document-content {ODF_NAMES}><office:automatic-styles>{styles}"
        f"</office:automatic-styles><office:body><office:text>{content}</office:text>"
        "</office:body></office:document-content>",
        "meta.xml": f"<office:document-meta {ODF_NAMES}><office:meta>{meta}</office:meta>"
        "</office:document-meta>",
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return stream.getvalue()


def rtf(body: str, head: str = "") -> bytes:
    """An RTF document with this body; letters beyond ASCII are spelled as Word spells them."""
    names = "".join(f"{{\\s{at} {name};}}" for at, name in enumerate(RTF_NAMES, 1))
    styles = f"{{\\stylesheet{{\\s0 Normal;}}{names}}}"
    text = f"{{\\rtf1\\ansi\\ansicpg1252\\deff0{styles}{head}\n{body}\n}}"
    return rtf_letters(text).encode("ascii")


def rtf_letters(text: str) -> str:
    written = []
    for letter in text:
        if letter.isascii():
            written.append(letter)
            continue
        data = letter.encode("utf-16-le")
        units = (int.from_bytes(data[at : at + 2], "little") for at in range(0, len(data), 2))
        written += [f"\\u{unit - 65_536 if unit > 32_767 else unit}?" for unit in units]
    return "".join(written)


def workbook(rows: Sequence[Sequence[object]], **sheets: Sequence[Sequence[object]]) -> bytes:
    """A workbook with these rows in its first sheet, and those of other sheets by their names."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    for name, more in sheets.items():
        sheet = book.create_sheet(name)
        for row in more:
            sheet.append(list(row))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def mail(
    html: str = "", plain: str = "", *, headers: dict[str, str] | None = None, **attachments: bytes
) -> bytes:
    """A mail with a text in one form or in both, and attachments by their names."""
    message = EmailMessage()
    if plain or not html:
        message.set_content(plain)
        if html:
            message.add_alternative(html, subtype="html")
    else:
        message.set_content(html, subtype="html")
    for name, value in (headers or {}).items():  # now: a new content drops those that describe it
        message[name] = value
    for name, data in attachments.items():
        message.add_attachment(
            data, maintype="application", subtype="octet-stream", filename=f"{name}.pdf"
        )
    return message.as_bytes()


def _odt(example: Example) -> bytes:
    found = []
    for one in (example.paragraphs[0], *example.blocks()):
        if one.role == "list":
            items = "".join(
                f"<text:list-item><text:p>{escape(line)}</text:p></text:list-item>"
                for line in one.lines
            )
            found.append(f"<text:list>{items}</text:list>")
        elif one.role == "table":
            rows = "".join(
                "<table:table-row>"
                + "".join(
                    f"<table:table-cell><text:p>{escape(cell)}</text:p></table:table-cell>"
                    for cell in line.split(" | ")
                )
                + "</table:table-row>"
                for line in one.lines
            )
            found.append(f"<table:table>{rows}</table:table>")
        elif one.role == "subhead" and not one.is_plain:
            found.append(f'<text:h text:outline-level="1">{escape(one.text)}</text:h>')
        else:
            style = "" if one.is_plain else ODF_STYLES.get(one.role, "")
            found.append(f'<text:p text:style-name="{style}">{escape(one.text)}</text:p>')
    styles = "".join(f'<style:style style:name="{one}"/>' for one in ODF_STYLES.values())
    return odt("".join(found), styles=styles)


def _rtf(example: Example) -> bytes:
    found = []
    for one in (example.paragraphs[0], *example.blocks()):
        lines = [_rtf_text(line) for line in one.lines]
        if one.role == "list":
            found += [rf"{{\listtext\'b7\tab}}\pard\ls1 {line}\par" for line in lines]
        elif one.role == "table":
            for line in one.lines:
                cells = "".join(rf"{_rtf_text(cell)}\cell " for cell in line.split(" | "))
                found.append(rf"\trowd\pard\intbl {cells}\row")
        else:
            style = 0 if one.is_plain else RTF_STYLES.get(one.role, 0)
            found.append(rf"\pard\plain\s{style} {_rtf_text(one.text)}\par")
    return rtf("\n".join(found))


def _rtf_text(text: str) -> str:
    return text.replace("\\", "\\\\").replace("{", "\\{").replace("}", "\\}")


def _asciidoc(example: Example) -> bytes:
    parts = [f"= {example.title}\n:lang: {example.language}"]
    for one in example.blocks():
        if one.role == "list":
            parts.append("\n".join(f"* {line}" for line in one.lines))
        elif one.role == "table":
            rows = "\n".join(
                "".join(f"|{cell}" for cell in line.split(" | ")) for line in one.lines
            )
            parts.append(f"|===\n{rows}\n|===")
        elif one.role == "caption" and not one.is_plain:
            parts.append(f".{one.text}\nimage::a.jpg[]")
        elif one.role == "quote" and not one.is_plain:
            parts.append(f"____\n{one.text}\n____")
        else:
            mark = "== " if one.role == "subhead" and not one.is_plain else ""
            parts.append(mark + one.text)
    return ("\n\n".join(parts) + "\n").encode()


def _org(example: Example) -> bytes:
    parts = [f"#+TITLE: {example.title}\n#+LANGUAGE: {example.language}"]
    for one in example.blocks():
        if one.role == "list":
            parts.append("\n".join(f"- {line}" for line in one.lines))
        elif one.role == "table":
            parts.append("\n".join(f"| {line} |" for line in one.lines))
        elif one.role == "caption" and not one.is_plain:
            parts.append(f"#+CAPTION: {one.text}\n[[file:a.jpg]]")
        elif one.role == "quote" and not one.is_plain:
            parts.append(f"#+BEGIN_QUOTE\n{one.text}\n#+END_QUOTE")
        else:
            mark = "* " if one.role == "subhead" and not one.is_plain else ""
            parts.append(mark + one.text)
    return ("\n\n".join(parts) + "\n").encode()


def _rst(example: Example) -> bytes:
    rule = "=" * (2 * len(example.title) + 2)
    parts = [f"{rule}\n{_rst_text(example.title)}\n{rule}", f":lang: {example.language}"]
    for one in example.blocks():
        text = _rst_text(one.text)
        if one.role == "list":
            parts.append("\n".join(f"- {_rst_text(line)}" for line in one.lines))
        elif one.role == "table":
            rows = "\n".join(
                "   * - " + "\n     - ".join(map(_rst_text, line.split(" | ")))
                for line in one.lines
            )
            parts.append(f".. list-table::\n\n{rows}")
        elif one.role == "caption" and not one.is_plain:
            parts.append(f".. figure:: a.jpg\n\n   {text}")
        elif one.role == "quote" and not one.is_plain:
            parts.append(f"    {text}")
        elif one.role == "subhead" and not one.is_plain:
            parts.append(f"{text}\n{'-' * (2 * len(text) + 2)}")
        else:
            parts.append(text)
    return ("\n\n".join(parts) + "\n").encode()


def _rst_text(text: str) -> str:
    for mark in "\\*`_|":
        text = text.replace(mark, f"\\{mark}")
    return f"\\{text}" if text[:1] in "-+:.•‣" or text[:2].isdigit() else text


def _mdx(example: Example) -> bytes:
    found = Example(f"{example.name}.md", example.language, example.paragraphs).content().decode()
    head = "import Map from '../map.jsx'\n\nexport const meta = { width: 3 }\n\n"
    return f"{head}{found}\n{{/* the end */}}\n\n<Map place={{meta}} />\n".encode()


def _mail(example: Example) -> bytes:
    html = Example(f"{example.name}.rss", example.language, example.paragraphs)
    body = "".join(map(element, html.blocks()))
    headers = {"From": "Desk <desk@paper.example>", "Subject": " ".join(example.title.split())}
    return mail(f"<html><body>{body}</body></html>", headers=headers)


def _workbook(example: Example) -> bytes:
    text = "\n\n".join(
        "\n".join(f"- {line}" for line in one.lines) if one.role == "list" else "\n".join(one.lines)
        for one in example.blocks()
    )
    head = ("id", "title", "language", "text")
    return workbook([head, (example.name, example.title, example.language, text)])


MORE_WRITERS: dict[str, Callable[[Example], bytes]] = {
    "odt": _odt,
    "rtf": _rtf,
    "adoc": _asciidoc,
    "org": _org,
    "rst": _rst,
    "mdx": _mdx,
    "eml": _mail,
    "xlsx": _workbook,
}
