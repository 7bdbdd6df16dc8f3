"""Read one article from a Word document (.docx)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from recommender.articles.documents import Properties, document_article
from recommender.articles.files import SourceFile, need
from recommender.articles.formats.docx_text import DocumentText, W, styles_of
from recommender.articles.zip_files import damage, opened_zip
from recommender.errors import SourceError
from recommender.settings import Settings
from recommender.types import Article, Refusal

# What python-docx says are the title and the author of a document without properties.
NO_TITLE, NO_AUTHOR = "Word Document", "python-docx"
NOTE_KINDS = ("footnote", "endnote")


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
    if document.element.body is None:
        raise SourceError("is no Word document that can be read: it has no body")
    text = DocumentText(styles_of(document.styles.element), _notes(document))
    facts = document.core_properties
    properties = Properties(
        title="" if facts.title == NO_TITLE else facts.title or "",
        author="" if facts.author == NO_AUTHOR else facts.author or "",
        language=facts.language or "",
    )
    return document_article(file, text.paragraphs(document.element.body), properties)


def _notes(document: Any) -> dict[tuple[str, str], Any]:
    """Return the elements of the document's notes by their kind and id."""
    from docx.oxml import parse_xml

    found = {}
    for link in document.part.rels.values():
        kind = link.reltype.rpartition("/")[2].removesuffix("s")
        if kind in NOTE_KINDS and not link.is_external:
            for note in parse_xml(link.target_part.blob).iter(f"{W}{kind}"):
                found[kind, note.get(f"{W}id", "")] = note
    return found
