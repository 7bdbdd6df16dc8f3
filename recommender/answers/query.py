"""Read a query as it is typed: quoted phrases must occur, words after a dash must not.

    gevechten "Institute for the Study of War" -Wagner -"2 december"

Quotation marks may be straight, curly, low, pointed or corner brackets. Quoted words still count
for meaning. Plain text are: a mark without its other half, a mark inside a word (12", a Hebrew
acronym), a dash before a digit (-5), and `\\"` and `\\-`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from recommender.errors import QueryError, TooLarge
from recommender.text.words import _SPACED

MAX_QUERY_CHARACTERS = 200_000

MAX_CONDITIONS = 20

_PHRASE = re.compile(
    rf"""
    \\(?P<plain>["“”„«»「」『』\-－\\])
    | (?:(?<!\S)(?P<minus>[-－]))?
      (?: (?<!{_SPACED})"(?P<straight>[^"]+)"
        | [“„](?P<curly>[^“”„"]+)[“”]
        | «(?P<pointed>[^«»]+)»
        | 「(?P<corner>[^「」]+)」
        | 『(?P<double>[^『』]+)』 )
    | (?<!\S)[-－](?P<word>[^\W\d_][^\s"“”„«»「」『』]*)
    """,
    re.VERBOSE,
)
_QUOTED = ("straight", "curly", "pointed", "corner", "double")


@dataclass(frozen=True, slots=True)
class Query:
    """A text to compare, and conditions on the words of the answers."""

    text: str
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


def parse_query(text: str) -> Query:
    """Return the query that a text is.

    Raises `QueryError` if it only excludes words, or has over `MAX_CONDITIONS`.
    """
    phrases: list[str] = []
    excluded: list[str] = []

    def read(found: re.Match[str]) -> str:
        if found["plain"]:
            return found["plain"]
        if found["word"]:
            excluded.append(re.sub(r"\W+$", "", found["word"]))
            return ""
        quoted = next(found[name] for name in _QUOTED if found[name])
        if not re.search(r"\w", quoted):
            return found[0]
        (excluded if found["minus"] else phrases).append(quoted)
        return "" if found["minus"] else quoted

    rest = _PHRASE.sub(read, text)
    conditions = len(phrases) + len(excluded)
    if conditions > MAX_CONDITIONS:
        raise QueryError(
            f"the query has {conditions} quoted phrases and excluded words, the most is "
            f"{MAX_CONDITIONS}; use --plain (plain=True) to search for a text as it stands"
        )
    if excluded and not re.search(r"\w", rest):
        raise QueryError("the query only says what to leave out; add what to look for")
    return Query(rest.strip() if conditions else rest, tuple(phrases), tuple(excluded))


def query_of(text: str, plain: bool) -> Query:
    """Return the query that a text is, or the text as it stands if it is `plain`.

    Raises `QueryError` for a text that is blank, `TooLarge` for one that is too long.
    """
    if len(text) > MAX_QUERY_CHARACTERS:
        raise TooLarge(
            f"the query has {len(text):,} characters, the most is {MAX_QUERY_CHARACTERS:,}; "
            "give the part that matters"
        )
    if not any(character.isprintable() and not character.isspace() for character in text):
        raise QueryError("the query is empty; give some words to search for")
    return Query(text) if plain else parse_query(text)
