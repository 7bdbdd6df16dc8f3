"""Recognise pictures, programs and packed files whose names say that they are text."""

from __future__ import annotations

import re

from recommender.errors import SourceError

LOOKED_AT = 64 * 1024
# Pasted texts hold a few such characters; in a picture, a tenth of the characters are.
MOST = 0.02
# A file that was being written when the power failed ends in such bytes.
_PADDING = "\0"
# If a machine reads a part of a large file, zeros stand in the place of the rest.
_HOLE = re.compile("\0{64,}")
# All control characters except tabs, ends of lines and pages, and the escape of ISO-2022-JP.
_CONTROL = re.compile("[\0-\x08\x0e-\x1a\x1c-\x1f]")
BINARY = (
    "is not text: it holds bytes of a picture, a program or a packed file; rename it with the "
    "suffix of its format, or leave it out"
)


def is_binary(start: str | bytes) -> bool:
    """Return whether a file that begins with `start`, in bytes or decoded, is not text."""
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
