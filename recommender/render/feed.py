"""Write news as an Atom feed (RFC 4287), every text of a source escaped."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5
from xml.sax.saxutils import escape, quoteattr

# Characters that XML 1.0 does not allow.
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)")
NEVER = "1970-01-01T00:00:00+00:00"
SUMMARY_CHARACTERS = 500
FEED_TITLE = "News of the watchlist"


def atom(items: Sequence[Mapping[str, Any]]) -> str:
    """Return the feed of news, which are records of `NewsItem`, the newest first."""
    entries = "".join(map(_entry, items))
    updated = max((_time(one) for one in items), default=NEVER)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<feed xmlns="http://www.w3.org/2005/Atom">\n'
        f"<title>{FEED_TITLE}</title>\n<id>{_id('')}</id>\n<updated>{updated}</updated>\n"
        f"<author><name>recommender</name></author>\n{entries}</feed>\n"
    )


def _entry(item: Mapping[str, Any]) -> str:
    title = item["title"].strip() or item["article_id"]
    link = f"<link href={quoteattr(_xml(item['url']))}/>\n" if _is_web(item["url"]) else ""
    summary = " ".join(item["text"].split())[:SUMMARY_CHARACTERS]
    return (
        f"<entry>\n<title>{_text(title)}</title>\n"
        f"<id>{_id(item['watch'] + chr(10) + item['article_id'])}</id>\n"
        f"<updated>{_time(item)}</updated>\n<category term={quoteattr(_xml(item['watch']))}/>\n"
        f"{link}<summary>{_text(summary)}</summary>\n</entry>\n"
    )


def _id(name: str) -> str:
    """Return an id that is the same each time the same article is found for the same search."""
    whole = f"recommender:watchlist:{name}".encode("utf-8", "replace").decode()
    return uuid5(NAMESPACE_URL, whole).urn


def _time(item: Mapping[str, Any]) -> str:
    return item["found"] if _TIME.fullmatch(item["found"]) else NEVER


def _text(text: str) -> str:
    return escape(_xml(text))


def _xml(text: str) -> str:
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)
