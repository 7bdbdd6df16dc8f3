"""Measure what the product shows: on labelled sets, to strangers, and for queries on nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from recommender.answers.recommender import Recommender
from recommender.evaluate.evaluate import ALIGNED, Judge, Measure, answers_to
from recommender.evaluate.metrics import Figure, mean_figures, ndcg, ratio
from recommender.evaluate.questions import LabelledQuestion
from recommender.evaluate.shown import Answers
from recommender.scoring.sureness import is_as_sure
from recommender.types import Article, Confidence

RELATED_K, SEARCH_K = 10, 12
SHOWN_K = 5
# Precision is told where so much of what is labelled and found is still shown.
KEPT = 0.84

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Answered:
    """A labelled question with its answers, loose ones too, best first."""

    question: LabelledQuestion
    answers: Answers


def ask(recommender: Recommender, questions: Iterable[LabelledQuestion]) -> list[Answered]:
    """Return the answers of the product to questions, as `evaluate` asks them."""
    return [
        Answered(one, answers_to(recommender, one, "hybrid" if one.text else ALIGNED, SEARCH_K))
        for one in questions
    ]


def figures(recommender: Recommender, answered: Sequence[Answered]) -> dict[str, Any]:
    """Return the figures of one kind of question: the order of answers, and what is shown."""
    is_search = bool(answered[0].question.text)
    k = SEARCH_K if is_search else RELATED_K
    ranking = "hybrid" if is_search else ALIGNED
    pairs = [(one.question, one.answers) for one in answered]
    judge = Judge(recommender, Measure(k))
    results = {one.among: one for one in judge.results("", ranking, pairs) if one.language == "all"}
    own = results.get("same", results["any"])
    shown = Judge(recommender, Measure(k if is_search else SHOWN_K)).shown("", ranking, pairs)
    return {
        "questions": len(answered),
        "ndcg": asdict(results["any"].ndcg),
        "first_own": asdict(own.first_hit),
        "shown": asdict(shown),
    }


def without_own_language(answered: Sequence[Answered], k: int = SEARCH_K - 1) -> Figure:
    """Return nDCG of the answers in other languages, as if the question's own had none.

    The answers in the question's language that are right are taken out of the list and the labels.
    """
    found = []
    for one in answered:
        own = {it.article_id for it in one.answers if it.language == one.question.language}
        own &= one.question.relevant.keys()
        left = [it.article_id for it in one.answers if it.article_id not in own]
        relevant = {id: gain for id, gain in one.question.relevant.items() if id not in own}
        found.append([_ndcg(left, relevant, k)])
    groups = [one.question.group or one.question.id for one in answered]
    return mean_figures(np.array(found), groups, 0)[0]


def _ndcg(ids: Sequence[str], relevant: Mapping[str, float], k: int) -> float:
    return ndcg(ids, relevant, k) if relevant else 0.0


def precision_recall(answered: Sequence[Answered], k: int = SHOWN_K) -> list[Point]:
    """Return (share of the right answers in lists that is kept, precision) for each least sureness.

    The questions should have right answers: what is unknown counts as wrong. Answers of the same
    probability are shown together.
    """
    every = np.array(
        [
            (-it.probability, it.article_id in one.question.relevant)
            for one in answered
            for it in one.answers[:k]
        ],
        np.float64,
    ).reshape(-1, 2)
    levels, numbers = np.unique(every[:, 0], return_inverse=True)
    right = np.bincount(numbers, every[:, 1], len(levels)).cumsum()
    places = np.bincount(numbers, minlength=len(levels)).cumsum()
    total = max(float(every[:, 1].sum()), 1.0)
    return list(zip((right / total).tolist(), (right / places).tolist(), strict=True))


def precision_where_kept(points: Sequence[Point], kept: float = KEPT) -> float:
    """Return the precision where the share `kept` of the right answers is shown."""
    return next((precision for share, precision in points if share >= kept), 0.0)


def reliability(answered: Sequence[Answered], k: int, bins: int = 10) -> list[tuple[float, ...]]:
    """Return (mean probability said, share that is right, answers) for bins of probability."""
    every = [
        (it.probability, float(it.article_id in one.question.relevant))
        for one in answered
        for it in one.answers[:k]
    ]
    said, right = np.array(every).T
    numbers = np.minimum((said * bins).astype(int), bins - 1)
    return [
        (float(said[mine].mean()), float(right[mine].mean()), float(mine.sum()))
        for mine in (numbers == at for at in np.unique(numbers))
    ]


def own_articles(recommender: Recommender, most: int) -> list[str]:
    """Return the ids of some articles of an archive, evenly over it."""
    count = recommender.local.manifest.articles
    places = np.unique(np.linspace(0, count - 1, most).astype(np.int64)).tolist()
    return [recommender.snapshot.article(position).id for position in places]


def chance_answers(recommender: Recommender, asked: Sequence[Article | str]) -> dict[str, Any]:
    """Return how many answers a list has for articles that have no relative in the archive.

    They are drafts, or ids of articles that are there.
    """
    least_of_each: tuple[Confidence, ...] = ("likely", "sure")
    counts: dict[Confidence, list[float]] = {least: [] for least in least_of_each}
    for one in asked:
        found = recommender.related(one, k=SHOWN_K)
        for least in least_of_each:
            counts[least].append(float(sum(is_as_sure(it.confidence, least) for it in found)))
    values = np.column_stack([counts["likely"], counts["sure"]])
    likely, sure = mean_figures(values, [*map(str, range(len(asked)))], 0)
    return {
        "articles": recommender.snapshot.manifest.articles,
        "lists": len(asked),
        "likely": asdict(likely),
        "sure": asdict(sure),
    }


def answered_share(recommender: Recommender, queries: Sequence[str]) -> Figure:
    """Return the share of queries that get an answer that is likely or sure."""
    found = np.array([float(bool(recommender.search(one))) for one in queries])
    return mean_figures(found[:, None], list(queries), 0)[0]


def same_story(recommender: Recommender, questions: Sequence[LabelledQuestion]) -> Figure:
    """Return the share of answers named `same story` that labels call so (the highest label)."""
    right, every = [], []
    for one in questions:
        best = max(one.relevant.values())
        found = recommender.related(one.id, k=SHOWN_K)
        named = [it for it in found if it.relation == "same story"]
        right.append(sum(one.relevant.get(it.article_id, 0) == best for it in named))
        every.append(len(named))
    groups = [one.group or one.id for one in questions]
    return ratio(np.array(right, float), np.array(every, float), groups, 0)
