"""Remove the marks of site generators and note takers from a text, except their captions.

Hugo writes `{{< figure caption="..." >}}`, Jekyll `{% include image.html caption="..." %}`,
Obsidian `[[page|words]]` and `%%comment%%`, WordPress `[caption]<img> words[/caption]`. A reader of
the site sees the captions and the words, never the marks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import escape, unescape
from itertools import islice
from textwrap import dedent

from recommender.articles.directives import (
    may_hold_directives,
    out_of_fence,
    with_markdown_apart,
    without_attributes,
    without_directives,
)
from recommender.articles.markdown_edits import has_edits, with_edits
from recommender.articles.plugin_shortcodes import (
    has_plugin_shortcodes,
    without_plugin_shortcodes,
)
from recommender.articles.spans import Span, dropped

# Expressions may be nested this deep. The innermost one is read first.
MAX_BRACES = 8
MAX_COMPONENTS = 200
CAPTION_NAMES = ("caption", "title", "attr", "credit")
_FENCE = re.compile(
    r"^[ \t]*(?P<mark>`{3,}|~{3,}).*?(?:^[ \t]*(?P=mark)[`~]*[ \t]*$|\Z)", re.M | re.S
)
_CODE = re.compile(r"(?<![`=])(`{1,3})(?!`)[^\n]{1,200}?(?<!`)\1(?!`)")
_HUGO = Span(re.compile(r"\{\{[<%]"), {"": re.compile(r"[>%]\}\}")}, most=4_000, least=1)
_LIQUID = Span(re.compile(r"\{%-?"), {"": re.compile(r"-?%\}")}, most=4_000, least=1)
_LIQUID_COMMENT = Span(
    re.compile(r"\{%-?\s{0,100}comment\b"),
    {"": re.compile(r"endcomment\s{0,100}-?%\}")},
    most=20_000,
)
_LIQUID_VALUE = re.compile(
    r"\{\{-?(?:[^{}<%\n]{1,200}|\s*(?:\"[^\"\n]{0,200}\"|'[^'\n]{0,200}')\s*\|[^{}\n]{1,200})-?\}\}"
)
# Shortcodes of boxes. Their first words are the heading of the box, even without a name.
_BOX = re.compile(
    r"[/%<\s]*(?:details|expand|tab|tab-?item|accordion(?:-item)?|collapse|collapsible|spoiler|toggle)"
    r"(?=[\s\"'/]|$)(?P<rest>.*)",
    re.I | re.S,
)
_HEADS = ("title", "summary", "name", "header", "heading", "label")
_FIRST_WORDS = re.compile(r"\s*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)')")
# Links and emphasis in the words of an attribute.
_LINK_OF_WORDS = re.compile(r"\[([^\[\]\n]{1,300})\]\([^()\s]{0,1000}\)")
_STRONG_WORDS = re.compile(r"(?<![\w*])(\*\*|\*)(?=\S)([^*\n]{1,300}?)(?<=\S)\1(?![\w*])")
# The definition of a link whose address is an expression. Without an address, it would be text.
_DEFINED = re.compile(r"^( {0,3}\[[^\]\n^][^\]\n]{0,200}\]:[ \t]+)(?=\{[{%])", re.M)
# The beginning of a role in MyST. Code follows it.
_ROLE = re.compile("\\{[a-z][a-z0-9:+-]{0,40}\\}(?=\ue000)")
_ATTRIBUTE = re.compile(
    r"(?<![\w-])(?P<name>[\w-]++)\s*+[=:]\s*+"
    r"(?:\"(?P<double>(?:\\.|[^\"\\])*)\"|'(?P<single>(?:\\.|[^'\\])*)'"
    r"|`(?P<raw>[^`]*)`)"
)
_KRAMDOWN = re.compile(
    r"^[ \t]*\{:[^{}\n]{0,200}\}[ \t]*$|^ {0,3}\{:(?=[ .#])[^{}\n]{0,200}\}"
    r"|(?<=\S)\{:[^{}\n]{0,200}\}"
    r"|(?<=\S)[ \t]{1,4}\{:[^{}\n]{0,200}\}[ \t]*$",
    re.M,
)
# A table of contents replaces the list before its mark.
_KRAMDOWN_CONTENTS = re.compile(
    r"^(?:[*+-]|\d+\.)[ \t][^\n]{0,80}\n\{:\s?toc\b[^{}\n]{0,200}\}", re.M
)
_TABLE_OF_CONTENTS = re.compile(r"^[ \t]*\[(?:TOC|\[_?toc_?\])\][ \t]*$", re.M | re.I)
_COMMENT = Span(re.compile("<!--"), {"": re.compile("-->")}, most=20_000)
# `!!! note "Title"` of MkDocs, and the indented lines below it; `???` folds, `===` makes tabs.
_ADMONITION = re.compile(
    r"^(?P<indent>[ ]{0,12})"
    r"(?:(?:!!!|\?\?\?\+?)[ \t]+[\w-]+(?:[ \t]+[\w-]+){0,3}|===[!+]?(?=[ \t]+\"))"
    r"[ \t]*(?:\"(?P<title>[^\"\n]{0,200})\")?[ \t]*\n"
    r"(?P<inside>(?:(?P=indent)(?: {4}|\t).*\n?|[ \t]*\n)+)",
    re.M,
)
_LATEX = (
    "newpage|pagebreak|clearpage|noindent|bigskip|medskip|smallskip|centering"
    r"|(?:begin|end|vspace|hspace|vskip|pagestyle|thispagestyle)\*?(?:\{[^{}\n]{0,60}\}){1,2}"
)
# The name of an emoji. It may stand beside letters of a script without spaces. A mark takes its
# place, and is removed with the space before it if a sign or the end of the line follows.
_EMOJI = (
    ":(?<![A-Za-z0-9_:/\\[\\\\]:)(?:[a-z][a-z0-9_+-]{1,30}|[+-]1|100):"
    "(?:[ \t]?:(?:[a-z][a-z0-9_+-]{1,30}|[+-]1|100):)*(?![A-Za-z0-9_:/\ue000])"
)
_NO_EMOJI = "(?<![ \t])(?<=\\S)[ \t]*+\ue002(?=[.,;!?)]|$)|\ue002"
# An address with spaces, as editors type it, that ends in the suffix of a file.
_SPACED = (
    r"(\]\()(?![<\"'])([^\s()<>\"'][^()<>\n\"']{0,300} [^()<>\n\"']{0,300}"
    r"\.(?:png|jpe?g|gif|webp|svg|bmp|pdf|mp[34]|md|html?|docx?|pptx?|xlsx?))"
    r"(?=(?:[ \t]+[\"'][^\n\"']{0,300}[\"'])?\))"
)
# Marks that are removed or replaced. For each: letters that it holds, the mark, its replacement. In
# order: abbreviations, citations, boxes of tasks, headings without a space (`#Title of a text`, but
# no line of tags), lowered and raised letters, LaTeX, names of emojis, addresses with spaces.
_SMALL_MARKS = (
    ("[", re.compile(r"^[ ]{0,3}\*\[[^\]\n]{1,60}\]:.*\n?", re.M), ""),
    ("@", re.compile(r"[ \t]?\[(?:(?:see|cf\.|e\.g\.,?) )?-?@[^\[\]\n]{1,200}\](?![(\[])"), ""),
    ("[", re.compile(r"^([ \t]*(?:[-*+]|\d{1,4}[.)])[ \t]+)\[[ xX]\][ \t]+", re.M), r"\1"),
    ("##", re.compile(r"^(#{2,6})(?=[^\s#])", re.M), r"\1 "),
    ("#", re.compile(r"^#(?=[^\W\d_][^#\n]{1,200}$)(?=\S{1,200}[ \t])", re.M), "# "),
    ("~", re.compile(r"(?<=[^\W_])~([^\s~]{1,20})~(?!~)"), r"\1"),
    ("^", re.compile(r"(?<=[^\W_])\^([^\s^]{1,20})\^"), r"\1"),
    ("\\", re.compile(rf"^[ \t]*\\(?:{_LATEX})[ \t]*$", re.M), ""),
    (":", re.compile(_EMOJI), "\ue002"),
    ("\ue002", re.compile(_NO_EMOJI, re.M), ""),
    ("](", re.compile(_SPACED), r"\1<\2>"),
)
_OBSIDIAN_COMMENT = re.compile(r"[ \t]?%%.{0,20000}?%%", re.S)
_EMBED = re.compile(r"!\[\[[^\[\]\n|]{1,300}(?:\|([^\]\n]{0,300}))?\]\]")
_WIKI_LINK = re.compile(r"\[\[([^\[\]\n|]{1,300})(?:\|([^\]\n]{1,300}))?\]\]")
_MARKED = re.compile(r"==(?=\S)([^=\n]{1,500}?)(?<=\S)==")
_BLOCK_ID = re.compile(r"[ \t]\^[\w-]{1,40}[ \t]*$", re.M)
_CALLOUT = re.compile(r"^>[ \t]*\[!\w+\][+-]?[ \t]*(.*)((?:\n>.*)*)", re.M)
_SIZE = re.compile(r"\d+(?:x\d+)?")
_WORDPRESS_CAPTION = Span(
    re.compile(r"\[(?P<mark>(?:wp_)?caption)(?P<attributes>[^\]]{0,500}+)\]"),
    {name: re.compile(rf"\[/{name}\]") for name in ("caption", "wp_caption")},
    most=4_000,
)
_WORDPRESS_EMPTY = "gallery playlist audio video youtube vimeo googlemaps instagram tweet embed"
_WORDPRESS = re.compile(
    rf"\[(?P<name>{'|'.join(_WORDPRESS_EMPTY.split())})(?:\s[^\]\n]{{0,500}})?/?\]"
    r"(?:[^\[\n]{0,500}\[/(?P=name)\])?"
)
_MODULE_LINES = re.compile(
    r"^(?:import\s(?=[^\n]*(?:\bfrom\b|[\"'{*]))|export\s+(?:const|let|var|default|function|async|\{|\*))"
    r"[^\n]*(?:\n[^\n]+)*",
    re.M,
)
_MDX_COMMENT = Span(re.compile(r"\{/\*"), {"": re.compile(r"\*/\}")}, most=20_000)
# A component without children, such as `<Figure src="a.jpg" caption="The dike" />`.
_COMPONENT = re.compile(r"<(?P<name>[A-Z][\w.]*+)(?P<inside>[^<>]{0,4000}+)(?<=/)>")
_COMPONENT_END = re.compile(r"</([A-Z][\w.]{0,60})\s*>")
_COMPONENT_TAG = re.compile(r"</?[A-Z][\w.]*(?:\s[^<>]{0,4000})?/?>")
_COMPONENT_LINES = re.compile(rf"^[ \t]*(?:{_COMPONENT_TAG.pattern}[ \t]*)+$", re.M)
_EXPRESSION = re.compile(r"(?<!\\)\{([^{}]{0,4000}+)\}")
_QUOTED = re.compile(r"\"([^\"'`]*)\"|'([^\"'`]*)'|`([^\"'`]*)`")
# A caption may stand this many characters below its picture.
_MOST_BELOW = 2_000
# Pictures of Drupal and of Trix, whose captions are attributes.
_CAPTIONED_TAG = re.compile(
    r"<(?:img|drupal-(?:media|entity)|action-text-attachment)\b(?P<attributes>[^<>]{0,4000}+)>"
)
_MEDIA_TOKEN = re.compile(r"\[\[(\{(?:[^\[\]]|\[[^\[\]{}\n]{0,60}\]){1,4000}+)\]\]")
_JOOMLA_PAIRS = "youtube vimeo gallery mp3 mp4 audio video phocagallery sigplus dailymotion"
_JOOMLA = re.compile(
    r"\{(?:loadposition|loadmodule|loadmoduleid|emailcloak|jcomments|modulepos)\b[^{}<>\n]{0,200}\}"
    rf"|\{{(?P<name>{'|'.join(_JOOMLA_PAIRS.split())})(?:\s[^{{}}<>\n]{{0,200}})?\}}"
    r"[^{}<>\n]{0,500}\{/(?P=name)\}"
)
_IMAGE = re.compile(
    r"(?:<a\b[^<>]*>\s*+)?<img\b[^<>]*>(?:\s*+</a>)?|!\[[^\[\]\n]{0,300}\]\([^()\n]{0,1000}\)"
)


def without_generator_marks(markdown: str) -> str:
    """Return Markdown without the marks of Hugo, Jekyll, kramdown, pandoc, Docusaurus, WordPress.

    A caption becomes a `<figure>`. Code stays as it is. Comments, marks of pandoc and MkDocs,
    checkboxes and names of emojis are left out.
    """
    if has_edits(markdown):
        markdown = _outside_code(markdown, with_edits)
    if any(mark in markdown for mark in ("`{", "~{", "` {", "~ {")):
        markdown = _FENCE.sub(lambda found: out_of_fence(found[0]), markdown)
    if _has_small_marks(markdown):
        markdown = _outside_code(markdown, _without_small_marks)
    if may_hold_directives(markdown):
        markdown = _outside_code(markdown, without_directives)
    if "markdown" in markdown:
        markdown = _outside_code(markdown, with_markdown_apart)
    if "</" in markdown or "/>" in markdown:
        markdown = _outside_code(markdown, _without_known_components)
    if "{" in markdown:
        markdown = _outside_code(markdown, _without_braces)
    if "[" in markdown:
        markdown = _TABLE_OF_CONTENTS.sub("", markdown)
        markdown = without_wordpress_shortcodes(markdown)
    if has_plugin_shortcodes(markdown):
        markdown = _outside_code(markdown, without_plugin_shortcodes)
    return markdown


def without_mdx_marks(markdown: str) -> str:
    """Return MDX without JavaScript code: imports, exports, comments, expressions.

    Texts in expressions stay, and so do the captions of components.
    """
    return _outside_code(markdown, _without_javascript)


def without_obsidian_marks(markdown: str) -> str:
    """Return Markdown as Obsidian shows it: links as words, no comments, callouts as paragraphs."""
    if any(mark in markdown for mark in ("%%", "[[", "==", " ^", "[!")):
        return _outside_code(markdown, _without_obsidian)
    return markdown


def without_wordpress_shortcodes(html: str) -> str:
    """Return the HTML of a WordPress post with its captions as figures, other shortcodes gone.

    Only the shortcodes of WordPress itself are known: other words in brackets are text.
    """
    if "[" not in html:
        return html
    return _WORDPRESS.sub("", _WORDPRESS_CAPTION.replaced(html, _wordpress_figure))


def without_system_marks(html: str) -> str:
    """Return HTML of a content system as the site shows it.

    Captions in attributes, as Drupal and Trix keep them, become figures. Tokens of media and marks
    of plugins are removed.
    """
    if "caption=" in html:
        whole = html
        html = _CAPTIONED_TAG.sub(lambda found: found[0] + _caption_of(found, whole), html)
    if "[[{" in html:
        html = _MEDIA_TOKEN.sub(_media_caption, html)
    return _JOOMLA.sub("", html) if "{" in html else html


def _caption_of(found: re.Match[str], html: str) -> str:
    """Return the figure of a caption in an attribute, unless the page also shows it as text."""
    attributes = {
        one["name"]: one["double"] or one["single"] or ""
        for one in _ATTRIBUTE.finditer(found["attributes"])
    }
    caption = attributes.get("data-caption") or attributes.get("caption") or ""
    caption = unescape(caption).strip()
    below = html[found.end() : found.end() + _MOST_BELOW]
    if not caption or f">{caption}<" in below:
        return ""
    return f"<figure><figcaption>{caption}</figcaption></figure>"


def _media_caption(found: re.Match[str]) -> str:
    """Return the caption of a token of Drupal 7, which holds the fields of a picture as JSON."""
    try:
        token = json.loads(found[1])
    except (ValueError, RecursionError):
        return found[0]
    fields = token.get("fields") if isinstance(token, dict) else None
    texts = [
        unescape(text)
        for name, text in (fields.items() if isinstance(fields, dict) else ())
        if "caption" in name and name.endswith("[value]") and isinstance(text, str)
    ]
    return figure(*texts)


def figure(*captions: str) -> str:
    """Return a figure of these captions as HTML, an empty text if there are none."""
    written = [one.strip() for one in captions if one.strip()]
    inside = "".join(f"<figcaption>{escape(one)}</figcaption>" for one in written)
    return f"\n\n<figure>{inside}</figure>\n\n" if inside else ""


def _outside_code(text: str, change: Callable[[str], str]) -> str:
    """Return the text with everything outside code changed; code keeps its indentation."""
    kept: list[str] = []

    def hide(found: re.Match[str]) -> str:
        code = found[0]
        indent = code[: len(code) - len(code.lstrip(" \t"))]
        kept.append(code.replace(f"\n{indent}", "\n").removeprefix(indent) if indent else code)
        return f"{indent}\ue000{len(kept) - 1}\ue001"

    def shown(found: re.Match[str]) -> str:
        code = kept[int(found[1])]
        if "\n" not in code:
            return code
        before = found.string[found.string.rfind("\n", 0, found.start()) + 1 : found.start()]
        return code.replace("\n", f"\n{before}") if before and not before.strip(" \t") else code

    hidden = _CODE.sub(hide, _FENCE.sub(hide, text.replace("\ue000", "").replace("\ue001", "")))
    changed = change(hidden)
    for _ in range(2):  # code within a fence is hidden twice
        changed = re.sub("\ue000(\\d+)\ue001", shown, changed)
    return changed


def _without_small_marks(markdown: str) -> str:
    markdown = _ADMONITION.sub(_admonition, _COMMENT.replaced(markdown, dropped))
    for _, mark, instead in _SMALL_MARKS:
        markdown = mark.sub(instead, markdown)
    return markdown


def _has_small_marks(markdown: str) -> bool:
    if any(mark in markdown for mark in ("<!--", "!!!", "???", '=== "')):
        return True
    return any(letter in markdown and mark.search(markdown) for letter, mark, _ in _SMALL_MARKS)


def _admonition(found: re.Match[str]) -> str:
    title = found["title"] or ""
    return f"\n{title}\n\n{dedent(found['inside'])}\n"


def _without_braces(markdown: str) -> str:
    markdown = _LIQUID_COMMENT.replaced(markdown, dropped)
    markdown = _ROLE.sub("", _DEFINED.sub(r"\1#", markdown))
    markdown = _HUGO.replaced(markdown, _captions)
    markdown = _LIQUID.replaced(markdown, _captions)
    markdown = _LIQUID_VALUE.sub("", markdown)
    markdown = _KRAMDOWN_CONTENTS.sub("", markdown)
    return without_attributes(_KRAMDOWN.sub("", markdown))


def _captions(opening: re.Match[str], inside: str) -> str:
    """Return the captions of a shortcode as a figure."""
    inside = inside.strip()
    if inside.startswith("/*"):  # Hugo's way to show a shortcode instead of running it
        return ""
    attributes = {
        one["name"].casefold(): one["double"] or one["single"] or one["raw"] or ""
        for one in _ATTRIBUTE.finditer(inside)
    }
    if box := _BOX.match(inside):
        first = _FIRST_WORDS.match(box["rest"])
        words = (first and (first["double"] or first["single"])) or next(
            (attributes[name] for name in _HEADS if attributes.get(name)), ""
        )
        return f"\n\n{escape(_words_of(words))}\n\n"
    return figure(*(_words_of(attributes.get(name, "")) for name in CAPTION_NAMES))


def _words_of(attribute: str) -> str:
    """Return the words of an attribute, which may hold Markdown."""
    text = re.sub(r"\\(.)", r"\1", unescape(attribute))
    return _STRONG_WORDS.sub(r"\2", _LINK_OF_WORDS.sub(r"\1", text))


def _component(found: re.Match[str]) -> str:
    return _captions(found, found["inside"])


def _expressed(found: re.Match[str]) -> str:
    """Return the text of a JavaScript expression that is a text."""
    text = _QUOTED.fullmatch(found[1].strip())
    return text[text.lastindex or 0] if text else ""


def _without_javascript(markdown: str) -> str:
    markdown = _MODULE_LINES.sub("", _MDX_COMMENT.replaced(markdown, dropped))
    markdown = _COMPONENT.sub(_component, markdown)
    for _ in range(MAX_BRACES):  # the innermost first
        changed = _EXPRESSION.sub(_expressed, markdown)
        if changed == markdown:
            break
        markdown = changed
    return _without_components(_COMPONENT.sub(_component, markdown))


def _without_known_components(markdown: str) -> str:
    """Return Markdown without the tags of components that close; others may be words."""
    names = set(islice(_COMPONENT_END.findall(markdown), MAX_COMPONENTS))
    if names:
        tags = rf"</?(?:{'|'.join(map(re.escape, sorted(names)))})(?:\s[^<>]{{0,4000}})?>"
        lines = re.compile(rf"^[ \t]*(?:{tags}[ \t]*)+$", re.M)
        markdown = re.sub(tags, "", lines.sub("\n", markdown))
    return _COMPONENT.sub(_component, markdown)


def _without_components(markdown: str) -> str:
    """Return MDX without the tags of components; the content of each is a text of its own.

    Components may be indented with their content, and in MDX indented text is not code.
    """
    parts = _COMPONENT_LINES.split(markdown)
    if len(parts) > 1:
        markdown = "\n\n".join(dedent(part.strip("\n")) for part in parts)
    return _COMPONENT_TAG.sub("", markdown)


def _without_obsidian(markdown: str) -> str:
    markdown = _OBSIDIAN_COMMENT.sub("", markdown)
    markdown = _EMBED.sub(_embedded, markdown)
    markdown = _WIKI_LINK.sub(lambda found: found[2] or found[1].replace("#", " > "), markdown)
    markdown = _CALLOUT.sub(_callout, _MARKED.sub(r"\1", markdown))
    return _BLOCK_ID.sub("", markdown)


def _embedded(found: re.Match[str]) -> str:
    caption = (found[1] or "").rpartition("|")[2]
    return "" if _SIZE.fullmatch(caption.strip()) else figure(caption)


def _callout(found: re.Match[str]) -> str:
    lines = (re.sub(r"^> ?", "", line) for line in found[2].splitlines())
    return "\n\n".join([found[1], "\n".join(lines).strip("\n")]) + "\n"


def _wordpress_figure(found: re.Match[str], inside: str) -> str:
    attributes = {
        one["name"]: one["double"] or one["single"] or ""
        for one in _ATTRIBUTE.finditer(found["attributes"])
    }
    inside = _IMAGE.sub("", inside).strip()
    caption = inside or escape(unescape(attributes.get("caption", "")))
    return f"\n\n<figure><figcaption>{caption}</figcaption></figure>\n\n" if caption else ""
