"""Short labelled articles, written to files of the format that each one's name ends in."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass
from html import escape
from pathlib import Path
from textwrap import wrap

import docx
from articles.conftest import epub, pdf, warc

SOURCES = Path(__file__).parent.parent / "expected" / "formats"
BETWEEN_ROWS = " // "
PDF_WIDTH = 85
STYLES = {"standfirst": "Subtitle", "subhead": "Heading 1", "quote": "Quote", "caption": "Caption"}
TAGS = {"title": "h1", "subhead": "h2", "quote": "blockquote", "caption": "figcaption"}


@dataclass(frozen=True, slots=True)
class Labelled:
    """A paragraph, the role an editor gave it, and whether its markup is a mere paragraph's."""

    role: str
    text: str
    is_plain: bool

    @property
    def lines(self) -> list[str]:
        return self.text.split(BETWEEN_ROWS)

    @property
    def opens_next(self) -> bool:
        """A date line that ends with a dash stands before the first words of the text."""
        return self.role == "dateline" and self.text.endswith(("-", "—"))


@dataclass(frozen=True, slots=True)
class Example:
    """An article: its paragraphs, the title first."""

    name: str
    language: str
    paragraphs: tuple[Labelled, ...]

    @property
    def title(self) -> str:
        return self.paragraphs[0].text

    def blocks(self) -> list[Labelled]:
        """Return the paragraphs below the title as blocks of the text."""
        found: list[Labelled] = []
        opening = ""
        for one in self.paragraphs[1:]:
            if one.opens_next:
                opening = f"{one.text} "
                continue
            found.append(Labelled(one.role, opening + one.text, one.is_plain))
            opening = ""
        return found

    def content(self) -> bytes:
        """Return the article as a file of its format."""
        write = WRITERS[self.name.rpartition(".")[2]]
        written = write(self)
        return written.encode() if isinstance(written, str) else written


def examples(files: str = "*.txt", folder: Path = SOURCES) -> list[Example]:
    """Return the labelled articles of all files, or of those whose names match."""
    found = []
    parts = (part for file in sorted(folder.glob(files)) for part in _parts(file))
    for part in parts:
        head, *lines = part.splitlines()
        name, language = head.split()
        pairs = [line.split(" ", 1) for line in lines if line.strip()]
        paragraphs = (
            Labelled(role.rstrip("*"), text.strip(), role.endswith("*")) for role, text in pairs
        )
        found.append(Example(name, language, tuple(paragraphs)))
    return found


def _parts(file: Path) -> list[str]:
    return file.read_text("utf-8").split("\n== ")[1:]


def words(text: str) -> str:
    """Return what two forms of a paragraph share: its words."""
    return " ".join(re.findall(r"\w+", text)).casefold() or text.strip()


def _plain(one: Labelled) -> str:
    mark = "- " if one.role == "list" else ""
    return "\n".join(mark + line for line in one.lines)


def _text(example: Example) -> str:
    return "\n\n".join(map(_plain, example.blocks()))


def _txt(example: Example) -> str:
    return f"{example.title}\n\n{_text(example)}\n"


def _row(example: Example) -> dict[str, str]:
    return {"id": example.name, "title": example.title, "text": _text(example)}


def _table(example: Example, delimiter: str) -> str:
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter).writerows(
        [_row(example).keys(), _row(example).values()]
    )
    return stream.getvalue()


def _markdown(example: Example) -> str:
    marks = {"subhead": "## ", "quote": "> "}
    parts = [f"# {example.title}"]
    for one in example.blocks():
        if one.role == "table":
            head, *rows = one.lines
            parts.append("\n".join([f"| {head} |", "|---|---|", *(f"| {row} |" for row in rows)]))
        else:
            parts.append(("" if one.is_plain else marks.get(one.role, "")) + _plain(one))
    return "\n\n".join(parts) + "\n"


def element(one: Labelled) -> str:
    if one.role == "list":
        return "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in one.lines) + "</ul>"
    if one.role == "table":
        cells = ("</td><td>".join(map(escape, line.split(" | "))) for line in one.lines)
        return "<table>" + "".join(f"<tr><td>{row}</td></tr>" for row in cells) + "</table>"
    tag = "p" if one.is_plain else TAGS.get(one.role, "p")
    written = f"<{tag}>{escape(one.text)}</{tag}>"
    return f"<figure><img src='a.jpg'>{written}</figure>" if tag == "figcaption" else written


def elements(example: Example) -> str:
    return "\n".join(map(element, example.blocks()))


def _html(example: Example) -> str:
    title = escape(example.title)
    return (
        f"<!doctype html><html lang='{example.language}'><head><meta charset='utf-8'>"
        f"<title>{title}</title></head><body><nav><a href='/'>Home</a> <a href='/2'>Sport</a></nav>"
        f"<article><h1>{title}</h1>{elements(example)}</article>"
        "<footer><a href='/c'>Contact</a></footer></body></html>"
    )


def _epub(example: Example) -> bytes:
    return epub(
        '<?xml version="1.0" encoding="utf-8"?><html><body>'
        f"<h1>{escape(example.title)}</h1>{elements(example)}</body></html>"
    )


def _rss(example: Example) -> str:
    return (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>The Paper</title><item>'
        f"<guid>{example.name}</guid><title>{escape(example.title)}</title>"
        f"<description>{escape(elements(example))}</description></item></channel></rss>"
    )


def _atom(example: Example) -> str:
    return (
        '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>The Paper</title>'
        f"<entry><id>{example.name}</id><title>{escape(example.title)}</title>"
        f'<content type="html">{escape(elements(example))}</content></entry></feed>'
    )


def _warc(example: Example) -> bytes:
    return warc({f"https://example.org/{example.name}": _html(example)})


def _docx(example: Example) -> bytes:
    document = docx.Document()
    document.add_heading(example.title, 0)
    for one in example.blocks():
        if one.role == "table":
            rows = [line.split(" | ") for line in one.lines]
            table = document.add_table(len(rows), len(rows[0]))
            for row, cells in zip(table.rows, rows, strict=True):
                for cell, text in zip(row.cells, cells, strict=True):
                    cell.text = text
        elif one.role == "list":
            for line in one.lines:
                document.add_paragraph(line, style="List Bullet")
        else:
            document.add_paragraph(one.text, style=None if one.is_plain else STYLES.get(one.role))
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def _pdf(example: Example) -> bytes:
    lines: list[str] = []
    for text in [example.title, *map(_plain, example.blocks())]:
        lines += [*wrap(re.sub(r"([()\\])", r"\\\1", text), PDF_WIDTH), ""]
    return pdf(lines)


WRITERS = {
    "html": _html,
    "md": _markdown,
    "docx": _docx,
    "pdf": _pdf,
    "epub": _epub,
    "rss": _rss,
    "warc": _warc,
    "atom": _atom,
    "csv": lambda example: _table(example, ","),
    "tsv": lambda example: _table(example, "\t"),
    "jsonl": lambda example: json.dumps(_row(example), ensure_ascii=False),
    "json": lambda example: json.dumps([_row(example)], ensure_ascii=False),
    "txt": _txt,
}
