"""Remove the shortcodes of plugins and page builders from WordPress texts; their words stay.

A page builder keeps a page as `[vc_row][vc_column_text]…[/vc_column_text][/vc_row]`. Shortcodes
close, or have attributes; other words in brackets are text.
"""

from __future__ import annotations

import re

_CLOSING = re.compile(r"\[/([a-z][\w-]{1,60})\]", re.I)
_VALUE = r"(?:\"[^\"]*\"|'[^']*'|[^\s\]\"']+)"
_SHORTCODE = re.compile(rf"\[[a-z][\w-]{{1,60}}(?:\s+[\w-]+\s*=\s*{_VALUE})+\s*/?\]", re.I)
# A shortcode on a line of its own with a name of several parts, followed by a quote or a number.
_SHORTCODE_LINE = re.compile(
    r"^[^\S\n]*(?:<p>)?\[(?:toc|[a-z][a-z0-9]*(?:[_-][a-z0-9]+)+)(?:\s+(?:\d+|\"[^\"\n\]]*\"))*\s*/?\]"
    r"(?:</p>)?[^\S\n]*$",
    re.M,
)
# Shortcodes that show a heading, and the attributes that hold it.
_HEADED = re.compile(
    r"\[[a-z][a-z0-9_-]{0,40}?(?:heading|toggle|accordion|tabs?|tta_section|blurb|title)"
    r"(?:[_-][a-z0-9_-]{1,30})?\s(?P<attributes>[^\[\]]{1,2000})\]",
    re.I,
)
_HEADING = re.compile(
    r"(?<![\w-])(?:title|text|heading|tab_title)\s*=\s*"
    r"(?:\"(?P<double>[^\"]{1,300})\"|'(?P<single>[^']{1,300})')"
)
# No other text holds closing shortcodes with a name of several parts.
_OF_BUILDER = re.compile(r"\[/[a-z]{1,30}(?:_[a-z0-9]{1,30})+\]")


def has_plugin_shortcodes(text: str) -> bool:
    """Return whether a text holds shortcodes as page builders write them."""
    return "[/" in text and _OF_BUILDER.search(text) is not None


def without_plugin_shortcodes(html: str) -> str:
    """Return HTML without shortcodes; the contents of two of them are not one paragraph."""
    if "[" not in html:
        return html
    html = _HEADED.sub(_headed, html)
    if closing := set(_CLOSING.findall(html)):
        names = "|".join(map(re.escape, closing))
        opened, closed = rf"\[(?:{names})(?:\s[^\[\]]*)?\]", rf"\[/(?:{names})\]"
        html = re.sub(rf"{closed}(?:\s*{closed})*\s*(?={opened})", "\n\n", html)
        html = re.sub(rf"{opened}|{closed}", "", html)
    return _SHORTCODE_LINE.sub("", _SHORTCODE.sub("", html))


def _headed(found: re.Match[str]) -> str:
    """Return a shortcode after the heading that it shows, if it shows one."""
    heading = _HEADING.search(found["attributes"])
    if heading is None:
        return found[0]
    return f"\n\n<h3>{heading['double'] or heading['single']}</h3>\n\n{found[0]}"
