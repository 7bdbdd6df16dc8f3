"""Hold what a document of RTF has beside its text: properties, the lines above and below pages."""

from __future__ import annotations

from dataclasses import dataclass, field

from recommender.articles.formats.rtf_state import lengthen
from recommender.articles.formats.rtf_words import KEPT, LIST_MARKS, SKIPPED

PROPERTIES = "userprops"
EDGES = {"header", "headerl", "headerr", "headerf", "footer", "footerl", "footerr", "footerf"}
# A head or a foot, and a property of a shape in it. One of those is the text of a watermark.
EDGE, SHAPE = "edge", "shape"
NAME, VALUE = "propname", "staticval"
OPENINGS = EDGES | {PROPERTIES}
PLACES = {PROPERTIES, EDGE, SHAPE, NAME, VALUE}
# Words that end a line, and those that say how letters are read. No other one counts here.
LINE_ENDS = {"par", "cell", "row", "sect"}
LETTERS = {"f", "uc", "v", "deleted", "plain"}
# Of properties, and of lines, more are not kept.
MAX_KEPT = 200


@dataclass(slots=True)
class Beside:
    """The properties and the lines, each by its number; a property has a name and a value."""

    lines: dict[int, str] = field(default_factory=dict)
    _names: dict[int, str] = field(default_factory=dict)
    _values: dict[int, str] = field(default_factory=dict)
    _number: int = 0

    @property
    def properties(self) -> dict[str, str]:
        """The values of the properties by their names."""
        return {name: self._values.get(number, "") for number, name in self._names.items()}

    def opened(self, place: str, name: str, is_marked: bool) -> str:
        """Return the place of a group in `place` that opens with a word; most open none."""
        if name in EDGES | {NAME, "sp", "shptxt"}:
            self.begin()
        if name in (PROPERTIES, NAME, VALUE):
            return name
        if name in EDGES or name == "shptxt" or (place == SHAPE and name == "sv"):
            return EDGE
        if name == "sp":
            return SHAPE
        is_skipped = name in SKIPPED | LIST_MARKS or (is_marked and name not in KEPT)
        return "skipped" if is_skipped or place == PROPERTIES else place

    def ended(self, place: str) -> None:
        """Begin a line behind a shape, whose last property has ended."""
        if place == SHAPE:
            self.begin()

    def begin(self) -> None:
        """Begin another property or line."""
        self._number += 1

    def add(self, place: str, text: str) -> None:
        """Add text to the name or the value of the property, or to the line."""
        kept = {NAME: self._names, VALUE: self._values}.get(place, self.lines)
        if self._number in kept or len(kept) < MAX_KEPT:
            lengthen(kept, self._number, text)
