"""Ask PostgreSQL with pgvector for one version of an archive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from recommender.arrays import Rows, Vectors
from recommender.engines.address import Address
from recommender.engines.engine import (
    ARTICLE,
    NAMES,
    POSTING,
    ROW,
    Filter,
    FoundArticle,
    FoundTerm,
    Held,
    How,
    Neighbours,
    Records,
    records_of,
)
from recommender.engines.postgres_index import EFFORTS
from recommender.engines.postgres_link import Link, Parameters, vector_text
from recommender.engines.postgres_schema import (
    BEGINNING,
    TABLES,
    VersionFacts,
    live_version,
    version_facts,
)
from recommender.errors import SnapshotDamaged
from recommender.store.names import Field

# So many neighbours by float16 for each that is asked for are fetched, and the best are scored in
# full. All that are as near as the last are fetched too, up to so many: if many articles hold a
# text, the first rows are answers.
MOST_TIED = 5_000
CANDIDATES_EACH = 2
FEWEST_CANDIDATES = 40
_REACH = "SELECT set_config(%(setting)s, %(reach)s, true)"

_NEAREST = """
SELECT q.n, f.score, f.record{raw}
FROM unnest(%(numbers)s::int[], %(vectors)s::text[]::vector[]) AS q(n, v)
CROSS JOIN LATERAL ({inner}) AS f
ORDER BY q.n, f.score DESC, f.row
"""
_EXACT = """
SELECT row, -(vector <#> q.v) AS score, record{raw} FROM {passages}
WHERE vector IS NOT NULL AND {conditions} ORDER BY vector <#> q.v, row LIMIT %(k)s
"""
_INDEXED = """
SELECT row, -(vector <#> q.v) AS score, record{raw} FROM (
    SELECT * FROM (
        SELECT *, vector::halfvec({dim}) <#> q.v::halfvec({dim}) AS distance
        FROM {passages} WHERE vector IS NOT NULL AND {conditions}
        ORDER BY distance LIMIT %(tied)s
    ) AS near ORDER BY distance FETCH FIRST (%(candidates)s) ROWS WITH TIES
) AS c ORDER BY vector <#> q.v, row LIMIT %(k)s
"""


class PostgresEngine:
    """One version of an archive in a schema of a database (`engine.Engine`)."""

    def __init__(self, link: Link, address: Address, version: str, facts: VersionFacts) -> None:
        self._link = link
        self._address = address
        self.place, self.version = str(address), version
        self.traffic = link.traffic
        self._is_indexed, self._index = facts.is_indexed, facts.index
        self.efforts = facts.index.efforts
        self._tables = {name: link.table(facts.schema, name) for name in TABLES}

    def live_version(self) -> str:
        """Return the name of the version that is live now."""
        return live_version(self._link, self._address)

    def facts(self, names: Sequence[str]) -> Mapping[str, bytes]:
        """Return named facts."""
        sql = "SELECT name, data FROM {facts} WHERE name = ANY(%(names)s)"
        return dict(self._ask((sql, {"names": list(names)}))[0])

    def nearest(
        self, vectors: Vectors, k: int, filter: Filter, effort: int, *, raw: bool
    ) -> tuple[list[Neighbours], Mapping[int, bytes]]:
        """Return the nearest passages to each vector, and with `raw` the vectors of the rows."""
        is_exact = not self._is_indexed or filter.only is not None
        found = self._nearest(vectors, k, filter, 0 if is_exact else effort, raw)
        if not is_exact and len(found) < k * len(vectors):
            # The search was not deep enough for a filter that few articles pass.
            found = self._nearest(vectors, k, filter, 0, raw)
        records = records_of([one[2] for one in found], ROW, self.place)
        numbers = np.array([one[0] for one in found], np.int64)
        scores = np.array([one[1] for one in found], np.float32)
        ends = np.searchsorted(numbers, np.arange(1, len(vectors)))
        each = zip(np.split(scores, ends), np.split(records, ends), strict=True)
        rows = records["row"].tolist()
        known = {row: one[3] for row, one in zip(rows, found, strict=True)} if raw else {}
        return [Neighbours(*one) for one in each], known

    def _nearest(
        self, vectors: Vectors, k: int, filter: Filter, effort: int, raw: bool
    ) -> list[Any]:
        """Return n, score, record and perhaps vector of the nearest passages; 0 compares all."""
        least = self._index.candidates(effort)
        asked = [_nearest_sql(vectors, k, filter, raw, least if effort else None)]
        if effort:
            setting, reach = self._index.reach(effort)
            asked.insert(0, (_REACH, {"setting": setting, "reach": reach}))
        return self._ask(*asked)[-1]

    def plan(self, vectors: Vectors, k: int, filter: Filter) -> str:
        """Return the server's plan of the search for the nearest passages."""
        sql, parameters = _nearest_sql(vectors, k, filter, False, 0)
        [found] = self._ask((f"EXPLAIN {sql}", parameters))
        return "\n".join(one[0] for one in found)

    def passages(
        self, rows: Sequence[int], articles: Sequence[int], *, raw: bool
    ) -> tuple[Records, dict[int, bytes]]:
        """Return the records of rows, and of all passages with a vector of articles."""
        [found] = self._ask(_passages_sql(rows, articles, raw))
        return _passages(found, self.place)

    def articles(self, positions: Sequence[int], ids: Sequence[str] = ()) -> list[FoundArticle]:
        """Return articles by their positions and ids; missing ones are left out."""
        [found] = self._ask(_articles_sql(positions, ids))
        return list(_articles(found, self.place))

    def titles(
        self, positions: Sequence[int], articles: Sequence[int]
    ) -> tuple[dict[int, bytes], list[FoundArticle]]:
        """Return the titles of articles as names are compared, and other articles whole."""
        sql = "SELECT position, title FROM {articles} WHERE position = ANY(%(asked)s::bigint[])"
        titles, found = self._ask((sql, {"asked": list(positions)}), _articles_sql(articles, ()))
        return dict(titles), list(_articles(found, self.place))

    def find(self, ids: Sequence[str]) -> tuple[list[FoundArticle], Records, dict[int, bytes]]:
        """Return articles by their ids, with their passages."""
        sql, parameters = _articles_sql((), ids)
        owners = "SELECT position FROM {articles} WHERE id = ANY(%(ids)s)"
        within = f"article IN ({owners}) AND vector IS NOT NULL"
        own = f"SELECT record, raw FROM {{passages}} WHERE {within}"
        found, passages = self._ask((sql, parameters), (own, parameters))
        return list(_articles(found, self.place)), *_passages(passages, self.place)

    def compared(
        self, articles: Sequence[int], terms: Sequence[int]
    ) -> tuple[Records, dict[int, bytes], list[FoundArticle], list[FoundTerm]]:
        """Return the passages of articles with vectors, the articles, and all postings of terms."""
        passages, found, postings = self._ask(
            _passages_sql((), articles, True), _articles_sql(articles, ()), _terms_sql(terms, None)
        )
        records, raw = _passages(passages, self.place)
        own = list(_articles(found, self.place))
        return records, raw, own, list(_terms(postings, self.place))

    def means(self, articles: Sequence[int]) -> dict[int, bytes]:
        """Return the means of articles by their positions, float16 each."""
        sql = "SELECT position, mean FROM {articles} WHERE position = ANY(%(articles)s::bigint[])"
        return dict(self._ask((sql, {"articles": list(articles)}))[0])

    def terms(self, terms: Sequence[int], most: int | None) -> list[FoundTerm]:
        """Return the postings of terms, the first `most` of each language, or all."""
        [found] = self._ask(_terms_sql(terms, most))
        return list(_terms(found, self.place))

    def named(self, field: Field, keys: Sequence[str], how: How) -> list[tuple[str, int]]:
        """Return the names that equal, begin with or end with a key, each with its article."""
        condition, parameters = _named_sql(NAMES[field], keys, how)
        sql = f"SELECT {NAMES[field]}, position FROM {{articles}} WHERE {condition}"
        [found] = self._ask((f"{sql} ORDER BY position", parameters))
        return [(name.decode("utf-8", "replace"), at) for name, at in found]

    def passing(self, filter: Filter, words: Sequence[str] = ()) -> Records:
        """Return the facts of the articles that pass and whose names match, in order."""
        conditions, parameters = conditions_of(filter, "position")
        for number, word in enumerate(words):
            parameters[f"word{number}"] = word.encode("utf-8", "replace")
            held = (f"position(%(word{number})s in {name}) > 0" for name in NAMES.values())
            conditions += f" AND ({' OR '.join(held)})"
        sql = f"SELECT facts FROM {{articles}} WHERE {conditions} ORDER BY position"
        [found] = self._ask((sql, parameters))
        return records_of([one[0] for one in found], ARTICLE, self.place)

    def subset(self, filter: Filter, rows: Rows) -> Rows:
        """Return those of `rows`, also without a vector, that pass."""
        conditions, parameters = conditions_of(filter)
        sql = f"SELECT row FROM {{passages}} WHERE row = ANY(%(asked)s) AND {conditions}"
        [found] = self._ask((sql, parameters | {"asked": rows.tolist()}))
        return np.array([one[0] for one in found], np.int64)

    def count(self, filter: Filter) -> int:
        """Return how many passages with a vector pass."""
        conditions, parameters = conditions_of(filter)
        sql = f"SELECT count(*) FROM {{passages}} WHERE vector IS NOT NULL AND {conditions}"
        [[[found]]] = self._ask((sql, parameters))
        return int(found)

    def held(self) -> Held:
        """Return how much of the version the tables hold now."""
        sql = (
            "SELECT (SELECT count(*) FROM {passages} WHERE vector IS NOT NULL), "
            "(SELECT count(*) FROM {articles}), EXISTS (SELECT FROM {terms}), "
            "EXISTS (SELECT FROM pg_index JOIN pg_class ON oid = indexrelid JOIN pg_am "
            "ON pg_am.oid = relam WHERE indrelid = %(table)s::regclass AND indisvalid "
            "AND amname = ANY(%(methods)s))"
        )
        parameters = {"table": self._tables["passages"], "methods": list(EFFORTS)}
        [[[passages, articles, has_words, is_indexed]]] = self._ask((sql, parameters))
        return Held(passages, articles, has_words, is_indexed or not self._is_indexed)

    def release_problems(self) -> list[str]:
        """Return nothing: an old pgvector refuses the first statement of a connection."""
        return []

    def _ask(self, *questions: tuple[str, Parameters]) -> list[list[Any]]:
        """Return the rows that each statement gives; they name the version's tables in braces."""
        asked = []
        for sql, parameters in questions:
            for name, table in self._tables.items():
                sql = sql.replace(f"{{{name}}}", table)
            asked.append((sql, parameters))
        return self._link.ask_all(asked)


def _nearest_sql(
    vectors: Vectors, k: int, filter: Filter, raw: bool, least: int | None
) -> tuple[str, Parameters]:
    """Return the question for the nearest passages, of `least` candidates; None compares all."""
    conditions, parameters = conditions_of(filter)
    inner = (_EXACT if least is None else _INDEXED).replace("{raw}", ", raw" if raw else "")
    inner = inner.replace("{conditions}", conditions).replace("{dim}", str(vectors.shape[1]))
    sql = _NEAREST.replace("{inner}", inner).replace("{raw}", ", f.raw" if raw else "")
    candidates = max(CANDIDATES_EACH * k, FEWEST_CANDIDATES, least or 0)
    return sql, parameters | {
        "numbers": list(range(len(vectors))),
        "vectors": [vector_text(one) for one in vectors],
        "k": k,
        "candidates": candidates,
        "tied": candidates + MOST_TIED,
    }


def conditions_of(filter: Filter, article: str = "article") -> tuple[str, dict[str, Any]]:
    """Return a filter as a condition of SQL, and its parameters.

    `article` is the column of an article's position. A filter of rows needs the table of passages.
    """
    where = filter.where
    every: list[tuple[str, str, Any]] = []
    if filter.tags is not None:
        every.append(("tag = ANY(%(tags)s)", "tags", list(filter.tags)))
    if where.since:
        every.append(("ends >= %(since)s", "since", where.since))
    if where.until:
        every.append(("date <= %(until)s", "until", where.until))
    if where.as_of:
        every.append(("ends <= %(as_of)s", "as_of", where.as_of))
    if where.is_of_dates:
        every.append(("date > %(undated)s", "undated", 0))
    if filter.fields:
        held = "SELECT position FROM {articles} WHERE fields @> %(fields)s"
        every.append((f"{article} IN ({held})", "fields", list(filter.fields)))
    rows = (("only", "row = ANY", filter.only), ("without", "row <> ALL", filter.without))
    articles = (
        ("among", f"{article} = ANY", filter.among),
        ("without_articles", f"{article} <> ALL", filter.without_articles),
    )
    for name, test, some in (*rows, *articles):
        if some is not None and (len(some) or test.endswith("ANY")):
            every.append((f"{test}(%({name})s::bigint[])", name, some.tolist()))
    sql = " AND ".join(condition for condition, _, _ in every)
    return sql or "TRUE", {name: value for _, name, value in every}


def _named_sql(column: str, keys: Sequence[str], how: How) -> tuple[str, dict[str, Any]]:
    """Return the condition that a name equals, begins with or ends with a key, and parameters."""
    names = [key.encode("utf-8", "replace") for key in keys]
    if how == "is":
        return f"{column} = ANY(%(names)s)", {"names": names}
    name = names[0]
    if how == "ends":
        below = f"substring({column} from length({column}) - %(size)s + 1) = %(name)s"
        condition = f"length({column}) >= %(size)s AND {below}"
        return condition, {"name": b"/" + name, "size": len(name) + 1}
    start = name[:BEGINNING]
    beginning = f"substring({column} from 1 for {BEGINNING})"
    condition = (
        f"{beginning} >= %(start)s AND {beginning} < %(end)s "
        f"AND substring({column} from 1 for %(size)s) = %(name)s"
    )
    # No name has the byte 255, which UTF-8 never holds.
    return condition, {"start": start, "end": start + b"\xff", "name": name, "size": len(name)}


def _passages_sql(
    rows: Sequence[int], articles: Sequence[int], raw: bool
) -> tuple[str, dict[str, Any]]:
    """Return the question for the records of rows, and of the passages of articles."""
    vectors = ", raw" if raw else ""
    every = [
        (f"SELECT record{vectors} FROM {{passages}} WHERE row = ANY(%(rows)s::bigint[])", rows),
        (
            f"SELECT record{vectors} FROM {{passages}} "
            "WHERE article = ANY(%(articles)s::bigint[]) AND vector IS NOT NULL",
            articles,
        ),
    ]
    asked = [sql for sql, some in every if len(some)] or [every[0][0]]
    return " UNION ALL ".join(asked), {"rows": list(rows), "articles": list(articles)}


def _terms_sql(terms: Sequence[int], most: int | None) -> tuple[str, dict[str, Any]]:
    """Return the question for the postings of terms, the first of each language, or all."""
    cut = "postings" if most is None else "substring(postings from 1 for %(bytes)s)"
    sql = (
        f"SELECT term, shelf, language, count, {cut} FROM {{terms}} "
        "WHERE term = ANY(%(terms)s::bigint[]) ORDER BY term, shelf, language"
    )
    return sql, {"terms": list(terms), "bytes": POSTING.itemsize * (most or 0)}


def _articles_sql(positions: Sequence[int], ids: Sequence[str]) -> tuple[str, dict[str, Any]]:
    """Return the question for articles by positions and by ids."""
    conditions = [
        ("position = ANY(%(positions)s::bigint[])", positions),
        ("id = ANY(%(ids)s)", ids),
    ]
    asked = [sql for sql, some in conditions if len(some)] or ["FALSE"]
    names = [id.encode("utf-8", "surrogatepass") for id in ids]
    sql = f"SELECT id, facts, line FROM {{articles}} WHERE {' OR '.join(asked)}"
    return sql, {"positions": list(positions), "ids": names}


def _passages(found: Iterable[Any], place: str) -> tuple[Records, dict[int, bytes]]:
    """Return the records of answers, and the vectors of those that have one."""
    every = list(found)
    records = records_of([one[0] for one in every], ROW, place)
    rows = records["row"].tolist()
    return records, {
        row: one[1] for row, one in zip(rows, every, strict=True) if len(one) > 1 and one[1]
    }


def _terms(found: Iterable[Any], place: str) -> Iterator[FoundTerm]:
    for term, shelf, language, count, postings in found:
        records = records_of([postings], POSTING, place)
        yield FoundTerm(term, shelf, language, count, records)


def _articles(found: Iterable[Any], place: str) -> Iterator[FoundArticle]:
    for id, facts, line in found:
        try:
            name = id.decode("utf-8", "surrogatepass")
        except ValueError as error:
            raise SnapshotDamaged(f"{place}: holds an id that is damaged") from error
        yield FoundArticle(name, records_of([facts], ARTICLE, place), line)


def postgres_engine(address: Address, version: str) -> PostgresEngine:
    """Return the live version of an archive, or the one that is named."""
    link = Link(address)
    name = version or live_version(link, address)
    return PostgresEngine(link, address, name, version_facts(link, address, name))
