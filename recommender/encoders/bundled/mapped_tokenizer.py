"""Tokenize a query without loading the tokenizer: read a Unigram vocabulary from a mapped file.

`tokenizers` parses 17 MB of JSON for half a second before its first word. This file is mapped in
a few milliseconds. It gives the same ids or none. It declines a text with a special token, or with
a character whose normalisation by this Python is not known to equal that of `tokenizers`. The
caller then uses the full tokenizer.

The file, little-endian: `E5QT` and a version, the length of a JSON header, the header, and at
multiples of 8 the arrays whose lengths it names: `slots` (an open hash table over CRC-32 of the
pieces, piece + 1 or 0), `offsets` and `scores` of the pieces, `known` (a bit for each code point),
`pieces` (their UTF-8).
"""

from __future__ import annotations

import json
import mmap
import re
import struct
import unicodedata
from pathlib import Path
from typing import Any, Literal
from zlib import crc32

TOKENIZER_MAGIC = b"E5QT\0\0\0\1"
Kind = Literal["I", "f", "B"]
ARRAYS: tuple[tuple[str, Kind], ...] = (
    ("slots", "I"),
    ("offsets", "I"),
    ("scores", "f"),
    ("known", "B"),
    ("pieces", "B"),
)
ALIGNMENT = 8

_WORD = re.compile("▁[^▁]*")
_SPACES = re.compile(" {2,}")


class MappedTokenizer:
    """A Unigram tokenizer over a mapped file; safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        """Map a file; raise OSError or ValueError if it is not of this format."""
        with path.open("rb") as stream:
            view = memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
        if len(view) < 16 or bytes(view[:8]) != TOKENIZER_MAGIC:
            raise ValueError(f"{path} is not a mapped tokenizer")
        (length,) = struct.unpack_from("<Q", view, 8)
        header = json.loads(bytes(view[16 : 16 + length]))
        self._map_arrays(view, aligned(16 + length), header["lengths"])
        self._slot_mask = len(self._slots) - 1
        self._longest: int = header["longest"]
        self._unknown: int = header["unknown"]
        self._unknown_score: float = header["unknown_score"]
        self._start: int = header["start"]
        self._end: int = header["end"]
        self._specials = re.compile("|".join(map(re.escape, header["specials"])))
        self._before = _translation(header["before"])
        self._after = _translation(header["after"])

    def _map_arrays(self, view: memoryview, start: int, lengths: dict[str, int]) -> None:
        arrays: dict[str, Any] = {}
        for name, kind in ARRAYS:
            end = start + lengths[name] * struct.calcsize(kind)
            if end > len(view):
                raise ValueError("the mapped tokenizer is cut short")
            arrays[name] = view[start:end].cast(kind)
            start = aligned(end)
        self._slots, self._offsets, self._scores, self._known, self._pieces = arrays.values()

    def encode(self, text: str) -> list[int] | None:
        """Return the ids of `<s> text </s>`, or None if the full tokenizer has to be used."""
        normalized = self.normalize(text)
        if normalized is None or self._specials.search(text):
            return None
        marked = normalized.replace(" ", "▁")
        if marked and not marked.startswith("▁"):
            marked = "▁" + marked
        ids = [self._start]
        for word in _WORD.findall(marked):
            ids += self._best_pieces(word)
        ids.append(self._end)
        return ids

    def normalize(self, text: str) -> str | None:
        """Return the text as the model's tokenizer normalises it, or None if that is unknown."""
        for char in set(text):
            code_point = ord(char)
            if not self._known[code_point >> 3] >> (code_point & 7) & 1:
                return None
        normalized = unicodedata.normalize("NFKC", text.translate(self._before))
        return _SPACES.sub(" ", normalized.translate(self._after))

    def _best_pieces(self, word: str) -> list[int]:
        """Return the pieces of the likeliest segmentation (Viterbi); unknown runs are one piece."""
        chars = [char.encode() for char in word]
        best: list[tuple[float, int, int] | None] = [(0.0, 0, 0)] + [None] * len(chars)
        for start in range(len(chars)):
            here = best[start]
            assert here is not None  # a piece or the unknown piece reaches every position
            for end, piece, score in self._steps(chars, start):
                there = best[end]
                if there is None or here[0] + score > there[0]:
                    best[end] = (here[0] + score, start, piece)
        found: list[int] = []
        end = len(chars)
        while end:
            step = best[end]
            assert step is not None
            _, end, piece = step
            if not (found and piece == self._unknown == found[-1]):
                found.append(piece)
        return found[::-1]

    def _steps(self, chars: list[bytes], start: int) -> list[tuple[int, int, float]]:
        """Return (end, piece, score) of each piece that begins at `start`."""
        slots, offsets, pieces = self._slots, self._offsets, self._pieces
        steps = []
        digest, text = 0, b""
        for at in range(start, min(len(chars), start + self._longest)):
            text += chars[at]
            digest = crc32(chars[at], digest)
            slot = digest & self._slot_mask
            while piece := slots[slot]:
                if pieces[offsets[piece - 1] : offsets[piece]] == text:
                    steps.append((at + 1, piece - 1, self._scores[piece - 1]))
                    break
                slot = (slot + 1) & self._slot_mask
        if not steps or steps[0][0] != start + 1:
            steps.append((start + 1, self._unknown, self._unknown_score))
        return steps


def aligned(offset: int) -> int:
    """Return the next multiple of the alignment."""
    return -(-offset // ALIGNMENT) * ALIGNMENT


def _translation(table: dict[str, str]) -> dict[int, str]:
    return {ord(char): by for char, by in table.items()}
