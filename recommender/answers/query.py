"""Read a query as it is typed: quoted phrases must occur, words after a dash must not.

    gevechten "Institute for the Study of War" -Wagner -"2 december"

Quotation marks may be straight, curly, low, pointed or corner brackets. Quoted words still count
for meaning. Plain text are: a mark without its other half, a mark inside a word (12", a Hebrew
acronym), a dash before a digit (-5), `\\"` and `\\-`, and the marks of a whole sentence, such as a
headline that quotes somebody.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from recommender.errors import QueryError, TooLarge
from recommender.text.words import _SPACED, _UNSPACED, _WORD

MAX_QUERY_CHARACTERS = 200_000

MAX_CONDITIONS = 20
# The categories of characters that say something: letters, numbers, signs of money, pictures.
_MEANT = ("L", "N", "Sc", "So")
# So many words may be a headline, or so many outside the phrases: nobody adds more to phrases.
SENTENCE_WORDS = 4

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
IN_A_SENTENCE = (
    "quotation marks inside a sentence are read as text; a phrase must occur if at most "
    f"{SENTENCE_WORDS - 1} other words stand beside it"
)
_QUOTED = ("straight", "curly", "pointed", "corner", "double")


@dataclass(frozen=True, slots=True)
class Query:
    """A text to compare, and conditions on the words of the answers.

    `notice` says in words why a mark in the text was read as ordinary text.
    """

    text: str
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    notice: str = ""

    @property
    def other_words(self) -> int:
        """How many words are outside the phrases."""
        return _count(self.text) - sum(map(_count, self.phrases))

    @property
    def is_headline(self) -> bool:
        """Whether the text may be a headline with a quote: it is long and excludes nothing."""
        return bool(self.phrases) and not self.excluded and _count(self.text) >= SENTENCE_WORDS

    @property
    def quoted(self) -> str:
        """The phrases in the form that a message shows."""
        return ", ".join(f"“{phrase.strip()}”" for phrase in self.phrases)


def parse_query(text: str) -> Query:
    """Return the query that a text means.

    Raises `QueryError` if it only excludes words, or has over `MAX_CONDITIONS`.
    """
    phrases: list[str] = []
    excluded: list[str] = []

    def read(found: re.Match[str]) -> str:
        if found["plain"]:
            return found["plain"]
        if found["word"]:
            excluded.append(_without_marks_at_end(found["word"]))
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
        raise QueryError("the query only excludes words; add words to search for")
    query = Query(rest.strip() if conditions else rest, tuple(phrases), tuple(excluded))
    if query.is_headline and query.other_words >= SENTENCE_WORDS:
        return Query(text, notice=IN_A_SENTENCE)
    return query


def _without_marks_at_end(word: str) -> str:
    """Return a word without the marks after its last letter or digit, in linear time."""
    end = len(word)
    while end and not (word[end - 1].isalnum() or word[end - 1] == "_"):
        end -= 1
    return word[:end]


def _count(text: str) -> int:
    """Count the words of a text; two letters of a script without spaces are one."""
    unspaced = sum(map(len, _UNSPACED.findall(text))) // 2
    return unspaced + len(_WORD.findall(_UNSPACED.sub(" ", text)))


def query_of(text: str, plain: bool) -> Query:
    """Return the query that a text means, or the text as it stands if it is `plain`.

    Raises `QueryError` for a value that is not text or has no word, `TooLarge` for a long text.
    """
    if not isinstance(text, str):
        raise QueryError(f"the query is of the type {type(text).__name__}; give a text")
    if len(text) > MAX_QUERY_CHARACTERS:
        raise TooLarge(
            f"the query has {len(text):,} characters, the most is {MAX_QUERY_CHARACTERS:,}; "
            "give the part that matters"
        )
    if not any(character.isprintable() and not character.isspace() for character in text):
        raise QueryError("the query is empty; give some words to search for")
    if not any(unicodedata.category(character).startswith(_MEANT) for character in text):
        raise QueryError(
            f"the query {text.strip()!r:.80} has no word; give some words to search for"
        )
    return Query(text) if plain else parse_query(text)
