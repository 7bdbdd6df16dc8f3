"""Find the words of a text of any language, in the form in which they are compared."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from recommender.text.folding import folded, without_invisible

GRAM = 4
# Scripts from here on do not put spaces between words; each letter says as much as three.
WIDE_FROM = "\u2e80"
WIDE = re.compile(f"[^\\0-{chr(ord(WIDE_FROM) - 1)}]")  # compiled sooner than the range from it on
# Letters of scripts that put no space between words: Han, kana, Thai, Lao, Khmer, Burmese.
UNSPACED = (
    "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
)
# Accents and vowel signs on letters of other scripts. For \w they end a word, which would cut up
# the words of Hindi and its neighbours, and of Hebrew and Arabic with points.
MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a"
    "\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u0711-\u07f3\u07fd\u0816-\u082d"
    "\u0859-\u085b\u0898-\u08e1\u08e3-\u0963\u0981-\u09e3\u09fe-\u0a75\u0a81-\u0ae3\u0afa-\u0b63"
    "\u0b82-\u0bd7\u0c00-\u0c63\u0c81-\u0c83\u0cbc-\u0d4d\u0d57-\u0d63\u0d81-\u0df3\u0f18\u0f19"
    "\u0f35\u0f37\u0f39\u0f3e-\u0f84\u0f86-\u0fbc\u0fc6\u135d-\u135f"
)
_WORD = re.compile(rf"[\w{MARKS}]+")
_BETWEEN_WORDS = re.compile(r"(?<=\w)(?:\s+|-)(?=\w)")
_UNSPACED = re.compile(f"[{UNSPACED}]+")
# A letter, its marks or a digit of a script that puts spaces between words.
_SPACED = rf"(?:[^\W{UNSPACED}]|[{MARKS}])"


def length_of(text: str, wide: int) -> int:
    """Return the length of a text; a letter of a script without spaces counts as `wide` letters."""
    return len(text) if text.isascii() else len(text) + (wide - 1) * len(WIDE.findall(text))


def words_in(text: str) -> Iterator[str]:
    """Yield the words of a text, each as often as it occurs.

    A script without spaces between words gives each pair of neighbouring letters.
    """
    for word in _WORD.findall(folded(text)):
        yield from _parts(word)


def words_of(text: str) -> set[str]:
    """Return the distinct words of a text, as `words_in` yields them."""
    return words_of_folded(folded(text))


def words_of_folded(text: str) -> set[str]:
    """Return the distinct words of a text that is `folded`, as `words_of` does."""
    return {part for word in set(_WORD.findall(text)) for part in _parts(word)}


def _parts(word: str) -> Iterable[str]:
    """Return a word, or the pairs of letters of its runs without spaces and what is between."""
    if word.isascii():
        return (word,)
    runs = (
        run[at : at + 2] for run in _UNSPACED.findall(word) for at in range(max(len(run) - 1, 1))
    )
    return (*runs, *filter(None, _UNSPACED.split(word)))


def spellings(text: str) -> dict[str, str]:
    """Return how a text spells its words, in small letters, by their folded forms."""
    return {folded(word): word for word in _WORD.findall(without_invisible(text).lower())}


def grams_of(words: Iterable[str]) -> set[str]:
    """Return the runs of four letters of the words, so that inflections and compounds match."""
    grams: set[str] = set()
    for word in words:
        padded = f"^{word}$"
        grams.update(padded[at : at + GRAM] for at in range(max(len(padded) - GRAM + 1, 1)))
    return grams


def pattern_of(phrase: str) -> re.Pattern[str]:
    """Return a pattern that finds a phrase, as whole words, in a text that is `folded`.

    Any run of white space matches any other, and the hyphen between two words a space. In scripts
    without spaces the phrase need not be whole words.
    """
    text = folded(phrase).strip()
    words = r"(?:\s+|-)".join(
        r"\s+".join(map(re.escape, part.split())) for part in _BETWEEN_WORDS.split(text)
    )
    before = rf"(?<!{_SPACED})" if re.match(_SPACED, text) else ""
    after = rf"(?!{_SPACED})" if re.match(_SPACED, text[::-1]) else ""
    return re.compile(before + words + after)
