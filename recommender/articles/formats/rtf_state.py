"""Hold what an RTF document says of the text at the place where it is being read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

from recommender.articles.documents import DocumentParagraph

# The name of a style or a title comes in pieces. Each piece copies what came before.
MAX_NAME_CHARACTERS = 2_000
_Key = TypeVar("_Key", int, str)


@dataclass(slots=True)
class Group:
    """The state that applies until the end of a group."""

    place: str = "text"
    font: int = -1
    skips: int = 1  # how many letters follow a Unicode one, for older programs
    is_bold: bool = False
    is_hidden: bool = False
    fact: str = ""
    before: Format | None = None  # for a box: the format of the text around it


@dataclass(slots=True)
class Format:
    """What a document says of the current paragraph."""

    style: int = 0
    has_level: bool = False
    is_item: bool = False
    is_in_table: bool = False
    is_drop_cap: bool = False  # it is the large first letter of the next paragraph


@dataclass(slots=True)
class Flow:
    """A run of paragraphs: the body, or a note."""

    found: list[DocumentParagraph] = field(default_factory=list)
    rows: list[list[list[DocumentParagraph]]] = field(default_factory=list)
    cells: list[list[DocumentParagraph]] = field(default_factory=list)
    cell: list[DocumentParagraph] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    is_plain: bool = False  # whether a part of the paragraph is not bold
    has_nested: bool = False


def lengthen(names: dict[_Key, str], key: _Key, text: str) -> None:
    """Add a piece to a name, unless the name is longer than any name should be."""
    before = names.get(key, "")
    if len(before) < MAX_NAME_CHARACTERS:
        names[key] = before + text[:MAX_NAME_CHARACTERS]
