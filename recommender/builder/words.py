"""Write the words of a segment; those of a merged one come from the segments that it joins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from recommender.arrays import Rows
from recommender.errors import SnapshotDamaged
from recommender.index.postings import RUN, Postings, Terms, write_postings
from recommender.index.terms import terms_of_each
from recommender.store.advice import repair
from recommender.store.checks import FileFacts, check_content, file_facts
from recommender.store.derived import LEXICAL_FILE, WORDS_ONLY_FILE, open_words
from recommender.store.files import place, scratch
from recommender.store.manifest import DerivedFiles
from recommender.store.segment import Segment


@dataclass(frozen=True, slots=True)
class Copied:
    """What a merge copied from a segment: the positions of articles, and their `rows`."""

    segment: Segment
    positions: Rows
    rows: Rows

    def records(self, name: str) -> Rows:
        """Return the copied rows, among the records whose words a file holds."""
        if name == LEXICAL_FILE:
            return self.rows
        spans = map(self.segment.words_only_rows, self.positions.tolist())
        return np.fromiter((row for span in spans for row in span), np.int64)


def write_words(segment: Segment, name: str, stream: BinaryIO) -> None:
    """Write the file `name` of a segment, with the words of its passages or of those kept beside.

    `LEXICAL_FILE` is of the passages, `WORDS_ONLY_FILE` of what is kept for word search only.
    """
    terms = terms_of_each(_texts(segment, name))
    _write(segment.folder, terms, _records(segment, name)["language"], stream)


def join_words(
    folder: Path,
    languages: Sequence[npt.NDArray[np.uint16]],
    copied: Sequence[Copied],
    known: DerivedFiles,
) -> dict[str, FileFacts]:
    """Write the words of a merged segment in `folder` from the files that are `known`.

    To find them in the texts takes many times as long. `languages` has the numbers of the languages
    of the passages, and of those for word search only. Files whose words do not fit in memory are
    left out, and so are those of segments with damaged files: they are derived from the texts
    later.
    """
    made = {}
    for name, numbers in zip((LEXICAL_FILE, WORDS_ONLY_FILE), languages, strict=True):
        try:
            found = [_postings(one.segment, name, known) for one in copied]
            if sum(len(one.postings) for one in found if one) > RUN:
                continue
            terms = (
                row
                for postings, one in zip(found, copied, strict=True)
                for row in _terms_of(one, name, postings)
            )
            with place(folder / name) as stream:
                _write(folder, terms, numbers, stream)
        except SnapshotDamaged:
            continue
        made[name] = file_facts(folder / name)
    return made


def _postings(segment: Segment, name: str, known: DerivedFiles) -> Postings | None:
    """Return the words of a segment in a file; None if it is not derived yet."""
    facts = known.get(segment.folder.name, {}).get(name)
    if facts is None:
        return None
    path, advice = segment.folder / name, repair(segment.folder.parents[1])
    check_content(path, facts, advice)
    return open_words(path, segment, _records(segment, name), advice)


def _records(segment: Segment, name: str) -> npt.NDArray[Any]:
    """Return the records of a segment whose words a file holds."""
    return segment.passages if name == LEXICAL_FILE else segment.words_only


def _texts(segment: Segment, name: str) -> Iterator[str]:
    """Yield the texts of those records, in their order."""
    return texts_of(segment) if name == LEXICAL_FILE else words_only_texts(segment)


def _terms_of(copied: Copied, name: str, postings: Postings | None) -> Iterator[Terms]:
    """Yield the terms of each copied record; if no file has them, they are found in its text."""
    if postings is not None:
        return postings.terms_of(copied.records(name))
    kept = {*copied.records(name).tolist()}
    every = enumerate(_texts(copied.segment, name))
    return terms_of_each(text for row, text in every if row in kept)


def _write(
    folder: Path, terms: Iterable[Terms], languages: npt.NDArray[Any], stream: BinaryIO
) -> None:
    write_postings(terms, languages, lambda: scratch(folder), stream)


def texts_of(segment: Segment) -> Iterator[str]:
    """Yield the text of each passage of a segment in row order."""
    for position in range(len(segment)):
        article = segment.article(position)
        for row in segment.rows(position):
            yield segment.passage(row, article).text


def words_only_texts(segment: Segment) -> Iterator[str]:
    """Yield each text of a segment that is kept for word search only."""
    position, article = -1, None
    for record in segment.words_only:
        if article is None or position != record["article"]:
            position = int(record["article"])
            article = segment.article(position)
        yield segment.passage_of(record, article).text
