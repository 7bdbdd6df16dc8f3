"""Write the piece that a share of the articles was cut into to a file, and read it back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from recommender.articles.found_json import to_json
from recommender.safe_open import Depth, read_bytes
from recommender.store.files import scribble
from recommender.store.records import ARTICLE_RECORD, PASSAGE_RECORD
from recommender.store.segment_tables import Piece

_ARRAYS = (
    ("articles", ARTICLE_RECORD),
    ("passages", PASSAGE_RECORD),
    ("words_only", PASSAGE_RECORD),
)


def write_piece(path: Path, piece: Piece) -> None:
    """Write a piece: a line of JSON, then the records, then the lines of the articles."""
    arrays = [getattr(piece, name) for name, _ in _ARRAYS]
    head = {
        "counts": [len(one) for one in arrays],
        "languages": list(piece.languages),
        "limited": list(piece.limited),
    }
    with scribble(path) as stream:
        stream.write(to_json(head) + b"\n")
        for array in arrays:
            stream.write(array.tobytes())
        stream.write(piece.lines)


def read_piece(path: Path) -> Piece:
    """Return the piece in a file."""
    head, _, data = read_bytes(path, Depth.FOLDER).partition(b"\n")
    facts: dict[str, Any] = json.loads(head)
    arrays = {}
    start = 0
    for (name, dtype), count in zip(_ARRAYS, facts["counts"], strict=True):
        arrays[name] = np.frombuffer(data, dtype, count, start)
        start += count * dtype.itemsize
    limited = tuple((place, status, begin, end) for place, status, begin, end in facts["limited"])
    return Piece(lines=data[start:], languages=facts["languages"], limited=limited, **arrays)
