"""Remove generic directives and attributes of elements from Markdown; their words stay.

Docusaurus and pandoc write `:::note[Title]` and `::: {.note}`, Nuxt `::callout{icon="a"}`,
Starlight `::youtube[Words]{#id}`, all of them `:name[words]{.class}` in a line. Attributes in
braces belong to the element before them: `[words]{.red}`, `![Dike](a.jpg){width=50%}`, `## Dike
{#dike}`.
"""

from __future__ import annotations

import re

_ATTRIBUTES = r"\{[^{}\n]{0,300}\}"
# `:::` without a name ends such a block.
_CONTAINER = re.compile(
    rf"^[ \t]*:{{3,}}[ \t]*(?:[\w-]+(?=[\[{{ \t]|$))?[ \t]*(?:\[(?P<label>[^\]\n]*)\])?"
    rf"(?P<attributes>{_ATTRIBUTES})?(?P<rest>.*)$",
    re.M,
)
# The fields of a Nuxt block stand between `---` lines below its first line.
_BLOCK = re.compile(
    r"^[ \t]*::(?:[A-Za-z][\w-]*(?:\[(?P<label>[^\]\n]{0,300})\])?"
    rf"(?P<attributes>{_ATTRIBUTES})?)?(?P<rest>)[ \t]*$"
    r"(?:\n[ \t]*---[ \t]*\n(?:[ \t]*[\w:-]+:[^\n]*\n){1,30}[ \t]*---[ \t]*$)?",
    re.M,
)
_TITLE = re.compile(r"(?<![\w-])title=(?:\"([^\"]*)\"|'([^']*)')")
_INLINE = re.compile(rf"(?<![\w:]):[A-Za-z][\w-]{{0,40}}\[([^\[\]\n]{{0,300}})\](?:{_ATTRIBUTES})?")
_EMPTY_INLINE = re.compile(
    r"(?<![\w:]):[A-Za-z][\w-]{0,40}\{(?=[.#:\w-]{1,60}(?:[=\s}]))[^{}\n]{1,300}\}"
)
_SPAN = re.compile(
    r"(?<!\])\[([^\[\]\n]{1,500})\]"
    r"\{(?=[.#][A-Za-z]|(?:lang|style|class|id|dir)=)[^{}\n]{0,300}\}"
)
_AFTER_LINK = re.compile(
    r"(\]\([^()\s]{0,1000}(?:[ \t]+\"[^\"\n]{0,300}\")?\))"
    r"\{[ \t]?(?=[.#:]|[\w-]{1,30}[=\s}])[^{}\n]{0,300}\}"
)
_AT_END = re.compile(r"(?<![ \t])[ \t]*+\{[.#][^\W\d_][^{}\n]{0,300}\}[ \t]*$", re.M)


_MAY_OPEN = re.compile(r":[:A-Za-z][\w-]{0,40}[:\[{\s]|::$")

# Elements with Markdown inside, as kramdown and Python-Markdown read them.
_HOLDING = re.compile(
    r"^[ ]{0,3}(<(?P<name>[a-z][a-z0-9]{0,20})\b[^<>]{0,500}\smarkdown"
    r"(?:=[\"']?(?:1|block|span)\b|(?=[\s>]))[^<>]{0,500}>)",
    re.M,
)
_TAG_ALONE = re.compile(r"^[ ]{0,3}</?(?:img|br|hr)\b[^<>\n]{0,500}>[ \t]*$", re.M)

# Fences that hold no code: HTML of pandoc, boxes of MyST.
_FENCED = re.compile(r"[ \t]*[`~]{3,}[ \t]*\{(?P<kind>=?[\w:-]{1,40})\}(?P<title>.*)")
_OPTIONS = re.compile(r"\A(?:[ \t]*:[\w-]{1,40}:[^\n]*(?:\n|\Z)){1,20}")
_FIGURES = {"figure", "figure-md", "image"}
_BOXES = {"note", "tip", "hint", "important", "warning", "caution", "attention", "danger", "error"}
_BOXES |= {"seealso", "admonition", "topic", "sidebar", "margin", "epigraph", "pull-quote"}


def may_hold_directives(markdown: str) -> bool:
    """Return whether Markdown may hold a directive: most does not."""
    return ":" in markdown and _MAY_OPEN.search(markdown) is not None


def without_directives(markdown: str) -> str:
    """Return Markdown without directives; the content of each is a text of its own."""
    markdown = _BLOCK.sub(_words, _CONTAINER.sub(_words, markdown))
    return _EMPTY_INLINE.sub("", _INLINE.sub(r"\1", markdown))


def _words(found: re.Match[str]) -> str:
    """Return the shown words of a block's first line: its label, its title, or the rest."""
    title = _TITLE.search(found["attributes"] or "")
    words = found["label"] or (title and (title[1] or title[2])) or found["rest"].strip()
    return f"\n{words}\n"


def without_attributes(markdown: str) -> str:
    """Return Markdown without attributes in braces after words, links, pictures and headings."""
    return _AT_END.sub("", _AFTER_LINK.sub(r"\1", _SPAN.sub(r"\1", markdown)))


def with_markdown_apart(markdown: str) -> str:
    """Return Markdown with blank lines around tags whose content is Markdown too.

    These tags have `markdown="1"`, `markdown="span"` or `markdown` alone. Without the blank lines,
    a parser takes the lines up to the next blank one for HTML.
    """
    names = {found["name"] for found in _HOLDING.finditer(markdown)}
    if not names:
        return markdown
    markdown = _TAG_ALONE.sub(lambda found: f"{found[0]}\n", _HOLDING.sub("\n\\1\n\n", markdown))
    closing = rf"[ \t]*(</(?:{'|'.join(sorted(names))})>)"
    return re.sub(closing, "\n\n\\1\n\n", markdown)


def out_of_fence(fenced: str) -> str:
    """Return what is in a fence if it is no code: HTML, or the text of a box with its title."""
    first, *lines = fenced.split("\n")
    found = _FENCED.fullmatch(first)
    if not found:
        return fenced
    if lines and not lines[-1].strip(" \t`~"):
        lines.pop()
    inside = "\n".join(lines)
    if found["kind"].startswith("="):
        return f"\n{inside}\n" if found["kind"] == "=html" else ""
    if found["kind"] in _FIGURES:
        caption = _OPTIONS.sub("", inside).strip()
        return f"\n<figure><figcaption>\n\n{caption}\n\n</figcaption></figure>\n" if caption else ""
    if found["kind"] in _BOXES:
        return f"\n{found['title'].strip()}\n\n{_OPTIONS.sub('', inside)}\n"
    return fenced
