"""Files of each format, made as their own libraries make them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from recommender.articles.read import read_articles
from recommender.settings import Settings
from recommender.types import Article, Refusal

Read = Callable[..., list[Article | Refusal]]

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
)
PACKAGE = """<package xmlns="http://www.idpf.org/2007/opf"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>Het boek</dc:title>
<dc:language>nl</dc:language><dc:creator>Jan Modaal</dc:creator><dc:date>2022-12</dc:date>
</metadata><manifest><item id="one" href="een.xhtml"/></manifest>
<spine><itemref idref="one"/></spine></package>"""
CHAPTER = """<?xml version="1.0" encoding="utf-8"?><html><body><h1>Hoofdstuk een</h1>
<p>Het water steeg die nacht tot aan de dijk.</p><ul><li>een</li><li>twee</li></ul></body></html>"""


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write a file (or files) and read the articles from the folder."""

    def reading(
        name: str, content: str | bytes, more: Mapping[str, str | bytes] = {}, **settings: object
    ) -> list[Article | Refusal]:
        folder = tmp_path / "source"
        for path, data in {name: content, **more}.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data.encode() if isinstance(data, str) else data)
        return list(read_articles([folder], Settings(**settings)))  # type: ignore[arg-type]

    return reading


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return stream.getvalue()


def epub(chapter: str = CHAPTER, package: str = PACKAGE) -> bytes:
    return zipped(
        {
            "META-INF/container.xml": CONTAINER,
            "OEBPS/book.opf": package,
            "OEBPS/een.xhtml": chapter,
        }
    )


def warc(pages: Mapping[str, str | bytes], content_type: str = "text/html") -> bytes:
    """A web archive of these pages by their addresses."""
    stream = io.BytesIO()
    writer = WARCWriter(stream, gzip=False)
    for url, page in pages.items():
        payload = io.BytesIO(page.encode() if isinstance(page, str) else page)
        headers = StatusAndHeaders("200 OK", [("Content-Type", content_type)], "HTTP/1.0")
        record = writer.create_warc_record(url, "response", payload=payload, http_headers=headers)
        writer.write_record(record)
    return stream.getvalue()


def pdf(*pages: list[str]) -> bytes:
    """A PDF with these lines on each page."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", ""]
    objects.append(
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
    )
    kids = []
    for lines in pages:
        shown = "".join(f"({line}) Tj 0 -14 Td " for line in lines)
        stream = f"BT /F1 11 Tf 50 780 Td {shown} ET"
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] "
            f"/Resources << /Font << /F1 3 0 R >> >> /Contents {len(objects)} 0 R >>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    body, offsets = "%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(body))
        body += f"{number} 0 obj\n{content}\nendobj\n"
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    start = len(body)
    body += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    body += f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF"
    return body.encode("latin-1")
