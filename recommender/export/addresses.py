"""Make the addresses that an export links to, and refuse unsafe ones of strangers."""

from __future__ import annotations

from unicodedata import category
from urllib.parse import quote, urlsplit

SAFE_SCHEMES = {"http", "https", ""}
# Zero width non-joiner and joiner.
_JOINERS = "\u200c\u200d"


def safe_url(url: str) -> str:
    """Return a web address, or nothing if a browser would run it or cannot follow it."""
    if has_unseen(url):
        return ""
    try:
        scheme = urlsplit(url).scheme
    except ValueError:
        return ""
    return url if scheme.lower() in SAFE_SCHEMES else ""


def has_unseen(url: str) -> bool:
    """Return whether a text holds white space, a control or another invisible character.

    Joiners do not count: Persian and Indic addresses hold them.
    """
    return any(category(one)[0] in "ZC" and one not in _JOINERS for one in url)


def link_to(article_id: str, link: str) -> str:
    """Return the address of an article by the site's pattern, which alone states the host.

    An id that begins with a slash, or holds two, would name a host in `/{id}.html`.
    """
    parts = [quote(part, safe="", errors="replace") for part in article_id.split("/")]
    last = len(parts) - 1
    path = "".join(
        part + ("" if at == last else "/" if part else "%2F") for at, part in enumerate(parts)
    )
    address = link.replace("{id}", path)
    return address if _host(address) == _host(link.replace("{id}", "x")) else ""


def _host(address: str) -> str:
    """Return the scheme and host of an address, empty if it has none."""
    try:
        found = urlsplit(address)
    except ValueError:
        return "?"
    return f"{found.scheme}:{found.netloc}"
