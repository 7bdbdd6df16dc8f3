"""Recognise files that are not text though they are named so: pictures, programs, packed files."""

from __future__ import annotations

import re

from recommender.errors import SourceError

LOOKED_AT = 64 * 1024
# Pasted texts hold a few such characters; in a picture, a tenth of the characters are.
MOST = 0.02
# Files that were being written when the power failed end so.
_PADDING = "\0"
# Zeros stand where the rest of a large file is, of which one machine reads a part.
_HOLE = re.compile("\0{64,}")
# All control characters except tabs, ends of lines and pages, and the escape of ISO-2022-JP.
_CONTROL = re.compile("[\0-\x08\x0e-\x1a\x1c-\x1f]")
BINARY = (
    "is no text: it holds bytes as pictures, programs and packed files do; give it the suffix of "
    "its format, or leave it out"
)


def is_binary(start: str | bytes) -> bool:
    """Return whether a file that starts so, or its text as far as it was decoded, is no text."""
    looked_at = start[:LOOKED_AT]
    text = looked_at if isinstance(looked_at, str) else looked_at.decode("latin-1")
    text = _HOLE.sub("", text).rstrip(_PADDING)
    return len(_CONTROL.findall(text)) > MOST * len(text)


def checked_text(text: str) -> str:
    """Return a text without the padding at its end.

    Raises `SourceError` if it is not text.
    """
    if is_binary(text):
        raise SourceError(BINARY)
    return text.rstrip(_PADDING)
