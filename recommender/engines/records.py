"""Read the records of an engine's articles and passages, each once while it is cached."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from recommender.arrays import Positions, Rows, Vectors
from recommender.engines.cache import Cache
from recommender.engines.engine import ARTICLE, OF_ARTICLE, ROW, Engine, FoundArticle, Records
from recommender.errors import ArticleNotFound, PassageNotFound, SnapshotDamaged

# The sizes of the caches: records of passages and of articles, and bytes of vectors and of lines.
KEPT_RECORDS, KEPT_BYTES = 400_000, 128_000_000
# At most so few articles will probably be asked about: their passages are read as they are found.
FOUND_WHOLE = 8
# A line may have so many bytes: more is a decompression bomb.
MOST_BYTES = 256_000_000
# The lines of one question may have so many.
MOST_BYTES_TOGETHER = 1_000_000_000


class EngineRecords:
    """What was read of a version; safe to share between threads."""

    def __init__(self, engine: Engine, dim: int, most: Mapping[str, int]) -> None:
        """Take the bounds of the numbers in fields of records, `row` among them, by their names."""
        self._engine = engine
        self._most = most
        self._dim = dim
        self._rows: Cache[int, bytes] = Cache(KEPT_RECORDS)
        self._facts: Cache[int, bytes] = Cache(KEPT_RECORDS)
        self._raw: Cache[int, bytes] = Cache(KEPT_BYTES, len)
        self._means: Cache[int, bytes] = Cache(KEPT_BYTES, len)
        self._lines: Cache[int, bytes] = Cache(KEPT_BYTES, len)
        self._titles: Cache[int, bytes] = Cache(KEPT_BYTES, len)
        self._ids: Cache[str, int] = Cache(KEPT_RECORDS)

    def passages(self, rows: Rows) -> Records:
        """Return the records (`ROW`) of rows, (n,)."""
        asked = rows.tolist()
        known = self._rows.known(asked)
        if missing := [row for row in dict.fromkeys(asked) if row not in known]:
            known |= self.learn(*self._engine.passages(missing, (), raw=False))
        if absent := set(asked) - set(known):
            wrong = min(absent)
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
        return self._floats([known.get(row) or nothing for row in asked])

    def facts(self, positions: Positions) -> Records:
        """Return the facts (`ARTICLE`) of articles, (n,)."""
        asked = positions.tolist()
        known = self._facts.known(asked)
        if missing := [one for one in dict.fromkeys(asked) if one not in known]:
            found = self._engine.articles(missing)
            self.keep(found)
            known |= {_position(one): one.facts.tobytes() for one in found}
        if absent := set(asked) - set(known):
            wrong = min(absent)
            raise ArticleNotFound(f"position {wrong}: no such article in {self._engine.place}")
        return np.frombuffer(b"".join([known[one] for one in asked]), ARTICLE)

    def lines(self, positions: Sequence[int]) -> list[bytes]:
        """Return the lines of articles (`store.lines`)."""
        known = self._lines.known(positions)
        if missing := [one for one in dict.fromkeys(positions) if one not in known]:
            found = self._engine.articles(missing)
            self.keep(found)
            known |= {_position(one): one.line for one in found}
        if absent := set(positions) - set(known):
            raise ArticleNotFound(f"position {min(absent)}: no such article")
        return self._unpacked([known[one] for one in positions])

    def titles(self, positions: Sequence[int], likely: Sequence[int]) -> list[str]:
        """Return the titles of articles as names are compared (`store.names`).

        The same trip brings the lines of the `likely` articles.
        """
        known = self._titles.known(positions)
        missing = [one for one in dict.fromkeys(positions) if one not in known]
        held = self._lines.known(likely)
        unread = [one for one in dict.fromkeys(likely) if one not in held]
        if missing or unread:
            titles, articles = self._engine.titles(missing, unread)
            self._titles.add(titles)
            self.keep(articles)
            known |= titles
        if absent := set(positions) - set(known):
            raise ArticleNotFound(f"position {min(absent)}: no such article")
        return [known[one].decode("utf-8", "replace") for one in positions]

    def find(self, ids: Iterable[str]) -> dict[str, int]:
        """Return the position of each id that an article has."""
        asked = list(dict.fromkeys(ids))
        known = self._ids.known(asked)
        if missing := [id for id in asked if id not in known]:
            if len(missing) > FOUND_WHOLE:
                found = self._engine.articles((), missing)
            else:
                found, records, raw = self._engine.find(missing)
                self.learn(records, raw)
            self.keep(found)
            own = {one.id: _position(one) for one in found}
            known |= own
            self._ids.add({id: own.get(id, -1) for id in missing})
        return {id: position for id, position in known.items() if position >= 0}

    def means(self, positions: Positions) -> Vectors:
        """Return the means of articles, (n, dim); zeros for an article without passages."""
        asked = positions.tolist()
        known = self._means.known(asked)
        if missing := [one for one in dict.fromkeys(asked) if one not in known]:
            found = dict(self._engine.means(missing))
            self._means.add(found)
            known |= found
        return self._floats([known.get(one, b"") for one in asked])

    def unread(self, positions: Sequence[int]) -> list[int]:
        """Return the articles whose passages and vectors are not cached."""
        known = self._lines.known(positions)
        facts = self._facts.known(known)
        firsts = np.frombuffer(b"".join(facts.values()), ARTICLE)
        held = self._raw.known(firsts["first_row"].tolist())
        ready = {
            int(one["position"])
            for one in firsts
            if not one["rows"] or int(one["first_row"]) in held
        }
        return [one for one in dict.fromkeys(positions) if one not in ready]

    def learn(self, records: Records, raw: Mapping[int, bytes] | None = None) -> dict[int, bytes]:
        """Cache the records of passages, and the facts of their articles; return the records.

        The cache may have dropped some of them already.
        """
        cut: dict[int, bytes] = {}
        if len(records):
            self._check(records)
            size, data = ROW.itemsize, records.tobytes()
            rows = records["row"].tolist()
            cut = {row: data[at * size : (at + 1) * size] for at, row in enumerate(rows)}
            self._rows.add(cut)
            _, firsts = np.unique(records["article"], return_index=True)
            facts = np.empty(len(firsts), ARTICLE)
            facts["position"] = records["article"][firsts]
            for name in OF_ARTICLE:
                facts[name] = records[name][firsts]
            self.learn_facts(facts)
        if raw:
            self._raw.add(raw)
        return cut

    def learn_facts(self, facts: Records) -> None:
        """Cache the facts (`ARTICLE`) of articles."""
        self._check(facts)
        self._facts.add({int(one["position"]): one.tobytes() for one in facts})

    def keep(self, articles: Sequence[FoundArticle]) -> None:
        """Cache articles."""
        if articles:
            self._check(np.concatenate([one.facts for one in articles]))
        self._facts.add({_position(one): one.facts.tobytes() for one in articles})
        self._lines.add({_position(one): one.line for one in articles})
        self._ids.add({one.id: _position(one) for one in articles})

    def _check(self, records: Records) -> None:
        """Raise `SnapshotDamaged` for a number that is out of the version's bounds."""
        names = records.dtype.names or ()
        wrong = [one for one, most in self._most.items() if one in names]
        wrong = [one for one in wrong if (records[one] >= self._most[one]).any()]
        if wrong or not _lies_within(records, self._most["row"]):
            raise SnapshotDamaged(
                f"{self._engine.place}: holds a record with a wrong {wrong[0] if wrong else 'row'};"
                " publish the index again"
            )

    def _floats(self, vectors: Sequence[bytes]) -> Vectors:
        """Return vectors of float16 as float32, (n, dim); raise `SnapshotDamaged` for others."""
        is_whole = all(len(one) == 2 * self._dim for one in vectors)
        found = np.frombuffer(b"".join(vectors), "<f2").astype(np.float32) if is_whole else None
        if found is None or not np.isfinite(found).all():
            raise SnapshotDamaged(
                f"{self._engine.place}: holds a vector that is not one; publish the index again"
            )
        return found.reshape(len(vectors), self._dim)

    def _unpacked(self, lines: Sequence[bytes]) -> list[bytes]:
        """Return lines unpacked; raise `SnapshotDamaged` if one is damaged or too large."""
        found, left = [], MOST_BYTES_TOGETHER
        try:
            for line in lines:
                reader = zlib.decompressobj()
                found.append(reader.decompress(line, min(left, MOST_BYTES)))
                left -= len(found[-1])
                if not reader.eof or left <= 0:
                    raise ValueError("is cut short, or too long")
        except (zlib.error, ValueError) as error:
            raise SnapshotDamaged(
                f"{self._engine.place}: an article's line is damaged; publish the index again"
            ) from error
        return found


def _position(one: FoundArticle) -> int:
    return int(one.facts["position"][0])


def _lies_within(records: Records, rows: int) -> bool:
    """Return whether the passages of the articles of records are among so many rows."""
    ends = records["first_row"].astype(np.float64) + records["rows"]
    return bool((ends <= rows).all())
