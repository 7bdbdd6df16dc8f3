"""Find the sentences of two passages that match, across languages too."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from recommender.arrays import Vectors
from recommender.encoders.base import Encoder
from recommender.scoring.space import Space
from recommender.text.sentences import Span, sentences
from recommender.types import Sentences

# Sentences are shown if their cosine is at least this share of the best one's.
NEARLY = 0.85
# Only this many sentences of a passage are compared, the first ones.
MAX_SENTENCES = 40


@dataclass(frozen=True, slots=True)
class Text:
    """The text of a passage, and its language tag: its own, or that of its article."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class SentenceMatch:
    """The sentences of both texts that match, and the cosine of the best pair."""

    score: float
    ours: tuple[Sentences, ...]
    theirs: tuple[Sentences, ...]


class SentenceComparison:
    """Compare texts sentence by sentence; all texts are encoded in one call, each text once."""

    def __init__(self, encoder: Encoder, space: Space, texts: Iterable[Text]) -> None:
        self._spans = {one: _spans(one.text) for one in dict.fromkeys(texts)}
        parts = [(one.text[slice(*span)], one.language) for one, span in self._all()]
        tags = [language for _, language in parts]
        raw = encoder.encode([text for text, _ in parts], role="passage") if parts else None
        self._vectors: dict[Text, Vectors] = {}
        first = 0
        centered = space.center(raw, tags) if raw is not None else np.empty((0, 0), np.float32)
        for one, spans in self._spans.items():
            self._vectors[one] = centered[first : first + len(spans)]
            first += len(spans)

    def _all(self) -> list[tuple[Text, Span]]:
        return [(one, span) for one, spans in self._spans.items() for span in spans]

    def between(self, one: Text, other: Text) -> SentenceMatch:
        """Return the sentences by which two texts match."""
        pairs = self._vectors[one] @ self._vectors[other].T
        ours, theirs = pairs.max(axis=1), pairs.max(axis=0)
        return SentenceMatch(float(pairs.max()), self._best(one, ours), self._best(other, theirs))

    def of_query(self, vectors: Vectors, other: Text) -> SentenceMatch:
        """Return the sentences of a text that match query vectors.

        `vectors` has shape (n, dim), in the answering space.
        """
        best = (self._vectors[other] @ vectors.T).max(axis=1)
        return SentenceMatch(float(best.max()), (), self._best(other, best))

    def _best(self, text: Text, cosines: Vectors) -> tuple[Sentences, ...]:
        """Return the best sentence and those nearly as good; neighbours are joined."""
        best = float(cosines.max())
        least = best * NEARLY if best > 0 else best
        found: list[Span] = []
        for (start, end), cosine in zip(self._spans[text], cosines.tolist(), strict=True):
            if cosine < least:
                continue
            if found and not text.text[found[-1][1] : start].strip():
                found[-1] = (found[-1][0], end)
            else:
                found.append((start, end))
        return tuple(Sentences(start, end, text.text[start:end]) for start, end in found)


def _spans(text: str) -> Sequence[Span]:
    return sentences(text)[:MAX_SENTENCES] or [(0, len(text))]
