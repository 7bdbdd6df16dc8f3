"""Reads a query as it is typed: quoted phrases must occur, words after a dash must not.

    gevechten "Institute for the Study of War" -Wagner -"2 december"

Quotation marks may be straight, curly, low, pointed or corner brackets. What is quoted still counts
for meaning. A mark without its other half, one inside a word (12", a Hebrew acronym), a dash before
a digit (-5), and `\\"` and `\\-` are plain text.
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
    """What is searched for: the text that is compared, and conditions on the answers' words."""

    text: str
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


def parse_query(text: str) -> Query:
    """Return what a text asks for.

    Raises `QueryError` where it only says what to leave out, or has over `MAX_CONDITIONS`.
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
    """Return what a text asks for; raise `QueryError` for one that is blank or too long."""
    if len(text) > MAX_QUERY_CHARACTERS:
        raise TooLarge(
            f"the query has {len(text):,} characters, the most is {MAX_QUERY_CHARACTERS:,}; "
            "give the part that matters"
        )
    if not any(character.isprintable() and not character.isspace() for character in text):
        raise QueryError("the query is empty; give some words to search for")
    return Query(text) if plain else parse_query(text)
