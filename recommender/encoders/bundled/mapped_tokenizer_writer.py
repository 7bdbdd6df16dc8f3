"""Write the file that `MappedTokenizer` maps, and find the characters that it normalises right."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from recommender.encoders.bundled.mapped_tokenizer import (
    ALIGNMENT,
    TOKENIZER_MAGIC,
    MappedTokenizer,
    aligned,
)
from recommender.encoders.bundled.tokenizer import find_exceptions
from recommender.encoders.bundled.weights import Vocabulary
from recommender.system.cache import write_file

_SLOTS = 1 << 20
_UNKNOWN_PENALTY = 10.0  # Unigram scores an unknown character this much below the worst piece
_CHARS_AT_ONCE = 4096


def write_mapped_tokenizer(path: Path, vocabulary: Vocabulary, tokenizer: Tokenizer) -> str:
    """Write the file for a vocabulary, and return its checksum.

    `tokenizer` is the full one that the file must equal. The file is written twice: first with
    every character as known, then with those that both normalise to the same text.
    """
    arrays = _arrays(vocabulary)
    header = _header(vocabulary)
    arrays["known"] = np.full((sys.maxunicode + 1) // 8, 0xFF, np.uint8)
    write_file(path, _chunks(header, arrays))
    known = _known(MappedTokenizer(path), tokenizer)
    arrays["known"] = np.packbits(known, bitorder="little")
    path.unlink()  # the first file is still mapped, so the second must be a new file
    return write_file(path, _chunks(header, arrays))


def _arrays(vocabulary: Vocabulary) -> dict[str, npt.NDArray[Any]]:
    encoded = [piece.encode() for piece in vocabulary.pieces]
    specials = {vocabulary.bos, vocabulary.eos, vocabulary.pad, vocabulary.unk}
    slots = [0] * _SLOTS
    for number, piece in enumerate(encoded):
        if number not in specials:
            slot = crc32(piece) & (_SLOTS - 1)
            while slots[slot]:
                slot = (slot + 1) & (_SLOTS - 1)
            slots[slot] = number + 1
    return {
        "slots": np.array(slots, "<u4"),
        "offsets": np.cumsum([0, *map(len, encoded)]).astype("<u4"),
        "scores": vocabulary.scores.astype("<f4"),
        "known": np.empty(0, np.uint8),
        "pieces": np.frombuffer(b"".join(encoded), np.uint8),
    }


def _header(vocabulary: Vocabulary) -> dict[str, Any]:
    found = find_exceptions(vocabulary.normalisation)
    free = [char for char in found.dropped if ord(char) < 0x20]
    # A character that NFKC would change passes it under the name of a dropped control character.
    names = dict(zip(found.kept, free, strict=False))
    specials = (vocabulary.bos, vocabulary.eos, vocabulary.pad, vocabulary.unk)
    return {
        "longest": max(map(len, vocabulary.pieces)),
        "unknown": vocabulary.unk,
        "unknown_score": float(vocabulary.scores.astype(np.float64).min()) - _UNKNOWN_PENALTY,
        "start": vocabulary.bos,
        "end": vocabulary.eos,
        "specials": [vocabulary.pieces[special] for special in specials],
        "before": dict.fromkeys(found.dropped, "") | dict.fromkeys(found.spaces, " ") | names,
        "after": {name: char for char, name in names.items()},
    }


def _chunks(header: dict[str, Any], arrays: dict[str, npt.NDArray[Any]]) -> Iterator[bytes]:
    lengths = {name: len(values) for name, values in arrays.items()}
    encoded = json.dumps({**header, "lengths": lengths}).encode()
    start = 16 + len(encoded)
    yield (
        TOKENIZER_MAGIC
        + len(encoded).to_bytes(8, "little")
        + encoded
        + b"\0" * (aligned(start) - start)
    )
    for values in arrays.values():
        yield values.tobytes() + b"\0" * (-values.nbytes % ALIGNMENT)


def _known(mapped: MappedTokenizer, tokenizer: Tokenizer) -> npt.NDArray[np.bool_]:
    """Return for each code point whether both normalise it to the same text.

    Each is tried between letters and among marks, because an older table does not move a mark that
    Unicode has added lately. Many are tried at a time with a line feed between them: nothing
    composes with it, and both turn it into a space.
    """
    known = np.zeros(sys.maxunicode + 1, np.bool_)
    normalizer: Any = tokenizer.normalizer
    for first in range(0, sys.maxunicode + 1, _CHARS_AT_ONCE):
        chars = [chr(cp) for cp in range(first, first + _CHARS_AT_ONCE) if _is_assigned(cp)]
        text = "\n".join(map(_among_others, chars))
        if mapped.normalize(text) == normalizer.normalize_str(text):
            known[[ord(char) for char in chars]] = True
            continue
        for char in chars:
            one = _among_others(char)
            known[ord(char)] = mapped.normalize(one) == normalizer.normalize_str(one)
    return known


def _is_assigned(code_point: int) -> bool:
    return unicodedata.category(chr(code_point)) not in ("Cn", "Cs")


def _among_others(char: str) -> str:
    """Return a text that moves a mark: the character between the last mark and the first."""
    return f"a{char}b\u0345{char}\u0334b"
