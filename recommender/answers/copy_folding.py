"""Find the hits that are copies of a better one, so that one text is answered once.

Passages are copies if their texts are equal. Articles are copies if texts that both hold make up
most of each. A headline of few articles stands for its article, and is a copy only if the article
is one. A headline of many articles, such as the name of a column, stands for none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

import numpy as np

from recommender.answers.archive import Archive
from recommender.answers.article_vectors import lengths_by_text
from recommender.answers.candidates import Candidate, Candidates
from recommender.answers.hit_candidates import first_places
from recommender.answers.hit_query import HitQuery
from recommender.answers.versions import COPY_COVERAGE
from recommender.types.answers import MOST_COPIES

# A hit is compared with at most so many others that have its text but stand for other articles.
MOST_COMPARED = 8
# A headline that more of the hits have stands for no article.
MOST_NAMED = 3


class CopyFolding:
    """Folds copies among hits into the first one, and remembers the articles of the copies."""

    def __init__(self, snapshot: Archive, query: HitQuery) -> None:
        """Take a question; if it asks for copies, nothing is folded."""
        self._snapshot = snapshot
        self._by_article = query.by == "article"
        self._include_copies = query.selection.include_copies
        self.count = 0  # of the hits that were folded
        # The articles that hold the text of a hit, by its row; its own is among them.
        self._articles: dict[int, dict[int, None]] = {}

    def of(self, hit: Candidate) -> list[int]:
        """Return the first `MOST_COPIES` other articles that hold the text of a hit, best first."""
        others = (one for one in self._articles.get(hit.row, ()) if one != hit.article)
        return [*islice(others, MOST_COPIES)]

    def folded(self, hits: Candidates) -> Candidates:
        """Return the first hit of each text, in their order."""
        firsts = first_places(hits.copy_of)
        if len(firsts) == len(hits):
            return hits
        rows = dict(zip(hits.copy_of[firsts].tolist(), hits.row[firsts].tolist(), strict=True))
        for copy_of, article in zip(hits.copy_of.tolist(), hits.article.tolist(), strict=True):
            self._articles.setdefault(rows[copy_of], {})[article] = None
        self.count += len(hits) - len(firsts)
        return hits.take(firsts)

    def found_among(self, hits: Candidates) -> Candidates:
        """Return the hits, each with the row of the first hit that it is a copy of."""
        if self._include_copies:
            return hits
        hashes, _ = self._snapshot.columns.texts_of(hits.row)
        texts: list[bytes] = hashes.tolist()
        counts = Counter(texts)
        if len(counts) == len(texts):  # most answers hold no copies
            return hits
        named = self._named(hits, [counts[text] for text in texts])
        articles = _ArticleTexts(self._snapshot, [*named.values()])
        firsts = hits.row.copy()
        known: dict[bytes, list[int]] = {}
        for place, text in enumerate(texts):
            if counts[text] == 1:
                continue
            own, others = named.get(place), known.setdefault(text, [])
            first = next((one for one in others if articles.are_same(named.get(one), own)), None)
            if first is not None:
                firsts[place] = firsts[first]
            elif len(others) < MOST_COMPARED:
                others.append(place)
        return replace(hits, copy_of=firsts)

    def _named(self, hits: Candidates, counts: Sequence[int]) -> dict[int, int]:
        """Return the articles that hits stand for, by the places of the hits.

        Only hits with a repeated text are looked at; `counts` says how many hits have each text.
        """
        most = len(counts) if self._by_article else MOST_NAMED
        places = [place for place, count in enumerate(counts) if 1 < count <= most]
        if places and not self._by_article:
            numbers, _ = self._snapshot.columns.numbers_of(hits.row[places])
            places = [place for place, one in zip(places, numbers, strict=True) if one == 0]
        return dict(zip(places, hits.article[places].tolist(), strict=True))


class _ArticleTexts:
    """The lengths of the texts of some articles, read together."""

    def __init__(self, snapshot: Archive, positions: Sequence[int]) -> None:
        self._of: dict[int, tuple[dict[bytes, int], int]] = {}
        if not positions:
            return
        spans = snapshot.spans(positions)
        hashes, lengths = snapshot.columns.texts_of(spans.rows)
        ends = np.cumsum(spans.counts)
        for position, *span in zip(positions, spans.places, ends, strict=True):
            own = slice(*span)
            lengths_of = lengths_by_text(hashes[own], lengths[own])
            self._of[position] = lengths_of, sum(lengths_of.values())

    def are_same(self, one: int | None, other: int | None) -> bool:
        """Return whether hits of one text are copies, by the articles they stand for.

        If they stand for any, texts that both articles hold must make up most of each.
        """
        if one is None or other is None:
            return one is other
        (ours, length), (theirs, their_length) = self._of[one], self._of[other]
        shared = ours.keys() & theirs.keys()
        return (
            bool(shared)
            and sum(ours[text] for text in shared) >= COPY_COVERAGE * length
            and sum(theirs[text] for text in shared) >= COPY_COVERAGE * their_length
        )
