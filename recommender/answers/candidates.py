"""Hold the rows that were found for a question, as columns with the facts of each row."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from recommender.arrays import Mask, Numbers, Positions, Scores
from recommender.scoring.sureness import CONFIDENCES, Levels
from recommender.types import Confidence

Languages = npt.NDArray[np.str_]


class Candidate(NamedTuple):
    """One row of `Candidates`, whose fields these are, in the same order."""

    row: int
    article: int
    cosine: float
    meaning: float
    score: float
    language: str
    words: float
    share: float
    nearest: float
    by_feedback: bool
    bonus: float
    coverage: float
    headline: float
    confidence: Confidence
    probability: float
    strength: float
    copy_of: int


@dataclass(frozen=True, slots=True)
class Candidates:
    """Rows that match, or that stand for their articles, as columns of one length.

    `article` is the position of a row's article, `cosine` the row's own, `language` that of the
    row. `meaning` is the cosine of the place that a row takes, with the best few of its article;
    the strength follows from it. `words` is the share of the text's words that it holds, `share`
    the factor that its date leaves of the score, and `nearest` the similarity to the most similar
    row before it, if answers are diverse. `by_feedback` says that pseudo-relevance feedback found
    it. `bonus` is the part of the score for the query's words in its article. `coverage` is the
    share of the query's rare words in its article, NaN if it is not known. `headline` is the share
    of its article's headline that the query is, 0 if the query is not a headline. `level` says how
    sure it is (`relevance.Surenesses`), `probability` how likely it is right. `copy_of` is the row
    of the first hit with the same text.
    """

    row: Positions
    article: Positions
    cosine: Numbers
    meaning: Numbers
    score: Numbers
    language: Languages
    words: Numbers
    share: Numbers
    nearest: Numbers
    by_feedback: Mask
    bonus: Numbers
    coverage: Numbers
    headline: Numbers
    level: Levels
    probability: Numbers
    strength: Numbers
    copy_of: Positions

    @classmethod
    def of(
        cls, rows: Positions, articles: Positions, scores: Scores, languages: Sequence[str]
    ) -> Self:
        """Return rows whose scores are their cosines; nothing else is known about them."""
        none, found = np.zeros(len(rows)), scores.astype(np.float64)
        return cls(
            row=rows,
            article=articles,
            cosine=found,
            meaning=found,
            score=found,
            language=np.array(languages, np.str_),
            words=none,
            share=np.ones(len(rows)),
            nearest=none,
            by_feedback=np.zeros(len(rows), np.bool_),
            bonus=none,
            coverage=np.full(len(rows), math.nan),
            headline=none,
            level=np.zeros(len(rows), np.int8),
            probability=none,
            strength=none,
            copy_of=rows,
        )

    def __len__(self) -> int:
        return len(self.row)

    def each(self) -> Iterator[Candidate]:
        """Yield the rows one by one."""
        columns = [column.tolist() for column in _columns_of(self)]
        at = Candidate._fields.index("confidence")
        columns[at] = [CONFIDENCES[level] for level in columns[at]]
        return map(Candidate._make, zip(*columns, strict=True))

    def take(self, places: Positions | Mask | slice) -> Self:
        """Return the rows at some places in their order, or those that a mask marks."""
        return self._made(lambda column: column[places], _columns_of(self))

    def best_first(self) -> Self:
        """Return the rows by score, equal scores in row order."""
        return self.take(np.lexsort((self.row, -self.score)))

    def followed_by(self, others: Self) -> Self:
        """Return these rows, followed by others."""
        if not len(others):
            return self
        both = zip(_columns_of(self), _columns_of(others), strict=True)
        return self._made(np.concatenate, both)

    def _made(self, make: Callable[[Any], Any], sources: Iterable[Any]) -> Self:
        """Return columns made of `sources`; columns that are one array, or one pair, stay one."""
        made: dict[Any, npt.NDArray[Any]] = {}
        columns = []
        for source in sources:
            key = tuple(map(id, source)) if isinstance(source, tuple) else id(source)
            if key not in made:
                made[key] = make(source)
            columns.append(made[key])
        return type(self)(*columns)


_columns_of = attrgetter(*(field.name for field in fields(Candidates)))
