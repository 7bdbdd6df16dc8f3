"""Leave out labels and links in the text of a page that belong to its site, not to the article."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from recommender.articles.markup import Path, Placed
from recommender.text.roles import Place, by_rule
from recommender.types import Role

# A block with at least this share of its letters in links only leads to other pages.
LINKED = 0.9
MAX_LINKED_CHARACTERS = 300
# If less than this share of a page's text stands outside links, the page is a list of links. Its
# links are its text.
MIN_OWN_SHARE = 0.5
MIN_SAID_CHARACTERS = 40
# Of a page laid out as a table, this share of the text is in the cell of the article.
MAIN_SHARE = 0.8
# Rules for the end of a text apply anywhere in a page: labels also stand between paragraphs.
_ANYWHERE = Place(9, 9, after_body=True)
# A block with this share of its letters in links may be a label: "Read more: a headline".
LABELLED = 0.5
# A shorter text behind a label is a name or an address, not a headline: "Account: @jan".
MIN_HEADLINE_CHARACTERS = 15
_LABELLED = re.compile(r"\W*[^\W\d_][\w'’ ]{1,24}[:：|–-]\s")
_ADDRESS = re.compile(r"https?://\S+|\d{4}-\d\d-\d\dT[\d:.+Z-]+")
# By these rules, a block says something about the rights of the text, and belongs to it.
_KEPT = {
    "says who owns the text",
    "opens with a copyright sign",
    "says where the text appeared before",
    "asks the reader to write to an address",
}
# Classes with these words mark parts of the site within the text of an article.
_SITE = re.compile(
    r"(?<![a-z])(?:cookies?|borlabscookie|consent|content-blocker|sharedaddy|share-?buttons?"
    r"|(?:post-)?ratings?|likes-widget|newsletter\w*|comments?|kommentar\w*|affiliate|copyright"
    r"|author-?(?:box|bio|info|card|position)|about-(?:the-)?author|toc(?:-title|-list)?|cta"
    r"|paywall|subscribe)(?![a-z])"
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
# The classes of this many elements around a block say what it is.
NEAREST = 4
# If the marked parts are more of a page than this, they are its text, whatever their classes say.
MAX_SITE_SHARE = 0.2
# A last line that ends in a colon, and is no longer than this, announces something left out.
MAX_LAST_CHARACTERS = 80
_SENTENCE = re.compile(r"\w[.!?…。！？؟।][\"'”’»)\]」』）]*(?:\s|$)")


def without_furniture(blocks: Sequence[Placed]) -> list[Placed]:
    """Return the blocks without labels and links of the site, and the headings above them."""
    blocks = _without_headless_end(_without_parts_of_site(blocks))
    is_link = [_is_link(one) for one in blocks]
    own = sum(len(one.text) for one, linked in zip(blocks, is_link, strict=True) if not linked)
    drops_links = own > MIN_OWN_SHARE * sum(len(one.text) for one in blocks)
    found: list[Placed] = []
    heads_nothing = True  # whether only dropped blocks, or none, follow
    for number in reversed(range(len(blocks))):
        one = blocks[number]
        if _is_label(one) or (is_link[number] and drops_links):
            heads_nothing = True
        elif one.role == Role.SUBHEAD and number and (heads_nothing or _leads_away(one, found)):
            continue
        else:
            found.append(one)
            heads_nothing = False
    return found[::-1]


def kind_of(step: str) -> str:
    """Return the classes of an element in small letters, with hyphens between joined words."""
    return _CAMEL.sub("-", step.partition("/")[2].partition("/")[2]).lower().replace("_", "-")


def _without_parts_of_site(blocks: Sequence[Placed]) -> Sequence[Placed]:
    """Return the blocks without those whose classes mark them as parts of the site."""
    is_site = [any(map(_is_of_site, one.path[-NEAREST:])) for one in blocks]
    size = sum(len(one.text) for one in blocks)
    dropped = sum(len(one.text) for one, drops in zip(blocks, is_site, strict=True) if drops)
    if not 0 < dropped <= MAX_SITE_SHARE * size:
        return blocks
    return [one for one, drops in zip(blocks, is_site, strict=True) if not drops]


@lru_cache(maxsize=4_096)
def _is_of_site(step: str) -> bool:
    return step.count("/") > 1 and _SITE.search(kind_of(step)) is not None


def _without_headless_end(blocks: Sequence[Placed]) -> Sequence[Placed]:
    """Return the blocks without last lines that announce, by a colon, something left out."""
    end = len(blocks)
    while end > 1 and _announces(blocks[end - 1]):
        end -= 1
    return blocks[:end]


def _announces(one: Placed) -> bool:
    return one.text.rstrip().endswith((":", "：")) and len(one.text) <= MAX_LAST_CHARACTERS


def _leads_away(heading: Placed, below: Sequence[Placed]) -> bool:
    """Return whether a heading is a link without a text of its own below it, like a teaser."""
    if heading.linked < LINKED:
        return False
    path = heading.path
    ends = [at for at, step in enumerate(path) if step.startswith(("a/", "h"))]
    around = path[: min(ends, default=len(path) - 1)]
    return below[-1].role == Role.SUBHEAD or below[-1].path[: len(around)] != around


def in_main_cell(blocks: Sequence[Placed]) -> list[Placed]:
    """Return the blocks in the cell that holds the text, if a page is laid out as a table.

    That cell is the innermost element with nearly all sentences. Headings before it are kept.
    """
    said = [one for one in blocks if is_said(one) and one.linked < LABELLED]
    if not said or 2 * sum(one.is_in("td", "th") for one in said) < len(said):
        return list(blocks)
    letters = sum(len(one.text) for one in said)
    around: Path = ()
    for depth in range(1, len(said[0].path)):
        sizes: Counter[Path] = Counter()
        for one in said:
            sizes[one.path[:depth]] += len(one.text)
        path, size = sizes.most_common(1)[0]
        if size < MAIN_SHARE * letters:
            break
        around = path
    is_in = [one.path[: len(around)] == around for one in blocks]
    first = is_in.index(True)
    return [
        one
        for number, one in enumerate(blocks)
        if is_in[number] or (number < first and one.role == Role.SUBHEAD)
    ]


def is_said(piece: Placed) -> bool:
    """Return whether a block says something: a sentence of some length, or a quotation."""
    if piece.role == Role.QUOTE:
        return True
    return len(piece.text) >= MIN_SAID_CHARACTERS and _SENTENCE.search(piece.text) is not None


def _is_link(one: Placed) -> bool:
    return (
        one.linked >= LINKED and one.role != Role.SUBHEAD and len(one.text) <= MAX_LINKED_CHARACTERS
    )


def _is_label(one: Placed) -> bool:
    label = _LABELLED.match(one.text) if one.linked >= LABELLED else None
    if label and len(one.text) - label.end() >= MIN_HEADLINE_CHARACTERS:
        return len(one.text) <= MAX_LINKED_CHARACTERS
    if _ADDRESS.fullmatch(one.text):
        return True
    ruled = by_rule(one.text, _ANYWHERE)
    return ruled is not None and ruled[0] is Role.BOILERPLATE and ruled[1] not in _KEPT
