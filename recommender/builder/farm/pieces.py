"""Write what a share of the articles was cut into to files, and read it back.

A file of terms has, in this order, all as uint32 but the last; N and T count passages and terms:

    2      N and T
    N      how many terms each passage has
    N      how many words each passage has
    T      the hashes of the terms, passage by passage
    T      how often the passage has each, uint8
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from recommender.articles.found_json import to_json
from recommender.index.postings import MOST_OFTEN, Terms
from recommender.index.terms import terms_of_each
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


def terms_of(piece: Path) -> Path:
    """Return the file of the terms of a piece."""
    return piece.with_suffix(".terms")


def write_terms(path: Path, piece: Piece) -> None:
    """Write the terms of the passages of a piece, as the word index of a segment has them."""
    rows = [*terms_of_each(text for _, text in piece.texts())]
    sizes = np.array([len(row.hashes) for row in rows], "<u4")
    lengths = np.array([row.length for row in rows], "<u4")
    none = np.empty(0, np.uint32)
    hashes = np.concatenate([none, *(row.hashes for row in rows)])
    counts = np.concatenate([none, *(row.counts for row in rows)])
    with scribble(path) as stream:
        stream.write(np.array([len(rows), len(hashes)], "<u4").tobytes())
        for numbers in (sizes, lengths, hashes):
            stream.write(numbers.astype("<u4").tobytes())
        stream.write(np.minimum(counts, MOST_OFTEN).astype(np.uint8).tobytes())


def read_terms(path: Path) -> Iterator[Terms]:
    """Yield the terms of each passage in a file, in row order."""
    data = read_bytes(path, Depth.FOLDER)
    rows, terms = np.frombuffer(data, "<u4", 2).tolist()
    sizes = np.frombuffer(data, "<u4", rows, 8)
    lengths = np.frombuffer(data, "<u4", rows, 8 + 4 * rows)
    hashes = np.frombuffer(data, "<u4", terms, 8 + 8 * rows)
    counts = np.frombuffer(data, np.uint8, terms, 8 + 8 * rows + 4 * terms).astype(np.uint32)
    firsts = pairwise([0, *np.cumsum(sizes, dtype=np.int64).tolist()])
    for (first, end), length in zip(firsts, lengths.tolist(), strict=True):
        yield Terms(hashes[first:end], counts[first:end], length)
