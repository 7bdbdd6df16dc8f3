"""Take the paragraphs of a Word document as Word shows them without marks of changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from recommender.articles.documents import DocumentParagraph, role_of_style
from recommender.articles.markup import LINE, PARAGRAPH
from recommender.articles.tables import Cell, is_layout, row_of
from recommender.types import Role

MAX_DEPTH = 60
MAX_STYLES_UP = 12
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
# What Word does not print: deletions, instructions of fields, readings above letters.
_NOT_SHOWN = {"del", "moveFrom", "delText", "instrText", "delInstrText", "pPr", "sdtPr", "rt"}
_NOT_SHOWN |= {"tblPr", "tblGrid", "trPr", "tcPr", "sectPr", "Fallback"}
# What stands around text without being a paragraph: insertions, controls, links, smart tags.
_AROUND = {"ins", "moveTo", "sdt", "sdtContent", "customXml", "smartTag", "AlternateContent"}
_AROUND |= {"Choice", "body", "hyperlink", "fldSimple", "dir", "bdo"}
_SIGNS = {"tab": "\t", "ptab": "\t", "cr": LINE, "noBreakHyphen": "-", "softHyphen": "\u00ad"}

# The name of each style, that of the style it is based on, and whether it has an outline level.
Styles = Mapping[str, tuple[str, str, bool]]


def styles_of(root: Any) -> Styles:
    """Return the styles of a document by their ids; `root` is the element of its styles."""
    found = {}
    for style in root.iter(f"{W}style"):
        based = style.find(f"{W}basedOn")
        name = _value(style.find(f"{W}name"))
        has_level = style.find(f"{W}pPr/{W}outlineLvl") is not None
        found[style.get(f"{W}styleId", "")] = (name, _value(based), has_level)
    return found


class DocumentText:
    """The paragraphs of a document's body, with its boxes and its notes."""

    def __init__(self, styles: Styles, notes: Mapping[tuple[str, str], Any]) -> None:
        """`notes` holds the element of each note by its kind (`footnote`, `endnote`) and id."""
        self._styles = styles
        self._notes = notes
        self._referred: list[tuple[str, str]] = []

    def paragraphs(self, body: Any) -> list[DocumentParagraph]:
        """Return the paragraphs of the body in their order, those of its notes at the end."""
        found = list(self._within(body, 0))
        for note in dict.fromkeys(self._referred):
            if note in self._notes:
                lines = self._within(self._notes[note], 0)
                found += [one._replace(role=str(Role.NOTE), reason=note[0]) for one in lines]
        return found

    def _within(self, element: Any, depth: int) -> Iterator[DocumentParagraph]:
        """Yield the paragraphs and tables below an element, through what only stands around."""
        before = ""  # of paragraphs whose ends were deleted: the next goes on with them
        for child in element if depth < MAX_DEPTH else ():
            tag = _name(child)
            if tag == "p":
                boxes: list[Any] = []
                text = before + self._text(child, boxes)
                if child.find(f"{W}pPr/{W}rPr/{W}del") is not None and not boxes:
                    before = text
                    continue
                before = ""
                yield self._paragraph(child, text)
                for box in boxes:
                    yield from self._within(box, depth + 1)
            elif tag == "tbl":
                yield from self._table(child, depth + 1)
            elif tag in _AROUND and not _is_placeholder(child):
                yield from self._within(child, depth + 1)
        if before:
            yield DocumentParagraph(before)

    def _paragraph(self, element: Any, text: str) -> DocumentParagraph:
        properties = element.find(f"{W}pPr")
        style = _value(properties.find(f"{W}pStyle")) if properties is not None else ""
        role, reason = self._role(style)
        if not role and properties is not None:
            if properties.find(f"{W}outlineLvl") is not None:
                role, reason = str(Role.SUBHEAD), "outline level"
            elif properties.find(f"{W}numPr") is not None:
                role, reason = str(Role.LIST), "numbered or with a bullet"
        return DocumentParagraph(text.strip(), role, reason, not role and _is_bold(element))

    def _role(self, style: str) -> tuple[str, str]:
        """Return the role that a style or one that it is based on stands for, and the reason."""
        for _ in range(MAX_STYLES_UP):
            name, based, has_level = self._styles.get(style, ("", "", False))
            if role := role_of_style(name):
                return role, f"style {name}"
            if has_level:
                return str(Role.SUBHEAD), f"style {name}"
            style = based
        return "", ""

    def _text(self, element: Any, boxes: list[Any], depth: int = 0) -> str:
        """Return the text of a paragraph; boxes that are anchored in it are added to `boxes`."""
        pieces = []
        for child in element if depth < MAX_DEPTH else ():
            tag = _name(child)
            if tag == "t":
                pieces.append(child.text or "")
            elif tag in _SIGNS:
                pieces.append(_SIGNS[tag])
            elif tag == "br":
                pieces.append(
                    LINE if child.get(f"{W}type") in (None, "textWrapping") else PARAGRAPH
                )
            elif tag == "txbxContent":
                boxes.append(child)
            elif tag in ("footnoteReference", "endnoteReference"):
                kind = tag.removesuffix("Reference")
                self._referred.append((kind, child.get(f"{W}id", "")))
            elif tag and tag not in _NOT_SHOWN and not _is_hidden(child, tag):
                pieces.append(self._text(child, boxes, depth + 1))
        return "".join(pieces)

    def _table(self, table: Any, depth: int) -> Iterator[DocumentParagraph]:
        rows = []
        for row in _flat(table, "tr"):
            if row.find(f"{W}trPr/{W}del") is None:
                rows.append([list(self._within(cell, depth)) for cell in _flat(row, "tc")])
        cells = [[_cell(paragraphs) for paragraphs in row] for row in rows]
        if is_layout(cells):
            yield from (one for row in rows for paragraphs in row for one in paragraphs)
            return
        lines = (row_of(" ".join(cell.paragraphs) for cell in row) for row in cells)
        yield DocumentParagraph("\n".join(lines), str(Role.TABLE), "table")


def _name(element: Any) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _value(element: Any) -> str:
    return element.get(f"{W}val", "") if element is not None else ""


def _flat(element: Any, name: str, depth: int = 0) -> Iterator[Any]:
    """Yield the children of a name, also those that insertions and controls stand around."""
    for child in element:
        tag = _name(child)
        if tag == name:
            yield child
        elif tag in _AROUND and depth < MAX_DEPTH:
            yield from _flat(child, name, depth + 1)


def _cell(paragraphs: list[DocumentParagraph]) -> Cell:
    has_table = any(one.role == Role.TABLE for one in paragraphs)
    return Cell([one.text.replace(LINE, " ") for one in paragraphs], has_table)


def _is_placeholder(element: Any) -> bool:
    return element.find(f"{W}sdtPr/{W}showingPlcHdr") is not None


def _is_hidden(element: Any, tag: str) -> bool:
    """Return whether a run is hidden text, or a control holds only the hint what to write in it."""
    if tag == "sdt":
        return _is_placeholder(element)
    return tag == "r" and _is_on(element.find(f"{W}rPr/{W}vanish"))


def _is_bold(paragraph: Any) -> bool:
    runs = [run for run in paragraph.iter(f"{W}r") if (run.findtext(f"{W}t") or "").strip()]
    return bool(runs) and all(_is_on(run.find(f"{W}rPr/{W}b")) for run in runs)


def _is_on(switch: Any) -> bool:
    return switch is not None and switch.get(f"{W}val", "1") not in ("0", "false", "off")
