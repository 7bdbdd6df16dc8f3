"""Turn AsciiDoc into the HTML that a reader of the page sees.

Included files are not read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape

from recommender.articles.line_walk import MAX_DEPTH, LineWalk, listed, until, without_marks
from recommender.articles.markup import FILE_NAME
from recommender.articles.spans import Span
from recommender.articles.status_words import is_of_draft
from recommender.errors import SourceError

# A text may insert a long value very often.
MAX_INSERTED_CHARACTERS = 2_000_000
_SECTION = re.compile(r"(?P<level>={1,6}|#{1,6})[ \t]+(?P<title>\S.*?)(?:(?<![ \t])[ \t]++=++)?")
_UNDERLINE = re.compile(r"={4,}|-{4,}|~{4,}|\^{4,}")
_FENCE = re.compile(r"(?P<mark>-{4,}|\.{4,}|\+{4,}|_{4,}|={4,}|\*{4,}|/{4,}|--|```\w*|[|,:!]={3,})")
_ITEM = re.compile(
    r"[ \t]*(?:\*{1,6}|-|\.{1,6}|\d{1,4}\.|[a-zA-Z]\.|<\d{1,3}>|•)[ \t]+"
    r"(?:\[[ x*]\][ \t]+)?(?P<text>\S.*)"
)
_TERM = re.compile(r"[ \t]*(?P<term>\S.{0,200}?)(?:::{1,3}|;;)(?:[ \t]+(?P<text>.*))?")
_MACRO = re.compile(
    r"(?P<name>image|video|audio|toc|include)::(?P<target>[^\[\]\s]*)\[(?P<inside>.*)\]"
)
_CONDITION = re.compile(r"(?P<kind>ifdef|ifndef|ifeval|endif)::(?P<names>[^\[]*)\[(?P<inside>.*)\]")
_ATTRIBUTES = re.compile(r"\[(?P<inside>[^\[\]]*)\]|\[\[[^\[\]]+\]\]")
_ATTRIBUTE_ENTRY = re.compile(r":!?(?P<name>[\w-]+)!?:(?:[ \t]+(?P<value>.*)|$)")
_ADMONITION = re.compile(r"(?:NOTE|TIP|IMPORTANT|WARNING|CAUTION):[ \t]+(?=\S)")
_TITLE = re.compile(r"\.(?P<title>[^\s.].*)")
_BREAK = re.compile(r"'{3,}|<{3,}|-{3}|\*{3}|- - -|\* \* \*")
# Before the bar of a cell, at the start of a line or after a space, stand its span and style.
_CELL = re.compile(
    r"(?:(?:^|(?<=\s))(?:\d{1,4}\*|\d{0,4}\.?\d{0,4}\+)?[<^>]?(?:\.[<^>])?[aehlmsdv]?)?(?<!\\)\|",
    re.M,
)
_OPTION = re.compile(r"(?<!\w)(?P<name>\w++)=(?:\"(?P<quoted>[^\"]*)\"|(?P<bare>[^,]*))")
_NOTE = re.compile(r"footnote(?:ref)?:[\w-]{0,40}\[(?P<text>(?:[^\[\]]|\[[^\[\]]*\])*)\]")
_LINKS = re.compile(
    r"(?:link:|xref:|mailto:|(?=https?://|ftp://))(?P<target>[^\s\[\]&]{1,1000}+)"
    r"\[(?P<text>[^\[\]]*)\]"
)
_INLINE_MACRO = re.compile(
    r"(?:image|icon|kbd|btn|stem|latexmath|asciimath|pass|menu):"
    r"(?P<target>[^\s\[\]]{0,200})\[(?P<text>[^\[\]]*)\]"
)
_REFERENCE = re.compile(r"&lt;&lt;(?P<id>[^,&\n]{1,200})(?:,\s*+(?P<text>[^&\n]{1,300}))?&gt;&gt;")
_INDEX_TERM = re.compile(r"\(\(\((?:[^()\n]{1,200})\)\)\)")
_SHOWN_TERM = re.compile(r"\(\((?P<text>[^()\n]{1,200})\)\)")
_VALUE = re.compile(r"\{(?P<name>[\w-]{1,60})\}")
_DOUBLED = Span(
    re.compile(r"(?P<mark>\*\*|__|``|##)(?=\S)"),
    {mark: re.compile(re.escape(mark)) for mark in ("**", "__", "``", "##")},
    most=2_001,
    least=1,
)
_SINGLE = Span(
    re.compile(r"(?<![\w*_`#\\])(?:\[[^\[\]\n]{0,100}\])?(?P<mark>[*_`#])(?=\S)"),
    {mark: re.compile(rf"(?<!\s){re.escape(mark)}(?![\w*_`#])") for mark in "*_`#"},
    most=2_002,
    least=1,
)
_RAISED = re.compile(r"(?P<mark>[\^~])(?P<text>[^\s^~]{1,60})(?P=mark)")
_ENTITY = re.compile(r"&amp;(#?\w{1,31};)")
_PASSED = re.compile(r"\+{3}(?P<text>.*?)\+{3}", re.S)
_ANCHOR = re.compile(r"\[\[[^\[\]\n]{1,200}\]\]|\[#[\w-]{1,100}\]")
_CURVED = (("&quot;`", "“"), ("`&quot;", "”"), ("'`", "‘"), ("`'", "’"))
_VALUES = {
    "nbsp": "\u00a0",
    "amp": "&amp;",
    "lt": "&lt;",
    "gt": "&gt;",
    "quot": '"',
    "apos": "'",
    "zwsp": "",
    "empty": "",
    "sp": " ",
    "blank": "",
    "plus": "+",
    "asterisk": "*",
    "caret": "^",
    "tilde": "~",
    "startsb": "[",
    "endsb": "]",
    "vbar": "|",
    "two-colons": "::",
    "cpp": "C++",
    "deg": "°",
    "mdash": "—",
    "ndash": "–",
}


class AsciiDocBlocks(LineWalk):
    """The blocks of a document below its header."""

    def __init__(self, attributes: Mapping[str, str]) -> None:
        super().__init__()
        self._attributes = {**_VALUES, **{k: escape(v) for k, v in attributes.items()}}
        self._inserted = 0

    def _blocks(self, lines: Sequence[str], depth: int) -> str:
        found: list[str] = []
        at, title, style = 0, "", ""
        while at < len(lines):
            line = lines[at]
            if not line or (line.startswith("//") and not line.startswith("///")):
                at += 1
            elif (head := _TITLE.fullmatch(line)) and not _ITEM.fullmatch(line):
                title, at = self._inline(head["title"]), at + 1
            elif _ATTRIBUTES.fullmatch(line):
                style, at = line.strip("[]"), at + 1
            else:
                html, at = self._block(lines, at, (title, style), depth)
                found.append(html)
                title = style = ""
        return "\n".join(found)

    def _block(
        self, lines: Sequence[str], at: int, given: tuple[str, str], depth: int
    ) -> tuple[str, int]:
        """Return the block that starts at a line as HTML, and the number of the line after it."""
        line, title = lines[at], given[0]
        if fence := _FENCE.fullmatch(line):
            return self._fenced(lines, at, fence["mark"], given, depth)
        if section := _SECTION.fullmatch(line):
            level = min(len(section["level"]), 6)
            return f"<h{level}>{self._inline(section['title'])}</h{level}>", at + 1
        if _is_underlined(lines, at):
            return f"<h2>{self._inline(line)}</h2>", at + 2
        if macro := _MACRO.fullmatch(line):
            return self._macro(macro, title), at + 1
        if condition := _CONDITION.fullmatch(line):
            if condition["kind"] == "ifdef" and is_of_draft(condition["names"]):
                return "", at + 1 if condition["inside"] else _after_condition(lines, at)
            return self._blocks(
                [condition["inside"]], depth + 1
            ) if depth < MAX_DEPTH else "", at + 1
        if entry := _ATTRIBUTE_ENTRY.fullmatch(line):
            self._attributes[entry["name"].lower()] = escape(entry["value"] or "")
            return "", at + 1
        if _BREAK.fullmatch(line) or line == "+":
            return "", at + 1
        if _ITEM.fullmatch(line) or _TERM.fullmatch(line):
            return self._list(lines, at, title)
        return self._paragraph(lines, at, given)

    def _fenced(
        self, lines: Sequence[str], at: int, mark: str, given: tuple[str, str], depth: int
    ) -> tuple[str, int]:
        title, style = given
        closing = "```" if mark.startswith("```") else mark
        end = until(lines, at + 1, lambda line: line == closing)
        inside = lines[at + 1 : end]
        kind = mark[0]
        heading = f"<h6>{title}</h6>" if title else ""
        if kind == "/":
            return "", end + 1
        if kind == "+":
            return "\n".join(inside), end + 1
        if mark[-1] == "=" and kind in "|,:!":
            return self._table(inside, _separator(style, inside, kind), title), end + 1
        is_quote = kind == "_" or style.split(",")[0].strip() in ("quote", "verse")
        if not is_quote and (kind in ".`" or (kind == "-" and mark != "--")):
            return f"{heading}<pre>{escape(chr(10).join(inside))}</pre>", end + 1
        html = self._blocks(inside, depth + 1) if depth < MAX_DEPTH else escape(" ".join(inside))
        if is_quote:
            return f"{heading}<blockquote>{html}{self._attribution(style)}</blockquote>", end + 1
        tag = "aside" if kind == "*" else "div"
        return f"<{tag}>{heading}{html}</{tag}>", end + 1

    def _attribution(self, style: str) -> str:
        parts = [one.strip(" \"'") for one in style.split(",")[1:] if "=" not in one]
        words = ", ".join(self._inline(one) for one in parts if one)
        return f"<p>— {words}</p>" if words else ""

    def _macro(self, macro: re.Match[str], title: str) -> str:
        if macro["name"] == "include":
            self.included.append(macro["target"])
            return ""
        if macro["name"] == "toc":
            return ""
        options = {
            one["name"]: one["quoted"] or one["bare"] for one in _OPTION.finditer(macro["inside"])
        }
        first = _OPTION.sub("", macro["inside"]).split(",")[0].strip(" \"'")
        alt = options.get("alt") or first
        is_name = FILE_NAME.fullmatch(alt) or macro["name"] != "image"
        captions = [
            title or self._inline(options.get("title", "")),
            "" if is_name else self._inline(alt),
        ]
        inside = "".join(
            f"<figcaption>{one}</figcaption>" for one in dict.fromkeys(captions) if one
        )
        return f"<figure>{inside}</figure>" if inside else ""

    def _list(self, lines: Sequence[str], at: int, title: str) -> tuple[str, int]:
        """Return a list of items, or of terms with their meanings, as HTML."""
        items: list[list[str]] = []
        while at < len(lines) and lines[at]:
            line = lines[at]
            item, term = _ITEM.fullmatch(line), _TERM.fullmatch(line)
            if item:
                items.append([item["text"]])
            elif term:
                items.append([f"{term['term']}: {term['text'] or ''}"])
            elif line == "+" or _FENCE.fullmatch(line) or _MACRO.fullmatch(line):
                break
            elif not line.startswith("//"):
                items[-1].append(line.strip())
            at += 1
            after = at + 1
            if at < len(lines) and not lines[at] and after < len(lines):
                following = lines[after]
                if _ITEM.fullmatch(following) or _TERM.fullmatch(following):
                    at = after
        heading = f"<h6>{title}</h6>" if title else ""
        return heading + listed(self._inline(_joined(one)) for one in items), at

    def _paragraph(self, lines: Sequence[str], at: int, given: tuple[str, str]) -> tuple[str, int]:
        title, style = given
        start = at
        while at < len(lines) and lines[at] and (at == start or not _ends_paragraph(lines[at])):
            at += 1
        written = [one for one in lines[start:at] if not one.startswith("//")]
        heading = f"<h6>{title}</h6>" if title else ""
        name = style.split(",")[0].strip().partition("%")[0]
        if (written and written[0].startswith(" ") and not style) or name in (
            "source",
            "listing",
            "literal",
        ):
            return f"{heading}<pre>{escape(chr(10).join(written))}</pre>", at
        if written and (label := _ADMONITION.match(written[0])):
            written[0] = written[0][label.end() :]
        text = self._inline(_joined(written, keeps_lines=name == "verse"))
        if name in ("quote", "verse"):
            return f"{heading}<blockquote><p>{text}</p>{self._attribution(style)}</blockquote>", at
        return f"{heading}<p>{text}</p>", at

    def _table(self, lines: Sequence[str], kind: str, title: str) -> str:
        """Return a table as HTML. Its first line has as many cells as it has columns."""
        text = "\n".join(one for one in lines if not one.startswith("//"))
        if kind in ",:":
            rows = [line.split(kind) for line in text.splitlines() if line.strip()]
        else:
            written = [line for line in text.split("\n") if line.strip()]
            cells = [one.strip() for one in _CELL.split(text)[1:]]
            width = max(len(_CELL.findall(written[0])) if written else 1, 1)
            rows = [cells[start : start + width] for start in range(0, len(cells), width)]
        made = "".join(
            "<tr>" + "".join(f"<td>{self._inline(cell)}</td>" for cell in row) + "</tr>"
            for row in rows
        )
        caption = f"<caption>{title}</caption>" if title else ""
        return f"<table>{caption}{made}</table>"

    def _inline(self, text: str) -> str:
        """Return the words of a line that are shown, without marks, as HTML."""
        passed = _PASSED.sub(lambda one: one["text"], text)
        html = escape(_INDEX_TERM.sub("", passed), quote=True).replace("&#x27;", "'")
        html = _NOTE.sub(self._noted, _ENTITY.sub(r"&\1", html))
        html = _REFERENCE.sub(lambda one: one["text"] or one["id"], html)
        html = _LINKS.sub(_link_text, html)
        html = _INLINE_MACRO.sub(_macro_text, html)
        html = _ANCHOR.sub("", _SHOWN_TERM.sub(r"\g<text>", html))
        html = _VALUE.sub(self._value, html)
        for mark, letter in _CURVED:
            html = html.replace(mark, letter)
        html = without_marks(html, _DOUBLED, _SINGLE)
        html = _RAISED.sub(r"\g<text>", html)
        return html.replace("\x00", "<br>").replace("(C)", "©").replace(" -- ", " — ")

    def _value(self, found: re.Match[str]) -> str:
        """Return the value of an attribute. A reference to an unknown one stays as it is."""
        value = self._attributes.get(found["name"].lower(), found[0])
        self._inserted += len(value)
        if self._inserted > MAX_INSERTED_CHARACTERS:
            raise SourceError(f"grows by over {MAX_INSERTED_CHARACTERS:,} characters of attributes")
        return value


def _separator(style: str, lines: Sequence[str], kind: str) -> str:
    """Return the separator of a table's cells. In a table without bars it is a comma."""
    if kind == "|" and ("csv" in style or not any("|" in line for line in lines)):
        return ","
    return ":" if kind == "|" and "dsv" in style else kind


def _link_text(found: re.Match[str]) -> str:
    text = found["text"].removesuffix("^").split(",window=")[0].strip(' "')
    return text or found["target"]


def _macro_text(found: re.Match[str]) -> str:
    text = found["text"].split(",")[0]
    return (
        ""
        if FILE_NAME.fullmatch(text)
        else f"{found['target'] if found[0].startswith('menu') else ''} {text}".strip()
    )


def _joined(lines: Sequence[str], keeps_lines: bool = False) -> str:
    """Return the lines of a paragraph as one line. A plus sign at its end keeps a line apart."""
    parts = []
    for line in lines:
        is_kept = line.endswith(" +") or keeps_lines
        parts.append(line.removesuffix(" +").strip() + ("\x00" if is_kept else " "))
    return "".join(parts).strip(" \x00")


def _is_underlined(lines: Sequence[str], at: int) -> bool:
    """Return whether a line is a title: a line of signs below it is about as long."""
    if at + 1 >= len(lines) or not _UNDERLINE.fullmatch(lines[at + 1]):
        return False
    is_first = at == 0 or not lines[at - 1]
    return is_first and abs(len(lines[at]) - len(lines[at + 1])) <= 2


def _ends_paragraph(line: str) -> bool:
    """Return whether a line cannot continue a paragraph."""
    return bool(
        _FENCE.fullmatch(line)
        or _MACRO.fullmatch(line)
        or _CONDITION.fullmatch(line)
        or line == "+"
        or (_ATTRIBUTES.fullmatch(line) and not line.startswith("[["))
    )


def _after_condition(lines: Sequence[str], at: int) -> int:
    """Return the number of the line after the condition that starts at line `at`."""
    depth = 0
    for number in range(at, len(lines)):
        if (found := _CONDITION.fullmatch(lines[number])) and not found["inside"]:
            depth += -1 if found["kind"] == "endif" else 1
            if depth == 0:
                return number + 1
    return len(lines)
