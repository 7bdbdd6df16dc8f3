"""Hold a question as ranking needs it, and a row that was found for it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

from recommender.answers.options import (
    By,
    Fallback,
    Ranking,
    RelatedOptions,
    SearchOptions,
    SimilarOptions,
    Translations,
)
from recommender.answers.recency import Recency
from recommender.scoring.diversity import DIVERSE_AMONG
from recommender.types import Confidence

# So many articles, by their best passage, are compared in full.
COMPARED_ARTICLES = 50
# So many passages, by meaning, are reordered by words.
COMPARED_PASSAGES = 200
# So many answers are weighed by their dates.
COMPARED_IN_TIME = 1_000


@dataclass(frozen=True, slots=True)
class Selection:
    """How many answers are selected among the candidates, and by what besides their match.

    Answers under `min_strength`, or less sure than `confidence`, are left out; None stands for the
    default (`confidence.least_confidence`). The values come from an options object, which has
    checked them.
    """

    k: int
    min_strength: float | None = None
    confidence: Confidence | None = None
    recency: Recency | None = None
    diverse: bool = False
    include_copies: bool = False
    translations: Translations = "fold"
    fallback: Fallback = "none"

    @classmethod
    def of(
        cls, options: SearchOptions | SimilarOptions | RelatedOptions, recency: Recency | None
    ) -> Selection:
        """Return the selection that options ask for."""
        selection = cls(
            options.k, options.min_strength, options.confidence, recency, options.diverse
        )
        if not isinstance(options, RelatedOptions):
            return selection
        return replace(
            selection,
            include_copies=options.include_copies,
            translations=options.translations,
            fallback=options.fallback,
        )


@dataclass(frozen=True, slots=True)
class HitQuery:
    """How hits are ranked and selected; `text` is the text whose words count, empty for a passage.

    `language` is the language of the question, as the answering space calls it. `is_quoted` says
    that answers must hold phrases; the flags of allowed rows hold which do. The rows in `excluded`
    are never answered by meaning: they are those of the query's own article.
    """

    selection: Selection
    language: str
    by: By = "passage"
    ranking: Ranking = "meaning"
    text: str = ""
    is_quoted: bool = False
    excluded: range = range(0)

    @property
    def depth(self) -> int:
        """How many candidates are compared, at least."""
        # How sure the first hits are follows from what comes after them.
        least = COMPARED_ARTICLES
        if self.ranking == "hybrid" and self.by == "passage":
            least = COMPARED_PASSAGES
        if self.selection.diverse:
            least = max(least, DIVERSE_AMONG)
        if self.selection.recency is not None:
            least = max(least, COMPARED_IN_TIME)
        return max(self.selection.k, least)


class Candidate(NamedTuple):
    """A row that matches, or stands for its article.

    `cosine` is its own. Its strength follows from `meaning`: the cosine of the place it takes, with
    the best few of its article. `words` says how many words it shares with the text, `share` how
    much its date leaves of the score, `nearest` how similar it is to the most similar of those
    before it, if answers are diverse. `by_feedback` says that pseudo-relevance feedback found it.
    `language` is that of the row. `bonus` is the part of the score for the query's rare words in
    its article, `coverage` the share of them, NaN if it is not known. `confidence` says how sure
    it is, `probability` how likely it is right.
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
    bonus: float = 0.0
    coverage: float = math.nan
    confidence: Confidence = "loose"
    probability: float = 0.0
