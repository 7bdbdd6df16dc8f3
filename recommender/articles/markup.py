"""Makes an article's text of marked-up blocks, the roles that the markup gives kept as marks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from recommender.errors import SourceError
from recommender.types import Mark, Role

# A block of text with the role its markup gives it, empty where it gives none, and the reason.
Block = tuple[str, str, str]

MAX_DEPTH = 200
# A parser takes a stack frame for each; pages of people have a few dozen.
MAX_OPEN_TAGS = 5_000
ROLE_OF_TAG = {
    **{f"h{level}": Role.SUBHEAD for level in range(1, 7)},
    "head": Role.SUBHEAD,
    "li": Role.LIST,
    "item": Role.LIST,
    "blockquote": Role.QUOTE,
    "quote": Role.QUOTE,
    "table": Role.TABLE,
    "figcaption": Role.CAPTION,
    "caption": Role.CAPTION,
    "figure": Role.CAPTION,
}
BLOCK_TAGS = {
    "p",
    "div",
    "section",
    "article",
    "main",
    "body",
    "ul",
    "ol",
    "list",
    "dl",
    "dt",
    "dd",
}
BLOCK_TAGS |= {"pre", "address", "hr", "br", "lb", "html", "center", "header", "aside"}
SKIPPED_TAGS = {"script", "style", "nav", "noscript", "template", "iframe", "form", "svg", "footer"}
SKIPPED_TAGS |= {"button", "graphic", "img", "math"}
# Of these, what is mostly links leads elsewhere.
OWN_TEXT_TAGS = {"aside", "figure", "figcaption"}
MAX_LINK_SHARE = 0.5
_SPACES = re.compile(r"\s+")


# The elements around a block, each by its tag and its number among its siblings, as in `p/3`.
Path = tuple[str, ...]


class Placed(NamedTuple):
    """A block as it stands in a tree: the tag that tells its role, and the elements around it."""

    text: str
    role: str
    tag: str
    path: Path

    def is_in(self, *tags: str) -> bool:
        return any(step.partition("/")[0] in tags for step in self.path)


def joined_text(blocks: Iterable[Block]) -> tuple[str, tuple[Mark, ...]]:
    """Return the text of the blocks, blank lines between them, and the marks of their roles."""
    texts: list[str] = []
    marks: list[Mark] = []
    length = 0
    for text, role, reason in blocks:
        text = re.sub(r"\n\s*\n", "\n", text.strip())
        if not text:
            continue
        if role:
            marks.append((length, length + len(text), role, reason))
        texts.append(text)
        length += len(text) + 2
    return "\n\n".join(texts), tuple(marks)


def blocks_of(tree: Any) -> list[Block]:
    """Return the blocks of an lxml element, items that follow each other as one list."""
    return with_reasons(placed_blocks(tree))


def with_reasons(placed: Iterable[Placed]) -> list[Block]:
    """Return blocks with the reasons for their roles, items that follow each other as one list."""
    found = lists_joined((one.text, one.role, one.tag) for one in placed)
    return [(text, role, f"<{tag}> in the source") for text, role, tag in found]


def placed_blocks(tree: Any) -> list[Placed]:
    """Return the blocks of an lxml element: of a page's body, or of an extractor's result."""
    found: list[Placed] = []
    _walk(tree, found, "", ())
    return found


def blocks_of_html(html: str) -> list[Block]:
    """Return the blocks of a piece of HTML, whatever of it is whole.

    Raises `SourceError` where it is nested too deeply.
    """
    check_depth(html)
    from lxml import etree
    from lxml import html as lxml_html

    try:
        parser = lxml_html.HTMLParser(recover=True, no_network=True)
        tree = lxml_html.document_fromstring(html, parser=parser) if html.strip() else None
    except (etree.ParserError, ValueError):
        return [(html, "", "")]
    return blocks_of(tree) if tree is not None else []


def check_depth(html: str) -> None:
    """Raise `SourceError` for HTML that only a machine would nest so deeply."""
    if html.count("<") - 2 * html.count("</") > MAX_OPEN_TAGS:
        raise SourceError("is nested too deeply, or has very many tags that are not closed")


def _walk(element: Any, found: list[Placed], inherited: str, path: Path) -> None:
    """Add the blocks within `element`; text that stands between block tags is a block as well."""
    tag = element.tag if isinstance(element.tag, str) else ""
    tag = tag.rpartition("}")[2].lower()
    if not tag or tag in SKIPPED_TAGS or (tag == "head" and element.get("rend") is None):
        return
    if tag in OWN_TEXT_TAGS and (_is_mostly_links(element) or _is_note(element)):
        return
    role_tag = tag if tag in ROLE_OF_TAG else inherited
    if tag == "table":
        found.append(Placed(_table(element), str(Role.TABLE), tag, path))
        return
    pending = [element.text or ""]
    for number, child in enumerate(element):
        name = child.tag.rpartition("}")[2].lower() if isinstance(child.tag, str) else ""
        if name in BLOCK_TAGS or name in ROLE_OF_TAG or name in SKIPPED_TAGS:
            _add(found, pending, role_tag, path)
            if len(path) < MAX_DEPTH:
                _walk(child, found, role_tag, (*path, f"{name}/{number}"))
        elif name and len(path) < MAX_DEPTH and _has_blocks(child):
            _add(found, pending, role_tag, path)
            _walk(child, found, role_tag, (*path, f"{name}/{number}"))
        elif name:
            pending.append("".join(child.itertext()))
        pending.append(child.tail or "")
    _add(found, pending, role_tag, path)


def _has_blocks(element: Any) -> bool:
    return any(
        isinstance(one.tag, str)
        and one.tag.rpartition("}")[2].lower() in BLOCK_TAGS | set(ROLE_OF_TAG)
        for one in element.iterdescendants()
    )


def _is_mostly_links(element: Any) -> bool:
    links = sum(len("".join(one.itertext()).strip()) for one in element.iter("a"))
    return links > MAX_LINK_SHARE * len("".join(element.itertext()).strip())


def _is_note(element: Any) -> bool:
    """Tell whether an element is a note to the text, as books mark them."""
    kinds = (value for name, value in element.items() if name.endswith(("type", "role")))
    return any("footnote" in kind or "endnote" in kind for kind in kinds)


def _add(found: list[Placed], pending: list[str], tag: str, path: Path) -> None:
    text = _SPACES.sub(" ", "".join(pending)).strip()
    if text:
        found.append(Placed(text, str(ROLE_OF_TAG.get(tag, "")), tag, path))
    pending.clear()


def _table(element: Any) -> str:
    rows = [one for one in element.iter() if isinstance(one.tag, str) and _is(one, "tr", "row")]
    return "\n".join(
        " | ".join(_SPACES.sub(" ", "".join(cell.itertext())).strip() for cell in row)
        for row in rows
    )


def _is(element: Any, *names: str) -> bool:
    return element.tag.rpartition("}")[2].lower() in names


def lists_joined(blocks: Iterable[Block]) -> list[Block]:
    """Return the blocks with the items that follow each other as one list."""
    together: list[Block] = []
    for text, role, tag in blocks:
        if role == Role.LIST:
            text = f"- {text}"
            if together and together[-1][1] == Role.LIST:
                together[-1] = (f"{together[-1][0]}\n{text}", role, tag)
                continue
        together.append((text, role, tag))
    return together
