"""Hold what a document of RTF says of the text at the place that was read last."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

from recommender.articles.documents import DocumentParagraph

# Of a style or a title. It comes in pieces, each of which would copy what came before.
MAX_NAME_CHARACTERS = 2_000
_Key = TypeVar("_Key", int, str)


@dataclass(slots=True)
class Group:
    """What holds within a group until its end."""

    place: str = "text"
    font: int = -1
    skips: int = 1  # letters that stand for one of Unicode, for older programs
    is_bold: bool = False
    is_hidden: bool = False
    fact: str = ""
    before: Format | None = None  # of a box: the format of the text that it stands in


@dataclass(slots=True)
class Format:
    """What a document says of the paragraph it is in."""

    style: int = 0
    has_level: bool = False
    is_item: bool = False
    is_in_table: bool = False
    is_drop_cap: bool = False  # a large letter, with which the next paragraph begins


@dataclass(slots=True)
class Flow:
    """A run of paragraphs: the body, or a note."""

    found: list[DocumentParagraph] = field(default_factory=list)
    rows: list[list[list[DocumentParagraph]]] = field(default_factory=list)
    cells: list[list[DocumentParagraph]] = field(default_factory=list)
    cell: list[DocumentParagraph] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    is_plain: bool = False  # whether some of the paragraph is not bold
    has_nested: bool = False


def lengthen(names: dict[_Key, str], key: _Key, text: str) -> None:
    """Add to a name, which comes in pieces, until it is longer than any name is."""
    before = names.get(key, "")
    if len(before) < MAX_NAME_CHARACTERS:
        names[key] = before + text[:MAX_NAME_CHARACTERS]
