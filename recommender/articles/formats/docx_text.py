"""Take the paragraphs of a Word document as Word shows them when it hides tracked changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from recommender.articles.documents import DocumentParagraph, cell_of, role_of_style
from recommender.articles.markup import LINE, PARAGRAPH
from recommender.articles.tables import is_layout, row_of
from recommender.articles.xml_items import local_name
from recommender.types import Role

MAX_DEPTH = 60
MAX_STYLES_UP = 12
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
# Word does not print these: deletions, instructions of fields, readings above letters.
_NOT_SHOWN = {"del", "moveFrom", "delText", "instrText", "delInstrText", "pPr", "sdtPr", "rt"}
_NOT_SHOWN |= {"tblPr", "tblGrid", "trPr", "tcPr", "sectPr", "Fallback"}
# These stand around text and are not paragraphs: insertions, controls, links, smart tags.
_AROUND = {"ins", "moveTo", "sdt", "sdtContent", "customXml", "smartTag", "AlternateContent"}
_AROUND |= {"Choice", "body", "hyperlink", "fldSimple", "dir", "bdo"}
# These show another part of the document, which the attribute names.
_PARTS = {"relIds": "dm", "chart": "id", "altChunk": "id"}
_BODY_LEVEL = "9"  # the outline level of body text
_PRIVATE = range(0xE000, 0xF900)  # only fonts of pictures have signs of these numbers
_SIGNS = {"tab": "\t", "ptab": "\t", "cr": LINE, "noBreakHyphen": "-", "softHyphen": "\u00ad"}

# The elements of the styles of a document by their ids.
Styles = Mapping[str, Any]


def styles_of(root: Any) -> Styles:
    """Return the styles of a document by their ids; `root` is the element of its styles."""
    return {style.get(f"{W}styleId", ""): style for style in root.iter(f"{W}style")}


class DocumentText:
    """The paragraphs of a document's body, with its boxes and its notes."""

    def __init__(
        self,
        styles: Styles,
        notes: Mapping[tuple[str, str], Any],
        of_part: Callable[[str], Sequence[DocumentParagraph]],
    ) -> None:
        """`notes` holds the element of each note by its kind (`footnote`, `endnote`) and id.

        `of_part` gives the paragraphs of a part that the body names: a diagram, a chart, a chunk.
        """
        self._styles = styles
        self._roles: dict[str, tuple[str, str]] = {}
        self._notes = notes
        self._of_part = of_part
        self._referred: list[tuple[str, str]] = []
        # For each open field of the paragraph: whether its instruction is being read.
        self._instructions: list[bool] = []

    def paragraphs(self, body: Any) -> list[DocumentParagraph]:
        """Return the paragraphs of the body in order, followed by those of its notes."""
        found = list(self._within(body, 0))
        self._of_part = lambda name: ()  # the names in notes do not refer to parts of the body
        for note in dict.fromkeys(self._referred):
            if note in self._notes:
                lines = self._within(self._notes[note], 0)
                found += [one._replace(role=str(Role.NOTE), reason=note[0]) for one in lines]
        return found

    def _within(self, element: Any, depth: int) -> Iterator[DocumentParagraph]:
        """Yield the paragraphs and tables below an element, also those that others stand around."""
        before = ""  # the text of paragraphs that continue in the next one
        for child in element if depth < MAX_DEPTH else ():
            tag = local_name(child)
            if tag == "p":
                boxes: list[Any] = []
                text = before + self._text(child, boxes)
                if not boxes and _goes_on(child):
                    before = text
                    continue
                before = ""
                yield self._paragraph(child, text)
                for box in boxes:
                    yield from self._within(box, depth + 1)
            elif tag == "tbl":
                yield from self._table(child, depth + 1)
            elif tag in _PARTS:
                yield from self._of_part(child.get(f"{R}{_PARTS[tag]}", ""))
            elif tag in _AROUND and not _is_placeholder(child):
                yield from self._within(child, depth + 1)
        if before:
            yield DocumentParagraph(before)

    def _paragraph(self, element: Any, text: str) -> DocumentParagraph:
        properties = element.find(f"{W}pPr")
        style = _value(properties.find(f"{W}pStyle")) if properties is not None else ""
        role, reason = self._role(style)
        if not role and properties is not None:
            if _has_level(properties):
                role, reason = str(Role.SUBHEAD), "outline level"
            elif _is_numbered(properties):
                role, reason = str(Role.LIST), "numbered or with a bullet"
        return DocumentParagraph(text.strip(), role, reason, not role and _is_bold(element))

    def _role(self, style: str) -> tuple[str, str]:
        """Return the role that a style stands for, and the reason. Both are kept for the next."""
        found = self._roles.get(style)
        if found is None:
            found = self._roles[style] = self._role_of_style(style)
        return found

    def _role_of_style(self, style: str) -> tuple[str, str]:
        """Return the role of a style, or of a style that it is based on, and the reason."""
        for _ in range(MAX_STYLES_UP):
            if (element := self._styles.get(style)) is None:
                break
            name = _value(element.find(f"{W}name"))
            if role := role_of_style(name):
                return role, f"style {name}"
            if _has_level(element.find(f"{W}pPr")):
                return str(Role.SUBHEAD), f"style {name}"
            style = _value(element.find(f"{W}basedOn"))
        return "", ""

    def _text(self, element: Any, boxes: list[Any], depth: int = 0) -> str:
        """Return the text of a paragraph; boxes that are anchored in it are added to `boxes`."""
        if not depth:
            self._instructions.clear()
        pieces = []
        for child in element if depth < MAX_DEPTH else ():
            tag = local_name(child)
            if (sign := self._sign_of(child, tag)) is not None:
                pieces.append(sign)
            elif self._is_kept(child, tag, boxes):
                continue
            elif tag and tag not in _NOT_SHOWN and not _is_hidden(child, tag):
                pieces.append(self._text(child, boxes, depth + 1))
        return "".join(pieces)

    def _sign_of(self, element: Any, tag: str) -> str | None:
        """Return the characters that an element of a run stands for; None for other elements."""
        if tag == "t":  # text in an instruction belongs to it, even that of an inner field
            return "" if any(self._instructions) else element.text or ""
        if tag == "sym":
            return _sign(element.get(f"{W}char", ""))
        if tag == "br":
            return LINE if element.get(f"{W}type") in (None, "textWrapping") else PARAGRAPH
        return _SIGNS.get(tag)

    def _is_kept(self, element: Any, tag: str, boxes: list[Any]) -> bool:
        """Keep what an element says apart from the text; return whether it says anything.

        It may mark a field, hold a box, or refer to a note.
        """
        if tag == "fldChar":
            self._field(element.get(f"{W}fldCharType", ""))
        elif tag == "txbxContent" or any(local_name(one) in _PARTS for one in element):
            boxes.append(element)
        elif tag in ("footnoteReference", "endnoteReference"):
            kind = tag.removesuffix("Reference")
            self._referred.append((kind, element.get(f"{W}id", "")))
        else:
            return False
        return True

    def _field(self, kind: str) -> None:
        """Note which fields are open. A field's instruction stands between its first two marks."""
        if kind == "begin":
            self._instructions.append(True)
        elif self._instructions and kind == "separate":
            self._instructions[-1] = False
        elif self._instructions and kind == "end":
            self._instructions.pop()

    def _table(self, table: Any, depth: int) -> Iterator[DocumentParagraph]:
        rows = []
        for row in _flat(table, "tr"):
            if row.find(f"{W}trPr/{W}del") is None:
                rows.append([list(self._within(cell, depth)) for cell in _flat(row, "tc")])
        cells = [[cell_of(paragraphs) for paragraphs in row] for row in rows]
        if is_layout(cells):
            yield from (one for row in rows for paragraphs in row for one in paragraphs)
            return
        lines = (row_of(" ".join(cell.paragraphs) for cell in row) for row in cells)
        yield DocumentParagraph("\n".join(lines), str(Role.TABLE), "table")


def _value(element: Any) -> str:
    return element.get(f"{W}val", "") if element is not None else ""


def _has_level(properties: Any) -> bool:
    """Return whether a paragraph or a style has an outline level, as headings do."""
    level = properties.find(f"{W}outlineLvl") if properties is not None else None
    return level is not None and _value(level) != _BODY_LEVEL


def _is_numbered(properties: Any) -> bool:
    """Return whether a paragraph has a number or a bullet. The id 0 means that it has none."""
    numbers = properties.find(f"{W}numPr")
    return numbers is not None and _value(numbers.find(f"{W}numId")) != "0"


def _goes_on(paragraph: Any) -> bool:
    """Return whether the next paragraph continues this one: its end was deleted, or it is a letter.

    A large first letter is a paragraph of its own, before the one that it opens.
    """
    properties = paragraph.find(f"{W}pPr")
    if properties is None:
        return False
    frame = properties.find(f"{W}framePr")
    if frame is not None and frame.get(f"{W}dropCap", "none") != "none":
        return True
    return properties.find(f"{W}rPr/{W}del") is not None


def _sign(code: str) -> str:
    """Return the letter with a hexadecimal number; empty for a picture."""
    try:
        letter = chr(int(code, 16))
    except (ValueError, OverflowError):
        return ""
    return "" if ord(letter) in _PRIVATE or 0xD800 <= ord(letter) < 0xE000 else letter


def _flat(element: Any, name: str, depth: int = 0) -> Iterator[Any]:
    """Yield the children with a name, also those within insertions and controls."""
    for child in element:
        tag = local_name(child)
        if tag == name:
            yield child
        elif tag in _AROUND and depth < MAX_DEPTH:
            yield from _flat(child, name, depth + 1)


def _is_placeholder(element: Any) -> bool:
    return element.find(f"{W}sdtPr/{W}showingPlcHdr") is not None


def _is_hidden(element: Any, tag: str) -> bool:
    """Return whether a run is hidden text, or a control holds only its placeholder."""
    if tag == "sdt":
        return _is_placeholder(element)
    return tag == "r" and _is_on(element.find(f"{W}rPr/{W}vanish"))


def _is_bold(paragraph: Any) -> bool:
    runs = [run for run in paragraph.iter(f"{W}r") if (run.findtext(f"{W}t") or "").strip()]
    return bool(runs) and all(_is_on(run.find(f"{W}rPr/{W}b")) for run in runs)


def _is_on(switch: Any) -> bool:
    return switch is not None and switch.get(f"{W}val", "1") not in ("0", "false", "off")
