"""Name the scripts of a text, and count its letters."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Collection
from functools import lru_cache

from recommender.text.words import WIDE

MAX_IDENTIFIED_CHARACTERS = 1_000
# The first word of a character's Unicode name -> the scripts of the languages that use it.
_SCRIPTS = {
    "LATIN": {"Latn"},
    "CYRILLIC": {"Cyrl"},
    "ARABIC": {"Arab"},
    "CJK": {"Hans", "Hant", "Jpan"},
    "HIRAGANA": {"Jpan"},
    "KATAKANA": {"Jpan"},
    "HANGUL": {"Kore"},
    "DEVANAGARI": {"Deva"},
    "BENGALI": {"Beng"},
    "GREEK": {"Grek"},
    "HEBREW": {"Hebr"},
    "THAI": {"Thai"},
    "ARMENIAN": {"Armn"},
    "GEORGIAN": {"Geor"},
    "ETHIOPIC": {"Ethi"},
    "TIBETAN": {"Tibt"},
    "GUJARATI": {"Gujr"},
    "GURMUKHI": {"Guru"},
    "KANNADA": {"Knda"},
    "KHMER": {"Khmr"},
    "LAO": {"Laoo"},
    "MALAYALAM": {"Mlym"},
    "MYANMAR": {"Mymr"},
    "ORIYA": {"Orya"},
    "OL": {"Olck"},
    "SINHALA": {"Sinh"},
    "TAMIL": {"Taml"},
    "TELUGU": {"Telu"},
    "TIFINAGH": {"Tfng"},
}
# Japanese text is mostly Han. Kana or hangul, the more frequent ones, decide its script if they are
# this share of it.
_DECISIVE = {"HIRAGANA", "KATAKANA", "HANGUL"}
_DECISIVE_SHARE = 0.1
# The basic character sets of Japan, of China and of Taiwan. A Han character that only one side has
# tells the languages apart: 发 and 灾 are not Japanese, 発 and 気 are not Chinese.
_HAN = frozenset(_SCRIPTS["CJK"])
_OF_JAPAN, _OF_CHINA = ("shift_jis",), ("gb2312", "big5")
# Letters of another script beside Latin ones decide the script of a query if they are this share.
OTHER_SHARE = 0.2


def scripts_of(text: str) -> frozenset[str]:
    """Return the scripts that most letters of `text` belong to, empty if it has no known letter.

    They are several if its letters belong to several, as Han characters do.
    """
    return _scripts_of(text[:MAX_IDENTIFIED_CHARACTERS])


def scripts_of_query(text: str) -> frozenset[str]:
    """Return the scripts that the language of a query is written in.

    Every script takes names and terms in Latin letters as they are, and Latin texts hardly take any
    others. So Latin letters do not decide, unless they are nearly all.
    """
    some = text[:MAX_IDENTIFIED_CHARACTERS]
    others = "".join(letter for letter in some if _script_word(letter) not in ("", "LATIN"))
    is_other = letters_in(others) >= OTHER_SHARE * letters_in(some)
    found = _scripts_of(others if others and is_other else some)
    return _of_han(some) if found == _HAN else found


def _of_han(text: str) -> frozenset[str]:
    """Return the scripts of a text in Han characters: all three if its characters tell nothing."""
    letters = {letter for letter in text if _script_word(letter) == "CJK"}
    in_japan, in_china = _known_to(letters, _OF_JAPAN), _known_to(letters, _OF_CHINA)
    if in_japan - in_china and not in_china - in_japan:
        return frozenset({"Jpan"})
    return _HAN - {"Jpan"} if in_china - in_japan and not in_japan - in_china else _HAN


def _known_to(letters: Collection[str], encodings: Collection[str]) -> set[str]:
    """Return the letters that one of the encodings has."""
    return {letter for letter in letters if any(letter.encode(one, "ignore") for one in encodings)}


@lru_cache(maxsize=256)
def _scripts_of(text: str) -> frozenset[str]:
    """Return the scripts of a text; each paragraph is compared with two languages."""
    words = {word for letter in set(text) if (word := _script_word(letter))}
    if len(words) < 2:  # most texts, sooner than their letters are counted
        return frozenset().union(*(_SCRIPTS[word] for word in words))
    known: Counter[str] = Counter()
    for letter, count in Counter(text).items():
        if word := _script_word(letter):
            known[word] += count
    most_first = [word for word, _ in known.most_common()]
    least = _DECISIVE_SHARE * known.total()
    decisive = [word for word in most_first if word in _DECISIVE and known[word] >= least]
    return frozenset(_SCRIPTS[(decisive or most_first)[0]])


@lru_cache(maxsize=8_192)
def _script_word(letter: str) -> str:
    """Return the word in `_SCRIPTS` that a letter's name opens with, "" if there is none."""
    word = unicodedata.name(letter, "").partition(" ")[0] if letter.isalpha() else ""
    return word if word in _SCRIPTS else ""


def letters_in(text: str) -> int:
    """Count the letters of a text; one of a script without spaces counts as three.

    So much more of a word does a Han character say than a Latin letter.
    """
    some = text[:MAX_IDENTIFIED_CHARACTERS]
    return sum(map(str.isalpha, some)) + 2 * sum(map(len, WIDE.findall(some)))
