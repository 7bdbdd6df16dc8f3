"""Make an article's text of HTML and of other marked-up blocks; roles are kept as marks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Set
from functools import cache
from typing import Any, NamedTuple

from recommender.articles.elements import (
    BREAKING_TAGS,
    BREAKS,
    OWN_TEXT_TAGS,
    PAGE_MARK_TAGS,
    ROLE_OF_TAG,
    SKIPPED_TAGS,
    has_blocks,
    is_mostly_links,
    is_note,
    is_page_mark,
    is_reference,
    is_skipped,
    name_of,
)
from recommender.articles.tables import Cell, is_layout, row_of
from recommender.errors import SourceError
from recommender.text.blocks import paragraphs_of_lines
from recommender.types import Mark, Role

# A block of text with the role its markup gives it, empty where it gives none, and the reason.
Block = tuple[str, str, str]

MAX_DEPTH = 200
# A parser takes a stack frame for each; pages of people have a few dozen.
MAX_OPEN_TAGS = 5_000
# A parser compares each attribute of a tag with all before it; pages of people have a few dozen.
MAX_ATTRIBUTES = 2_000
# An extractor goes through all elements of a line for each of them.
MAX_INLINE = 10_000
_ATTRIBUTE = r"[^\s/>=]++(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s>\"']*+))?+"
_ATTRIBUTES = re.compile(_ATTRIBUTE)
# A tag as far as it goes, whatever is in it: what it takes is not looked at again.
_OPENING_TAG = re.compile(rf"<[a-zA-Z][^\s/>]*+(?:[\s/=]++|{_ATTRIBUTE})*+")
# These stand open in a page without nesting anything: they are void, or close each other.
UNNESTED = re.compile(r"<(?:!--|br|img|input|meta|link|hr|wbr|source|p|li|option|td|tr|th|dd|dt)\b")
# The class of a caption in pages without <figcaption>: `wp-caption-text`, `tr-caption`.
_CAPTION_CLASS = re.compile(r"(?<!\S)(?:[a-z]+[-_]{1,2})*?caption(?:[-_]?text)?(?!\S)", re.I)
# An embedded video or post stands as its address alone: no reader sees it.
_ADDRESS = re.compile(r"https?://\S+")
# Programs write the file name of a picture in the place of its description, as in `IMG_2041`.
FILE_NAME = re.compile(r"[^\s/\\]+\.\w{2,5}|(?:IMG|DSC|image|img)[_ -]?\d*", re.I)
LINE, PARAGRAPH = "\u2028", "\u2029"
_BLANK_LINES = re.compile(r"\n\s*\n")
_SPACES_IN_LINE = re.compile(f"[^\\S{LINE}{PARAGRAPH}]+")
_PARAGRAPHS = re.compile(f"(?:[{LINE} ]*{PARAGRAPH}[{LINE} ]*|{LINE} *{LINE}[{LINE} ]*)+")


# The elements around a block, each by its tag and its number among its siblings, as in `p/3`; in a
# page by its class and property as well: `div/3/text articleBody`.
Path = tuple[str, ...]


class Placed(NamedTuple):
    """A block as it stands in a tree: the tag that tells its role, and the elements around it.

    `linked` is the share of its text that is in links.
    """

    text: str
    role: str
    tag: str
    path: Path
    linked: float = 0.0

    def is_in(self, *tags: str) -> bool:
        """Return whether an element of any of these tags is around it."""
        return any(step.partition("/")[0] in tags for step in self.path)


def joined_text(blocks: Iterable[Block]) -> tuple[str, tuple[Mark, ...]]:
    """Return the text of the blocks, blank lines between them, and the marks of their roles."""
    texts: list[str] = []
    marks: list[Mark] = []
    length = 0
    for text, role, reason in blocks:
        text = text.strip()
        if "\n" in text:
            text = _BLANK_LINES.sub("\n", text)
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


def placed_blocks(tree: Any, *, is_page: bool = False) -> list[Placed]:
    """Return the blocks of an lxml element: of a page's body, or of an extractor's result.

    `is_page` leaves out figures and asides that mostly hold links: in a page they lead elsewhere.
    """
    walk = _Walk(is_page)
    walk.through(tree, "", ())
    return walk.found


# How programs that colour code call the column of its numbers.
_GUTTERS = {"gutter", "rouge-gutter", "linenos", "linenodiv", "lineno", "hljs-ln-numbers"}
_GUTTERS |= {"line-numbers-rows", "code-gutter"}


def blocks_of_html(html: str) -> list[Block]:
    """Return the blocks of a piece of HTML, whatever of it is whole.

    Raises `SourceError` where it is nested too deeply.
    """
    tree = tree_of_html(html)
    drop_gutters(tree)
    return blocks_of(tree) if tree is not None else []


def drop_gutters(tree: Any) -> None:
    """Empty the elements of a tree that hold nothing but the numbers of lines of code."""
    if tree is not None:
        drop_elements(tree, _GUTTERS)


def drop_elements(tree: Any, classes: Set[str]) -> None:
    """Empty the elements of some classes in a tree; the text after them stays."""
    for element in [one for one in tree.iter() if classes & set((one.get("class") or "").split())]:
        element.clear(keep_tail=True)


def tree_of_html(html: str) -> Any:
    """Return a piece of HTML as an lxml element, None if it holds nothing.

    Raises `SourceError` if it is nested too deeply.
    """
    check_depth(html)
    from lxml import etree
    from lxml import html as lxml_html

    if not html.strip():
        return None
    try:
        # Encoded by us: the parser takes no text that declares an encoding, as XHTML does.
        data = html.replace("\0", "").encode("utf-8", "replace")
        return lxml_html.document_fromstring(data, parser=_html_parser())
    except (etree.ParserError, ValueError):
        return None


@cache
def _html_parser() -> Any:
    from lxml import html as lxml_html

    return lxml_html.HTMLParser(recover=True, no_network=True, encoding="utf-8")


def check_depth(html: str) -> None:
    """Raise `SourceError` for HTML that only a machine would nest so deeply, or so long a tag."""
    open_tags = html.count("<") - 2 * html.count("</")
    if open_tags > MAX_OPEN_TAGS and open_tags - len(UNNESTED.findall(html)) > MAX_OPEN_TAGS:
        raise SourceError("is nested too deeply, or has very many tags that are not closed")
    if len(html) > 2 * MAX_ATTRIBUTES and any(map(_has_many_attributes, _tags_of(html))):
        raise SourceError(f"has a tag with over {MAX_ATTRIBUTES:,} attributes")


def check_inline(tree: Any) -> None:
    """Raise `SourceError` for a line of so many elements that an extractor takes minutes for it."""
    for element in tree.iter() if tree is not None else ():
        if len(element) > MAX_INLINE:
            within = (one for one in element if name_of(one) not in BREAKS)
            if sum(bool(one.tail and not one.tail.isspace()) for one in within) > MAX_INLINE:
                raise SourceError(f"has over {MAX_INLINE:,} elements within one line")


def _tags_of(html: str) -> Iterator[str]:
    return (found[0] for found in _OPENING_TAG.finditer(html))


def _has_many_attributes(tag: str) -> bool:
    return len(tag) > 2 * MAX_ATTRIBUTES and len(_ATTRIBUTES.findall(tag)) > MAX_ATTRIBUTES


class _Walk:
    """A walk through a tree that collects its blocks in their order."""

    def __init__(self, is_page: bool) -> None:
        self.found: list[Placed] = []
        self._is_page = is_page
        self._links = 0  # how many links are open

    def through(self, element: Any, inherited: str, path: Path) -> None:
        """Add the blocks within `element`; text between block tags is a block as well."""
        tag = name_of(element)
        kind = (element.get("class") or "") if element.attrib else ""
        if self._is_left_out(element, tag, kind, inherited):
            return
        if tag == "table" and self._table(element, path):
            return
        if tag == "pre":
            text = _kept_lines(element)
            if text.strip():
                self.found.append(Placed(text, str(ROLE_OF_TAG.get(inherited, "")), tag, path))
            return
        self._links += tag == "a"
        self._children(element, _role_tag(element, tag, kind, inherited), path)
        self._links -= tag == "a"

    def _is_left_out(self, element: Any, tag: str, kind: str, inherited: str) -> bool:
        """Return whether an element, with the class `kind`, is not part of the text."""
        if not tag or tag in SKIPPED_TAGS or (tag == "head" and element.get("rend") is None):
            return True
        if self._is_page and (tag == "form" or (tag in OWN_TEXT_TAGS and is_mostly_links(element))):
            return True
        if tag == "footer" and self._is_page and inherited != "blockquote":
            return True
        if "-" in kind and is_skipped(kind):
            return True
        return bool(element.attrib) and tag in PAGE_MARK_TAGS and is_page_mark(element)

    def _children(self, element: Any, tag: str, path: Path) -> None:
        pending = [element.text] if element.text else []
        links: list[str] = []
        for number, child in enumerate(element):
            name = name_of(child)
            if name in BREAKING_TAGS or _stands_apart(child, name, tag):
                self._add(pending, links, tag, path)
                if len(path) < MAX_DEPTH:
                    self.through(child, tag, (*path, self._step(child, name, number)))
            elif name:
                _inline(child, pending, links)
            if tail := child.tail:
                pending.append(tail)
        self._add(pending, links, tag, path)

    def _step(self, element: Any, name: str, number: int) -> str:
        if not self._is_page or not element.attrib:
            return f"{name}/{number}"
        kind = " ".join(filter(None, (element.get("class"), element.get("itemprop"))))
        return f"{name}/{number}/{kind}" if kind else f"{name}/{number}"

    def _add(self, pending: list[str], links: list[str], tag: str, path: Path) -> None:
        if not pending:
            return
        text = "".join(pending)
        pending.clear()
        if not text or text.isspace():
            links.clear()
            return
        role = str(ROLE_OF_TAG.get(tag, ""))
        linked = 1.0 if self._links else 0.0
        if links and not linked:
            linked = min(_size("".join(links)) / max(_size(text), 1), 1.0)
        links.clear()
        for one in paragraphs_of(text):
            if role != Role.CAPTION or not _ADDRESS.fullmatch(one):
                self.found.append(Placed(one, role, tag, path, linked))

    def _table(self, element: Any, path: Path) -> bool:
        """Add a table of data; return False for one that only lays out what is in it."""
        role = element.get("role")
        rows = list(element.iter("{*}tr", "{*}row"))
        heads = next(element.iter("{*}th", "{*}thead", "{*}caption"), None)
        is_data = heads is not None and role is None
        if role in ("presentation", "none") or is_layout(map(_cells, rows), is_data):
            return False
        text = "\n".join(row_of(map(_text_of, _cell_elements(row))) for row in rows)
        captions = _Walk(self._is_page)
        for caption in element.iter("{*}caption"):
            captions.through(caption, "", (*path, "caption/0"))
        whole = _Walk(self._is_page)
        whole._children(element, "", path)
        if _letters(whole.found) > _letters(captions.found) + _size(text.replace(" | ", "")):
            return False  # some of its text stands outside its cells
        self.found += captions.found
        if text.strip(" |\n"):
            self.found.append(Placed(text, str(Role.TABLE), "table", path))
        return True


def _role_tag(element: Any, tag: str, kind: str, inherited: str) -> str:
    """Return the tag that gives the text of an element its role, empty for none."""
    if inherited == "note":
        return inherited
    role_tag = "note" if is_note(element) else tag if tag in ROLE_OF_TAG else inherited
    role_tag = "" if tag == "table" else role_tag
    is_caption = not role_tag and "caption" in kind and _CAPTION_CLASS.search(kind)
    return "figcaption" if is_caption else role_tag


def _stands_apart(child: Any, name: str, around: str) -> bool:
    """Return whether an element within a line holds blocks, or is a caption by its class.

    A caption within another one, by the tag around it, is a part of that.
    """
    if name == "span" and not around and "caption" in (kind := child.get("class") or ""):
        return _CAPTION_CLASS.search(kind) is not None
    return bool(name) and len(child) > 0 and has_blocks(child)


def _letters(placed: Iterable[Placed]) -> int:
    return sum(_size(one.text) for one in placed)


def _size(text: str) -> int:
    return len("".join(text.split()))


def _inline(element: Any, pending: list[str], links: list[str]) -> None:
    """Add the text of an element within a line, and a mark for each of its line breaks."""
    tag = name_of(element)
    if tag in ("br", "lb", "cr"):
        pending.append(LINE)
        return
    if tag in SKIPPED_TAGS or is_reference(element, tag):
        return
    start = len(pending)
    pending.append(element.text or "")
    for child in element:
        if isinstance(child.tag, str):
            _inline(child, pending, links)
        pending.append(child.tail or "")
    if tag == "a":
        links += pending[start:]


def paragraphs_of(text: str) -> list[str]:
    """Return the paragraphs of the text of one element, which `LINE` and `PARAGRAPH` may part."""
    if LINE not in text and PARAGRAPH not in text:
        text = " ".join(text.split())
        return [text] if text else []
    text = _SPACES_IN_LINE.sub(" ", text)
    parts = (part.split(LINE) for part in _PARAGRAPHS.split(text))
    return [one for lines in parts for one in paragraphs_of_lines(lines)]


def _kept_lines(element: Any) -> str:
    """Return preformatted text with its lines, blank ones left out."""
    pending: list[str] = []
    _inline(element, pending, [])
    lines = "".join(pending).replace(LINE, "\n").expandtabs(4).splitlines()
    return "\n".join(line.rstrip() for line in lines if line.strip())


def _cells(row: Any) -> list[Cell]:
    cells = []
    for element in _cell_elements(row):
        placed = placed_blocks(element)
        has_table = next(element.iter("{*}table"), None) is not None
        is_headed = any(one.role == Role.SUBHEAD for one in placed)
        cells.append(Cell([one.text for one in placed], has_table, is_headed))
    return cells


def _cell_elements(row: Any) -> list[Any]:
    return [one for one in row if name_of(one) in ("td", "th", "cell")]


def _text_of(element: Any) -> str:
    return " ".join(one.text for one in placed_blocks(element))


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
