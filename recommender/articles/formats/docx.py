"""Reads one article from a Word document (.docx)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from recommender.articles.files import SourceFile, need
from recommender.articles.formats.text import date_below
from recommender.articles.markup import Block, joined_text, lists_joined
from recommender.articles.zip_files import damage, opened_zip
from recommender.errors import SourceError
from recommender.settings import Settings
from recommender.text.blocks import opening
from recommender.text.dates import date_in_name
from recommender.types import UNKNOWN_LANGUAGE, Article, Refusal, Role

# The beginnings of the names of Word's own styles, which are English in every file.
ROLE_OF_STYLE = {
    "Title": Role.TITLE,
    "Subtitle": Role.STANDFIRST,
    "Heading": Role.SUBHEAD,
    "List": Role.LIST,
    "Quote": Role.QUOTE,
    "Intense Quote": Role.QUOTE,
    "Caption": Role.CAPTION,
}

# What python-docx says is the title of a document without properties.
NO_TITLE = "Word Document"


def read_file(file: SourceFile, settings: Settings) -> Iterator[Article | Refusal]:
    """Yield the document's article, or the refusal of it."""
    try:
        docx = need("docx", "docx")
        with opened_zip(file):  # checks the sizes before anything is unpacked
            pass
        yield _article(file, _open(docx, file))
    except SourceError as error:
        yield Refusal(file.name, str(error))


def _open(docx: Any, file: SourceFile) -> Any:
    try:
        return docx.Document(str(file.path))
    except Exception as error:  # a damaged document raises whatever its parts lead to
        if "entity" in str(error).lower():
            raise SourceError(damage(error)) from error
        raise SourceError(f"is no Word document that can be read: {error}") from error


def _article(file: SourceFile, document: Any) -> Article:
    # Asked of each paragraph, the library would look through all styles of the document.
    styles = {style.style_id: style.name or "" for style in document.styles}
    blocks = [_block(one, styles) for one in document.iter_inner_content()]
    blocks = lists_joined(one for one in blocks if one[0].strip())
    facts = document.core_properties
    titles = [text for text, role, _ in blocks[:3] if role == Role.TITLE]
    title = titles[0] if titles else (facts.title or "").strip()
    title = "" if title == NO_TITLE else title
    text, marks = joined_text(blocks)
    if not text:
        raise SourceError("has no text")
    first = [one for one, _, _ in blocks[:5]]
    return Article(
        id=file.id,
        title=title or opening(text),
        text=text,
        language=facts.language or UNKNOWN_LANGUAGE,
        date=date_below(first) or date_in_name(file.name),
        author="" if facts.author == "python-docx" else facts.author or "",
        path=file.name,
        marks=marks,
    )


def _block(one: Any, styles: Mapping[str, str]) -> Block:
    if hasattr(one, "rows"):
        return "\n".join(map(_row, one.rows)), str(Role.TABLE), "table"
    style = styles.get(one._p.style, "")
    role = next((role for name, role in ROLE_OF_STYLE.items() if style.startswith(name)), "")
    return one.text, str(role), f"style {style}" if role else ""


def _row(row: Any) -> str:
    """Return the row's own cells: `row.cells` repeats one as often as the file says it spans."""
    cells = ("\n".join(one.text for one in cell.p_lst).strip() for cell in row._tr.tc_lst)
    return " | ".join(cells)
