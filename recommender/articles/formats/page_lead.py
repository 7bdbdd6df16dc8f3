"""Put back the standfirst of a page. It stands apart from the text, so the extractor drops it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from recommender.articles.formats.page_furniture import LABELLED, NEAREST, is_said, kind_of
from recommender.articles.markup import Placed
from recommender.text.folding import without_invisible
from recommender.types import Role

# The standfirst is among this many blocks before the text.
MAX_BLOCKS = 25
MIN_LEAD_CHARACTERS, MAX_LEAD_CHARACTERS = 40, 1_000
MAX_LEADS = 2
# If this many letters of a page's description, which may be cut short, begin a block, the block is
# the standfirst.
COMPARED_LETTERS = 40
# Words for a standfirst in classes, in several languages.
_LEAD = re.compile(
    r"(?<![a-z])(?:lead|lede|leadtext|intro|introduction|introtext|teaser|teasertext|standfirst"
    r"|deck|dek|chapo|vorspann|excerpt|abstract|summary|subtitle|description|hook|bajada|copete"
    r"|entradilla|sumario|sapo|ingress|manchet)(?![a-z])"
)
# Words in the classes of blocks that stand in such a place but are no standfirst.
_OTHER = re.compile(
    r"(?<![a-z])(?:related|recommend\w*|author|newsletter|cookie\w*|consent|comment\w*|share|social"
    r"|breadcrumb\w*|widget|sidebar|promo\w*|paywall|subscri\w*|login|ad|ads|advert\w*)(?![a-z])"
)
_DESCRIPTIONS = "//meta[@name='description' or @property='og:description']/@content"


def lead_of(page: Sequence[Placed], kept: set[str], first: int, tree: Any) -> list[Placed]:
    """Return the blocks of the standfirst of a page, as running text.

    `first` is the place of the first block of the text, `kept` the letters of each block of it.
    A standfirst stands between the heading of the page and the text. Its class says so, or it is
    the same as the page's description.
    """
    start = max(first - MAX_BLOCKS, 0)
    headings = [at for at in range(start, first) if page[at].tag == "h1"]
    described = [letters_of(text) for text in tree.xpath(_DESCRIPTIONS)]
    described = [one for one in described if len(one) >= COMPARED_LETTERS]
    found: list[Placed] = []
    for at in range(headings[-1] + 1 if headings else start, first):
        one = page[at]
        key = letters_of(one.text)
        if key in kept or not _may_lead(one):
            continue
        is_named = bool(headings) and is_said(one) and _is_named(one)
        if is_named or any(_is_same(key, text) for text in described):
            found.append(one._replace(role="", tag=""))
            kept.add(key)
    return found[:MAX_LEADS]


def letters_of(text: str) -> str:
    """Return the letters of a text, without spaces and invisible characters."""
    return "".join(without_invisible(text).split())


def _may_lead(one: Placed) -> bool:
    return (
        one.role in ("", Role.SUBHEAD)
        and one.linked < LABELLED
        and MIN_LEAD_CHARACTERS <= len(one.text) <= MAX_LEAD_CHARACTERS
        and not one.is_in("figure", "aside", "li", "td")
        and not any(_OTHER.search(kind_of(step)) for step in one.path[-NEAREST:])
    )


def _is_named(one: Placed) -> bool:
    return any(_LEAD.search(kind_of(step)) for step in one.path[-NEAREST:])


def _is_same(key: str, description: str) -> bool:
    opening = description[:COMPARED_LETTERS]
    return key.startswith(opening) and len(key) < 2 * len(description) + COMPARED_LETTERS
