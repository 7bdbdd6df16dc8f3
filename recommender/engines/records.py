"""Read the records of an engine's articles and passages, each once as long as it is remembered."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from recommender.arrays import Positions, Rows, Vectors
from recommender.engines.cache import Cache
from recommender.engines.engine import ARTICLE, ROW, Engine, FoundArticle, Records
from recommender.errors import ArticleNotFound, PassageNotFound, SnapshotDamaged

# What is kept: records of passages and of articles, and the bytes of vectors and of lines.
KEPT_RECORDS, KEPT_BYTES = 400_000, 128_000_000
# A line may have so many bytes: more is a bomb.
MOST_BYTES = 256_000_000
_OF_ARTICLE = ("first_row", "rows", "tag", "date")


class EngineRecords:
    """What was read of a version; safe to share between threads."""

    def __init__(self, engine: Engine, dim: int) -> None:
        self._engine = engine
        self._dim = dim
        self._rows: Cache[int, bytes] = Cache(KEPT_RECORDS)
        self._facts: Cache[int, bytes] = Cache(KEPT_RECORDS)
        self._raw: Cache[int, bytes] = Cache(KEPT_BYTES, len)
        self._lines: Cache[int, bytes] = Cache(KEPT_BYTES, len)
        self._ids: Cache[str, int] = Cache(KEPT_RECORDS)

    def passages(self, rows: Rows) -> Records:
        """Return the records (`ROW`) of rows, (n,)."""
        asked = rows.tolist()
        known = self._rows.known(asked)
        if missing := [row for row in dict.fromkeys(asked) if row not in known]:
            self.learn(*self._engine.passages(missing, (), raw=False))
            known |= self._rows.known(missing)
        if len(known) < len(set(asked)):
            wrong = min(set(asked) - set(known))
            raise PassageNotFound(f"row {wrong}: there is no such row in {self._engine.place}")
        return np.frombuffer(b"".join([known[row] for row in asked]), ROW)

    def raw(self, rows: Rows) -> Vectors:
        """Return the vectors of rows as the encoder gave them, (n, dim); zeros without one."""
        asked = rows.tolist()
        known = self._raw.known(asked)
        if missing := [row for row in dict.fromkeys(asked) if row not in known]:
            records, raw = self._engine.passages(missing, (), raw=True)
            self.learn(records, raw)
            known |= dict(raw)
        nothing = bytes(2 * self._dim)
        data = b"".join([known.get(row) or nothing for row in asked])
        found = np.frombuffer(data, "<f2").astype(np.float32)
        if len(found) != len(asked) * self._dim or not np.isfinite(found).all():
            raise SnapshotDamaged(
                f"{self._engine.place}: holds a vector that is not one; publish the index again"
            )
        return found.reshape(len(asked), self._dim)

    def facts(self, positions: Positions) -> Records:
        """Return the facts (`ARTICLE`) of articles, (n,)."""
        asked = positions.tolist()
        known = self._facts.known(asked)
        if missing := [one for one in dict.fromkeys(asked) if one not in known]:
            self._keep(self._engine.articles(missing))
            known |= self._facts.known(missing)
        if len(known) < len(set(asked)):
            wrong = min(set(asked) - set(known))
            raise ArticleNotFound(f"position {wrong}: no such article in {self._engine.place}")
        return np.frombuffer(b"".join([known[one] for one in asked]), ARTICLE)

    def lines(self, positions: Sequence[int]) -> list[bytes]:
        """Return the lines of articles (`store.lines`)."""
        known = self._lines.known(positions)
        if missing := [one for one in dict.fromkeys(positions) if one not in known]:
            self._keep(self._engine.articles(missing))
            known |= self._lines.known(missing)
        if absent := set(positions) - set(known):
            raise ArticleNotFound(f"position {min(absent)}: no such article")
        return [self._unpacked(known[one]) for one in positions]

    def find(self, ids: Iterable[str]) -> dict[str, int]:
        """Return the position of each id that an article has."""
        asked = list(dict.fromkeys(ids))
        known = self._ids.known(asked)
        if missing := [id for id in asked if id not in known]:
            found = self._engine.articles((), missing)
            self._keep(found)
            own = {one.id: int(one.facts["position"][0]) for one in found}
            known |= own
            self._ids.add({id: own.get(id, -1) for id in missing})
        return {id: position for id, position in known.items() if position >= 0}

    def prepare(self, positions: Sequence[int]) -> None:
        """Read articles with their passages and vectors, at once."""
        known = self._lines.known(positions)
        facts = self._facts.known(known)
        firsts = np.frombuffer(b"".join(facts.values()), ARTICLE)
        held = self._raw.known(firsts["first_row"].tolist())
        ready = {
            int(one["position"])
            for one in firsts
            if not one["rows"] or int(one["first_row"]) in held
        }
        missing = [one for one in dict.fromkeys(positions) if one not in ready]
        if missing:
            records, raw, articles = self._engine.passages_and_articles(missing)
            self.learn(records, raw)
            self._keep(articles)

    def learn(self, records: Records, raw: Mapping[int, bytes] | None = None) -> None:
        """Remember the records of passages, and with them the facts of their articles."""
        if len(records):
            size, data = ROW.itemsize, records.tobytes()
            rows = records["row"].tolist()
            cut = {row: data[at * size : (at + 1) * size] for at, row in enumerate(rows)}
            self._rows.add(cut)
            _, firsts = np.unique(records["article"], return_index=True)
            facts = np.empty(len(firsts), ARTICLE)
            facts["position"] = records["article"][firsts]
            for name in _OF_ARTICLE:
                facts[name] = records[name][firsts]
            self.learn_facts(facts)
        if raw:
            self._raw.add(raw)

    def learn_facts(self, facts: Records) -> None:
        """Remember the facts (`ARTICLE`) of articles."""
        self._facts.add({int(one["position"]): one.tobytes() for one in facts})

    def _keep(self, articles: Sequence[FoundArticle]) -> None:
        """Remember articles."""
        self._facts.add({int(one.facts["position"][0]): one.facts.tobytes() for one in articles})
        self._lines.add({int(one.facts["position"][0]): one.line for one in articles})
        self._ids.add({one.id: int(one.facts["position"][0]) for one in articles})

    def _unpacked(self, line: bytes) -> bytes:
        try:
            reader = zlib.decompressobj()
            found = reader.decompress(line, MOST_BYTES)
        except zlib.error as error:
            raise SnapshotDamaged(f"{self._engine.place}: an article's line is damaged") from error
        return found
