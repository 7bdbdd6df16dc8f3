"""Turn Org text into the HTML that an export of it shows. Included files are not read."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from html import escape

from recommender.articles.line_walk import MAX_DEPTH, LineWalk, listed, until, without_marks
from recommender.articles.spans import Span

_KEYWORD = re.compile(r"[ \t]*#\+(?P<name>[\w-]+(?:\[[^\]]*\])?):[ \t]*(?P<value>.*)", re.I)
_BEGIN = re.compile(r"[ \t]*#\+begin_(?P<kind>\w+)\b(?P<rest>.*)", re.I)
_END = re.compile(r"[ \t]*#\+end_(?P<kind>\w+)[ \t]*", re.I)
_DRAWER = re.compile(r"[ \t]*:(?!end:)[\w-]+:[ \t]*", re.I)
_PROPERTY = re.compile(r"[ \t]*:(?P<name>[\w-]+)\+?:[ \t]+(?P<value>\S.*)")
_END_DRAWER = re.compile(r"[ \t]*:end:[ \t]*", re.I)
_HEADING = re.compile(
    r"(?P<stars>\*+)[ \t]+(?:(?P<word>TODO|DRAFT|NEXT|WAITING|DONE|CANCELLED|COMMENT)(?:[ \t]+|$))?"
    r"(?:\[#\w\][ \t]+)?(?P<title>.*)"
)
_TAGS = re.compile(r":[\w@#%:]+:")
_PLANNED = re.compile(r"[ \t]*(?:SCHEDULED|DEADLINE|CLOSED|CLOCK):.*")
_ITEM = re.compile(
    r"(?:[ \t]*(?:[-+]|\d{1,4}[.)]|[a-zA-Z][.)])|[ \t]+\*)[ \t]+(?:\[[ xX-]\][ \t]+)?"
    r"(?:(?P<term>\S.{0,200}?)(?<![ \t])[ \t]++::(?:[ \t]+|$))?(?P<text>.*)"
)
_ROW = re.compile(r"[ \t]*\|(?P<cells>.*)")
_NOTE_LINE = re.compile(r"\[fn:(?P<name>[\w-]+)\][ \t]*(?P<text>.*)")
_COMMENT = re.compile(r"[ \t]*#(?:[ \t].*)?")
_FIXED = re.compile(r"[ \t]*:(?:[ \t](?P<text>.*)|$)")
_RULE = re.compile(r"[ \t]*-{5,}[ \t]*")
_NOTE = re.compile(r"\[fn:[\w-]*:(?P<text>(?:[^\[\]]|\[\[[^\[\]]*\](?:\[[^\[\]]*\])?\])*)\]")
_REFERENCE = re.compile(r"\[fn:[\w-]+\]")
_LINK = re.compile(r"\[\[(?P<target>[^\[\]]{1,2000})\](?:\[(?P<text>[^\[\]]{1,2000})\])?\]")
_PICTURE = re.compile(r"(?:file:|\./|/|https?:)?\S*\.(?:png|jpe?g|gif|svg|webp|tiff?|avif)", re.I)
_FIELD_NAMES = {
    "caption",
    "name",
    "attr_html",
    "attr_latex",
    "attr_org",
    "results",
    "tblfm",
    "plot",
}
_MARKED = Span(
    re.compile(r"(?<![\w*/+=~_])(?P<mark>[*/+=~_])(?=\S)"),
    {mark: re.compile(rf"(?<!\s){re.escape(mark)}(?![\w*/+=~_])") for mark in "*/+=~_"},
    most=2_002,
    least=1,
)
_TARGET = re.compile(r"&lt;&lt;&lt;?([^<>\n]{1,200}?)&gt;&gt;&gt;?")
_EXPORTED = re.compile(r"@@\w+:.*?@@", re.S)
_MACRO = re.compile(r"\{\{\{[^{}]{0,200}\}\}\}")
_HIDDEN_TAG = ":noexport:"
_PRE = {"src", "example"}
_HIDDEN = {"comment"}


class OrgBlocks(LineWalk):
    """The blocks of a text; `keywords` are its fields, at any place in it.

    `properties` are those of the file and of its first heading. `marks` are the word and the tags
    of that heading.
    """

    def __init__(self) -> None:
        super().__init__()
        self.keywords: dict[str, str] = {}
        self.properties: dict[str, str] = {}
        self.marks: list[str] = []
        self._is_at_head, self._has_heading = True, False

    def _blocks(self, lines: Sequence[str], depth: int) -> str:
        found: list[str] = []
        at, caption = 0, ""
        drawer_ends = [n for n, line in enumerate(lines) if _END_DRAWER.fullmatch(line)]
        while at < len(lines):
            line = lines[at]
            keyword = _KEYWORD.fullmatch(line)
            if keyword and not _BEGIN.fullmatch(line):
                caption = self._keyword(keyword) or caption
                at += 1
            elif heading := _HEADING.fullmatch(line):
                html, at = self._heading(lines, at, heading)
                found.append(html)
            elif not line:
                at, caption = at + 1, ""
            elif _DRAWER.fullmatch(line):
                end = bisect_left(drawer_ends, at)
                start, at = at, (drawer_ends[end] if end < len(drawer_ends) else at) + 1
                self._drawer(lines[start + 1 : at - 1])
                caption = ""
            else:
                self._is_at_head = False
                html, at = self._block(lines, at, caption, depth)
                found.append(html)
                caption = ""
        return "\n".join(found)

    def _keyword(self, found: re.Match[str]) -> str:
        """Keep a keyword. Return the caption that it gives to the next block, if any."""
        name, value = found["name"].lower().partition("[")[0], found["value"].strip()
        if name == "caption":
            return self._inline(value)
        if name == "include":
            self.included.append(value)
        elif name not in _FIELD_NAMES and value:
            before = self.keywords.get(name)
            self.keywords[name] = f"{before} {value}" if before and name == "title" else value
        return ""

    def _drawer(self, lines: Sequence[str]) -> None:
        """Keep the properties in a drawer, if no text stands before it."""
        for found in map(_PROPERTY.fullmatch, lines if self._is_at_head else ()):
            if found is not None:
                self.properties.setdefault(found["name"].lower(), found["value"].strip())

    def _heading(self, lines: Sequence[str], at: int, found: re.Match[str]) -> tuple[str, int]:
        """Return a heading and the next line's number. What is not exported is left out."""
        level = len(found["stars"])
        title, tags = _tagged(found["title"])
        if not self._has_heading:
            self.marks = [found["word"] or "", *tags.split(":")]
        self._is_at_head &= not self._has_heading
        self._has_heading = True
        at += 1
        if found["word"] == "COMMENT" or _HIDDEN_TAG in tags:
            while at < len(lines):
                below = _HEADING.fullmatch(lines[at])
                if below and len(below["stars"]) <= level:
                    break
                at += 1
            return "", at
        tag = f"h{min(level + 1, 6)}"
        return f"<{tag}>{self._inline(title)}</{tag}>", at

    def _block(self, lines: Sequence[str], at: int, caption: str, depth: int) -> tuple[str, int]:
        """Return the block that starts at a line as HTML, and the number of the line after it."""
        line = lines[at]
        if begin := _BEGIN.fullmatch(line):
            return self._fenced(lines, at, begin, depth)
        if _COMMENT.fullmatch(line) or _PLANNED.fullmatch(line) or _RULE.fullmatch(line):
            return "", at + 1
        if _ROW.fullmatch(line):
            return self._table(lines, at, caption)
        if _FIXED.fullmatch(line):
            return _fixed(lines, at)
        if note := _NOTE_LINE.fullmatch(line):
            return self._note(lines, at, note)
        if _ITEM.fullmatch(line):
            return self._list(lines, at)
        return self._paragraph(lines, at, caption)

    def _fenced(
        self, lines: Sequence[str], at: int, begin: re.Match[str], depth: int
    ) -> tuple[str, int]:
        kind = begin["kind"].lower()
        end = until(lines, at + 1, lambda line: _is_end(line, kind))
        inside = lines[at + 1 : end]
        if kind in _HIDDEN:
            return "", end + 1
        if kind == "export":
            return "\n".join(inside) if "html" in begin["rest"].lower() else "", end + 1
        if kind in _PRE or depth >= MAX_DEPTH:
            return f"<pre>{escape(chr(10).join(inside))}</pre>", end + 1
        if kind == "verse":
            text = "<br>".join(self._inline(one.strip()) for one in inside if one)
            return f"<blockquote><p>{text}</p></blockquote>", end + 1
        tag = {"quote": "blockquote", "aside": "aside"}.get(kind, "div")
        return f"<{tag}>{self._blocks(inside, depth + 1)}</{tag}>", end + 1

    def _table(self, lines: Sequence[str], at: int, caption: str) -> tuple[str, int]:
        rows = []
        while at < len(lines) and (row := _ROW.fullmatch(lines[at])):
            if not row["cells"].startswith("-"):
                inside = row["cells"].removesuffix("|")
                cells = (self._inline(one.strip()) for one in inside.split("|"))
                rows.append("".join(f"<td>{one}</td>" for one in cells))
            at += 1
        made = "".join(f"<tr>{row}</tr>" for row in rows)
        head = f"<caption>{caption}</caption>" if caption else ""
        return f"<table>{head}{made}</table>", at

    def _note(self, lines: Sequence[str], at: int, note: re.Match[str]) -> tuple[str, int]:
        parts = [note["text"]]
        at += 1
        while at < len(lines) and lines[at] and not _starts_block(lines[at]):
            parts.append(lines[at].strip())
            at += 1
        self._notes.append(self._inline(" ".join(parts)))
        return "", at

    def _list(self, lines: Sequence[str], at: int) -> tuple[str, int]:
        items: list[list[str]] = []
        while at < len(lines):
            line = lines[at]
            item = _ITEM.fullmatch(line)
            if item:
                term = f"{item['term']}: " if item["term"] else ""
                items.append([term + item["text"]])
            elif not line or not line.startswith((" ", "\t")) or _BEGIN.fullmatch(line):
                is_within = not line and at + 1 < len(lines) and _ITEM.fullmatch(lines[at + 1])
                if not is_within:
                    break
            elif not _COMMENT.fullmatch(line):
                items[-1].append(line.strip())
            at += 1
        return listed(self._inline(" ".join(one)) for one in items), at

    def _paragraph(self, lines: Sequence[str], at: int, caption: str) -> tuple[str, int]:
        start = at
        while at < len(lines) and lines[at] and (at == start or not _starts_block(lines[at])):
            at += 1
        text = "\n".join(line.strip() for line in lines[start:at])
        if (link := _LINK.fullmatch(text)) and _PICTURE.fullmatch(link["target"]):
            shown = caption or ("" if _is_picture(link["text"]) else self._inline(link["text"]))
            return (f"<figure><figcaption>{shown}</figcaption></figure>" if shown else ""), at
        html = self._inline(re.sub(r"\\\\$", "\x00", text, flags=re.M))
        head = f"<p>{caption}</p>" if caption else ""
        return f"{head}<p>{html}</p>", at

    def _inline(self, text: str) -> str:
        """Return the words of a text that are shown, without marks, as HTML."""
        text = _NOTE.sub(self._noted, text)
        text = _MACRO.sub("", _EXPORTED.sub("", _REFERENCE.sub("", text)))
        text = _LINK.sub(_shown, text)
        html = _TARGET.sub(r"\1", escape(text, quote=False))
        html = without_marks(html, _MARKED)
        html = html.replace("\x00", "<br>")
        return html.replace("---", "—").replace(" -- ", " – ").replace("\\nbsp{}", "\u00a0")

    def _note_html(self, text: str) -> str:
        return self._inline(text)


def _shown(found: re.Match[str]) -> str:
    if found["text"]:
        return "" if _is_picture(found["text"]) else found["text"]
    target = found["target"]
    return "" if _PICTURE.fullmatch(target) else target.removeprefix("*").removeprefix("#")


def _is_picture(text: str | None) -> bool:
    return not text or _PICTURE.fullmatch(text) is not None


def _fixed(lines: Sequence[str], at: int) -> tuple[str, int]:
    """Return lines that begin with a colon, as they are written."""
    kept = []
    while at < len(lines) and (line := _FIXED.fullmatch(lines[at])):
        kept.append(line["text"] or "")
        at += 1
    return f"<pre>{escape(chr(10).join(kept))}</pre>", at


def _starts_block(line: str) -> bool:
    """Return whether a line cannot continue a paragraph."""
    kinds = (_BEGIN, _KEYWORD, _DRAWER, _HEADING, _ROW, _NOTE_LINE, _COMMENT, _RULE)
    return any(kind.fullmatch(line) for kind in kinds) or _ITEM.fullmatch(line) is not None


def _is_end(line: str, kind: str) -> bool:
    """Return whether a line ends a block of this kind."""
    end = _END.fullmatch(line)
    return end is not None and end["kind"].lower() == kind


def _tagged(heading: str) -> tuple[str, str]:
    """Return a heading without the tags at its end, and the tags."""
    words = heading.rsplit(maxsplit=1)
    has_tags = len(words) == 2 and _TAGS.fullmatch(words[1])
    return (words[0], words[1]) if has_tags else (heading.rstrip(), "")
