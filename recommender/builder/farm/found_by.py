"""Write what the articles of a piece are found by, and put that of all pieces together.

A task writes two files beside its piece. That of terms has, in this order, all as uint32 but the
last; N and T count passages and terms:

    2      N and T
    N      how many terms each passage has
    N      how many words each passage has
    T      the hashes of the terms, passage by passage
    T      how often the passage has each, uint8

That of names has the bytes of each of these, as five numbers of uint32, and then these: the terms
of what is kept for word search only, in the same form; the names of the articles, as in the file of
a segment; the words of their headlines, how many each has, and the characters of each article.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np

from recommender.index.postings import MOST_OFTEN, Terms, write_postings
from recommender.index.terms import terms_of_each
from recommender.store.checks import FileFacts, file_facts
from recommender.store.derived import LEXICAL_FILE, WORDS_ONLY_FILE
from recommender.store.files import create, scratch, scribble
from recommender.store.headlines import (
    HEADLINES_FILE,
    Headlines,
    HeadlinesWriter,
    characters_of,
    headlines_of,
)
from recommender.store.lines import read_article
from recommender.store.names import NAMES_FILE, write_names
from recommender.store.records import passage_text
from recommender.store.segment_tables import Piece
from recommender.store.segment_writer import SegmentWriter
from recommender.types import Article

TERMS, NAMES = ".terms", ".names"
_SECTIONS = 5


def write_found_by(path: Path, piece: Piece) -> list[Path]:
    """Write both files of a piece, which lies at `path`; return them."""
    files = {TERMS: terms_of(text for _, text in piece.texts()), NAMES: _names(piece)}
    for suffix, data in files.items():
        with scribble(path.with_suffix(suffix)) as stream:
            stream.write(data)
    return [path.with_suffix(suffix) for suffix in files]


def derive_from(
    writer: SegmentWriter, terms: Iterable[bytes], names: Iterable[bytes]
) -> dict[str, FileFacts]:
    """Write the derived files of a segment from the files of its pieces, in their order.

    `builder/derive.py` writes the same ones from the segment.
    """
    languages, words_only = writer.language_numbers()
    folder = writer.folder

    def write(name: str, found: Iterable[Terms], numbers: Iterable[int]) -> None:
        with create(folder / name) as stream:
            rows = np.asarray(numbers, np.uint16)
            write_postings(found, rows, lambda: scratch(folder), stream)

    write(LEXICAL_FILE, (row for data in terms for row in terms_in(data)), languages)
    with create(folder / NAMES_FILE) as to_names, create(folder / HEADLINES_FILE) as to_headlines:
        headlines = HeadlinesWriter(to_headlines)

        def captions() -> Iterator[Terms]:
            for data in names:
                found, known, *numbers = _sections(data)
                to_names.write(known)
                words, counts, characters = (np.frombuffer(one, "<u4") for one in numbers)
                headlines.add(Headlines(words, counts, characters))
                yield from terms_in(found)

        write(WORDS_ONLY_FILE, captions(), words_only)
        headlines.close()
    made = (LEXICAL_FILE, WORDS_ONLY_FILE, NAMES_FILE, HEADLINES_FILE)
    return {name: file_facts(folder / name) for name in made}


def terms_of(texts: Iterable[str]) -> bytes:
    """Return the terms of passages, as the word index of a segment has them."""
    rows = [*terms_of_each(texts)]
    none = np.empty(0, np.uint32)
    hashes = np.concatenate([none, *(row.hashes for row in rows)])
    counts = np.concatenate([none, *(row.counts for row in rows)])
    sizes = [len(row.hashes) for row in rows]
    lengths = [row.length for row in rows]
    numbers = ([len(rows), len(hashes)], sizes, lengths, hashes)
    often = np.minimum(counts, MOST_OFTEN).astype(np.uint8)
    return b"".join([*(np.asarray(one, "<u4").tobytes() for one in numbers), often.tobytes()])


def terms_in(data: bytes) -> Iterator[Terms]:
    """Yield the terms of each passage, in row order."""
    rows, terms = np.frombuffer(data, "<u4", 2).tolist()
    sizes = np.frombuffer(data, "<u4", rows, 8)
    lengths = np.frombuffer(data, "<u4", rows, 8 + 4 * rows)
    hashes = np.frombuffer(data, "<u4", terms, 8 + 8 * rows)
    counts = np.frombuffer(data, np.uint8, terms, 8 + 8 * rows + 4 * terms).astype(np.uint32)
    firsts = pairwise([0, *np.cumsum(sizes, dtype=np.int64).tolist()])
    for (first, end), length in zip(firsts, lengths.tolist(), strict=True):
        yield Terms(hashes[first:end], counts[first:end], length)


def _names(piece: Piece) -> bytes:
    articles = [*map(read_article, piece.lines.splitlines())]
    names = io.BytesIO()
    write_names(articles, names)
    lengths = characters_of(piece.passages, piece.passages["article"], len(articles))
    found = headlines_of([one.title for one in articles], lengths.tolist())
    numbers = (np.asarray(one, "<u4").tobytes() for one in found)
    sections = [terms_of(_captions(piece, articles)), names.getvalue(), *numbers]
    return np.array([*map(len, sections)], "<u4").tobytes() + b"".join(sections)


def _captions(piece: Piece, articles: Sequence[Article]) -> Iterator[str]:
    """Yield the texts of a piece that are kept for word search only."""
    for record in piece.words_only:
        article = articles[int(record["article"])]
        place = (int(record[name]) for name in ("number", "start", "end"))
        yield passage_text(article.text, article.title, *place)


def _sections(data: bytes) -> Iterator[bytes]:
    sizes = np.frombuffer(data, "<u4", _SECTIONS).tolist()
    for start, end in pairwise(accumulate(sizes, initial=4 * _SECTIONS)):
        yield data[start:end]
