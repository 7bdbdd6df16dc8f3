"""One immutable build on disk, opened for reading.

    vectors/
      CURRENT                       one line: the live snapshot's name
      20260101T120000Z-3f9c2a/      a snapshot: never changed once it has this name
        manifest.json               format, recipe, encoder, counts, segments, checksum
      segments/1f0e.../             immutable articles, shared between snapshots (segment.py)
        index-5c1e...-flat.faiss    derived from its vectors for one answering space (space.py)
        lexical-4.bin               derived from its texts (bm25.py)
        words-only-4.bin            the same of what is kept for word search only

A row of a snapshot is a passage: the rows of its segments, one after the other, then those of what
is kept for word search only, which have no vector. Articles that a later build removed stay in
their segment and are listed in the manifest as `removed`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, wraps
from pathlib import Path
from typing import Any, Concatenate, NoReturn, ParamSpec, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from recommender.arrays import Mask, Positions, Vectors
from recommender.errors import SnapshotDamaged
from recommender.index import FLAT, PassageIndex, Source
from recommender.index.bm25 import LexicalIndex
from recommender.index.postings import Postings
from recommender.scoring.space import Space
from recommender.scoring.strength import Unrelated
from recommender.store.derived import LEXICAL_FILE, WORDS_ONLY_FILE, index_file, source_of
from recommender.store.files import check_file, rebuild, repair
from recommender.store.json_records import to_json
from recommender.store.layout import MANIFEST, SEGMENT_FACTS, current_name, segment_folder
from recommender.store.manifest import read_manifest
from recommender.store.publication import Publications
from recommender.store.segment import Segment
from recommender.types import Article, Passage, Role, StoredArticle

Self = TypeVar("Self", bound="Answering")
Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")


Value = TypeVar("Value", bound=np.generic)


class Snapshot:
    """A published build. Holds its files open, takes no lock, reads what is asked for."""

    def __init__(
        self,
        folder: Path,
        name: str | None = None,
        place: Path | None = None,
        *,
        exact: bool = False,
    ) -> None:
        """Open the live snapshot of `folder`, or the one called `name`, which may lie at `place`.

        With `exact`, searches read the stored vectors, and the index files need not be there.
        Raises a `SnapshotError` that says what to run.
        """
        self.folder = folder
        self.exact = exact
        self.name = name or current_name(folder)
        self.manifest = read_manifest(place or folder / self.name)
        self.segments: list[Segment] = []
        for entry in self.manifest.segments:
            segment = segment_folder(folder, entry.name)
            check_file(segment / SEGMENT_FACTS, entry.facts, rebuild(folder))
            self.segments.append(Segment(segment))
        self._check_counts()
        self._first_articles = _firsts([len(segment) for segment in self.segments])
        self._shelves = [
            *((segment, segment.passages) for segment in self.segments),
            *((segment, segment.words_only) for segment in self.segments),
        ]
        self._first_rows = _firsts([len(records) for _, records in self._shelves])

    def _check_counts(self) -> None:
        """Raise `SnapshotDamaged` unless the manifest counts the articles that there are."""
        left = 0
        for segment, entry in zip(self.segments, self.manifest.segments, strict=True):
            count, last = len(segment), max(entry.removed, default=-1)
            if last >= count:
                self._raise_damage(f"removes article {last} of {count} in segment {entry.name}")
            left += count - len(set(entry.removed))
        if left != self.manifest.articles:
            self._raise_damage(f"names {self.manifest.articles} articles, there are {left}")

    def _raise_damage(self, what: str) -> NoReturn:
        place = self.folder / self.name / MANIFEST
        raise SnapshotDamaged(f"{place}: {what}; {rebuild(self.folder)}")

    def hold(self) -> None:
        """Open every file that answers may need, so that they stay if the snapshot is pruned."""
        _ = self.index, self.lexical, self.words, self.live_rows

    @property
    def dim(self) -> int:
        return self.manifest.encoder.dim

    @property
    def row_count(self) -> int:
        """How many rows have a vector."""
        return int(self._first_rows[len(self.segments)])

    @property
    def all_row_count(self) -> int:
        """How many rows there are: those that have a vector and, after them, those that do not."""
        return int(self._first_rows[-1])

    @cached_property
    def space(self) -> Space:
        """The space that the index and all scores are in."""
        encoder = self.manifest.encoder
        return Space.from_json(to_json(self.manifest.space), encoder.dim, encoder.name)

    @cached_property
    def unrelated(self) -> dict[str, Unrelated]:
        """How pairs of unrelated `passages` and `articles` score."""
        found = self.manifest.unrelated
        return {
            "passages": Unrelated.from_json(to_json(found.passages)),
            "articles": Unrelated.from_json(to_json(found.articles)),
        }

    @cached_property
    def index(self) -> PassageIndex:
        """The search index over all rows, opened when it is first asked for."""
        if self.exact:
            return PassageIndex.without_files(self._sources)
        known = self.manifest.index.segments
        tunings = [known.get(segment.folder.name) for segment in self.segments]
        kinds = [tuning.kind if tuning else FLAT for tuning in tunings]
        names = [index_file(self.space.id, kind) for kind in kinds]
        advice = f"{repair(self.folder)}, or ask with --exact"
        places = self._derived(names, advice)
        return PassageIndex.open(zip(places, self._sources, tunings, strict=True))

    @cached_property
    def _sources(self) -> list[Source]:
        """Each segment's vectors in the answering space."""
        return [source_of(segment, self.space) for segment in self.segments]

    @cached_property
    def lexical(self) -> LexicalIndex:
        """The words of the rows that have a vector, opened when they are first asked for."""
        live = self.live_rows
        languages = [self._names(segment) for segment in self.segments]
        live = None if live is None else live[: self.row_count]
        return LexicalIndex(self._postings[0], live, languages)

    @cached_property
    def words(self) -> LexicalIndex:
        """The words of all rows, those without a vector too."""
        passages, words_only = self._postings
        languages = [self._names(segment) for segment, _ in self._shelves]
        return LexicalIndex([*passages, *words_only], self.live_rows, languages)

    @cached_property
    def _postings(self) -> tuple[list[Postings], list[Postings]]:
        advice, count = repair(self.folder), len(self.segments)
        names = (LEXICAL_FILE, WORDS_ONLY_FILE)
        places = [place for name in names for place in self._derived([name] * count, advice)]
        opened = [Postings.open(place) for place in places]
        for place, postings, shelf in zip(places, opened, self._shelves, strict=True):
            segment, records = shelf
            is_of_it = len(postings.rows) == len(records)
            if not is_of_it or len(postings.firsts) > len(segment.languages) + 1:
                raise SnapshotDamaged(f"{place}: is not of the passages beside it; {advice}")
        return opened[:count], opened[count:]

    def _derived(self, names: Sequence[str], advice: str) -> list[Path]:
        """Return each segment's derived file of a name, checked for its size."""
        places = []
        for segment, name in zip(self.segments, names, strict=True):
            place = segment.folder / name
            facts = self.manifest.derived.get(segment.folder.name, {}).get(name)
            check_file(place, facts, advice)
            places.append(place)
        return places

    @cached_property
    def live_by_segment(self) -> list[Mask]:
        """For each segment one flag an article: False where a later build removed it."""
        entries = zip(self.segments, self.manifest.segments, strict=True)
        return [live_flags(len(segment), entry.removed) for segment, entry in entries]

    @cached_property
    def live_articles(self) -> Mask:
        """One flag an article position: False where a later build removed it."""
        return np.concatenate([np.empty(0, np.bool_), *self.live_by_segment])

    @cached_property
    def live_rows(self) -> Mask | None:
        """One flag a row, or None where every row is live."""
        if self.live_articles.all():
            return None
        return self.rows_of_articles(self.live_articles)

    @cached_property
    def publications(self) -> Publications:
        """The live articles that are not simply published."""
        entries = zip(self._first_articles, self.live_by_segment, self.segments, strict=False)
        return Publications((int(first), live, one.limited) for first, live, one in entries)

    @property
    def withheld(self) -> Positions:
        """The articles that no answer may hold now: none where the index includes unpublished."""
        if not self.publications or self.manifest.include_unpublished:
            return np.empty(0, np.int64)
        return self.publications.withheld()

    def rows_of_articles(self, values: npt.NDArray[Value]) -> npt.NDArray[Value]:
        """Return the value of each row's article."""
        # The rows of articles follow each other: none is looked up.
        passages = np.repeat(values, self.row_counts)
        words_only = np.arange(self.row_count, self.all_row_count)
        return np.concatenate([passages, values[self.articles_of(words_only)]])

    @cached_property
    def row_counts(self) -> Positions:
        """How many rows with a vector each article position has."""
        counts = [segment.articles["rows"].astype(np.int64) for segment in self.segments]
        return np.concatenate([np.empty(0, np.int64), *counts])

    def are_in(self, positions: Positions, language: str) -> Mask:
        """Tell which articles are in a language, as the answering space calls it."""
        known, numbers = self._languages
        found: Mask = numbers[positions] == known.get(language, -1)
        return found

    @cached_property
    def _languages(self) -> tuple[dict[str, int], npt.NDArray[np.uint16]]:
        """A number for each language, and that of each article position."""
        known: dict[str, int] = {}
        found = [np.empty(0, np.uint16)]
        for segment in self.segments:
            names = self._names(segment)
            numbers = np.array([known.setdefault(name, len(known)) for name in names], np.uint16)
            found.append(numbers[segment.articles["language"]])
        return known, np.concatenate(found)

    @property
    def id_hashes(self) -> npt.NDArray[np.uint64]:
        """The hash of each article's id (`segment.id_hash`), removed ones included."""
        hashes = [np.asarray(segment.articles["id_hash"]) for segment in self.segments]
        return np.concatenate([np.empty(0, np.uint64), *hashes])

    @cached_property
    def dates(self) -> Positions:
        """The date of each article position as yyyymmdd, 00 where unknown, 0 for no date."""
        dates = [segment.articles["date"].astype(np.int64) for segment in self.segments]
        return np.concatenate([np.empty(0, np.int64), *dates])

    def role(self, row: int) -> Role:
        """Return the role of the passage at `row`."""
        segment, record = self._record(row)
        return segment.roles[int(record["role"])]

    def find(self, article_id: str) -> int | None:
        """Return the position of a live article, or None."""
        for first, segment in zip(self._first_articles, self.segments, strict=False):
            position = segment.find(article_id)
            if position is not None and self.live_articles[first + position]:
                return int(first) + position
        return None

    def ids(self) -> Iterator[str]:
        """Yield the ids of the live articles in order."""
        for _, article_id in self.positions_and_ids():
            yield article_id

    def positions_and_ids(self) -> Iterator[tuple[int, str]]:
        """Yield the position and the id of each live article in order."""
        for position in np.flatnonzero(self.live_articles).tolist():
            segment, local = self._segment_of_article(position)
            yield position, segment.record(local)["id"]

    def stored(self, position: int) -> StoredArticle:
        segment, local = self._segment_of_article(position)
        return segment.stored(local)

    def article(self, position: int) -> Article:
        segment, local = self._segment_of_article(position)
        return segment.article(local)

    def language(self, position: int) -> str:
        """Return the language of an article as its tag is."""
        segment, local = self._segment_of_article(position)
        return segment.languages[int(segment.articles["language"][local])]

    def rows(self, position: int) -> range:
        """Return the rows of an article's passages."""
        number = int(np.searchsorted(self._first_articles, position, "right")) - 1
        local = self.segments[number].rows(position - int(self._first_articles[number]))
        first = int(self._first_rows[number])
        return range(first + local.start, first + local.stop)

    def articles_of(self, rows: Positions) -> Positions:
        """Return the article position of each row."""
        found = np.empty(len(rows), dtype=np.int64)
        for number, mine, local in self._by_shelf(rows):
            _, records = self._shelves[number]
            first = self._first_articles[number % len(self.segments)]
            found[mine] = records["article"][local].astype(np.int64) + first
        return found

    def languages_of(self, rows: Positions) -> list[str]:
        """Return the language of each row, as the answering space calls it."""
        found = [""] * len(rows)
        for number, mine, local in self._by_shelf(rows):
            segment, records = self._shelves[number]
            names, own = self._names(segment), records["language"][local]
            for at, language in zip(mine.tolist(), own.tolist(), strict=True):
                found[at] = names[language]
        return found

    def passage(self, row: int, article: Article) -> Passage:
        """Return the passage at `row`, whose article the caller has read."""
        segment, record = self._record(row)
        return segment.passage_of(record, article)

    def vectors(self, rows: Sequence[int] | Positions) -> Vectors:
        """Return the raw vectors of `rows`, shape (len(rows), dim)."""
        return self._gather(rows, [segment.raw for segment in self.segments])

    def centered(self, rows: Sequence[int] | Positions) -> Vectors:
        """Return the vectors of `rows` in the answering space, shape (len(rows), dim).

        What is kept for word search only has a row of zeros.
        """
        return self._gather(rows, [source.read for source in self._sources])

    def weights(self, rows: Positions) -> Vectors:
        """Return what each of `rows`, which have a vector, counts for in its article."""
        found = np.empty(len(rows), dtype=np.float32)
        for number, mine, local in self._by_shelf(rows):
            found[mine] = self.segments[number].weights(local)
        return found

    def texts_of(self, rows: range) -> tuple[npt.NDArray[np.void], Positions]:
        """Return the text hash and the length, at least 1, of each of an article's passages."""
        found = self._records(rows)
        lengths = np.maximum(found["end"].astype(np.int64) - found["start"], 1)
        return found["text_hash"], lengths

    def numbers_of(self, rows: range) -> tuple[Positions, Positions]:
        """Return the number and the part of each of an article's passages."""
        found = self._records(rows)
        return found["number"].astype(np.int64), found["part"].astype(np.int64)

    def _records(self, rows: range) -> npt.NDArray[Any]:
        """Return the records of an article's passages."""
        if not rows:  # after the last row there is no segment
            return self.segments[0].passages[:0]
        number = int(np.searchsorted(self._first_rows, rows.start, "right")) - 1
        first = int(self._first_rows[number])
        return self.segments[number].passages[rows.start - first : rows.stop - first]

    def _gather(
        self, rows: Sequence[int] | Positions, reads: Sequence[Callable[[Positions], Vectors]]
    ) -> Vectors:
        """Return what each segment's own of `reads` gives of its rows, in the order of `rows`."""
        wanted = np.asarray(rows, dtype=np.int64)
        found = np.zeros((len(wanted), self.dim), dtype=np.float32)
        for number, mine, local in self._by_shelf(wanted):
            if number < len(self.segments):
                found[mine] = reads[number](local)
        return found

    def _by_shelf(self, rows: Positions) -> Iterator[tuple[int, Positions, Positions]]:
        """Yield the number of each shelf that holds any of `rows`, which those are, and where."""
        numbers = np.searchsorted(self._first_rows, rows, "right") - 1
        for number in set(numbers.tolist()):  # np.unique imports numpy.ma
            mine = np.flatnonzero(numbers == number)
            yield number, mine, rows[mine] - self._first_rows[number]

    def _names(self, segment: Segment) -> list[str]:
        """Return the languages of a segment as the answering space calls them."""
        return [self.space.keys.get(tag, tag) for tag in segment.languages]

    def _record(self, row: int) -> tuple[Segment, Any]:
        """Return the record of a row, and the segment it is in."""
        number = int(np.searchsorted(self._first_rows, row, "right")) - 1
        segment, records = self._shelves[number]
        return segment, records[row - int(self._first_rows[number])]

    def _segment_of_article(self, position: int) -> tuple[Segment, int]:
        number = int(np.searchsorted(self._first_articles, position, "right")) - 1
        return self.segments[number], position - int(self._first_articles[number])


def open_live(folder: Path, *, exact: bool = False) -> Snapshot:
    """Open the live snapshot with every file that answers may need; takes no lock.

    With `exact` it needs no index files (see `Snapshot`).
    Where it is replaced and pruned meanwhile, the one that replaced it is opened.
    """
    while True:
        name = current_name(folder)
        try:
            snapshot = Snapshot(folder, name, exact=exact)
            snapshot.hold()
            return snapshot
        except SnapshotDamaged:
            if current_name(folder) == name:
                raise


def live_flags(count: int, removed: Sequence[int]) -> Mask:
    """Return one flag for each of `count` articles: False for those at the removed positions."""
    live = np.ones(count, dtype=np.bool_)
    live[np.array(removed, dtype=np.int64)] = False
    return live


def _firsts(counts: Sequence[int]) -> Positions:
    return np.cumsum([0, *counts], dtype=np.int64)


class Answering(Protocol):
    """What answers from a snapshot."""

    snapshot: Snapshot


def told_as_damage(
    method: Callable[Concatenate[Self, Asked], Answer],
) -> Callable[Concatenate[Self, Asked], Answer]:
    """Return a method that raises `SnapshotDamaged` where a record leads nowhere."""

    @wraps(method)
    def asked(self: Self, /, *arguments: Asked.args, **options: Asked.kwargs) -> Answer:
        try:
            return method(self, *arguments, **options)
        except IndexError as error:
            place = self.snapshot.folder
            advice = f"run: recommender verify --index {place}"
            raise SnapshotDamaged(f"{place}: a record leads out of its file; {advice}") from error

    return asked
