"""Take the paragraphs of an OpenDocument text as an office program shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from recommender.articles.documents import DocumentParagraph, cell_of, role_of_style
from recommender.articles.markup import LINE
from recommender.articles.tables import is_layout, row_of
from recommender.articles.xml_items import local_name
from recommender.types import Role

MAX_DEPTH = 60
MAX_STYLES_UP = 12
MAX_SPACES = 100
# These do not show in the text: deleted text, comments, readings above letters, marks of places,
# tables of contents and other indexes.
_NOT_SHOWN = {"tracked-changes", "annotation", "annotation-end", "ruby-text", "note-citation"}
_NOT_SHOWN |= {"forms", "sequence-decls", "variable-decls", "user-field-decls", "hidden-text"}
_NOT_SHOWN |= {"table-of-content", "alphabetical-index", "illustration-index", "table-index"}
_NOT_SHOWN |= {"user-index", "object-index", "event-listeners", "script"}
_NOT_SHOWN |= {"bibliography-mark", "change", "dde-connection-decls"}
_FRAMES = {"frame", "text-box", "g", "custom-shape", "rect", "image", "object"}


class Style(NamedTuple):
    """A paragraph style: the name that writers see, its parent style, and its looks."""

    name: str
    parent: str
    has_level: bool
    is_bold: bool


def styles_of(roots: Sequence[Any]) -> Mapping[str, Style]:
    """Return the styles in the given parts of a document by their names."""
    found = {}
    for root in roots:
        for style in root.iter("{*}style"):
            kinds = _attributes(style)
            weights = (
                _attributes(one).get("font-weight") for one in style.iter("{*}text-properties")
            )
            found[kinds.get("name", "")] = Style(
                kinds.get("display-name") or kinds.get("name", "").replace("_20_", " "),
                kinds.get("parent-style-name", ""),
                kinds.get("default-outline-level", "") not in ("", "0"),
                "bold" in weights,
            )
    return found


class OdtText:
    """The paragraphs of a document's text, with its boxes and its notes."""

    def __init__(self, styles: Mapping[str, Style]) -> None:
        self._styles = styles
        self._notes: list[tuple[str, Any]] = []

    def paragraphs(self, body: Any) -> list[DocumentParagraph]:
        """Return the paragraphs of the body in order, followed by those of its notes."""
        found = list(self._within(body, 0))
        for kind, note in self._notes:
            lines = self._within(note, 1)
            found += [one._replace(role=str(Role.NOTE), reason=kind) for one in lines]
        return found

    def _within(self, element: Any, depth: int, role: str = "") -> Iterator[DocumentParagraph]:
        """Yield the paragraphs and tables below an element, also those that others stand around."""
        for child in element if depth < MAX_DEPTH else ():
            tag = local_name(child)
            if not tag or _is_hidden(child, tag):
                continue
            if tag in ("p", "h"):
                yield from self._paragraph(child, tag, role, depth)
            elif tag == "table":
                yield from self._table(child, depth + 1)
            elif tag == "list":
                yield from self._within(child, depth + 1, str(Role.LIST))
            else:
                yield from self._within(child, depth + 1, role)

    def _paragraph(
        self, element: Any, tag: str, given: str, depth: int
    ) -> Iterator[DocumentParagraph]:
        boxes: list[Any] = []
        text = self._text(element, boxes, 0).strip()
        style = _attributes(element).get("style-name", "")
        role, reason = self._role(style)
        if not role and tag == "h":
            role, reason = str(Role.SUBHEAD), "heading"
        elif not role and given:
            role, reason = given, "item of a list"
        is_strong = not role and self._is_bold(element, style)
        yield DocumentParagraph(text, role, reason, is_strong)
        for box in boxes:
            yield from self._within(box, depth + 1)

    def _role(self, style: str) -> tuple[str, str]:
        """Return the role of a style, or of a style that it is based on, and the reason."""
        for _ in range(MAX_STYLES_UP):
            found = self._styles.get(style)
            if found is None:  # a style of the office program, which a document need not define
                name = style.replace("_20_", " ")
                role = role_of_style(name)
                return (role, f"style {name}") if role else ("", "")
            if role := role_of_style(found.name):
                return role, f"style {found.name}"
            if found.has_level:
                return str(Role.SUBHEAD), f"style {found.name}"
            style = found.parent
        return "", ""

    def _is_bold(self, element: Any, style: str) -> bool:
        """Return whether a whole paragraph is bold, by its style or by those of its parts."""
        found = self._styles.get(style)
        if found is not None and found.is_bold:
            return True
        parts = [
            one for one in element if local_name(one) == "span" and "".join(one.itertext()).strip()
        ]
        loose = [element.text, *(one.tail for one in element)]
        if not parts or any((text or "").strip() for text in loose):
            return False
        named = (self._styles.get(_attributes(one).get("style-name", "")) for one in parts)
        return all(one is not None and one.is_bold for one in named)

    def _text(self, element: Any, boxes: list[Any], depth: int) -> str:
        """Return the text of a paragraph; boxes that are anchored in it are added to `boxes`."""
        pieces = [element.text or ""]
        for child in element if depth < MAX_DEPTH else ():
            tag = local_name(child)
            if tag == "line-break":
                pieces.append(LINE)
            elif tag == "tab":
                pieces.append("\t")
            elif tag == "s":
                count = _attributes(child).get("c", "1")
                pieces.append(" " * min(int(count) if count.isdecimal() else 1, MAX_SPACES))
            elif tag == "note":
                kind = _attributes(child).get("note-class", "footnote")
                self._notes.append((kind, child))
            elif tag in _FRAMES:
                boxes.append(child)
            elif tag and not _is_hidden(child, tag):
                pieces.append(self._text(child, boxes, depth + 1))
            pieces.append(child.tail or "")
        return " ".join("".join(pieces).split(" ")).replace("\n", " ")

    def _table(self, table: Any, depth: int) -> Iterator[DocumentParagraph]:
        rows = []
        for row in table.iter("{*}table-row"):
            if _table_of(row) is table:
                cells = [one for one in row if local_name(one) == "table-cell"]
                rows.append([list(self._within(cell, depth)) for cell in cells])
        if is_layout([[cell_of(paragraphs) for paragraphs in row] for row in rows]):
            yield from (one for row in rows for paragraphs in row for one in paragraphs)
            return
        lines = (row_of(" ".join(cell_of(cell).paragraphs) for cell in row) for row in rows)
        yield DocumentParagraph("\n".join(lines), str(Role.TABLE), "table")


def _is_hidden(element: Any, tag: str) -> bool:
    """Return whether the text does not show an element.

    It shows the title of the document, in a field for it, but not the title of a picture.
    """
    if tag in ("title", "desc"):
        return "svg" in element.tag
    if tag == "section":
        kinds = _attributes(element)
        return kinds.get("display") == "none" or kinds.get("is-hidden") == "true"
    return tag in _NOT_SHOWN


def _attributes(element: Any) -> dict[str, str]:
    """Return the attributes of an element by their names without namespaces."""
    return {name.rpartition("}")[2]: value for name, value in element.attrib.items()}


def _table_of(row: Any) -> Any:
    """Return the table that a row belongs to."""
    return next((one for one in row.iterancestors() if local_name(one) == "table"), None)
