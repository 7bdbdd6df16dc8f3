"""Turn Markdown into HTML, which it may hold as well, and cut that into blocks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

from recommender.articles.formats.markdown_emphasis import relax_emphasis
from recommender.articles.markup import FILE_NAME, Block, blocks_of_html
from recommender.articles.shortcodes import figure, without_generator_marks, without_obsidian_marks
from recommender.errors import SourceError
from recommender.text.blocks import is_line_each

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

# The parser drops text that is nested more deeply. A list within a list takes two levels.
MAX_NESTING = 40
MAX_CAPTION_CHARACTERS = 400
# From each open bracket, the parser searches to the end of the paragraph.
MAX_OPEN_BRACKETS = 1_000
_NOTE = re.compile(r"^\[\^([^\]\n]{1,100})\]:[ \t]?", re.M)
_NOTE_NAME = re.compile(r"\[\^([^\]\n]{1,100})\]")
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_TAG = re.compile(r"</?([a-zA-Z][\w:-]*)")
_MORE_TAGS = (
    "picture source svg details summary main dialog slot template figure search math g path"
)


def markdown_blocks(source: str, *, is_mdx: bool = False) -> list[Block]:
    """Return the blocks of Markdown, with captions and notes; `is_mdx` allows any tag.

    Raises `SourceError` if it is nested too deeply, or a paragraph leaves many brackets open.
    """
    if source.count("[") > MAX_OPEN_BRACKETS and any(
        one.count("[") - one.count("]") > MAX_OPEN_BRACKETS for one in _BLANK_LINE.split(source)
    ):
        raise SourceError(f"has a paragraph with over {MAX_OPEN_BRACKETS:,} brackets left open")
    source = _with_all_notes(without_obsidian_marks(without_generator_marks(source)))
    parser = _parser()
    environment: dict[str, Any] = {}
    tokens = parser.parse(source, environment)
    if any(token.level >= MAX_NESTING - 1 for token in tokens):
        raise SourceError("is nested too deeply")
    _mark_captions(tokens)
    has_tags = "<" in source
    for token in tokens:
        _part_paragraphs(token)
        if has_tags and not is_mdx:
            _keep_words_in_brackets(token)
    return blocks_of_html(parser.renderer.render(tokens, parser.options, environment))


@cache
def _parser() -> MarkdownIt:
    """Return the parser. It is loaded late, because it takes a while and few sources need it."""
    from markdown_it import MarkdownIt
    from mdit_py_plugins.deflist import deflist_plugin
    from mdit_py_plugins.footnote import footnote_plugin

    parser = MarkdownIt("commonmark", {"maxNesting": MAX_NESTING, "html": True})
    parser.enable(["table", "strikethrough"]).use(footnote_plugin).use(deflist_plugin)
    relax_emphasis(parser)
    return parser


def _with_all_notes(source: str) -> str:
    """Return Markdown with unused notes as paragraphs. The parser would drop them."""
    defined = Counter(found[1] for found in _NOTE.finditer(source)) if "[^" in source else None
    if not defined:
        return source
    named = Counter(_NOTE_NAME.findall(source))
    return _NOTE.sub(lambda found: "" if named[found[1]] == defined[found[1]] else found[0], source)


def _mark_captions(tokens: Sequence[Token]) -> None:
    """Make a figure of each paragraph of pictures, with their texts as its captions.

    A text in italics below the pictures is a caption as well.
    """
    is_below = False
    for number, token in enumerate(tokens):
        if token.type != "inline" or tokens[number - 1].type != "paragraph_open":
            is_below = is_below and token.type in (
                "paragraph_open",
                "paragraph_close",
                "html_block",
            )
            continue
        children = token.children or []
        captions = _captions(children)
        if captions is None and is_below and _is_in_italics(children):
            captions = [_words(children)]
        is_below = captions is not None and any(one.type == "image" for one in children)
        if captions is None:
            continue
        for tag in (tokens[number - 1], tokens[number + 1]):
            tag.type, tag.hidden = "html_block", False
            tag.content = ""
        token.type, token.children, token.content = "html_block", None, figure(*captions)


def _captions(children: Sequence[Token]) -> list[str] | None:
    """Return the captions of a paragraph that holds only pictures; None for another."""
    images = [one for one in children if one.type == "image"]
    rest = [
        one
        for one in children
        if one.type not in ("image", "link_open", "link_close", "softbreak", "hardbreak")
        and (one.type != "text" or one.content.strip())
    ]
    if not images or (rest and not _is_in_italics(rest)):
        return None
    texts = [
        text
        for one in images
        for text in (_words(one.children or ()), str(one.attrGet("title") or ""))
    ]
    texts = [text for text in texts if not FILE_NAME.fullmatch(text.strip())]
    return [*dict.fromkeys(texts), _words(rest)]


def _is_in_italics(children: Sequence[Token]) -> bool:
    written = [one for one in children if one.type != "text" or one.content.strip()]
    return (
        len(written) > 1
        and written[0].type == "em_open"
        and written[-1].type == "em_close"
        and sum(one.type == "em_close" for one in written) == 1
        and len(_words(children)) <= MAX_CAPTION_CHARACTERS
    )


def _words(children: Sequence[Token]) -> str:
    kinds: Mapping[str, str] = {"softbreak": " ", "hardbreak": " "}
    shown = ("text", "text_special", "code_inline")
    return "".join(
        one.content if one.type in shown else kinds.get(one.type, "") for one in children
    ).strip()


def _part_paragraphs(token: Token) -> None:
    """Make a paragraph of each line, if each reads as one. Some writers leave no blank lines."""
    if token.type != "inline" or "\n" not in token.content:
        return
    breaks = [one for one in token.children or () if one.type == "softbreak"]
    if not breaks:
        return
    lines = token.content.split("\n")
    if len(lines) == len(breaks) + 1 and is_line_each([lines], is_only_one=False):
        for one in breaks:
            one.type, one.content = "html_inline", "<br><br>"


def _keep_words_in_brackets(token: Token) -> None:
    """Turn into text what looks like a tag but is not one, as in `List<String>`."""
    for one in [token, *(token.children or ())]:
        if one.type in ("html_inline", "html_block"):
            names = {name.lower() for name in _TAG.findall(one.content)}
            if any("-" not in name and name not in _tags() for name in names):
                one.content = _TAG.sub(_escaped, one.content)


def _escaped(found: re.Match[str]) -> str:
    name = found[1].lower()
    return found[0] if "-" in name or name in _tags() else escape(found[0])


@cache
def _tags() -> frozenset[str]:
    from lxml.html import defs

    return frozenset(defs.tags) | frozenset(_MORE_TAGS.split())
