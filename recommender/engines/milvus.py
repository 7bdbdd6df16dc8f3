"""Ask Milvus for one version of an archive.

Bytes are stored as base64 and names as hexadecimal digits. So no text of a source becomes part of
an expression, and a name's beginning is that of its digits.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from recommender.arrays import Rows, Vectors
from recommender.engines.address import Address
from recommender.engines.cache import Cache
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
from recommender.engines.milvus_link import (
    ARTICLES,
    FACTS,
    KINDS,
    MOST_ROWS,
    PASSAGES,
    TERMS,
    Link,
    collection_of,
    live_version,
)
from recommender.engines.milvus_release import release_problems
from recommender.errors import SnapshotDamaged
from recommender.store.names import Field
from recommender.types import Where

# The effort of searching the graph of vectors (`ef`): at least so much, and so much for each
# answer.
EFFORTS, EFFORT_EACH = (200, 400, 800, 1_600, 3_200, 6_400), 2
# A line may continue in so many facts: more is a decompression bomb.
MOST_PARTS = 10_000
# The size of the cache of articles that pass filters, in bytes.
KEPT_BYTES = 64_000_000


class MilvusEngine:
    """One version of an archive in collections of Milvus (`engine.Engine`)."""

    efforts = EFFORTS

    def __init__(self, link: Link, version: str) -> None:
        self._link = link
        self.place, self.version = str(link.address), version
        self.traffic, self._read = link.traffic, Reader(self.place)
        names = {kind: collection_of(link.address, version, kind) for kind in KINDS}
        self._collections = names
        self._passing: Cache[tuple[str, ...], Records] = Cache(KEPT_BYTES, lambda one: one.nbytes)

    def live_version(self) -> str:
        """Return the name of the version that is live now."""
        return live_version(self._link)

    def facts(self, names: Sequence[str]) -> Mapping[str, bytes]:
        """Return named facts."""
        found = self._every(FACTS, f"name in {_texts(names)}", ["number", "name", "part", "data"])
        found.sort(key=lambda one: int(one["part"]))
        parts: dict[str, list[bytes]] = {}
        for one in found:
            parts.setdefault(one["name"], []).append(self._read.data(one["data"]))
        return {name: b"".join(each) for name, each in parts.items()}

    def nearest(
        self, vectors: Vectors, k: int, filter: Filter, effort: int, *, raw: bool
    ) -> tuple[list[Neighbours], Mapping[int, bytes]]:
        """Return the nearest passages to each vector, and with `raw` the vectors of the rows."""
        conditions = f"shelf == 0{self._and(filter)}"
        fields = ["record", "raw"] if raw else ["record"]
        count = min(k, MOST_ROWS)
        reach = max(effort, EFFORT_EACH * count)

        def ask(client: Any, seconds: float) -> list[list[Any]]:
            found = client.search(
                self._collections[PASSAGES],
                data=vectors.tolist(),
                anns_field="vector",
                limit=count,
                filter=conditions,
                output_fields=fields,
                search_params={"metric_type": "IP", "params": {"ef": reach}},
                timeout=seconds,
            )
            return [list(one) for one in found]

        answers: list[Neighbours] = []
        known: dict[int, bytes] = {}
        for found in self._link.ask(ask):
            rows = [one["entity"] for one in found]
            self._link.count(rows)
            records = self._read.records([one["record"] for one in rows], ROW)
            scores = np.array([one["distance"] for one in found], np.float32)
            order = np.lexsort((records["row"], -scores))
            answers.append(Neighbours(scores[order], records[order]))
            if raw:
                numbers = records["row"].tolist()
                known |= {
                    n: self._read.data(one["raw"]) for n, one in zip(numbers, rows, strict=True)
                }
        return answers, known

    def passages(
        self, rows: Sequence[int], articles: Sequence[int], *, raw: bool
    ) -> tuple[Records, dict[int, bytes]]:
        """Return the records of rows, and of all passages with a vector of articles."""
        conditions = []
        if rows:
            conditions.append(f"row in {list(rows)}")
        if articles:
            conditions.append(f"(article in {list(articles)} and shelf == 0)")
        fields = ["row", "record", "raw"] if raw else ["row", "record"]
        found = self._every(PASSAGES, f"({' or '.join(conditions)})", fields)
        records = self._read.records([one["record"] for one in found], ROW)
        numbers = records["row"].tolist()
        every = zip(numbers, found, strict=True) if raw else ()
        return records, {n: self._read.data(one["raw"]) for n, one in every if one["raw"]}

    def articles(self, positions: Sequence[int], ids: Sequence[str] = ()) -> list[FoundArticle]:
        """Return articles by their positions and ids; missing ones are left out."""
        conditions = []
        if positions:
            conditions.append(f"position in {list(positions)}")
        if ids:
            conditions.append(f"id in {_texts(map(hex_of, ids))}")
        fields = ["position", "id", "facts", "parts", "line"]
        found = self._every(ARTICLES, f"({' or '.join(conditions)})", fields)
        long = [f"line/{one['position']}" for one in found if 0 < one["parts"] < MOST_PARTS]
        rests = self.facts(long) if long else {}
        return [
            FoundArticle(
                self._read.name(one["id"]),
                self._read.records([one["facts"]], ARTICLE),
                self._read.data(one["line"]) + rests.get(f"line/{one['position']}", b""),
            )
            for one in found
        ]

    def titles(
        self, positions: Sequence[int], articles: Sequence[int]
    ) -> tuple[dict[int, bytes], list[FoundArticle]]:
        """Return the titles of articles as names are compared, and other articles whole.

        Both are asked at once.
        """
        with ThreadPoolExecutor(1) as other:
            whole = other.submit(self.articles, articles) if articles else None
            found: list[dict[str, Any]] = []
            if positions:
                conditions = f"position in {list(positions)}"
                found = self._every(ARTICLES, conditions, ["position", "title"])
            every = whole.result() if whole else []
        self.traffic.trips -= bool(articles) and bool(positions)  # both were sent together
        titles = {int(one["position"]): self._read.bytes(one["title"]) for one in found}
        return titles, every

    def find(self, ids: Sequence[str]) -> tuple[list[FoundArticle], Records, dict[int, bytes]]:
        """Return articles by their ids; their passages would take another trip."""
        return self.articles((), ids), np.empty(0, ROW), {}

    def compared(
        self, articles: Sequence[int], terms: Sequence[int]
    ) -> tuple[Records, dict[int, bytes], list[FoundArticle], list[FoundTerm]]:
        """Return the passages of articles with vectors, the articles, and all postings of terms.

        All is asked at once.
        """
        records, raw = np.empty(0, ROW), dict[int, bytes]()
        with ThreadPoolExecutor(2) as others:
            found = others.submit(self.articles, articles) if articles else None
            postings = others.submit(self.terms, terms, None) if terms else None
            if articles:
                records, raw = self.passages((), articles, raw=True)
            every = found.result() if found else []
            own = postings.result() if postings else []
        # All were sent together.
        self.traffic.trips -= max(2 * bool(articles) + bool(terms) - 1, 0)
        return records, raw, every, own

    def means(self, articles: Sequence[int]) -> dict[int, bytes]:
        """Return the means of articles by their positions, float16 each."""
        found = self._every(ARTICLES, f"position in {list(articles)}", ["position", "mean"])
        return {int(one["position"]): self._read.data(one["mean"]) for one in found}

    def terms(self, terms: Sequence[int], most: int | None) -> list[FoundTerm]:
        """Return the postings of terms, the first of each language (in one part), or all."""
        fields = ["number", "term", "shelf", "language", "count", "part", "data"]
        only = "" if most is None else " and part == 0"
        found = self._every(TERMS, f"term in {list(terms)}{only}", fields)
        keys = ("term", "shelf", "language", "part")
        found.sort(key=lambda one: [int(one[key]) for key in keys])
        parts: dict[tuple[int, int, int], list[dict[str, Any]]] = {}
        for one in found:
            place = (int(one["term"]), int(one["shelf"]), int(one["language"]))
            parts.setdefault(place, []).append(one)
        return [
            FoundTerm(
                *place,
                int(each[0]["count"]),
                self._read.records([x["data"] for x in each], POSTING),
            )
            for place, each in parts.items()
        ]

    def named(self, field: Field, keys: Sequence[str], how: How) -> list[tuple[str, int]]:
        """Return the names that equal or begin with a key, each with its article.

        Milvus cannot search for the end of a name.
        """
        if how == "ends":
            return []
        name = NAMES[field]
        condition = f"{name} in {_texts(map(hex_of, keys))}"
        if how == "begins":
            condition = f'{name} like "{hex_of(keys[0])}%"'
        found = self._every(ARTICLES, condition, ["position", name])
        found.sort(key=lambda one: int(one["position"]))
        return [(self._read.name(one[name]), int(one["position"])) for one in found]

    def passing(self, filter: Filter, words: Sequence[str] = ()) -> Records:
        """Return the facts of the articles that pass and whose names match, in order.

        For words, the names of all articles that pass are read.
        """
        fields = ["position", "facts", *(NAMES.values() if words else ())]
        found = self._every(ARTICLES, f"position >= 0{self._and(filter, 'position')}", fields)
        called = [one["facts"] for one in found if self._read.is_called(one, words)]
        every = self._read.records(called, ARTICLE)
        return every[np.argsort(every["position"])]

    def subset(self, filter: Filter, rows: Rows) -> Rows:
        """Return those of `rows`, also without a vector, that pass."""
        found = []
        for start in range(0, len(rows), MOST_ROWS):
            some = rows[start : start + MOST_ROWS].tolist()
            found += self._every(PASSAGES, f"row in {some}{self._and(filter)}", ["row"])
        return np.array([int(one["row"]) for one in found], np.int64)

    def count(self, filter: Filter) -> int:
        """Return how many passages with a vector pass."""
        if filter.fields and filter.only is None and not len(filter.without):
            return int(self._with_fields(filter)["rows"].sum())
        return self._link.rows(self._collections[PASSAGES], f"shelf == 0{self._and(filter)}")

    def held(self) -> Held:
        """Return how much of the version the collections hold now."""
        passages = self.count(Filter(Where()))
        counts = [self._link.rows(self._collections[kind], "") for kind in (ARTICLES, TERMS)]
        return Held(passages, counts[0], counts[1] > 0)

    def release_problems(self) -> list[str]:
        """Return what is wrong with the release of the server, each with its remedy."""
        return release_problems(self._link)

    def _every(self, kind: str, filter: str, fields: list[str]) -> list[dict[str, Any]]:
        """Return all rows that pass, however many; the first field is their key."""
        name = self._collections[kind]
        found = self._link.query(name, filter, fields)
        page = found
        while len(page) == MOST_ROWS:
            # Milvus gives the rows of a page in the order of their keys.
            last = max(int(one[fields[0]]) for one in page)
            page = self._link.query(name, f"{filter} and {fields[0]} > {last}", fields)
            found += page
        return found

    def _and(self, filter: Filter, article: str = "article") -> str:
        """Return a filter as conditions that follow another one.

        Fields belong to articles, so the articles that pass are asked for first.
        """
        every = conditions_of(filter, article)
        if filter.fields and article == "position":
            every.append(f"array_contains_all(fields, {_texts(filter.fields)})")
        elif filter.fields:
            every.append(f"article in {self._with_fields(filter)['position'].tolist()}")
        return "".join(f" and {one}" for one in every)

    def _with_fields(self, filter: Filter) -> Records:
        """Return the facts of the articles that pass, cached for the next question."""
        conditions = (*conditions_of(filter, "position"), *filter.fields)
        known = self._passing.known([conditions])
        if conditions not in known:
            known = {conditions: self.passing(filter)}
            self._passing.add(known)
        return known[conditions]


class Reader:
    """Read the texts of rows; raises `SnapshotDamaged`, which names the place, for damaged ones."""

    def __init__(self, place: str) -> None:
        self._place = place

    def data(self, text: str) -> bytes:
        """Return the bytes of a text in base64."""
        try:
            return b64decode(text, validate=True)
        except ValueError as error:
            raise self._damaged() from error

    def bytes(self, digits: str) -> bytes:
        """Return the bytes of a name in hexadecimal digits (`hex_of`)."""
        try:
            return bytes.fromhex(digits)
        except ValueError as error:
            raise self._damaged() from error

    def name(self, digits: str) -> str:
        """Return the name in hexadecimal digits (`hex_of`)."""
        try:
            return self.bytes(digits).decode("utf-8", "surrogatepass")
        except ValueError as error:
            raise self._damaged() from error

    def records(self, texts: Sequence[str], dtype: np.dtype[Any]) -> Records:
        """Return the records in texts (`records_of`)."""
        return records_of([self.data(one) for one in texts], dtype, self._place)

    def is_called(self, row: Mapping[str, Any], words: Sequence[str]) -> bool:
        """Return whether the names of an article hold all the words."""
        names = [self.name(row[name]) for name in NAMES.values()] if words else []
        return all(any(word in name for name in names) for word in words)

    def _damaged(self) -> SnapshotDamaged:
        return SnapshotDamaged(
            f"{self._place}: holds a record that is damaged; publish the index again"
        )


def milvus_engine(address: Address, version: str) -> MilvusEngine:
    """Return the live version of an archive, or the one that is named."""
    link = Link(address)
    return MilvusEngine(link, version or live_version(link))


def conditions_of(filter: Filter, article: str) -> list[str]:
    """Return the conditions of a filter, but for fields, as Milvus reads them.

    `article` is the field of an article's position. Rows are fields of passages only.
    """
    where = filter.where
    limits = (
        ("ends >=", where.since),
        ("date <=", where.until),
        ("ends <=", where.as_of),
    )
    found = [f"{test} {day}" for test, day in limits if day]
    if where.is_of_dates:
        found.append("date > 0")
    if filter.tags is not None:
        found.append(f"tag in {list(filter.tags)}")
    if filter.among is not None:
        found.append(f"{article} in {filter.among.tolist()}")
    if len(filter.without_articles):
        found.append(f"{article} not in {filter.without_articles.tolist()}")
    if article == "article" and filter.only is not None:
        found.append(f"row in {filter.only.tolist()}")
    if article == "article" and len(filter.without):
        found.append(f"row not in {filter.without.tolist()}")
    return found


def hex_of(name: str) -> str:
    """Return a name as the hexadecimal digits of its bytes."""
    return name.encode("utf-8", "surrogatepass").hex()


def _texts(texts: Iterable[str]) -> str:
    """Return plain texts, which hold no quotation mark, as a list of an expression."""
    return "[" + ", ".join(f'"{one}"' for one in texts) + "]"
