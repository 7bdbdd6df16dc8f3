"""Compare answers as far as the arithmetic of a processor may move them.

The product computes in int8, bfloat16 or float32, whichever is fastest here. On the questions of
tests/expected/answers.jsonl int8 moved a score by 0.015 at most, bfloat16 by 0.004, other vector
instructions by nothing; `TEST_NOISE` (noise.py) is less exact than all of them.
So a test that asks the real model may not hang on less than these margins:

    SCORE     what one score or cosine may move by
    ROOM      two answers whose scores are nearer to each other may change places
    STRENGTH  what one strength (0 to 100) may move by
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Protocol

SCORE = 0.03
ROOM = 0.04
STRENGTH = 5.0


class Scored(Protocol):
    """An answer: a hit or a recommendation."""

    @property
    def article_id(self) -> str: ...
    @property
    def score(self) -> float: ...


def scores_of(answers: Iterable[Scored]) -> dict[str, float]:
    """Return the best score of each article, best first."""
    found: dict[str, float] = {}
    for answer in sorted(answers, key=lambda one: -one.score):
        found.setdefault(answer.article_id, answer.score)
    return found


def among_first(answers: Sequence[Scored], count: int) -> set[str]:
    """Return the articles that are among the first `count`, or nearly as good as the last of them.

    Ask for more answers than `count`, so that the near ones are there.
    """
    scores = scores_of(answers)
    if len(scores) <= count:
        return set(scores)
    return {id for id, score in scores.items() if score >= cut(scores, count) - ROOM}


def surely_first(scores: Mapping[str, float], count: int, room: float = ROOM) -> set[str]:
    """Return what is further than `room` above the next, so that it stays in the first `count`."""
    if len(scores) <= count:
        return set(scores)
    next_best = sorted(scores.values(), reverse=True)[count]
    return {id for id, score in scores.items() if score > next_best + room}


def cut(scores: Mapping[str, float], count: int) -> float:
    """Return the score of the last of the first `count`."""
    return sorted(scores.values(), reverse=True)[:count][-1]


def clearly_ordered(scores: Mapping[str, float], room: float = ROOM) -> Iterator[tuple[str, str]]:
    """Yield the pairs (better, worse) that are further apart than `room`."""
    best_first = sorted(scores, key=scores.__getitem__, reverse=True)
    for better, worse in combinations(best_first, 2):
        if scores[better] - scores[worse] > room:
            yield better, worse
