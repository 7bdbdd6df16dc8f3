"""Read articles from XML of any known kind: feeds, WordPress exports, agency news."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BufferedReader

from recommender.articles.files import CUT, MAX_FILE_BYTES, SourceFile
from recommender.articles.formats import feed, newsml, wordpress
from recommender.articles.packed import Cut, opened
from recommender.errors import SourceError
from recommender.settings import Settings
from recommender.types import Found, Refusal

HEAD_BYTES = 16_384
# Roots of XML that is not read, and what to do with the file. Any other root may be of a feed.
_PANDOC = "convert it with pandoc -o FILE.md FILE, and name the format with -f"
_ADVICE = {
    **dict.fromkeys(("article", "book", "chapter", "dita", "topic"), _PANDOC),
    "mediawiki": "turn it into rows, as docs/wikimedia.md of the recommender says",
    **dict.fromkeys(("TEI", "TEI.2", "teiCorpus"), "convert it to HTML"),
    **dict.fromkeys(("opml", "urlset", "sitemapindex", "svg", "kml", "gpx", "plist"), ""),
}
_ROOT = re.compile(rb"<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)[\s/>]")


def read_file(file: SourceFile, settings: Settings) -> Iterator[Found]:
    """Yield each article, notice or refusal of a file. Its root shows which kind it is."""
    try:
        cut = Cut()  # the readers also say so, after the last whole article
        with opened(file, cut=cut) as stream:
            head = stream.peek(HEAD_BYTES) if isinstance(stream, BufferedReader) else b""
            if wordpress.is_export(head):
                yield from wordpress.read_items(file, stream, settings)
            else:
                yield from _of_whole(file, stream.read(MAX_FILE_BYTES + 1), head, settings)
            if cut.is_cut:
                raise SourceError(CUT)
    except SourceError as error:
        yield Refusal(file.name, str(error))


def _of_whole(file: SourceFile, data: bytes, head: bytes, settings: Settings) -> Iterator[Found]:
    """Yield what a file holds whose kind is parsed as a whole."""
    if len(data) > MAX_FILE_BYTES:
        raise SourceError(f"has over {MAX_FILE_BYTES:,} bytes; split it")
    root = _root(head)
    if root in newsml.ROOTS:
        yield from newsml.read_items(file, data)
    elif root in _ADVICE:
        advice = f"; {_ADVICE[root]}" if _ADVICE[root] else ""
        raise SourceError(f"is XML of another kind, by its root <{root}>{advice}")
    else:
        yield from feed.read_entries(file, data, settings)


def _root(head: bytes) -> str:
    found = _ROOT.search(head)
    return found[1].decode("ascii", "replace") if found else ""
