"""Write labelled articles in the messy forms in which newsrooms hand them over."""

from __future__ import annotations

import io
from collections.abc import Callable
from html import escape
from pathlib import Path
from textwrap import wrap

import docx
from docx.oxml import parse_xml
from support.formats import Example, Labelled, examples
from support.placed_pdf import Placed, placed_pdf

FOLDER = Path(__file__).parent.parent / "expected" / "messy"
WORD = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
)
LINES_A_COLUMN = 52
COLUMN_CHARACTERS = 44


def messy() -> list[Example]:
    """Return the labelled articles."""
    return examples(folder=FOLDER)


def _wxr(example: Example) -> bytes:
    """An export of WordPress whose text was typed in the classic editor."""
    parts = []
    for one in example.blocks():
        if one.role == "caption":
            parts.append(
                '[caption id="attachment_7" align="alignnone" width="300"]<img src="a.jpg" '
                f'alt="" width="300" /> {escape(one.text)}[/caption]'
            )
        elif one.role == "list":
            items = "\n".join(f" \t<li>{escape(line)}</li>" for line in one.lines)
            parts.append(f"<ul>\n{items}\n</ul>")
        elif one.role == "subhead":
            parts.append(f"<strong>{escape(one.text)}</strong>")
        elif one.role == "quote" and not one.is_plain:
            parts.append(f"<blockquote>{escape(one.text)}</blockquote>")
        else:
            parts.append(escape(one.text).replace(". ", ".&nbsp;", 1))
    text = "\r\n\r\n".join(parts)
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:wp="http://wordpress.org/export/1.2/"><channel><title>Krant</title>'
        f"<item><title>{escape(example.title)}</title><guid>{example.name}</guid>"
        f"<content:encoded><![CDATA[{text}]]></content:encoded><wp:post_id>7</wp:post_id>"
        "<wp:post_date>2023-04-01 10:00:00</wp:post_date><wp:status>publish</wp:status>"
        "<wp:post_type>post</wp:post_type></item></channel></rss>"
    ).encode()


def _box(example: Example) -> bytes:
    """A Word document: what has a star stands in a text box, anchored in the paragraph before."""
    document = docx.Document()
    body = document.element.body
    styles = {"title": "Title", "subhead": "Heading1", "quote": "Quote"}
    above = None
    for one in (example.paragraphs[0], *example.blocks()):
        style = "" if one.is_plain else styles.get(one.role, "")
        made = _word_paragraph(one.text, style)
        if one.is_plain and one.role in ("body", "caption") and above is not None:
            above.append(_word_box(one.text))
            continue
        above = parse_xml(made)
        body.insert(len(body) - 1, above)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def _word_paragraph(text: str, style: str = "") -> str:
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return (
        f'<w:p {WORD}>{properties}<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'
    )


def _word_box(text: str) -> object:
    inside = f"<w:txbxContent>{_word_paragraph(text)}</w:txbxContent>"
    return parse_xml(
        f"<w:r {WORD}><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:wsp>"
        f"<wps:txbx>{inside}</wps:txbx></wps:wsp></w:drawing></mc:Choice><mc:Fallback><w:pict>"
        f"{inside}</w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )


def _nitf(example: Example) -> bytes:
    """The XML of an agency: byline and place in the head, captions with their pictures."""
    head, content = "", []
    for one in example.paragraphs[1:]:
        text = escape(one.text)
        if one.role == "byline":
            head += f"<byline>{text}</byline>"
        elif one.role == "dateline":
            content.append(f"<p>{text} ")
        elif content and content[-1].startswith("<p>") and not content[-1].endswith("</p>"):
            content[-1] += f"{text}</p>"
        elif one.role == "caption":
            content.append(
                f'<media media-type="image"><media-caption>{text}</media-caption></media>'
            )
        else:
            tag = {"subhead": "hl2", "quote": "bq"}.get(one.role, "p")
            content.append(f"<{tag}>{text}</{tag}>")
    return (
        f'<?xml version="1.0" encoding="utf-8"?><nitf><head><docdata><doc-id id-string='
        f'"urn:{example.name}"/><date.issue norm="20230401"/></docdata></head><body><body.head>'
        f"<hedline><hl1>{escape(example.title)}</hl1></hedline>{head}</body.head><body.content>"
        f"<block>{''.join(content)}</block></body.content></body></nitf>"
    ).encode()


def _columns(example: Example) -> bytes:
    """A PDF of two columns below a headline, painted row by row."""
    lines: list[tuple[str, bool]] = []
    for one in example.blocks():
        is_bold = one.role == "subhead"
        lines += [(line, is_bold) for line in wrap(one.text, COLUMN_CHARACTERS)]
        lines.append(("", False))
    half = next(at for at in range(len(lines) // 2, len(lines)) if not lines[at][0])
    pieces = [Placed(example.title, 60, 780, 20, True)]
    for left, part in ((60, lines[:half]), (315, lines[half + 1 :])):
        pieces += [
            Placed(text, left, 740 - 12 * at, 10, is_bold)
            for at, (text, is_bold) in enumerate(part)
            if text
        ]
    first, *rest = pieces
    return placed_pdf([first, *sorted(rest, key=lambda one: (-one.bottom, one.left))])


def _mail(example: Example) -> bytes:
    """A press release in plain text, its lines wrapped, with a signature."""
    parts = [_wrapped(one) for one in example.blocks()]
    text = "\n\n".join(parts)
    return (
        f"From: Press desk <press@board.example>\nSubject: =?utf-8?q?{_quoted(example.title)}?=\n"
        "Date: Sat, 01 Apr 2023 10:00:00 +0200\nMIME-Version: 1.0\n"
        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
        f"{text}\n\n-- \nPress desk\n+31 20 555 01 02\n"
    ).encode()


def _wrapped(one: Labelled) -> str:
    if one.role == "list":
        return "\n".join(f"* {line}" for line in one.lines)
    return "\n".join(wrap(one.text, 72))


def _quoted(text: str) -> str:
    return "".join(
        chr(byte) if chr(byte).isalnum() and byte < 128 else f"={byte:02X}"
        for byte in text.encode()
    )


MESSY_WRITERS: dict[str, tuple[str, Callable[[Example], bytes]]] = {
    "wxr": (".xml", _wxr),
    "box": (".docx", _box),
    "nitf": (".xml", _nitf),
    "columns": (".pdf", _columns),
    "mail": (".eml", _mail),
}
