"""Measure the shown answers: how many are right, what is missing, and whether confidences hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from recommender.arrays import Numbers
from recommender.evaluate.metrics import Figure, ratio
from recommender.evaluate.questions import LabelledQuestion
from recommender.scoring.sureness import CONFIDENCES, is_as_sure
from recommender.types import Confidence, Hit, Recommendation

# Stated probabilities are compared with the share of right answers in so many bins.
BINS = 10

Answers = Sequence[Hit | Recommendation]


@dataclass(frozen=True, slots=True)
class Said:
    """The answers of one confidence: how many there are, and how many are right.

    `probability` is the mean of their stated probabilities, 0 to 1.
    """

    confidence: Confidence
    answers: int
    right: int
    probability: float


@dataclass(frozen=True, slots=True)
class Shown:
    """What people see of the answers of one task: those that are sure enough to be shown.

    `precision` is the share of the shown answers that are right, None for questions that know only
    one of several right answers. `recall` is the share of the right answers that are shown, among
    those that a list has room for. `empty` counts questions without a shown answer. `said` has the
    answers of each confidence, shown or not, the surest first. `error` is the mean difference
    between the stated probability of shown answers and the share that is right, over ten bins of
    probability; None if `precision` is.
    """

    task: str
    ranking: str
    questions: int
    empty: int
    answers: int
    precision: Figure | None
    recall: Figure
    said: tuple[Said, ...]
    error: float | None


class _Judged(NamedTuple):
    """An answer to a question."""

    confidence: Confidence
    probability: float
    is_right: bool


def judge_shown(
    task: str,
    ranking: str,
    answered: Sequence[tuple[LabelledQuestion, Answers]],
    least: Confidence,
    k: int,
    seed: int,
) -> Shown:
    """Judge the first `k` answers to questions; those that are as sure as `least` are shown."""
    lists = [
        [_Judged(it.confidence, it.probability, it.article_id in one.relevant) for it in found[:k]]
        for one, found in answered
    ]
    shown = [[it for it in found if is_as_sure(it.confidence, least)] for found in lists]
    groups = [one.group or one.id for one, _ in answered]
    right = np.array([sum(it.is_right for it in found) for found in shown], np.float64)
    counts = np.array([len(found) for found in shown], np.float64)
    room = np.array([min(len(one.relevant), k) for one, _ in answered], np.float64)
    every = [it for found in shown for it in found]
    knows_all = not any(one.hidden for one, _ in answered)
    return Shown(
        task,
        ranking,
        questions=len(answered),
        empty=int(np.count_nonzero(counts == 0)),
        answers=len(every),
        precision=ratio(right, counts, groups, seed) if knows_all and every else None,
        recall=ratio(right, room, groups, seed),
        said=tuple(_said([it for found in lists for it in found])),
        error=_error(every) if knows_all and every else None,
    )


def calibration_error(said: Numbers, right: Numbers) -> float:
    """Return the mean difference between probabilities and the shares of right answers, over bins.

    This is the expected calibration error (Naeini et al. 2015). `right` holds 0 and 1.
    """
    bins = np.minimum((said * BINS).astype(np.int64), BINS - 1)
    sums = np.bincount(bins, said - right, minlength=BINS)
    return float(np.abs(sums).sum() / len(said))


def _said(judged: Sequence[_Judged]) -> list[Said]:
    found = []
    for confidence in reversed(CONFIDENCES):
        some = [it for it in judged if it.confidence == confidence]
        mean = float(np.mean([it.probability for it in some])) if some else 0.0
        found.append(Said(confidence, len(some), sum(it.is_right for it in some), round(mean, 4)))
    return found


def _error(judged: Sequence[_Judged]) -> float:
    said = np.array([it.probability for it in judged])
    return round(calibration_error(said, np.array([it.is_right for it in judged], np.float64)), 4)
