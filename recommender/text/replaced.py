"""Find what a version of a text replaced: names and figures in sentences that are else the same.

Texts of one form, such as notices, and a report with other figures share nearly all their words.
Their sentences differ in a name or a number. An agency's dress around a text, another order or a
left-out paragraph replaces nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from recommender.system.package_data import data_file
from recommender.text.folding import folded
from recommender.text.sentences import parts_at_marks
from recommender.text.words import words_of

# So many sentences of each text are compared; those that both hold are passed over before.
MOST_SENTENCES = 100
# The sentences of so many texts are kept: a text is compared with several others.
KEPT_TEXTS = 8
# Two sentences of which so many words are the same are versions of one.
SAME_WORDS = 0.5
# A figure that is written out in Han characters: 四万二千.
_HAN_NUMBER = re.compile(r"[〇零一二三四五六七八九十百千万萬亿億两兩]{2,}")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_MOST_CHARACTERS = 50_000
# What stands around a sentence and is not compared.
_ENDS = " .!?…。！？؟।\"'“”«»"
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
# Languages whose common nouns begin with a capital too.
_CAPITAL_NOUNS = frozenset({"de", "lb", "gsw", "nds", "bar"})
# A text with more capitals among its letters than this is written in capitals: they name nothing.
_MOST_CAPITALS = 0.5


class Replaced(NamedTuple):
    """How many sentences of two texts are versions of each other in which both differ.

    `names` counts those in which each has a name of its own, `figures` those with a number.
    """

    names: int = 0
    figures: int = 0

    def __bool__(self) -> bool:
        return bool(self.names or self.figures)


class _Sentence(NamedTuple):
    words: frozenset[str]
    names: frozenset[str]
    figures: frozenset[str]


def replaced_between(one: str, other: str, language: str) -> Replaced:
    """Return what two texts of one language replace in each other's sentences."""
    ours, theirs = _sentences(one), _sentences(other)
    mine = [_read(text, language) for key, text in ours.items() if key not in theirs]
    others = [_read(text, language) for key, text in theirs.items() if key not in ours]
    names = figures = 0
    for sentence in mine[:MOST_SENTENCES]:
        match = _version_of(sentence, others[:MOST_SENTENCES])
        if match is not None:
            names += _differ(sentence.names, match.names, sentence.words, match.words)
            figures += bool(sentence.figures - match.figures and match.figures - sentence.figures)
    return Replaced(names, figures)


def _differ(
    ours: frozenset[str], theirs: frozenset[str], words: frozenset[str], others: frozenset[str]
) -> bool:
    return bool(ours - others and theirs - words)


@lru_cache(maxsize=KEPT_TEXTS)
def _sentences(text: str) -> Mapping[str, str]:
    """Return the sentences of a text by their folded forms."""
    parts = (" ".join(part.split()) for part in parts_at_marks(text[:_MOST_CHARACTERS]))
    return {folded(part).strip(_ENDS): part for part in parts if part}


def _version_of(sentence: _Sentence, others: Sequence[_Sentence]) -> _Sentence | None:
    """Return the sentence that shares most words with another, None if it shares too few."""

    def shared(other: _Sentence) -> float:
        return len(sentence.words & other.words) / max(len(sentence.words | other.words), 1)

    best = max(others, key=shared, default=None)
    return best if best is not None and shared(best) >= SAME_WORDS else None


def _read(text: str, language: str) -> _Sentence:
    base = language.partition("-")[0]
    words = frozenset(words_of(text))
    figures = set(_NUMBER.findall(folded(text))) | set(_HAN_NUMBER.findall(text))
    figures |= words & _number_words(base)
    names = frozenset() if base in _CAPITAL_NOUNS else _names(text)
    return _Sentence(words, names, frozenset(figures))


def _names(text: str) -> frozenset[str]:
    """Return the folded words of a sentence that begin with a capital, but its first word."""
    letters = [letter for letter in text if letter.isalpha()]
    if sum(map(str.isupper, letters)) > _MOST_CAPITALS * len(letters):
        return frozenset()
    words = [found[0] for found in _WORD.finditer(text)][1:]
    return frozenset(part for word in words if word[0].isupper() for part in words_of(word))


@cache
def _number_words(language: str) -> frozenset[str]:
    import tomllib  # few pairs of texts need a table

    table = tomllib.loads(data_file("number_words.toml").read_text("utf-8"))
    return frozenset(folded(word) for word in table.get(language, ()))
