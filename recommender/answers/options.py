"""What is asked of hits, and what is known of a row that was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from recommender.answers.recency import Recency
from recommender.errors import QueryError
from recommender.scoring.diversity import DIVERSE_AMONG

MAX_K = 1_000

By = Literal["passage", "article"]
Ranking = Literal["hybrid", "meaning", "words"]

# So many articles, by their best passage, are compared in full.
COMPARED_ARTICLES = 50
# So many passages, by meaning, are reordered by words.
COMPARED_PASSAGES = 200
# So many answers are weighed by their dates.
COMPARED_IN_TIME = 1_000


@dataclass(frozen=True, slots=True)
class HitQuery:
    """What is asked of hits besides that they match: `text` is what words are taken from.

    `language` is that of what is asked, as the answering space calls it. `is_quoted` says that
    answers must hold phrases, as `allowed` tells. The rows in `excluded` are never answered by
    meaning: they are those of the article that is asked with.

    Raises `QueryError` for a `by` or `ranking` that there is not.
    """

    choice: Selection
    language: str
    by: By = "passage"
    ranking: Ranking = "meaning"
    text: str = ""
    is_quoted: bool = False
    excluded: range = range(0)

    def __post_init__(self) -> None:
        for name, value, known in (("by", self.by, By), ("ranking", self.ranking, Ranking)):
            if value not in get_args(known):
                raise QueryError(f"{name} is {value!r}; give one of {', '.join(get_args(known))}")

    @property
    def depth(self) -> int:
        """How many candidates are compared, at least."""
        least = COMPARED_ARTICLES if self.by == "article" else 1
        if self.ranking == "hybrid" and self.by == "passage":
            least = COMPARED_PASSAGES
        if self.choice.diverse:
            least = max(least, DIVERSE_AMONG)
        if self.choice.recency is not None:
            least = max(least, COMPARED_IN_TIME)
        return max(self.choice.k, least)


class Candidate(NamedTuple):
    """A row that matches, or stands for its article.

    `cosine` is its own, `meaning` what its strength is told of: the cosine of the place it takes,
    with the best few of its article. `words` is what it shares with the text, `share` what its date
    leaves of the score, `nearest` its likeness to the most like of those before it, where asked.
    `by_feedback` says that pseudo-relevance feedback found it. `language` is that of the row.
    """

    row: int
    cosine: float
    meaning: float
    score: float
    strength: float = 0.0
    words: float = 0.0
    share: float = 1.0
    nearest: float = 0.0
    by_feedback: bool = False
    language: str = ""


@dataclass(frozen=True, slots=True)
class Selection:
    """How many answers, and what is asked of them besides that they match.

    `min_strength` None is the default of the question. Raises `QueryError` for a number out of
    bounds.
    """

    k: int
    min_strength: float | None = None
    recency: Recency | None = None
    diverse: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.k <= MAX_K:
            raise QueryError(f"k is {self.k}; give a number from 1 to {MAX_K:,}")
        if self.min_strength is not None and not 0 <= self.min_strength <= 100:
            raise QueryError(f"min-strength is {self.min_strength}; give a number from 0 to 100")
