"""Put into a WordPress post what its blocks show, but an export keeps in other places.

A synced pattern (`<!-- wp:block {"ref":90} /-->`) is another item, which may follow the posts that
show it. The notes that `<!-- wp:footnotes /-->` shows are a field of the post. Elementor and
Advanced Custom Fields keep whole texts in fields.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from recommender.articles.fields import list_of, object_of

PATTERN_TYPE = "wp_block"
FOOTNOTES = "footnotes"
ELEMENTOR = "_elementor_data"
MAX_DEPTH = 30
# The settings of Elementor that readers see, and the HTML element for each.
_SHOWN = {"title": "h3", "editor": "div", "text": "p", "description_text": "p", "caption": "p"}
_SHOWN |= {"title_text": "h3", "testimonial_content": "blockquote", "html": "div"}
_UNSHOWN_WIDGETS = {"button", "form", "icon", "shortcode", "menu-anchor", "nav-menu", "posts"}
# Advanced Custom Fields marks its fields so. A shorter value is not a text.
_ACF_MARK, LEAST_TEXT = "field_", 40
# At most this many patterns are put into a text, with those within others.
MAX_PATTERNS = 100
_PATTERN = re.compile(
    r'<!--\s+wp:block\s+\{[^<>]{0,2000}?"ref"\s*:\s*"?(?P<ref>\d{1,19})\b[^<>]{0,2000}?/?-->'
)
_FOOTNOTES = re.compile(r"<!--\s+wp:footnotes\b[^<>]{0,2000}/-->")


@dataclass(frozen=True, slots=True)
class Patterns:
    """The texts of the synced patterns that were read so far, by their numbers."""

    texts: dict[str, str] = field(default_factory=dict)

    def add(self, number: str, html: str) -> None:
        """Keep the text of a pattern."""
        self.texts.setdefault(number, html)

    def missing(self, html: str) -> list[str]:
        """Return the numbers of the patterns in a text that were not read yet."""
        refs = dict.fromkeys(found["ref"] for found in _PATTERN.finditer(html))
        return [ref for ref in refs if ref not in self.texts]

    def put_into(self, html: str) -> str:
        """Return a text with its patterns in their places. No pattern contains itself."""
        return self._shown(html, (), iter(range(MAX_PATTERNS))) if "wp:block" in html else html

    def _shown(self, html: str, within: tuple[str, ...], left: Iterator[int]) -> str:
        def text_of(found: re.Match[str]) -> str:
            ref = found["ref"]
            if ref in within or next(left, None) is None:
                return ""
            return self._shown(self.texts.get(ref, ""), (*within, ref), left)

        return _PATTERN.sub(text_of, html)


def with_footnotes(html: str, fields: Mapping[str, str]) -> str:
    """Return a text with its footnotes in the place of their block."""
    if FOOTNOTES not in fields or not _FOOTNOTES.search(html):
        return html
    try:
        notes = list_of(json.loads(fields[FOOTNOTES]))
    except (ValueError, RecursionError):
        return html
    texts = [object_of(note).get("content") for note in notes]
    items = "".join(f"<li>{text}</li>" for text in texts if isinstance(text, str))
    listed = f'<ol class="wp-block-footnotes">{items}</ol>'
    return _FOOTNOTES.sub(lambda _: listed, html, count=1)


def text_of_fields(fields: Mapping[str, str]) -> str:
    """Return the text that plugins keep in fields of a post, for a post without a text."""
    try:
        elements = json.loads(fields.get(ELEMENTOR) or "[]")
    except (ValueError, RecursionError):
        elements = []
    return _of_elementor(elements, 0) or "\n\n".join(
        value
        for name, value in fields.items()
        if fields.get(f"_{name}", "").startswith(_ACF_MARK) and _is_text(value)
    )


def _of_elementor(elements: Any, depth: int) -> str:
    """Return as HTML what elements, and those within them, show."""
    if depth > MAX_DEPTH:
        return ""
    found: list[str] = []
    for one in map(object_of, list_of(elements)):
        settings = object_of(one.get("settings"))
        if one.get("widgetType") not in _UNSHOWN_WIDGETS:
            shown = ((tag, settings.get(name)) for name, tag in _SHOWN.items())
            found += (f"<{tag}>{text}</{tag}>" for tag, text in shown if _is_given(text))
        found.append(_of_elementor(one.get("elements"), depth + 1))
    return "".join(found)


def _is_given(text: Any) -> bool:
    return isinstance(text, str) and bool(text.strip())


def _is_text(value: str) -> bool:
    """Return whether a value is a text, not a number, an address or a program's data."""
    bare = value.strip()
    return len(bare) >= LEAST_TEXT and " " in bare and not re.match(r"[aOs]:\d+:|[\[{]", bare)
