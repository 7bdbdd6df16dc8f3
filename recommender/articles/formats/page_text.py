"""Take all text that a page shows, for pages that no parser or extractor can read."""

from __future__ import annotations

import re
from html import unescape

from recommender.articles.elements import BREAKING_TAGS, ROLE_OF_TAG
from recommender.articles.markup import LINE, Block, paragraphs_of
from recommender.types import Role

# The content of these elements is not shown, or is not text.
_HIDDEN = {"script", "style", "head", "title", "template", "select", "option", "noframes"}
_HIDDEN |= {"textarea", "audio", "video", "canvas", "object", "math"}
_TOKEN = re.compile(
    r"<!--|-->|<(?P<closing>/?)(?P<name>[a-zA-Z][\w:.-]{0,60})(?:[\s/][^<>]{0,4000})?>|<[!?][^<>]{0,4000}>"
)
_TITLE = re.compile(r"<title\b[^<>]{0,500}>(?P<text>[^<]{1,2000})", re.I)


def shown_blocks(html: str) -> list[Block]:
    """Return the blocks of a page in order, with the roles of headings, items and quotes."""
    walk = _Walk()
    at = 0
    for token in _TOKEN.finditer(html):
        walk.text(html[at : token.start()])
        at = token.end()
        if name := token["name"]:
            walk.tag(name.lower(), bool(token["closing"]))
        elif token[0] in ("<!--", "-->"):
            walk.is_comment = token[0] == "<!--"
    walk.text(html[at:])
    walk.end()
    return walk.found


def shown_title(html: str) -> str:
    """Return the title that a page declares, empty if it declares none."""
    found = _TITLE.search(html)
    return " ".join(unescape(found["text"]).split()) if found else ""


class _Walk:
    """A walk through the tags of a page. An open element is known only by its name."""

    def __init__(self) -> None:
        self.found: list[Block] = []
        self.is_comment = False
        self._hidden = ""
        self._role = ""
        self._tag = ""
        self._pending: list[str] = []

    def text(self, text: str) -> None:
        """Add text between tags."""
        if text and not self._hidden and not self.is_comment:
            self._pending.append(text)

    def tag(self, name: str, is_closing: bool) -> None:
        """Open or close an element."""
        if self.is_comment:
            return
        if self._hidden:
            self._hidden = "" if name == self._hidden and is_closing else self._hidden
            self._hidden = "" if name == "body" and self._hidden == "head" else self._hidden
        elif name in _HIDDEN and not is_closing:
            self.end()
            self._hidden = name
        elif name == "br":
            self._pending.append(LINE)
        elif name in BREAKING_TAGS:
            self.end()
            role = ROLE_OF_TAG.get(name, "") if not is_closing else ""
            if role or is_closing or name != "p":
                self._role, self._tag = (str(role), name) if role != Role.TABLE else ("", "")

    def end(self) -> None:
        """Add what was read as a block."""
        text = unescape("".join(self._pending))
        self._pending.clear()
        reason = f"<{self._tag}> in the source" if self._role else ""
        self.found += [(one, self._role, reason) for one in paragraphs_of(text)]
