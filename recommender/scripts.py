"""The writing system of a text, as ISO 15924 codes of languages written in it."""

from __future__ import annotations

import unicodedata
from collections import Counter

MAX_CHARACTERS = 1_000

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
# A Japanese text is mostly Han; kana and hangul settle it where they are a fair part.
_TELLING = {"HIRAGANA", "KATAKANA", "HANGUL"}
_FAIR_PART = 0.1


def scripts_of(text: str) -> frozenset[str]:
    """Return the scripts that most letters of `text` belong to, empty where there is none.

    Several where one kind of letter serves several, as Han characters do.
    """
    letters = [letter for letter in text[:MAX_CHARACTERS] if letter.isalpha()]
    words = Counter(unicodedata.name(letter, "").partition(" ")[0] for letter in letters)
    known = Counter({word: count for word, count in words.items() if word in _SCRIPTS})
    if not known:
        return frozenset()
    for word in _TELLING & known.keys():
        if known[word] >= _FAIR_PART * known.total():
            return frozenset(_SCRIPTS[word])
    return frozenset(_SCRIPTS[known.most_common(1)[0][0]])
