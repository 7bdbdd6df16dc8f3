"""Take the paragraphs of an RTF document as an office program shows them.

A document consists of groups in braces, control words after backslashes, and text. Pictures,
headers, footers and unknown groups that are marked as optional hold no text of the article.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace

from recommender.articles.clean import whole
from recommender.articles.documents import DocumentParagraph, cell_of, role_of_style
from recommender.articles.formats.rtf_beside import (
    EDGE,
    LETTERS,
    LINE_ENDS,
    OPENINGS,
    PLACES,
    Beside,
)
from recommender.articles.formats.rtf_state import Flow, Format, Group, lengthen
from recommender.articles.formats.rtf_words import (
    CHARSETS,
    FACTS,
    KEPT,
    LIST_MARKS,
    NO_LANGUAGES,
    PAGES,
    SIGNS,
    SKIPPED,
)
from recommender.articles.tables import is_layout, row_of
from recommender.errors import SourceError
from recommender.types import Role

MAX_DEPTH = 1_000
_TOKEN = re.compile(
    rb"\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?\d{1,10})?[ ]?|\\'(?P<byte>[0-9a-fA-F]{2})"
    rb"|\\(?P<sign>[^a-zA-Z])|(?P<brace>[{}])|[\r\n]+|(?P<text>[^\\{}\r\n]+)",
    re.S,
)


class RtfText:
    """The text of a document, with its boxes and notes.

    `facts` are its title and author. `language` is the code of the language of most of the text.
    `beside` holds what stands outside the text.
    """

    def __init__(self, data: bytes) -> None:
        self.facts: dict[str, str] = {}
        self.beside = Beside()
        self._data = data
        self._group = Group()
        self._format = Format()
        self._stack: list[tuple[Group, Flow]] = []
        self._flow = Flow()
        self._notes: list[DocumentParagraph] = []
        self._styles: dict[int, str] = {}
        self._fonts: dict[int, str] = {}
        self._languages: Counter[int] = Counter()
        self._page = "cp1252"
        self._bytes = bytearray()
        self._to_skip = 0
        self._language = 0
        self._style = self._font = 0

    @property
    def language(self) -> int:
        """The code of the language of most of the text, 0 if none is named."""
        return self._languages.most_common(1)[0][0] if self._languages else 0

    def paragraphs(self) -> list[DocumentParagraph]:
        """Return the paragraphs of the body in order, followed by those of its notes."""
        at, data = 0, self._data
        is_marked = False  # after the sign for an optional group
        opens = False  # at the start of a group
        while found := _TOKEN.match(data, at):
            at = found.end()
            if brace := found["brace"]:
                self._brace(brace)
                opens, is_marked = brace == b"{", False
            elif word := found["word"]:
                name = word.decode("ascii")
                number = int(found["number"]) if found["number"] else None
                if name == "bin":
                    at += min(max(number or 0, 0), len(data) - at)
                elif opens and self._opened(name, is_marked):
                    pass
                else:
                    self._word(name, number)
                opens = is_marked = False
            elif sign := found["sign"]:
                is_marked = sign == b"*" and opens
                if not is_marked:
                    self._sign(sign)
                    opens = False
            elif byte := found["byte"]:
                self._letters(bytes([int(byte, 16)]))
                opens = False
            elif text := found["text"]:
                self._letters(text)
                opens = False
        self._end_paragraph()
        self._end_table()
        return self._flow.found + self._notes

    def _brace(self, brace: bytes) -> None:
        self._settle()
        self._to_skip = 0
        if brace == b"{":
            if len(self._stack) >= MAX_DEPTH:
                raise SourceError("is nested too deeply")
            self._stack.append((self._group, self._flow))
            self._group = replace(self._group, before=None)
        elif self._stack:
            group, flow = self._stack.pop()
            if self._group.before is not None:
                self._end_paragraph()
                self._format = self._group.before
            elif self._flow is not flow:
                self._end_note(flow)
            if self._group.place in PLACES:
                self.beside.ended(self._group.place)
            self._group = group

    def _opened(self, name: str, is_marked: bool) -> bool:
        """Set the kind of a group by its first word. Return whether the word names a kind."""
        group = self._group
        if group.place == "skipped":
            return True
        if name in OPENINGS or group.place in PLACES:
            before, group.place = group.place, self.beside.opened(group.place, name, is_marked)
            return group.place != before
        if name in ("fonttbl", "stylesheet", "info"):
            group.place = name
        elif group.place == "stylesheet" and name in ("cs", "ds", "ts"):
            group.place = "skipped"
        elif name in LIST_MARKS:
            self._format.is_item = True
            group.place = "skipped"
        elif group.place == "info":
            group.place, group.fact = ("fact", name) if name in FACTS else ("skipped", "")
        elif name == "footnote":
            self._flow = Flow()
            group.place, group.is_hidden, group.is_bold = "text", False, False
        elif name in SKIPPED or (is_marked and name not in KEPT and group.place == "text"):
            group.place = "skipped"
        elif name == "shptxt":
            self._end_paragraph()
            group.place, group.before, self._format = "text", self._format, Format()
        else:
            return False
        return True

    def _word(self, name: str, number: int | None) -> None:
        place = self._group.place
        if place == "skipped":
            return
        if name == "u" and number is not None:
            self._settle()
            self._add(chr(number % 65_536))
            self._to_skip = self._group.skips
        elif self._to_skip and name in SIGNS:
            self._to_skip -= 1
        elif name in SIGNS:
            self._settle()
            self._add(SIGNS[name])
        elif place == EDGE and name in LINE_ENDS:
            self._settle()
            self.beside.begin()
        elif name in _WORDS and (place not in PLACES or name in LETTERS):
            self._settle()
            _WORDS[name](self, number)
        elif name in PAGES:
            self._page = PAGES[name]

    def _sign(self, sign: bytes) -> None:
        letter = sign.decode("latin-1")
        if letter in "\r\n":
            if self._group.place == "text":
                self._settle()
                self._end_paragraph()
        elif letter in SIGNS and self._group.place != "skipped":
            if self._to_skip:
                self._to_skip -= 1
                return
            self._settle()
            self._add(SIGNS[letter])

    def _letters(self, data: bytes) -> None:
        if self._group.place == "skipped":
            return
        if self._to_skip:
            skipped = min(self._to_skip, len(data))
            self._to_skip -= skipped
            data = data[skipped:]
        self._bytes += data

    def _settle(self) -> None:
        """Decode the letters that were read, by the encoding of their font, and add them."""
        if not self._bytes:
            return
        data, self._bytes = bytes(self._bytes), bytearray()
        if data.isascii():
            self._add(data.decode("ascii"))
            return
        encoding = self._fonts.get(self._group.font, "") or self._page
        self._add(data.decode(encoding, "replace"))

    def _add(self, text: str) -> None:
        place = self._group.place
        if place == "text":
            if self._group.is_hidden:
                return
            self._flow.pieces.append(text)
            if text.strip():
                self._languages[self._language] += len(text) if self._language else 0
                self._flow.is_plain |= not self._group.is_bold
        elif place == "stylesheet":
            lengthen(self._styles, self._style, text.rstrip(";"))
        elif place == "fact":
            lengthen(self.facts, self._group.fact, text)
        elif place in PLACES and not self._group.is_hidden:
            self.beside.add(place, text)

    def _end_paragraph(self) -> None:
        """Add what was read as a paragraph, to the text or to the current cell."""
        flow = self._flow
        text = whole("".join(flow.pieces)).strip()
        if self._format.is_drop_cap and text:
            self._format.is_drop_cap, flow.pieces = False, [text]
            return
        is_strong = bool(text) and not flow.is_plain
        flow.pieces, flow.is_plain = [], False
        in_table = self._format.is_in_table
        if not in_table and not text:
            return
        role, reason = self._role()
        paragraph = DocumentParagraph(text, role, reason, not role and is_strong)
        if in_table:
            if text:
                flow.cell.append(paragraph)
            return
        self._end_table()
        flow.found.append(paragraph)

    def _role(self) -> tuple[str, str]:
        name = self._styles.get(self._format.style, "").strip()
        if role := role_of_style(name):
            return role, f"style {name}"
        if self._format.has_level:
            return str(Role.SUBHEAD), "outline level"
        if self._format.is_item:
            return str(Role.LIST), "numbered or with a bullet"
        return "", ""

    def _end_cell(self) -> None:
        self._format.is_in_table = True
        self._end_paragraph()
        self._flow.cells.append(self._flow.cell)
        self._flow.cell = []

    def _end_row(self) -> None:
        flow = self._flow
        if flow.cells:
            flow.rows.append(flow.cells)
        flow.cells = []

    def _end_table(self) -> None:
        flow = self._flow
        if flow.cell:
            flow.cells.append(flow.cell)
        self._end_row()
        rows, flow.rows, flow.cell = flow.rows, [], []
        if not rows:
            return
        cells = [[cell_of(cell) for cell in row] for row in rows]
        if flow.has_nested or is_layout(cells):
            flow.found += (one for row in rows for cell in row for one in cell)
        else:
            lines = (row_of(" ".join(cell.paragraphs) for cell in row) for row in cells)
            flow.found.append(DocumentParagraph("\n".join(lines), str(Role.TABLE), "table"))
        flow.has_nested = False

    def _end_note(self, flow: Flow) -> None:
        """Keep the paragraphs of a note, and continue the text around it."""
        kept, self._format = self._format, Format()
        self._end_paragraph()
        self._end_table()
        self._format = kept
        self._notes += (
            one._replace(role=str(Role.NOTE), reason="footnote") for one in self._flow.found
        )
        self._flow = flow


# What the control words do.


def _par(text: RtfText, number: int | None) -> None:
    if text._group.place == "text":
        text._end_paragraph()


def _pard(text: RtfText, number: int | None) -> None:
    text._format = Format()


def _in_table(text: RtfText, number: int | None) -> None:
    text._format.is_in_table = True


def _drop_cap(text: RtfText, number: int | None) -> None:
    if text._group.place == "text":
        text._format.is_drop_cap = bool(number)


def _cell(text: RtfText, number: int | None) -> None:
    text._end_cell()


def _nested_cell(text: RtfText, number: int | None) -> None:
    text._flow.has_nested = True
    text._format.is_in_table = True
    text._end_paragraph()


def _row(text: RtfText, number: int | None) -> None:
    text._end_row()


def _plain(text: RtfText, number: int | None) -> None:
    text._group.is_bold = text._group.is_hidden = False


def _bold(text: RtfText, number: int | None) -> None:
    text._group.is_bold = number != 0


def _hidden(text: RtfText, number: int | None) -> None:
    text._group.is_hidden = number != 0


def _set_style(text: RtfText, number: int | None) -> None:
    text._style = number or 0
    if text._group.place == "text":
        text._format.style = number or 0


def _level(text: RtfText, number: int | None) -> None:
    if text._group.place == "text":
        text._format.has_level = number is not None and number < 9


def _item(text: RtfText, number: int | None) -> None:
    if text._group.place == "text":
        text._format.is_item = bool(number)


def _set_font(text: RtfText, number: int | None) -> None:
    text._font = number or 0
    if text._group.place != "fonttbl":
        text._group.font = number or 0


def _charset(text: RtfText, number: int | None) -> None:
    if text._group.place == "fonttbl" and (number or 0) in CHARSETS and number not in (1, 2):
        text._fonts[text._font] = CHARSETS[number or 0] if number else ""


def _code_page(text: RtfText, number: int | None) -> None:
    name = "utf-8" if number == 65_001 else f"cp{number}"
    try:
        codecs.lookup(name)
    except LookupError:
        return
    text._page = name


def _skips(text: RtfText, number: int | None) -> None:
    text._group.skips = max(number if number is not None else 1, 0)


def _set_language(text: RtfText, number: int | None) -> None:
    text._language = 0 if number in NO_LANGUAGES else number or 0


_WORDS: Mapping[str, Callable[[RtfText, int | None], None]] = {
    **dict.fromkeys(("par", "sect", "page", "column"), _par),
    "pard": _pard,
    "intbl": _in_table,
    "dropcapli": _drop_cap,
    "cell": _cell,
    "nestcell": _nested_cell,
    "row": _row,
    "plain": _plain,
    "b": _bold,
    "v": _hidden,
    "deleted": _hidden,
    "s": _set_style,
    "outlinelevel": _level,
    "ls": _item,
    "f": _set_font,
    "fcharset": _charset,
    "ansicpg": _code_page,
    "uc": _skips,
    "lang": _set_language,
}
