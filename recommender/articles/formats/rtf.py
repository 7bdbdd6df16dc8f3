"""Read one article from a document in Rich Text Format (.rtf)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from locale import windows_locale

from recommender.articles.documents import Properties, document_article
from recommender.articles.files import SourceFile, read_bytes
from recommender.articles.formats.rtf_beside import Beside
from recommender.articles.formats.rtf_text import RtfText
from recommender.articles.publication import Publication, publication
from recommender.articles.status_lines import publication_of_lines
from recommender.errors import SourceError
from recommender.settings import Settings
from recommender.types import Article, Refusal

OPENING = b"{\\rtf"


def read_file(file: SourceFile, settings: Settings) -> Iterator[Article | Refusal]:
    """Yield the document's article, or the refusal of it."""
    try:
        yield _article(file, read_bytes(file))
    except SourceError as error:
        yield Refusal(file.name, str(error))


def _article(file: SourceFile, data: bytes) -> Article:
    if not data.lstrip().startswith(OPENING):
        raise SourceError("is not an RTF document; if it is plain text, name it .txt")
    text = RtfText(data)
    paragraphs = text.paragraphs()
    locale = windows_locale.get(text.language, "")
    properties = Properties(
        title=text.facts.get("title", ""),
        author=text.facts.get("author", ""),
        language=locale.partition("_")[0],
        told=_publication(text.beside),
    )
    return document_article(file, paragraphs, properties)


def _publication(beside: Beside) -> Publication:
    """Return what custom properties, headers and footers say of publication."""
    told = publication(beside.properties)._replace(unknown="")
    lines = (line for one in beside.lines.values() for line in one.splitlines())
    return reduce(Publication.joined, (publication_of_lines([one]) for one in lines), told)
