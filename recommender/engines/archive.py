"""Answer from one version of an archive in an engine, as a snapshot does."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from recommender.arrays import Positions, Rows, Scores, Spans, Vectors, load_arrays
from recommender.engines.columns import EngineColumns
from recommender.engines.engine import ARTICLE, Engine, Filter, Neighbours, Records, field_hash
from recommender.engines.layout import (
    BESIDE,
    EFFORT,
    LAYOUT,
    MANIFEST,
    NEWEST,
    SHARES,
    Layout,
    effort_of,
    limits_of,
    read_version,
)
from recommender.engines.names import EngineNames
from recommender.engines.records import EngineRecords
from recommender.engines.scope import NOTHING, EngineScope
from recommender.engines.summaries import EngineSummaries
from recommender.engines.words import EngineWords, Postings, TextScores
from recommender.errors import SnapshotDamaged
from recommender.index import NO_ROWS, SearchPurpose
from recommender.scoring.space import Space
from recommender.store.derived import space_of, unrelated_of
from recommender.store.field_keys import field_key
from recommender.store.headlines import NO_WORDS, Hashes
from recommender.store.lines import read_article, read_id, read_stored
from recommender.store.manifest import Manifest
from recommender.store.publication import Limited, Publications
from recommender.store.records import PASSAGE_RECORD
from recommender.store.segment import passage_of
from recommender.types import Article, Passage, Role, Status, StoredArticle, Where

Read = TypeVar("Read")
# Articles are listed so many at a time.
LISTED_AT_ONCE = 500
# What a passage's record has after its row.
_PASSAGE = slice(1, 1 + len(PASSAGE_RECORD.names or ()))


class EngineCatalog:
    """The articles of a version by their positions, ids and dates."""

    engine: Engine
    records: EngineRecords
    layout: Layout
    manifest: Manifest
    shares: Records
    publications: Publications

    @property
    def tags(self) -> list[str]:
        """The language tags of the articles, in order."""
        return sorted(self.layout.tags)

    def withheld(self, published_only: bool = False) -> Positions:
        """Return the articles that may not answer now, or all that are not public now."""
        if not self.publications or (self.manifest.include_unpublished and not published_only):
            return NOTHING
        return self.publications.withheld()

    def _filter(self, where: Where) -> Filter:
        """Return the conditions of the articles that pass, without those withheld now."""
        tags = None
        if where.tags is not None:
            numbers = {tag: number for number, tag in enumerate(self.layout.tags)}
            tags = tuple(sorted(numbers[tag] for tag in where.tags if tag in numbers))
        among, is_public = None, where.published_only
        for status in where.statuses:
            if status == Status.PUBLISHED:
                is_public = True
            else:
                found = self.publications.having(status)
                among = found if among is None else np.intersect1d(among, found)
        return Filter(
            where,
            tags,
            tuple(field_hash(name, field_key(value)) for name, value in where.stored_fields),
            among=among,
            without_articles=self.withheld(is_public),
        )

    def positions(self, where: Where, words: Sequence[str] = ()) -> Positions:
        """Return the articles that pass and whose names hold all the words, in order."""
        found = self.engine.passing(self._filter(where), words)
        self.records.learn_facts(found)
        return found["position"].astype(np.int64)

    def newest(self, count: int) -> Positions:
        """Return the newest articles that have a date, newest first."""
        try:
            found = load_arrays(io.BytesIO(self.engine.facts([NEWEST])[NEWEST]))
            if found.dtype != ARTICLE or found.ndim != 1:
                raise ValueError("it holds no facts of articles")
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise SnapshotDamaged(
                f"{self.engine.place}: {NEWEST} is damaged; publish the index again"
            ) from error
        self.records.learn_facts(found)
        newest: Positions = found["position"].astype(np.int64)[:count]
        return newest

    def date_counts(self) -> Mapping[int, int]:
        """Return how many articles have each date (yyyymmdd), 0 for those without."""
        found: dict[int, int] = {}
        for date, count in zip(
            self.shares["date"].tolist(), self.shares["articles"].tolist(), strict=True
        ):
            found[date] = found.get(date, 0) + count
        return found

    def find(self, article_id: str) -> int | None:
        """Return the position of an article, or None."""
        return self.records.find([article_id]).get(article_id)

    def find_each(self, article_ids: Iterable[str]) -> Mapping[str, int]:
        """Return the position of each id that an article has."""
        return self.records.find(article_ids)

    def positions_and_ids(self) -> Iterator[tuple[int, str]]:
        """Yield the position and the id of each article in order."""
        positions = self.engine.passing(Filter(Where()))["position"].tolist()
        for start in range(0, len(positions), LISTED_AT_ONCE):
            some = positions[start : start + LISTED_AT_ONCE]
            for position, line in zip(some, self.records.lines(some), strict=True):
                yield position, _read(read_id, line, self.engine.place)


class EngineSearch(EngineCatalog):
    """The searches in a version."""

    lexical: EngineWords
    words: EngineWords
    row_count: int
    effort: int
    _languages: list[str]

    def scope(self, where: Where) -> EngineScope:
        """Return the rows of the articles that pass."""
        return EngineScope(self, self._filter(where))

    def every_row(self) -> EngineScope:
        """Return all rows, also of articles that the public may not see."""
        return EngineScope(self, Filter(Where()))

    def nearest(
        self,
        vectors: Vectors,
        k: int,
        scope: EngineScope,
        purpose: SearchPurpose = "texts",
        excluded: range = NO_ROWS,
    ) -> tuple[Scores, Rows]:
        """Return the scores and rows nearest to each vector, both (n, `k`)."""
        [found] = self.nearest_articles([vectors], [excluded], k, scope, purpose)
        return found

    def nearest_articles(
        self,
        groups: Sequence[Vectors],
        own: Sequence[range],
        k: int,
        scope: EngineScope,
        purpose: SearchPurpose = "articles",
    ) -> list[tuple[Scores, Rows]]:
        """Return for each group of vectors the nearest rows of other articles."""
        most = max(map(len, own), default=0)
        wanted = min(k + most, self.row_count)
        if not wanted or not any(map(len, groups)):
            nothing = (np.empty((len(one), 0)) for one in groups)
            return [(one.astype(np.float32), one.astype(np.int64)) for one in nothing]
        found, raw = self.engine.nearest(
            np.concatenate(groups),
            wanted,
            scope.filter,
            self.effort,
            raw=purpose != "articles",
        )
        self.records.learn(np.concatenate([one.records for one in found]), raw)
        answers, start = [], 0
        for vectors, excluded in zip(groups, own, strict=True):
            mine = found[start : start + len(vectors)]
            start += len(vectors)
            answers.append(_filled(mine, min(k, self.row_count), excluded))
        return answers

    def word_scores(self, text: str, *, every: bool = False) -> TextScores:
        """Return how well rows match the words of a text; with `every` all rows."""
        return (self.words if every else self.lexical).scores(text)

    def first_holders(self, terms: Hashes, language: str, most: int) -> list[tuple[int, Positions]]:
        """Return how many rows of a language hold each term, and the articles of the first rows."""
        return self.lexical.first_holders(terms, language, most)

    def facts_of(self, positions: Positions) -> Records:
        """Return the facts (`ARTICLE`) of articles."""
        return self.records.facts(positions)

    def articles_of(self, rows: Rows) -> Positions:
        """Return the article of each row."""
        return self.records.passages(rows)["article"].astype(np.int64)

    def languages_of(self, rows: Rows) -> list[str]:
        """Return the language of each row, as the answering space calls it."""
        return [self._languages[one] for one in self.records.passages(rows)["language"].tolist()]


class EngineArchive(EngineSearch):
    """One version of an archive in an engine (`answers.archive.Archive`)."""

    folder = None

    def __init__(self, engine: Engine, reopen: Callable[[], EngineArchive]) -> None:
        """Read the facts of the version; `reopen` opens the live version.

        Raises `EngineAway`, `SnapshotDamaged` or `SnapshotForeign`.
        """
        self.engine = engine
        self._reopen = reopen
        self.name, self.place = engine.version, engine.place
        version = read_version(engine.facts([MANIFEST, LAYOUT, SHARES, EFFORT]), self.place)
        self.manifest, self.shares = version.manifest, version.shares
        layout = self.layout = version.layout
        self.row_count, self.article_count = layout.row_count, layout.article_count
        self.bytes = layout.bytes
        # The effort of searching the graph of vectors. The publisher raises it before others ask.
        self.effort = effort_of(engine.efforts, version.effort)
        self.records = EngineRecords(engine, self.manifest.encoder.dim, limits_of(layout))
        self._roles = [Role(name) for name in layout.roles]
        keys = self.manifest.space.keys
        self._languages = [keys.get(tag, tag) for tag in layout.tags]
        self.columns = EngineColumns(self.records, self._languages, self._roles)
        self.summaries = EngineSummaries(self)
        self.publications = Publications(Limited(*one) for one in layout.limited)
        self.unrelated = unrelated_of(self.manifest)
        self.names = EngineNames(engine)
        postings = self._postings = Postings(engine, len(layout.languages))
        self.lexical, self.words = (
            EngineWords(postings, layout.languages, counts, self._language_of_row, every=every)
            for counts, every in ((layout.words, False), (layout.every_word, True))
        )

    @cached_property
    def space(self) -> Space:
        """The space that all scores are in."""
        return space_of(self.manifest)

    @cached_property
    def _means(self) -> npt.NDArray[np.intp]:
        """The number of the mean that is subtracted for each language tag."""
        return self.space.means_of(self.layout.tags)

    def live_name(self) -> str:
        """Return the name of the version that is live now."""
        return self.engine.live_version()

    def live_version(self) -> EngineArchive | None:
        """Return the version that is live now, None if it is this one."""
        return None if self.live_name() == self.name else self._reopen()

    def warnings(self) -> list[str]:
        """Return what is wrong with the server, each with its remedy."""
        return self.engine.release_problems()

    def text_beside(self, name: str) -> str:
        """Return a text file that a build kept beside the index, empty if there was none."""
        found = self.engine.facts([BESIDE + name])
        try:
            return found.get(BESIDE + name, b"").decode("utf-8")
        except ValueError as error:
            raise SnapshotDamaged(f"{self.place}: {name} is damaged; publish it again") from error

    def article(self, position: int) -> Article:
        """Return an article without its paragraphs."""
        return next(self.articles([position]))

    def articles(self, positions: Sequence[int]) -> Iterator[Article]:
        """Return articles without their paragraphs."""
        lines = self.records.lines(positions) if positions else []
        return (_read(read_article, line, self.place) for line in lines)

    def stored(self, position: int) -> StoredArticle:
        """Return an article with its paragraphs."""
        return _read(read_stored, self.records.lines([position])[0], self.place)

    def prepare(self, positions: Sequence[int], words: Hashes = NO_WORDS) -> None:
        """Read at once what a comparison of articles needs, and which rows hold some words."""
        articles, terms = self.records.unread(positions), self._postings.unread(words.tolist())
        if articles or terms:
            records, raw, found, postings = self.engine.compared(articles, terms)
            self.records.learn(records, raw)
            self.records.keep(found)
            self._postings.keep(terms, postings)

    def language(self, position: int) -> str:
        """Return the language of an article as its own tag."""
        return self.layout.tags[int(self.facts_of(np.array([position]))["tag"][0])]

    def rows(self, position: int) -> range:
        """Return the rows of an article's passages that have a vector."""
        [span] = self.spans([position]).ranges()
        return span

    def spans(self, positions: Sequence[int] | Positions) -> Spans:
        """Return the rows of the passages of several articles."""
        facts = self.facts_of(np.asarray(positions, np.int64))
        return Spans(facts["first_row"].astype(np.int64), facts["rows"].astype(np.int64))

    def passage_counts(self, positions: Positions) -> Positions:
        """Return how many passages with a vector each of several articles has, (n,)."""
        return self.spans(positions).counts

    def _language_of_row(self, row: int) -> str:
        return self.languages_of(np.array([row], np.int64))[0]

    def passage(self, row: int, article: Article) -> Passage:
        """Return the passage at `row`; the caller has read its article."""
        [record] = self.records.passages(np.array([row], np.int64)).tolist()
        try:
            return passage_of(record[_PASSAGE], article, self._roles, self.layout.tags)
        except ValueError as error:
            raise SnapshotDamaged(f"{self.place}: {error}; publish the index again") from error

    def vectors(self, rows: Sequence[int] | Rows) -> Vectors:
        """Return the vectors of rows as the encoder gave them, float32 (n, dim)."""
        return self.records.raw(np.asarray(rows, np.int64))

    def centered(self, rows: Sequence[int] | Rows) -> Vectors:
        """Return the vectors of rows in the answering space, (n, dim); zeros for a row without."""
        asked = np.asarray(rows, np.int64)
        found = self.records.raw(asked)
        has = np.flatnonzero(asked < self.row_count)
        numbers = self.records.passages(asked[has])["language"]
        found[has] = self.space.center_by(found[has], self._means[numbers])
        return found


def _filled(found: Sequence[Neighbours], k: int, excluded: range) -> tuple[Scores, Rows]:
    """Return scores and rows, both (n, k), without excluded rows.

    The rest have score -inf and row -1.
    """
    scores = np.full((len(found), k), -np.inf, np.float32)
    rows = np.full((len(found), k), -1, np.int64)
    for number, one in enumerate(found):
        own = one.records["row"].astype(np.int64)
        kept = np.flatnonzero((own < excluded.start) | (own >= excluded.stop))[:k]
        rows[number, : len(kept)] = own[kept]
        scores[number, : len(kept)] = one.scores[kept]
    return scores, rows


def _read(read: Callable[[bytes], Read], line: bytes, place: str) -> Read:
    """Return the content of a line; raise `SnapshotDamaged`, with its place, if it is damaged."""
    try:
        return read(line)
    except ValueError as error:
        raise SnapshotDamaged(f"{place}: the line of an article {error}") from error
