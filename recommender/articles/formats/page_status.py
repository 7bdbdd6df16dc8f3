"""Find whether the public may see a web page, by what its head and classes say.

A page that asks search engines not to list it is public all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from recommender.articles.fields import object_of, text_of
from recommender.articles.json_text import load_json
from recommender.articles.publication import PUBLIC, Publication, publication
from recommender.errors import SourceError
from recommender.text.date_fields import moment

MAX_SCRIPT_CHARACTERS = 500_000
MAX_OBJECTS = 200
# Names of metadata about publication, after an optional prefix.
_NAMES = re.compile(
    r"(?:\w+[:.])?(?P<name>(?:\w+[_-])?status|state|draft|embargo\w*|unpublish\w*|"
    r"expiration_time|expiry_date|published_time|creativeworkstatus|available)",
    re.I,
)
_STARTS = {"published_time": "embargo", "available": "embargo", "expiration_time": "expires"}
_OTHER_NAMES = {"creativeworkstatus": "status"}
# Drupal writes such classes for a text.
_NODE = re.compile(r"(?:^|\s)node(?:--[\w-]+|-[\w-]+)?(?:\s|$)")
_UNPUBLISHED = re.compile(r"(?:^|\s)node--?unpublished(?:\s|$)")
_UNAVAILABLE = re.compile(r"unavailable_after:\s*(?P<time>.{4,60})", re.I)
# WordPress writes such classes for a post.
_POST = re.compile(r"(?:^|\s)(?:hentry|type-\w+|post-\d+|postid-\d+)(?:\s|$)")
_STATUS = re.compile(r"(?:^|\s)status-(?P<status>[a-z][a-z-]*)(?:\s|$)")
_PASSWORD = "post-password-required"
_ARTICLE = re.compile(
    r"(?:https?://schema\.org/|schema:)?(?:\w*(?:Article|BlogPosting)|LiveBlogPosting|Report)"
)


def page_publication(tree: Any) -> Publication:
    """Return what a page says of its publication."""
    found = PUBLIC
    for name, content in islice(
        _metadata(tree), MAX_OBJECTS
    ):  # several fields may have the same name
        found = found.joined(publication({name: content}))
    return found.joined(_of_classes(tree)).joined(_of_linked_data(tree))


def _metadata(tree: Any) -> Iterator[tuple[str, Any]]:
    """Yield the fields in the head of a page, under the names that they have in rows."""
    for one in tree.iter("meta"):
        name = one.get("property") or one.get("name") or one.get("itemprop") or ""
        content = (one.get("content") or "").strip()
        if name.lower() == "robots" and (until := _UNAVAILABLE.search(content)):
            yield "expires", until["time"]
        elif content and (match := _NAMES.fullmatch(name)) is not None:
            known = match["name"].lower()
            if known not in _STARTS:
                yield _OTHER_NAMES.get(known, known), content
            elif moment(content):
                yield _STARTS[known], content


def _of_classes(tree: Any) -> Publication:
    """Return what the classes of posts say. A page is hidden only if each of its posts is."""
    posts = [
        classes
        for one in tree.iter("body", "article", "div", "section", "main")
        if "post" in (classes := one.get("class") or "") and _POST.search(classes)
    ]
    words = [match["status"] if (match := _STATUS.search(one)) else "" for one in posts]
    told = [publication({"status": word}) for word in words if word]
    if told and all(one.status for one in told):
        return told[0]
    if _is_unpublished_in_drupal(tree):
        return publication({"status": "draft"})
    is_closed = bool(posts) and all(_PASSWORD in one for one in posts)
    return publication({"status": "protected"}) if is_closed else PUBLIC


def _is_unpublished_in_drupal(tree: Any) -> bool:
    nodes = [one.get("class") or "" for one in tree.iter("article", "div")]
    nodes = [one for one in nodes if _NODE.search(one)]
    return bool(nodes) and all(_UNPUBLISHED.search(one) for one in nodes)


def _of_linked_data(tree: Any) -> Publication:
    """Return what the linked data of a page says, if it says the same of each article in it."""
    found: list[Mapping[str, Any]] = []
    for script in tree.iter("script"):
        text = script.text or ""
        if "ld+json" not in (script.get("type") or "") or len(text) > MAX_SCRIPT_CHARACTERS:
            continue
        try:
            found += _articles(load_json(text))
        except (SourceError, ValueError, RecursionError):
            continue
    told = {_described(one) for one in found}
    return told.pop() if len(told) == 1 else PUBLIC


def _described(article: Mapping[str, Any]) -> Publication:
    fields = {"status": article.get("creativeWorkStatus"), "expires": article.get("expires")}
    start = article.get("datePublished")
    return publication({**fields, "embargo": start} if moment(start) else fields)


def _articles(value: Any) -> list[Mapping[str, Any]]:
    given = value if isinstance(value, list) else [value]
    graphs = (object_of(one).get("@graph", one) for one in given[:MAX_OBJECTS])
    objects = [one for graph in graphs for one in (graph if isinstance(graph, list) else [graph])]
    return [
        one
        for one in objects[:MAX_OBJECTS]
        if isinstance(one, dict) and _ARTICLE.fullmatch(text_of(one.get("@type")).partition(",")[0])
    ]
