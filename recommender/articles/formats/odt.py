"""Read one article from an OpenDocument text (.odt, or .fodt in one XML file)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from recommender.articles.documents import Properties, document_article
from recommender.articles.files import SourceFile, read_bytes
from recommender.articles.formats.odt_text import OdtText, styles_of
from recommender.articles.publication import Publication, publication
from recommender.articles.status_lines import publication_of_lines
from recommender.articles.xml_items import first_below, line_of, parse_xml, present
from recommender.articles.zip_files import opened_zip, part_bytes
from recommender.errors import SourceError
from recommender.settings import Settings
from recommender.types import Article, Refusal

CONTENT, STYLES, META = "content.xml", "styles.xml", "meta.xml"
# Headers and footers of all pages, of left pages, and of the first page.
_EDGES = [f"{{*}}{edge}{of}" for edge in ("header", "footer") for of in ("", "-left", "-first")]
MAX_EDGE_LINES = 20
MIME = "application/vnd.oasis.opendocument.text"


def read_file(file: SourceFile, settings: Settings) -> Iterator[Article | Refusal]:
    """Yield the document's article, or the refusal of it."""
    try:
        yield _article(file, _flat(file) if file.suffix == ".fodt" else _packed(file))
    except SourceError as error:
        yield Refusal(file.name, str(error))


def _flat(file: SourceFile) -> dict[str, Any]:
    """Return the root of a document in one file, as each of the parts that it replaces."""
    root = parse_xml(read_bytes(file))
    return {CONTENT: root, STYLES: root, META: root}


def _packed(file: SourceFile) -> dict[str, Any]:
    """Return the roots of the parts that are read. Only the content must exist."""
    with opened_zip(file) as archive:
        names = archive.namelist()
        if CONTENT not in names:
            raise SourceError("is not an OpenDocument text: it has no content")
        if "META-INF/manifest.xml" in names and b"encryption-data" in part_bytes(
            archive, "META-INF/manifest.xml"
        ):
            raise SourceError("is encrypted; save it without a password")
        wanted = [name for name in (CONTENT, STYLES, META) if name in names]
        return {name: parse_xml(part_bytes(archive, name)) for name in wanted}


def _article(file: SourceFile, parts: dict[str, Any]) -> Article:
    body = first_below(parts[CONTENT], "text")
    if body is None:
        raise SourceError(
            "is not an OpenDocument text: it has no text; save a table as .xlsx or CSV"
        )
    roots = list(dict.fromkeys(parts[name] for name in (STYLES, CONTENT) if name in parts))
    text = OdtText(styles_of(roots))
    meta = parts.get(META)
    properties = Properties(
        title=_field(meta, "title"),
        author=_field(meta, "initial-creator") or _field(meta, "creator"),
        language=_field(meta, "language") or _default_language(parts.get(STYLES)),
        told=_publication(meta, parts.get(STYLES)),
    )
    return document_article(file, text.paragraphs(body), properties)


def _publication(meta: Any, styles: Any) -> Publication:
    """Return what a document says of its publication in custom fields, headers and footers."""
    fields = {
        str(one.get(f"{{{one.nsmap[one.prefix]}}}name", "")): line_of(one)
        for one in (meta.iter("{*}user-defined") if meta is not None else ())
    }
    found = publication(fields)._replace(unknown="")
    for edge in styles.iter(*_EDGES) if styles is not None else ():
        for line in islice(edge.iter("{*}p", "{*}h"), MAX_EDGE_LINES):
            found = found.joined(publication_of_lines([line_of(line)]))
    return found


def _field(meta: Any, name: str) -> str:
    fields = first_below(meta, "meta") if meta is not None else None
    return line_of(present(fields, name))


def _default_language(styles: Any) -> str:
    """Return the language of paragraphs that state no language of their own."""
    for style in styles.iter("{*}default-style") if styles is not None else ():
        for properties in style.iter("{*}text-properties"):
            kinds = {name.rpartition("}")[2]: value for name, value in properties.attrib.items()}
            if kinds.get("language", "none") not in ("none", "zxx"):
                return str(kinds["language"])
    return ""
