"""Read one article from a Word document (.docx)."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from io import BytesIO
from typing import Any

from recommender.articles.documents import DocumentParagraph, Properties, document_article
from recommender.articles.files import SourceFile, need
from recommender.articles.formats.docx_parts import paragraphs_of_part
from recommender.articles.formats.docx_status import publication_of_parts
from recommender.articles.formats.docx_text import DocumentText, W, styles_of
from recommender.articles.publication import Publication, publication
from recommender.articles.zip_files import damage, opened_zip, part_bytes
from recommender.errors import SourceError
from recommender.settings import Settings
from recommender.types import Article, Notice, NoticeKind, Refusal

# python-docx gives these to a document that states no title and no author.
NO_TITLE, NO_AUTHOR = "Word Document", "python-docx"
NOTE_KINDS = ("footnote", "endnote")
UNREAD = "part: some of the text is in a part that is not read"
MAX_WHY_CHARACTERS = 120
ROOT_LINKS, TYPES = "_rels/.rels", "[Content_Types].xml"
# Few programs write strict OOXML. Its namespaces stand for those of common OOXML.
_STRICT = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/")
_LOOSE = rb"http://schemas.openxmlformats.org/\1/2006/"
# The library opens these types as documents. Macros in them are not run.
_TYPE = re.compile(
    rb"application/vnd\.(?:ms-word\.(?:document|template)\.macroEnabled\.main"
    rb"|openxmlformats-officedocument\.wordprocessingml\.template\.main)\+xml"
)
_DOCUMENT = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def read_file(file: SourceFile, settings: Settings) -> Iterator[Article | Refusal]:
    """Yield the document's article, or the refusal of it."""
    try:
        docx = need("docx", "docx")
        with opened_zip(file) as archive:  # checks the sizes before anything is unpacked
            source = _as_known(archive)
            told = publication_of_parts(archive)
        yield _article(file, _open(docx, str(file.path) if source is None else source), told)
    except SourceError as error:
        yield Refusal(file.name, str(error))


def _as_known(archive: zipfile.ZipFile) -> BytesIO | None:
    """Return a document with the namespaces that the library knows; None if it has them."""
    names = archive.namelist()
    heads = [part_bytes(archive, name) for name in (ROOT_LINKS, TYPES) if name in names]
    if not any(_STRICT.search(head) or _TYPE.search(head) for head in heads):
        return None
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as target:
        for name in names:
            data = part_bytes(archive, name)
            if name.endswith((".xml", ".rels")):
                data = _TYPE.sub(_DOCUMENT, _STRICT.sub(_LOOSE, data))
            target.writestr(name, data)
    return made


def _open(docx: Any, source: str | BytesIO) -> Any:
    try:
        return docx.Document(source)
    except Exception as error:  # parsing a damaged document may raise anything
        if "entity" in str(error).lower():
            raise SourceError(damage(error)) from error
        raise SourceError(f"is not a readable Word document: {error}") from error


def _article(file: SourceFile, document: Any, told: Publication) -> Article:
    if document.element.body is None:
        raise SourceError("is not a readable Word document: it has no body")
    parts = _Parts(document.part)
    text = DocumentText(styles_of(document.styles.element), _notes(document), parts.paragraphs)
    facts = document.core_properties
    properties = Properties(
        title="" if facts.title == NO_TITLE else facts.title or "",
        author="" if facts.author == NO_AUTHOR else facts.author or "",
        language=facts.language or "",
        told=publication({"status": facts.content_status or ""}).joined(told),
    )
    article = document_article(file, text.paragraphs(document.element.body), properties)
    notices = [Notice(file.name, NoticeKind.FIELD, UNREAD, why) for why in parts.unread]
    return replace(article, notices=[*article.notices, *notices])


class _Parts:
    """The parts of a document that its body names, and why some were not read."""

    def __init__(self, main: Any) -> None:
        self.unread: list[str] = []
        self._links = main.rels

    def paragraphs(self, name: str) -> Sequence[DocumentParagraph]:
        """Return the paragraphs of a part, none if the document has no such part."""
        link = self._links.get(name)
        if link is None or link.is_external:
            return ()
        part = link.target_part
        try:
            return paragraphs_of_part(part.content_type, part.blob)
        except SourceError as error:
            self.unread.append(f"{part.partname} {error}"[:MAX_WHY_CHARACTERS])
            return ()


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
