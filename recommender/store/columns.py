"""Read the columns of a snapshot: one value for each article or each row, from all its segments."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from recommender.arrays import Mask, Positions, Vectors
from recommender.store.layout import ARTICLES
from recommender.store.manifest import Manifest
from recommender.store.publication import Publications
from recommender.store.records import are_calendar_dates
from recommender.store.row_map import RowMap
from recommender.store.segment import Segment
from recommender.types import Role

Value = TypeVar("Value", bound=np.generic)


class Columns:
    """The columns of a snapshot, each read when it is first asked for.

    Articles have positions; removed articles keep theirs. Each method raises `SnapshotDamaged` for
    a record that refers to something that does not exist.
    """

    def __init__(self, row_map: RowMap, manifest: Manifest) -> None:
        self._map = row_map
        self._segments = row_map.segments
        self._manifest = manifest
        self._names = [np.array(self.names(segment), np.object_) for segment in self._segments]

    @cached_property
    def live_by_segment(self) -> list[Mask]:
        """For each segment a flag for each article: False if a later build removed it."""
        entries = zip(self._segments, self._manifest.segments, strict=True)
        return [live_flags(len(segment), entry.removed) for segment, entry in entries]

    @cached_property
    def live_articles(self) -> Mask:
        """A flag for each article: False if a later build removed it."""
        return np.concatenate([np.empty(0, np.bool_), *self.live_by_segment])

    @cached_property
    def live_rows(self) -> Mask | None:
        """A flag for each row, also without a vector; None if every row is live."""
        if self.live_articles.all():
            return None
        return self.rows_of_articles(self.live_articles)

    @cached_property
    def publications(self) -> Publications:
        """The live articles that are not simply published."""
        entries = zip(self._map.first_articles, self.live_by_segment, self._segments, strict=False)
        return Publications.of((int(first), live, one.limited) for first, live, one in entries)

    @property
    def withheld(self) -> Positions:
        """The articles that may not answer now; none if the index includes unpublished ones."""
        if not self.publications or self._manifest.include_unpublished:
            return np.empty(0, np.int64)
        return self.publications.withheld()

    def rows_of_articles(self, values: npt.NDArray[Value]) -> npt.NDArray[Value]:
        """Return the value of each row's article, also for rows without a vector."""
        # The rows of an article are consecutive, so none is looked up.
        passages = np.repeat(values, self.row_counts)
        words_only = np.arange(self._map.row_count, self._map.all_row_count)
        return np.concatenate([passages, values[self._map.articles_of(words_only)]])

    @cached_property
    def row_counts(self) -> Positions:
        """How many rows with a vector each article has."""
        counts = [segment.row_counts for segment in self._segments]
        return np.concatenate([np.empty(0, np.int64), *counts])

    @property
    def id_hashes(self) -> npt.NDArray[np.uint64]:
        """The hash of each article's id (`records.id_hash`)."""
        hashes = [np.asarray(segment.articles["id_hash"]) for segment in self._segments]
        return np.concatenate([np.empty(0, np.uint64), *hashes])

    @cached_property
    def dates(self) -> Positions:
        """The date of each article as yyyymmdd, 00 for a part not known, 0 for no date."""
        found = [np.empty(0, np.int64)]
        for segment in self._segments:
            dates = segment.articles["date"].astype(np.int64)
            if not are_calendar_dates(dates).all():
                raise segment.files.damage(ARTICLES, "has a date that is not in the calendar")
            found.append(dates)
        return np.concatenate(found)

    def names(self, segment: Segment) -> list[str]:
        """Return the languages of a segment as the answering space calls them."""
        keys = self._manifest.space.keys
        return [keys.get(tag, tag) for tag in segment.languages]

    def dates_of(self, positions: Sequence[int] | Positions) -> Positions:
        """Return the date of each article as yyyymmdd, 00 for a part not known, 0 for no date."""
        return self.dates[np.asarray(positions, np.int64)]

    def are_in(self, positions: Positions, language: str) -> Mask:
        """Return which articles are in a language, as the answering space calls it."""
        known, numbers = self._languages
        found: Mask = numbers[positions] == known.get(language, -1)
        return found

    @cached_property
    def _languages(self) -> tuple[dict[str, int], npt.NDArray[np.uint16]]:
        """A number for each language, and the number of each article's language."""
        known: dict[str, int] = {}
        found = [np.empty(0, np.uint16)]
        for segment in self._segments:
            names = self.names(segment)
            numbers = np.array([known.setdefault(name, len(known)) for name in names], np.uint16)
            found.append(numbers[segment.article_languages])
        return known, np.concatenate(found)

    def languages_of(self, rows: Positions) -> list[str]:
        """Return the language of each row, as the answering space calls it."""
        found = np.empty(len(rows), np.object_)
        for number, places, local in self._map.find(rows):
            segment, records = self._map.shelves[number]
            names = self._names[number % len(self._segments)]
            found[places] = names[segment.spoken(records, local)]
        languages: list[str] = found.tolist()
        return languages

    def role(self, row: int) -> Role:
        """Return the role of the passage at `row`."""
        [(number, _, local)] = self._map.find(np.array([row]))
        segment, records = self._map.shelves[number]
        return segment.roles[int(segment.role_numbers(records, local)[0])]

    def weights(self, rows: Positions) -> Vectors:
        """Return the weight of each of `rows` in its article; the rows have a vector."""
        found = np.empty(len(rows), dtype=np.float32)
        for number, places, local in self._map.find(rows):
            found[places] = self._segments[number].weights(local)
        return found

    def texts_of(self, rows: range | Positions) -> tuple[npt.NDArray[np.void], Positions]:
        """Return the text hash and the length, at least 1, of each of `rows`.

        A range stands for the passages of one article.
        """
        found = self._map.records(rows)
        lengths = np.maximum(found["end"].astype(np.int64) - found["start"], 1)
        return found["text_hash"], lengths

    def spans_of(self, rows: range) -> list[tuple[int, int, int]]:
        """Return the number, the start and the end of each of an article's passages.

        Number 0 is the title field; all others are offsets into the article's text.
        """
        found = self._map.records(rows)
        each: list[tuple[int, int, int]] = found[["number", "start", "end"]].tolist()
        return each

    def numbers_of(self, rows: range | Positions) -> tuple[Positions, Positions]:
        """Return the number and the part of each of `rows`, as in `texts_of`."""
        found = self._map.records(rows)
        return found["number"].astype(np.int64), found["part"].astype(np.int64)


def live_flags(count: int, removed: Sequence[int]) -> Mask:
    """Return a flag for each of `count` articles: False at the removed positions."""
    live = np.ones(count, dtype=np.bool_)
    live[np.array(removed, dtype=np.int64)] = False
    return live
