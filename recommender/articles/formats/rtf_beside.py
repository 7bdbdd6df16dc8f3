"""Hold what an RTF document has outside its text: custom properties, headers and footers."""

from __future__ import annotations

from dataclasses import dataclass, field

from recommender.articles.formats.rtf_state import lengthen
from recommender.articles.formats.rtf_words import KEPT, LIST_MARKS, SKIPPED

PROPERTIES = "userprops"
EDGES = {"header", "headerl", "headerr", "headerf", "footer", "footerl", "footerr", "footerf"}
# Places: a header or a footer, and a property of a shape in one. A watermark is such a property.
EDGE, SHAPE = "edge", "shape"
NAME, VALUE = "propname", "staticval"
OPENINGS = EDGES | {PROPERTIES}
PLACES = {PROPERTIES, EDGE, SHAPE, NAME, VALUE}
# Outside the text, only these words count: some end a line, the others say how to read letters.
LINE_ENDS = {"par", "cell", "row", "sect"}
LETTERS = {"f", "uc", "v", "deleted", "plain"}
# At most this many properties, and as many lines, are kept.
MAX_KEPT = 200


@dataclass(slots=True)
class Beside:
    """The lines, and the names and values of the properties, each by its number."""

    lines: dict[int, str] = field(default_factory=dict)
    _names: dict[int, str] = field(default_factory=dict)
    _values: dict[int, str] = field(default_factory=dict)
    _number: int = 0

    @property
    def properties(self) -> dict[str, str]:
        """The values of the properties by their names."""
        return {name: self._values.get(number, "") for number, name in self._names.items()}

    def opened(self, place: str, name: str, is_marked: bool) -> str:
        """Return the place of a group that begins with the word `name` within `place`."""
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
        """Begin another line after a shape in `place`, if it ends there."""
        if place == SHAPE:
            self.begin()

    def begin(self) -> None:
        """Begin another property or another line."""
        self._number += 1

    def add(self, place: str, text: str) -> None:
        """Add text to the name or value of the current property, or to the current line."""
        kept = {NAME: self._names, VALUE: self._values}.get(place, self.lines)
        if self._number in kept or len(kept) < MAX_KEPT:
            lengthen(kept, self._number, text)
