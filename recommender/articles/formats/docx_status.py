"""Find whether the public may see a Word document, by what stands outside its text.

Custom properties may say so, as SharePoint writes them, or a watermark, a header or a footer.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from itertools import islice
from typing import Any

from recommender.articles.publication import PUBLIC, Publication, publication
from recommender.articles.status_lines import publication_of_lines
from recommender.articles.xml_items import parse_xml
from recommender.articles.zip_files import part_bytes
from recommender.errors import SourceError

PROPERTIES = "docProps/custom.xml"
# Each section may have a header and a footer for its first page, even pages and other pages.
MAX_PARTS, MAX_PARAGRAPHS = 30, 20
_EDGE = re.compile(r"word/(?:header|footer)\d*\.xml")


def publication_of_parts(archive: zipfile.ZipFile) -> Publication:
    """Return what the parts say; a part that cannot be read says nothing."""
    names = archive.namelist()
    found = PUBLIC
    if PROPERTIES in names and (root := _root(archive, PROPERTIES)) is not None:
        told = publication({one.get("name", ""): "".join(one.itertext()) for one in root})
        found = told._replace(unknown="")
    for name in islice(filter(_EDGE.fullmatch, names), MAX_PARTS):
        root = _root(archive, name)
        for line in islice(_lines(root), MAX_PARAGRAPHS) if root is not None else ():
            found = found.joined(publication_of_lines([line]))
    return found


def _lines(root: Any) -> Iterator[str]:
    """Yield the words of each watermark and paragraph."""
    for one in root.iter("{*}textpath"):
        yield str(one.get("string") or "")
    for one in root.iter("{*}p"):
        yield "".join(one.itertext("{*}t"))


def _root(archive: zipfile.ZipFile, name: str) -> Any:
    try:
        return parse_xml(part_bytes(archive, name))
    except SourceError:
        return None
