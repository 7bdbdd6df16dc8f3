"""Find the hits that are copies of a better one, so that one text is answered once.

Passages are copies if their texts are equal. Articles are if texts that both hold make up most of
each. A headline that few articles have names its article, and is a copy only if the article is; one
that many have, such as that of a column, names none.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np

from recommender.answers.archive import Archive
from recommender.answers.article_vectors import lengths_by_text
from recommender.answers.candidates import Candidate, Candidates
from recommender.answers.hit_candidates import first_places
from recommender.answers.hit_query import HitQuery
from recommender.answers.versions import COPY_COVERAGE
from recommender.arrays import Mask, Positions

# A hit is compared with so many others that have its text, but stand for other articles.
MOST_COMPARED = 8
# A headline that more of the hits have names no article.
MOST_NAMED = 3


class CopyFolding:
    """Folds the copies among hits into the first one, and remembers which articles they are of."""

    def __init__(self, snapshot: Archive, query: HitQuery) -> None:
        """Take a question; nothing is folded if it asks for copies."""
        self._snapshot = snapshot
        self._by_article = query.by == "article"
        self._include_copies = query.selection.include_copies
        self.count = 0  # of the hits that were folded
        # The articles that hold the text of a hit, its own among them, by its row.
        self._articles: dict[int, dict[int, None]] = {}

    def of(self, hit: Candidate) -> list[int]:
        """Return the other articles that hold the text of a hit, best first."""
        return [one for one in self._articles.get(hit.row, ()) if one != hit.article]

    def folded(self, hits: Candidates) -> Candidates:
        """Return the first hit of each text, in the order that they now have."""
        firsts = first_places(hits.copy_of)
        if len(firsts) == len(hits):
            return hits
        rows = dict(zip(hits.copy_of[firsts].tolist(), hits.row[firsts].tolist(), strict=True))
        for copy_of, article in zip(hits.copy_of.tolist(), hits.article.tolist(), strict=True):
            self._articles.setdefault(rows[copy_of], {})[article] = None
        self.count += len(hits) - len(firsts)
        return hits.take(firsts)

    def found_among(self, hits: Candidates) -> Candidates:
        """Return the hits, each with the row of the first one that it is a copy of."""
        if self._include_copies:
            return hits
        hashes, _ = self._snapshot.columns.texts_of(hits.row)
        texts: list[bytes] = hashes.tolist()
        if len(set(texts)) == len(texts):  # most answers hold no copies
            return hits
        each = Counter(texts)
        counts = np.array([each[text] for text in texts])
        shared, are_named = counts > 1, self._are_named(hits, counts)
        articles = _ArticleTexts(self._snapshot, hits.article[shared & are_named])
        firsts = hits.row.copy()
        known: dict[bytes, list[int]] = {}
        for place in np.flatnonzero(shared).tolist():
            others = known.setdefault(texts[place], [])
            for other in others:
                is_passage = not (are_named[place] or are_named[other])
                if is_passage or articles.are_same(*hits.article[[place, other]].tolist()):
                    firsts[place] = hits.row[other]
                    break
            else:
                if len(others) < MOST_COMPARED:
                    others.append(place)
        return replace(hits, copy_of=firsts)

    def _are_named(self, hits: Candidates, counts: Positions) -> Mask:
        """Return which hits name, or stand for, their articles; `counts` are of texts."""
        if self._by_article:
            return np.ones(len(hits), np.bool_)
        numbers, _ = self._snapshot.columns.numbers_of(hits.row)
        are_few: Mask = (numbers == 0) & (counts <= MOST_NAMED)
        return are_few


class _ArticleTexts:
    """The lengths of the texts of some articles, read together."""

    def __init__(self, snapshot: Archive, positions: Positions) -> None:
        spans = snapshot.spans(positions)
        hashes, lengths = snapshot.columns.texts_of(spans.rows)
        self._of: dict[int, dict[bytes, int]] = {}
        ends = np.cumsum(spans.counts)
        for position, *span in zip(positions.tolist(), spans.places, ends, strict=True):
            own = slice(*span)
            self._of[position] = lengths_by_text(hashes[own], lengths[own])

    def are_same(self, one: int, other: int) -> bool:
        """Return whether texts that both articles hold make up most of each of them."""
        ours, theirs = self._of.get(one), self._of.get(other)
        if ours is None or theirs is None:  # one is a headline, the other a passage
            return False
        shared = ours.keys() & theirs.keys()
        return bool(shared) and all(
            sum(each[text] for text in shared) >= COPY_COVERAGE * sum(each.values())
            for each in (ours, theirs)
        )
