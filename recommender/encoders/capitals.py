"""Give a model texts in capitals as texts are usually written: in small letters.

Agencies, and some sites for their headlines, write whole texts in capitals. Models have seen few of
them: the two spellings of one text are less alike than two texts on one subject (a mean cosine of
0.54 in the answering space, against 0.93 read so). Stored and shown texts keep their capitals.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

# A text of fewer letters may be an abbreviation: NAVO, UNESCO, OPEC+.
FEWEST_LETTERS = 12
# So many capitals stand beside one small letter: `McDONALD'S` may be in the text.
CAPITALS_EACH = 10
# A text whose beginning is not in capitals is not looked at further.
PROBED = 200

_TURKISH = frozenset("İĞ")
_START = re.compile(r"(?:\A|(?<=[.!?…。])\s+|\n)[\W\d_]{0,20}[^\W\d_]")


def in_small_letters(text: str) -> str:
    """Return a text in capitals in small letters, each sentence with its capital; others as is."""
    if not (_is_in_capitals(text[:PROBED]) and _is_in_capitals(text)):
        return text
    is_turkish = not _TURKISH.isdisjoint(text)
    small = text.replace("İ", "i").replace("I", "ı") if is_turkish else text
    return _START.sub(lambda start: _with_capital(start[0], is_turkish), small.lower())


def as_read(
    texts: Sequence[str], count_tokens: Callable[[Sequence[str]], list[int]], max_tokens: int
) -> list[str]:
    """Return texts as a model is to read them: those in capitals `in_small_letters`, if they fit.

    Passages are cut by the tokens of the text as it stands, so that small letters hardly ever need
    more than `max_tokens`. If they do, the text keeps its capitals.
    """
    found = list(map(in_small_letters, texts))
    changed = [at for at, text in enumerate(texts) if found[at] != text]
    counts = count_tokens([found[at] for at in changed]) if changed else ()
    for at, count in zip(changed, counts, strict=True):
        if count > max_tokens:
            found[at] = texts[at]
    return found


def _is_in_capitals(text: str) -> bool:
    capitals = sum(map(str.isupper, text))
    return capitals >= FEWEST_LETTERS and capitals >= CAPITALS_EACH * sum(map(str.islower, text))


def _with_capital(start: str, is_turkish: bool) -> str:
    """Return the beginning of a sentence with its last character, a letter, as a capital."""
    letter = "İ" if is_turkish and start[-1] == "i" else start[-1].upper()
    return start[:-1] + letter
