"""Fold versions: copies and translations of one text become one answer of `related`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from recommender.answers.article_vectors import RelatedQuery, StoredArticleVectors
from recommender.answers.editorial import EditorialRule
from recommender.answers.hit_query import Selection
from recommender.answers.relation import is_translation
from recommender.answers.versions import is_copy
from recommender.types import Confidence, Translation

# Copies of one text have similar scores: copies are looked for only this close in score.
COPIES_APART = 0.2


class RelatedCandidate(NamedTuple):
    """A candidate: how well it aligns, and its score.

    `fair` is `aligned`, made comparable between languages (`Unrelated.comparable`). `terms` holds
    the parts of the score that words, dates and lengths add (`relevance.PairTerms`). `unlike` is
    how well it aligns with the articles that answers should differ from. `share` is the factor that
    its date leaves of the score. `nearest` is how well it aligns with the most similar answer
    before it. `pin` is the rule that puts it first. `is_fallback` says that it only fills a short
    list.
    """

    other: StoredArticleVectors
    aligned: float
    fair: float
    score: float
    terms: tuple[float, ...] = (0.0, 0.0, 0.0)
    confidence: Confidence = "loose"
    probability: float = 0.0
    unlike: float = 0.0
    coverage: float = math.nan
    pin: EditorialRule | None = None
    strength: float = 0.0
    share: float = 1.0
    nearest: float = 0.0
    is_fallback: bool = False


class Folded(NamedTuple):
    """A candidate with the later ones that are copies of it or the same text translated."""

    found: RelatedCandidate
    copies: list[StoredArticleVectors]
    translations: list[StoredArticleVectors]


class VersionFolding:
    """Folds the candidates for the articles of a query.

    `translated` has the translations of the query's articles that were left out so far.
    """

    def __init__(self, query: RelatedQuery, selection: Selection) -> None:
        self._articles = query.articles
        self._include_copies = selection.include_copies
        self._folds = selection.translations != "show"
        self.translated: list[StoredArticleVectors] = []

    def fold(self, candidates: Iterable[RelatedCandidate], k: int) -> list[Folded]:
        """Return the first `k`, each with the later articles that hold the same text.

        Versions of the query's own articles are left out, unless they are asked for.
        """
        kept: list[Folded] = []
        for found in candidates:
            is_full = len(kept) == k
            if is_full and found.score < min(one.found.score for one in kept) - COPIES_APART:
                break
            if is_full and not self._is_translation_of_query(found.other):
                # Few candidates join an answer; only the others need to be compared with the query.
                joined = self.joined(found, kept)
                if joined is not None and not self._is_left_out(found):
                    joined.append(found.other)
                continue
            if self._is_left_out(found):
                continue
            joined = self.joined(found, kept)
            if joined is not None:
                joined.append(found.other)
            elif not is_full:
                kept.append(Folded(found, [], []))
        return kept

    def _is_left_out(self, found: RelatedCandidate) -> bool:
        return found.pin is None and self.is_version_of_query(found.other)

    def is_version_of_query(self, other: StoredArticleVectors) -> bool:
        """Return whether an article is left out as a version of one of the query's."""
        articles = self._articles
        if not self._include_copies and any(is_copy(one, other) for one in articles):
            return True
        if self._is_translation_of_query(other):
            if all(one.position != other.position for one in self.translated):
                self.translated.append(other)
            return True
        return False

    def _is_translation_of_query(self, other: StoredArticleVectors) -> bool:
        return self._folds and any(is_translation(one, other) for one in self._articles)

    def joined(
        self, found: RelatedCandidate, kept: Sequence[Folded]
    ) -> list[StoredArticleVectors] | None:
        """Return the list of the answer that a candidate joins because it holds the same text."""
        for one in kept:
            if one.found.score - found.score > COPIES_APART:
                continue
            if is_copy(one.found.other, found.other):
                return one.copies
            if self._folds and is_translation(one.found.other, found.other):
                return one.translations
        return None


def named_translations(translations: Iterable[StoredArticleVectors]) -> tuple[Translation, ...]:
    """Return the facts of translations by which an answer names them, by language."""
    articles = (one.article for one in translations)
    named = (Translation(one.id, one.language, one.url) for one in articles)
    return tuple(sorted(named, key=lambda one: (one.language, one.article_id)))
