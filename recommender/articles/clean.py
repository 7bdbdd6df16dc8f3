"""Clean fields that may hold HTML: texts, titles, and what was escaped twice."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from html import unescape

from recommender.articles.markup import PARAGRAPH, Block, blocks_of_html, joined_text
from recommender.articles.plugin_shortcodes import (
    has_plugin_shortcodes,
    without_plugin_shortcodes,
)
from recommender.articles.shortcodes import without_system_marks, without_wordpress_shortcodes
from recommender.text.blocks import BLANK_LINES, with_paragraphs
from recommender.types import Mark, Role

# An export escapes once, a feed once more, and some twice.
MOST_ESCAPES = 3
# A teaser may be cut at its end: so many characters show whether it opens the text.
COMPARED_CHARACTERS = 60
_INLINE = (
    "em|i|b|strong|span|a|sup|sub|small|mark|u|font|q|cite|abbr|code|ins|del|s|bdi|bdo|wbr|img"
)
_BLOCK = "p|div|br|h[1-6]|ul|ol|li|figure|figcaption|table|blockquote|section|article|pre|hr"
_TAG = re.compile(rf"</?(?:{_INLINE}|{_BLOCK})(?:\s[^<>]{{0,2000}})?/?>", re.I)

_MARKUP = re.compile(rf"<(?:{_BLOCK})(?:\s[^<>]{{0,2000}})?/?>|</(?:{_INLINE})>|<img\s|<!--", re.I)
_ESCAPED_TAG = re.compile(r"&(?:amp;)*lt;/?[a-z][a-z0-9]*(?:\s|/?&(?:amp;)*gt;)", re.I)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});", re.I)
_BREAK = re.compile(r"<(?:br|p|div|h[1-6]|li)\b[^<>]{0,2000}>|</(?:p|div|h[1-6]|li)>", re.I)
# Tags by which HTML marks paragraphs: a blank line beside them means nothing.
_PARAGRAPH_TAG = re.compile(r"<(?:p|div|section|article)(?:\s[^<>]{0,2000})?>", re.I)

# A blank line between two sentences separates them even if tags mark other paragraphs.
_BLANK_BETWEEN_SENTENCES = re.compile(
    rf"([.!?…。！？؟।][\"'”’»)\]]{{0,2}}(?:</(?:{_INLINE})>){{0,3}})[^\S\n]*\n[^\S\n]*\n\s*+"
    rf"(?=[^\s<]|<(?:{_INLINE})\b)"
)
# Marks of a text that was exported from WordPress with its shortcodes.
_WORDPRESS = re.compile(r"<!-- wp:|\[(?:wp_)?caption |\[gallery |\[embed\]")
# Forms of `<![CDATA[words]]>` that a tool escaped or kept.
_CDATA = re.compile(r"<!\[CDATA\[(.*?)(?:\]\]>|\Z)", re.S)
_RARE_BREAKS = re.compile("[\u2028\u2029\x85]")
# The elements in which a blank line ends no paragraph.
_KEPT = re.compile(r"<(p|pre|table|script|style|ul|ol)\b", re.I)


def plain_line(text: str) -> str:
    """Return a title or another short field as words: without tags, entities and line breaks."""
    if "<" in text or "&" in text:
        text = _TAG.sub("", _BREAK.sub(" ", _without_cdata(_unescaped(text))))
        text = _unescaped(text) if "&" in text else text
    return " ".join(text.split())


def whole(text: str) -> str:
    """Return a text with surrogate pairs joined.

    Lone surrogates, which JSON can write and UTF-8 cannot, are replaced.
    """
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def is_html(text: str) -> bool:
    """Return whether a text holds HTML, also if it is escaped, or shortcodes of WordPress."""
    return (
        ("<" in text and bool(_MARKUP.search(text)))
        or ("&" in text and bool(_ESCAPED_TAG.search(text)))
        or has_plugin_shortcodes(text)
    )


def plain_text(text: str) -> str:
    """Return a text without HTML, with its entities as characters and its paragraphs separated."""
    return _with_paragraphs(_without_cdata(_unescaped(text) if "&" in text else text))


def text_of_html(html: str, title: str = "", standfirst: str = "") -> tuple[str, tuple[Mark, ...]]:
    """Return the text of a piece of HTML and the roles that its markup gives.

    Its first heading is the title if it repeats `title`. A `standfirst` comes first, unless the
    text opens with it. Raises `SourceError` if it is nested too deeply.
    """
    return text_of_blocks(marked_blocks(html), title, standfirst)


def marked_blocks(html: str, *, is_classic: bool = False) -> list[Block]:
    """Return the blocks of HTML that may be escaped; raise `SourceError` as `text_of_html` does.

    If `is_classic`, every blank line ends a paragraph, as in the classic editor of WordPress.
    """
    html = without_system_marks(_markup_of(html))
    if _WORDPRESS.search(html) or has_plugin_shortcodes(html):
        is_classic = True
        html = without_plugin_shortcodes(without_wordpress_shortcodes(html))
    return blocks_of_html(_with_paragraph_marks(html, is_classic))


def text_of_blocks(
    found: Iterable[Block], title: str = "", standfirst: str = ""
) -> tuple[str, tuple[Mark, ...]]:
    """Return the text of blocks of markup and their roles, as `text_of_html` does."""
    blocks = [_readable(block) for block in found]
    if blocks and title and _is_same(blocks[0][0], title) and blocks[0][1] in ("", Role.SUBHEAD):
        blocks[0] = (blocks[0][0], str(Role.TITLE), "repeats the title")
    lead = plain_line(standfirst) if standfirst else ""
    if lead and not _opens(lead, blocks):
        role = str(Role.STANDFIRST) if blocks else ""
        is_below = bool(blocks) and blocks[0][1] == Role.TITLE
        blocks.insert(int(is_below), (lead, role, "the excerpt of the source"))
    return joined_text(blocks)


def blocks_of_field(text: str) -> list[Block]:
    """Return the blocks of a text field, which may be HTML."""
    if is_html(text):
        return marked_blocks(text)
    return [(one, "", "") for one in plain_text(text).split("\n\n") if one.strip()]


def cleaned_text(text: str, title: str = "") -> tuple[str, tuple[Mark, ...]]:
    """Return the text of a text field; if it is HTML, also the roles that its markup gives."""
    if "<" not in text and "&" not in text and "[/" not in text:
        return _with_paragraphs(text), ()
    return text_of_html(text, title) if is_html(text) else (plain_text(text), ())


def _with_paragraphs(text: str) -> str:
    """Return a text as `with_paragraphs` does, without work if blank lines already separate it."""
    has_breaks = "\n" in text.replace("\n\n", "") or "\f" in text
    if has_breaks or not (text.isascii() or _RARE_BREAKS.search(text) is None):
        return with_paragraphs(text)
    return text


def _markup_of(text: str) -> str:
    """Return HTML without one level of escapes."""
    for _ in range(MOST_ESCAPES):
        if _MARKUP.search(text) or not _ESCAPED_TAG.search(text):
            break
        text = unescape(text)
    return _without_cdata(text)


def _without_cdata(text: str) -> str:
    return _CDATA.sub(r"\1", text) if "<![CDATA[" in text else text


def _readable(block: Block) -> Block:
    text, role, reason = block
    return (_unescaped(text), role, reason) if "&" in text else block


def _unescaped(text: str) -> str:
    """Return a text without entities, however often it was escaped."""
    for _ in range(MOST_ESCAPES):
        if not _ENTITY.search(text):
            break
        text = unescape(text)
    return text


def _with_paragraph_marks(html: str, is_classic: bool) -> str:
    """Return HTML with blank lines as paragraph ends if no tag marks paragraphs.

    The classic editor of WordPress writes such HTML, and so do people who type only inline tags. If
    tags mark paragraphs, a blank line ends one only between two sentences.
    """
    if not BLANK_LINES.search(html):
        return html
    blank, end_mark = BLANK_LINES, PARAGRAPH
    if not is_classic and _PARAGRAPH_TAG.search(_without_comments(html, "")):
        blank, end_mark = _BLANK_BETWEEN_SENTENCES, rf"\1{PARAGRAPH}"
    else:
        html = _without_comments(html, "\n\n")
    pieces: list[str] = []
    at = 0
    for start, end in _kept_elements(html):
        pieces += (blank.sub(end_mark, html[at:start]), html[start:end])
        at = end
    return "".join([*pieces, blank.sub(end_mark, html[at:])])


def _without_comments(html: str, instead: str) -> str:
    """Return HTML without its comments, in a time that grows linearly with its length."""
    pieces: list[str] = []
    at = 0
    while (start := html.find("<!--", at)) >= 0 and (end := html.find("-->", start + 4)) >= 0:
        pieces.append(html[at:start])
        at = end + 3
    return instead.join([*pieces, html[at:]])


def _kept_elements(html: str) -> Iterator[tuple[int, int]]:
    """Yield where each element whose blank lines are kept starts and ends; none that stays open."""
    at = 0
    never_closed: set[str] = set()
    while opening := _KEPT.search(html, at):
        name = opening[1].lower()
        closing = None if name in never_closed else _closing(name).search(html, opening.end())
        if closing is None:
            never_closed.add(name)
            at = opening.end()
            continue
        yield opening.start(), closing.end()
        at = closing.end()


@cache
def _closing(name: str) -> re.Pattern[str]:
    return re.compile(f"</{name}>", re.I)


def _opens(lead: str, blocks: Sequence[Block]) -> bool:
    """Return whether a standfirst is in the first blocks already, or is their beginning."""
    head = " ".join(" ".join(text.split()) for text, _, _ in blocks[:4]).casefold()
    words = lead.casefold().rstrip(".… []")
    return words[:COMPARED_CHARACTERS] in head


def _is_same(one: str, other: str) -> bool:
    return one.casefold().split() == other.casefold().split()
