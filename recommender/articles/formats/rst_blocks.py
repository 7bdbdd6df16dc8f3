"""Parse reStructuredText with docutils, which opens no file, address or configuration.

docutils does not know the directives and roles of Sphinx and of site generators. Their words are
kept.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from functools import cache
from typing import Any, NamedTuple

from recommender.articles.files import need
from recommender.articles.status_words import is_of_draft
from recommender.errors import SourceError

MAX_LINE_CHARACTERS = 1_000_000
_DIRECTIVE = re.compile(r"^[ \t]*\.\.[ \t]+(?:\|[^|\n]+\|[ \t]+)?(?P<name>[\w:.+-]{1,200})::", re.M)
# The name of a role, with names of domains before it.
_ROLE_NAME = r"[\w.+-]{1,80}+(?::[\w.+-]{1,80}+){0,3}"
_ROLE = re.compile(rf":(?P<before>{_ROLE_NAME}):`|`:(?P<after>{_ROLE_NAME}):")
# docutils searches from each sign in a word to the end of the word, and from each open mark to the
# end of its paragraph.
MAX_WORD_CHARACTERS = 1_000
MAX_OPEN_MARKS = 500
_LONG_WORD = re.compile(rf"[!-~]{{{MAX_WORD_CHARACTERS + 1}}}")
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_OPENING_MARK = re.compile(r"(?<![\w*`|])[*`|](?=\S)")
_CLOSING_MARK = re.compile(r"(?<=\S)[*`|]_{0,2}(?=[\s\-/:'\")\]}>.,;!?]|$)")
_INCLUDED = re.compile(r"^[ \t]*\.\.[ \t]+(?:literal)?include::[ \t]*(?P<name>\S+)", re.M)
# These directives hold no words, but names of pages, pictures or videos.
_WORDLESS = {
    *("toctree", "index", "highlight", "highlightlang", "currentmodule", "literalinclude"),
    *("youtube", "vimeo", "media", "soundcloud", "gist", "thumbnail", "post-list", "slides"),
    *("teaser_end", "more", "include", "tags", "categories", "image-gallery", "sectionauthor"),
}
# These directives name a condition or a style before their content.
_CONDITION = "only"
_UNTITLED = {_CONDITION, "ifconfig", "cssclass", "rst-class", "tabularcolumns", "productionlist"}
_LABEL = re.compile(
    r"<span class=\"label\">(?:<span[^<>]*>[^<]*</span>|<a[^<>]*>[^<]*</a>|[^<])*</span>"
)
_NEXT_LINE = re.compile(r"</div>\s*<div class=\"line\">")
_SETTINGS = {
    "_disable_config": True,
    "file_insertion_enabled": False,
    "raw_enabled": True,  # HTML within the text is read like any other
    "halt_level": 5,
    "report_level": 5,
    "traceback": True,
    "embed_stylesheet": False,
    "stylesheet_path": "",
    "syntax_highlight": "none",
    "math_output": "LaTeX",
    "image_loading": "link",
    "initial_header_level": 2,
    "line_length_limit": MAX_LINE_CHARACTERS,
    "input_encoding": "unicode",
    "output_encoding": "unicode",
}


class ParsedRst(NamedTuple):
    """The fields of a document, its text as HTML, and the names of included files, not read."""

    fields: dict[str, str]
    html: str
    included: list[str]


def parsed_rst(source: str) -> ParsedRst:
    """Return what a text holds; raise `SourceError` if it is too deep or too slow to parse."""
    core = need("docutils.core", "rst")
    _check_marks(source)
    _keep_unknown(source)
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        settings = {**_SETTINGS, "warning_stream": nowhere}
        try:
            tree = core.publish_doctree(source, settings_overrides=settings)
            fields = _fields(tree)
            _as_read(tree)
            html = _html(core, tree, settings)
        except RecursionError as error:
            raise SourceError("is nested too deeply") from error
    included = [one["name"] for one in _INCLUDED.finditer(source)]
    return ParsedRst(fields, html, included)


def _check_marks(source: str) -> None:
    """Raise `SourceError` for words and open marks that docutils would take very long to parse."""
    if _LONG_WORD.search(source):
        raise SourceError(f"has a word of over {MAX_WORD_CHARACTERS:,} letters and signs")
    for block in _BLANK_LINE.split(source):
        if sum(map(block.count, "*`|")) <= MAX_OPEN_MARKS:
            continue
        left = Counter(found[0] for found in _OPENING_MARK.finditer(block))
        left.subtract(found[0][0] for found in _CLOSING_MARK.finditer(block))
        if max(left.values(), default=0) > MAX_OPEN_MARKS:
            raise SourceError(f"has a paragraph with over {MAX_OPEN_MARKS} marks left open")


def _html(core: Any, tree: Any, settings: dict[str, Any]) -> str:
    writer = need("docutils.writers.html5_polyglot", "rst").Writer()
    core.publish_from_doctree(tree, writer=writer, settings_overrides=settings)
    parts = writer.parts
    subtitle = f"<h2>{parts['subtitle']}</h2>" if parts["subtitle"] else ""
    html = _LABEL.sub("", subtitle + parts["body"])
    return _NEXT_LINE.sub("<br>", html)


def _fields(tree: Any) -> dict[str, str]:
    """Return the title and the fields below it, and remove the fields from the tree."""
    nodes = need("docutils.nodes", "rst")
    fields: dict[str, str] = {"title": tree.get("title", "")} if tree.get("title") else {}
    for info in list(tree.findall(nodes.docinfo)):
        for one in info:
            if one.tagname == "field":
                name, value = one[0].astext(), one[1].astext()
            elif one.tagname == "authors":
                name, value = "author", ", ".join(child.astext() for child in one)
            else:
                name, value = one.tagname, one.astext()
            fields.setdefault(name.lower(), " ".join(value.split()))
        info.parent.remove(info)
    return fields


def _as_read(tree: Any) -> None:
    """Give pictures their descriptions as captions, and unwrap notes, which would get a label."""
    nodes = need("docutils.nodes", "rst")
    for one in list(tree.findall(nodes.Admonition)):
        if one.tagname not in ("admonition", "system_message"):
            one.replace_self(nodes.container("", *one.children))
    for picture in list(tree.findall(nodes.image)):
        words = picture.get("alt", "")
        if words and isinstance(picture.parent, nodes.document | nodes.section | nodes.container):
            figure = nodes.figure("", picture.deepcopy(), nodes.caption("", words))
            picture.replace_self(figure)


def _keep_unknown(source: str) -> None:
    """Register the unknown directives and roles of a text, so that their words are kept."""
    rst = need("docutils.parsers.rst", "rst")
    english = need("docutils.parsers.rst.languages.en", "rst")
    directives, roles = rst.directives, rst.roles
    for name in {one["name"].lower() for one in _DIRECTIVE.finditer(source)}:
        known = name in directives._directives or name in directives._directive_registry
        if not known and name not in english.directives:
            directives.register_directive(name, _directive(name in _WORDLESS, name in _UNTITLED))
    for name in {(one["before"] or one["after"]).lower() for one in _ROLE.finditer(source)}:
        known = name in roles._roles or name in roles._role_registry
        if not known and name not in english.roles:
            roles.register_local_role(name, _role)


@cache
def _directive(is_wordless: bool, is_untitled: bool) -> Any:
    """Return a directive that keeps its arguments and its content as text."""
    nodes = need("docutils.nodes", "rst")
    base: Any = need("docutils.parsers.rst", "rst").Directive

    class Kept(base):  # type: ignore[misc]  # docutils has no types
        optional_arguments = 1_000
        final_argument_whitespace = True
        has_content = True
        option_spec = _AnyOption()

        def run(self) -> list[Any]:
            if is_wordless or (self.name == _CONDITION and is_of_draft(" ".join(self.arguments))):
                return []
            found = nodes.container()
            words = "" if is_untitled else " ".join(self.arguments)
            if words:
                inline, messages = self.state.inline_text(words, self.lineno)
                found += nodes.paragraph(words, "", *inline, *messages)
            self.state.nested_parse(self.content, self.content_offset, found)
            return [found]

    return Kept


class _AnyOption(dict[str, Any]):
    """Options of any name, with texts as values."""

    def __getitem__(self, name: str) -> Any:
        return lambda value: value or ""

    def __contains__(self, name: object) -> bool:
        return True

    def __bool__(self) -> bool:
        return True


def _role(
    name: str, rawtext: str, text: str, lineno: int, inliner: Any, *rest: Any
) -> tuple[list[Any], list[Any]]:
    """Return the words of an unknown role, without the target of a link."""
    nodes = need("docutils.nodes", "rst")
    words, _, target = text.removesuffix(">").rpartition("<")
    if not (text.endswith(">") and words.strip() and target and ">" not in target):
        words = text.removeprefix("~").removeprefix("!")
    words = words.rstrip()
    return [nodes.inline(rawtext, words)], []
