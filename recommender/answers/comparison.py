"""Compare two articles paragraph by paragraph: which passages correspond, and their relation."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from recommender.answers.archive import Archive
from recommender.answers.article_vectors import StoredArticleVectors, align_articles, pairs_of
from recommender.answers.ids import position_of
from recommender.answers.relation import Relation, relation
from recommender.answers.sentence_matches import SentenceComparison, Text
from recommender.answers.word_coverage import coverage_of
from recommender.arrays import Vectors
from recommender.encoders.base import Encoder
from recommender.scoring.space import Space
from recommender.types import Evidence, Match, StoredArticle

MAX_PAIRS = 30
# Passages that are each other's best match correspond if their cosine is at least this.
LEAST_COSINE = 0.2


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two articles, their relation, and the pairs of passages that correspond, in reading order.

    `strength` (0-100) is that of their alignment. `matches` has the matching sentences of each
    pair, if they were asked for.
    """

    one: StoredArticle
    other: StoredArticle
    relation: Relation
    strength: float
    pairs: tuple[Evidence, ...]
    matches: tuple[Match, ...] = ()


def compare(snapshot: Archive, name: str, other_name: str) -> Comparison:
    """Compare two articles of the index.

    Raises `NotFound` or `AmbiguousName` for a name that does not mean one article.
    """
    positions = [position_of(snapshot, one) for one in (name, other_name)]
    one, other = (StoredArticleVectors(snapshot, position) for position in positions)
    cosines = pairs_of(one, other)
    score = align_articles(one, [other])[0] if cosines.size else 0.0
    strength = snapshot.unrelated["articles"].strength(score, one.language, other.language)
    kind: Relation = "related"
    if cosines.size:
        headline = snapshot.summaries.headlines(positions[1:])
        [coverage] = coverage_of(snapshot).of_headlines(one, positions[1:], headline).tolist()
        kind = relation(one, other, score, cosines, coverage)
    pairs = []
    for ours, theirs in _mutual(cosines):
        mine, match = one.passage(ours), other.passage(theirs)
        cosine = float(cosines[ours, theirs])
        pairs.append(Evidence(mine.id, match.id, cosine, mine.text, match.text))
    stored = [snapshot.stored(position) for position in positions]
    return Comparison(stored[0], stored[1], kind, strength, tuple(pairs))


def with_matches(found: Comparison, encoder: Encoder, space: Space) -> Comparison:
    """Return a comparison with the matching sentences of each pair of passages."""
    languages = found.one.article.language, found.other.article.language
    texts = [
        (Text(one.text, languages[0]), Text(one.other_text, languages[1])) for one in found.pairs
    ]
    sentences = SentenceComparison(encoder, space, [text for pair in texts for text in pair])
    matches = []
    for pair, (ours, theirs) in zip(found.pairs, texts, strict=True):
        match = sentences.between(ours, theirs)
        ids = (pair.passage_id, pair.other_passage_id)
        matches.append(Match(*ids, match.score, match.ours, match.theirs))
    return replace(found, matches=tuple(matches))


def _mutual(cosines: Vectors) -> list[tuple[int, int]]:
    """Return the best pairs (row, column) that are each other's best match, in order."""
    if not cosines.size:
        return []
    theirs, ours = cosines.argmax(axis=1), cosines.argmax(axis=0)
    rows = np.flatnonzero(ours[theirs] == np.arange(len(theirs)))
    found = [(int(row), int(theirs[row])) for row in rows]
    found = [pair for pair in found if cosines[pair] >= LEAST_COSINE]
    best = sorted(found, key=lambda pair: -cosines[pair])[:MAX_PAIRS]
    return sorted(best)
