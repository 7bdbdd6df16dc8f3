"""Gather the candidates of labelled articles: what the relevance model knows, and labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recommender.answers.article_vectors import RelatedQuery, StoredArticleVectors, stored_articles
from recommender.answers.filters import rows_of_others
from recommender.answers.hit_query import Selection
from recommender.answers.options import NO_FILTERS
from recommender.answers.recommender import Recommender
from recommender.answers.related import RelatedPipeline
from recommender.answers.related_candidates import find_candidates
from recommender.answers.version_folding import RelatedCandidate
from recommender.answers.versions import is_copy
from recommender.arrays import Numbers
from recommender.evaluate.metrics import ndcg
from recommender.evaluate.questions import LabelledQuestion
from recommender.scoring.nearby import aligned_count
from recommender.scoring.relevance import load_relevance

# The facts of a pair, as the model adds them up: what is added is linear in each.
FEATURES = ("meaning", "words", "days", "length", "background")
# So many candidates of an article are learned from: the others are hardly ever answers.
KEPT = 30
K = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """An article and its best candidates, those first that the product puts first.

    `facts` is (candidates, features); `scores` are the product's. `right` holds the relevance of
    each candidate, `relevant` that of every labelled article. Articles of one `story` are labelled
    as related, directly or by others.
    """

    name: str
    id: str
    story: str
    language: str
    facts: Numbers
    scores: Numbers
    right: Numbers
    relevant: Mapping[str, float]
    ids: tuple[str, ...]

    def ndcg(self, scores: Numbers) -> float:
        """Return the nDCG@10 of an order of the candidates by `scores`."""
        order = np.argsort(-scores, kind="stable")[:K]
        return ndcg([self.ids[at] for at in order.tolist()], self.relevant, K)


def shipped_weights() -> npt.NDArray[np.float64]:
    """Return how each fact counts in the model that is shipped, meaning being 1."""
    related = load_relevance().related
    return np.array(
        [
            1.0,
            related.word_weight,
            related.day_weight,
            related.length_weight,
            related.background_weight,
        ]
    )


def gather(
    recommender: Recommender, name: str, questions: Iterable[LabelledQuestion]
) -> list[Asked]:
    """Return the candidates of the articles that questions ask with."""
    some = [one for one in questions if not one.text]
    stories = stories_of(some)
    found = (_asked(recommender, name, one, stories[one.id]) for one in some)
    return [one for one in found if one is not None]


def stories_of(questions: Sequence[LabelledQuestion]) -> dict[str, str]:
    """Return the story of each question: articles that labels connect are of one story."""
    above: dict[str, str] = {}

    def top(id: str) -> str:
        while above.setdefault(id, id) != id:
            id = above[id]
        return id

    for one in questions:
        for other in one.relevant:
            above[top(other)] = top(one.id)
    return {one.id: top(one.id) for one in questions}


def _asked(
    recommender: Recommender, name: str, question: LabelledQuestion, story: str
) -> Asked | None:
    snapshot = recommender.snapshot
    position = snapshot.find(question.id)
    if position is None or not len(snapshot.rows(position)):
        return None
    query = RelatedQuery([StoredArticleVectors(snapshot, position)])
    allowed = rows_of_others(snapshot, query.language, [position], NO_FILTERS)
    near = find_candidates(snapshot, query, allowed)[: aligned_count(K)]
    pipeline = RelatedPipeline(snapshot, query, Selection(K), allowed)
    every = [*pipeline.scored(stored_articles(snapshot, near))]
    background = _background(every)
    kept = sorted(every, key=lambda one: -one.score)[:KEPT]
    kept = [one for one in kept if not is_copy(query.articles[0], one.other)]
    if not kept:
        return None
    ids = tuple(one.other.article.id for one in kept)
    weights = shipped_weights()[1:4]
    terms = np.array([one.terms for one in kept]) / weights
    meaning = np.array([one.fair for one in kept])
    facts = np.column_stack([meaning, terms, np.full(len(kept), -background)])
    scores = np.array([one.score for one in kept])
    right = np.array([question.relevant.get(id, 0.0) for id in ids])
    return Asked(
        name, question.id, story, query.language, facts, scores, right, question.relevant, ids
    )


def _background(candidates: Sequence[RelatedCandidate]) -> float:
    """Return what the article's own candidates score that are too far down to be answers."""
    related = load_relevance().related
    if len(candidates) < related.fewest_articles:
        return related.background_usual
    rank = min(related.background_rank, len(candidates) // 2)
    return sorted((one.fair for one in candidates), reverse=True)[rank]
