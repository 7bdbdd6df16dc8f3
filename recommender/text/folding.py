"""Fold texts into the form in which their words are compared, as people type words.

These differences are ignored: capitals (with the Turkish ones and Greek final sigma), accents of
Latin and Greek letters and their stroked and hooked forms (`é`, `ø`, `ł`, `ɗ`), stress marks and
`ё`, Arabic vowel marks, tatweel and forms of alef, yeh, kaf and teh marbuta, Hebrew points and the
marks of Hebrew acronyms, the dots of Devanagari and its nasal letters before others, apostrophes,
quotation marks, dashes, digits of all scripts, full-width and half-width forms, traditional and
simplified Chinese characters. Invisible characters are left out: soft hyphens, zero-width joiners,
marks of direction.

Letters that only look alike stay different: Cyrillic `й` is not `и`. Vowel signs of Indic scripts
are letters.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from recommender.system.package_data import data_file

_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]"
)
# Marks that people leave out: accents, stress, Hebrew points, Arabic vowel marks, and tatweel.
_LEFT_OUT = (
    *range(0x0300, 0x0370),
    *(0x0483, 0x0484, 0x0485, 0x0486, 0x0487),
    *range(0x0591, 0x05BE),
    *(0x05BF, 0x05C1, 0x05C2, 0x05C4, 0x05C5, 0x05C7),
    *range(0x0610, 0x061B),
    0x0640,
    *range(0x064B, 0x0660),
    0x0670,
    *range(0x06D6, 0x06DD),
    *range(0x06DF, 0x06E5),
    *(0x06E7, 0x06E8),
    *range(0x06EA, 0x06EE),
    *range(0x08D3, 0x0900),
)
# The scripts whose letters lose their marks: Latin, Greek, Arabic.
_MARKED = (
    *range(0x00C0, 0x0250),
    *range(0x1E00, 0x1F00),
    *range(0x0370, 0x0400),
    *range(0x1F00, 0x2000),
    *range(0x0620, 0x0700),
)

# Letters that do not decompose, and signs with several spellings.
_LETTERS = {
    **dict(zip("øłđðħŧıёѐѝґ", "olddhtiееиг", strict=True)),
    **dict(zip("əɛɔɓɗƙƴŋ", "eeobdkyn", strict=True)),
    "æ": "ae",
    "œ": "oe",
    "þ": "th",
    "ٱ": "ا",
    "ى": "ي",
    "ی": "ي",
    "ے": "ي",
    "ک": "ك",
    "ة": "ه",
    "ە": "ه",
    "ہ": "ه",
    **dict.fromkeys("‐‑‒–—―−־", "-"),
    **dict.fromkeys("’‘‛ʼʻʾʿʹ′׳", "'"),
    **dict.fromkeys("“”„‟″״«»", '"'),
    "\u093c": "",  # the dot below a letter of Devanagari
    "\u0901": "\u0902",  # the moon above it, for which people type a dot
}
# Spellings that are changed between certain letters: letters that show that a text may hold one,
# its pattern, and its replacement.
_BETWEEN = (
    # an acronym of Hebrew: צה"ל
    (frozenset(map(chr, range(0x05D0, 0x05EB))), re.compile("(?<=[א-ת])[\"']+(?=[א-ת])"), ""),
    # a nasal letter before one of its row, for which a dot stands: हिन्दी
    (
        frozenset("\u094d"),
        re.compile("(?:ङ्(?=[क-घ])|ञ्(?=[च-झ])|ण्(?=[ट-ढ])|न्(?=[त-ध])|म्(?=[प-भ]))"),
        "\u0902",
    ),
    # a Thai vowel that was typed after the tone
    (frozenset("\u0e4d"), re.compile("([\u0e48-\u0e4b])\u0e4d"), "\u0e4d\\1"),
    (frozenset("·"), re.compile("(?<=l)·(?=l)"), ""),  # col·legi
)
# The digit 0 of each script that has its own.
_ZEROS = (
    "\u0660\u06f0\u07c0\u0966\u09e6\u0a66\u0ae6\u0b66\u0be6\u0c66\u0ce6\u0d66\u0de6\u0e50\u0ed0\u0f20"
    "\u1040\u1090\u17e0\u1810\u1946\u19d0\u1a80\u1a90\u1b50\u1bb0\u1c40\u1c50\ua620\ua8d0\ua900\ua9d0"
    "\ua9f0\uaa50\uabf0"
)


def without_invisible(text: str) -> str:
    """Return a text without invisible characters, such as soft hyphens and direction marks.

    These are U+00AD, the zero-width ones (joiners as well), marks of direction, and the like.
    """
    return text if text.isascii() else _INVISIBLE.sub("", text)


def folded(text: str) -> str:
    """Return a text in the form in which words are compared."""
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).casefold()
    table, letters = _table(), set(text)
    for letter in table.keys() & letters:  # few; `translate` looks up each letter
        text = text.replace(letter, table[letter])
    for signs, pattern, instead in _BETWEEN:
        if not signs.isdisjoint(letters):
            text = pattern.sub(instead, text)
    return text


@cache
def _table() -> dict[str, str]:
    """Return the replacements of letters after case folding; none is itself replaced."""
    table = dict.fromkeys(map(chr, _LEFT_OUT), "")
    for letter in map(chr, _MARKED):
        parts = unicodedata.normalize("NFD", letter)
        base = parts[0]
        if len(parts) > 1 and all(mark in table for mark in parts[1:]):
            table[letter] = _LETTERS.get(base, base)
    for first in map(ord, _ZEROS):
        table |= {chr(first + digit): str(digit) for digit in range(10)}
    pairs = data_file("han_variants.txt").read_text("utf-8")
    pairs = pairs.replace("\n", "")
    return table | _LETTERS | dict(zip(pairs[::2], pairs[1::2], strict=True))
