"""Hold a question in the form that ranking needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from recommender.answers.archive import Scope
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

if TYPE_CHECKING:
    from recommender.text.asked_period import AskedPeriod
    from recommender.text.identifiers import Identifiers

# So many articles are compared in full, by their best passages.
COMPARED_ARTICLES = 50
# So many of the nearest passages are reordered by words.
COMPARED_PASSAGES = 200
# The dates of so many answers change their order.
COMPARED_IN_TIME = 1_000


class Selection(NamedTuple):
    """How many of the candidates become answers, and by which options besides their match.

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
            options.k,
            options.min_strength,
            options.confidence,
            recency,
            options.diverse,
            options.include_copies,
        )
        if not isinstance(options, RelatedOptions):
            return selection
        return selection._replace(translations=options.translations, fallback=options.fallback)

    @property
    def takes_first(self) -> bool:
        """Whether the first `k` candidates that are sure enough are the answers."""
        return not (self.min_strength or self.diverse or self.recency is not None)


class Dated(NamedTuple):
    """The date that a query names beside its subject, as 2019 in `earthquake 2019`.

    `scope` are the rows that may answer of the articles of that date, at least one.
    """

    scope: Scope
    period: AskedPeriod


class HitQuery(NamedTuple):
    """How hits are ranked and selected; `text` is the text whose words count, empty for a passage.

    `language` is the language of the question, as the answering space calls it. `is_quoted` says
    that answers must hold phrases; the allowed rows are then those that hold them. The rows in
    `excluded` are never found by meaning: they are those of the query's own article. `least_depth`
    candidates are compared, if that is more than usual. `dated` is None if the query names no
    date, or one of which there are no articles. `is_spelled` says that the model knows hardly more
    than letters of its words, as of invented ones.
    """

    selection: Selection
    language: str
    by: By = "passage"
    ranking: Ranking = "meaning"
    text: str = ""
    is_quoted: bool = False
    excluded: range = range(0)
    least_depth: int = 0
    dated: Dated | None = None
    is_spelled: bool = False

    @property
    def identifiers(self) -> Identifiers:
        """The identifiers of the text, which answers must hold; a passage has none."""
        from recommender.text.identifiers import identifiers_of  # not what `similar` needs

        return identifiers_of(self.text)

    @property
    def depth(self) -> int:
        """How many candidates are compared, at least."""
        # The confidence of the first hits depends on the candidates after them.
        least = COMPARED_ARTICLES
        if self.ranking == "hybrid" and self.by == "passage":
            least = COMPARED_PASSAGES
        if self.selection.diverse:
            least = max(least, DIVERSE_AMONG)
        if self.selection.recency is not None:
            least = max(least, COMPARED_IN_TIME)
        return max(self.selection.k, least, self.least_depth)
