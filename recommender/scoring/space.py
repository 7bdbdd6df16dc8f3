"""The space in which answers are given: each language's mean vector removed from its texts.

A multilingual model puts each language in its own place, so that plain cosine prefers texts of
one language to texts on one subject. A mean is estimated from the corpus and shrunk towards a
prior, so that a language with two passages has one too.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from recommender.arrays import Vectors, load_arrays, scaled, unit
from recommender.text.language import scripts_of
from recommender.types import UNKNOWN_LANGUAGE


@dataclass
class Language:
    """What the corpus holds of one language: the sum of its passage vectors, and counts."""

    total: npt.NDArray[np.float64]
    passages: int = 0
    articles: int = 0


# A prior counts as so many articles. Passages of one article are of one subject, so that they tell
# little more of their language than one of them.
PRIOR_WEIGHT = 10
# Texts of a corpus lie to one side of those the priors were made of, in every language alike.
# Queries share most of that shift: they ask for what is in the corpus, in words of their own.
QUERY_SHIFT = 0.75
# A query is taken to be in a language of the corpus where another's mean is nearer by less than
# this (cosine): varieties of a language, such as those of Arabic, hardly differ.
HARDLY_NEARER = 0.03
# A mean that moved further than this (the vectors have length 1) makes a space out of date. The
# cosine of two texts then changes by some hundredths at most.
MAX_DRIFT = 0.02
# Models, by the last part of their names, whose priors are shipped.
PRIORS = {"multilingual-e5-small": "language_means.npz"}


@dataclass(frozen=True)
class Priors:
    """Mean vectors of languages known beforehand; `passage` and `query` are (n, dim)."""

    languages: tuple[str, ...]
    passage: Vectors
    query: Vectors

    def of(self, language: str) -> Vectors:
        """Return a language's passage mean; of an unknown one, that of its script or of all."""
        if language in self.languages:
            found: Vectors = self.passage[self.languages.index(language)]
            return found
        script = "-" + language.partition("-")[2]
        same = [number for number, one in enumerate(self.languages) if one.endswith(script)]
        known = self.passage[same] if same else self.passage
        mean: Vectors = known.mean(axis=0)
        return mean


@cache
def load_priors(encoder: str) -> Priors | None:
    """Return what is shipped for an encoder of this name, None where nothing is."""
    for model, name in PRIORS.items():
        if model in encoder.rpartition("/")[2]:
            with files("recommender").joinpath("data", name).open("rb") as stream:
                arrays = load_arrays(stream)
                return Priors(
                    tuple(arrays["languages"].tolist()),
                    arrays["passage"].astype(np.float32),
                    arrays["query"].astype(np.float32),
                )
    return None


@dataclass(frozen=True)
class Space:
    """The mean vector of each of the corpus's languages, and the priors of queries.

    `keys` says which language (and script) an article's own tag stands for; texts of no known
    language are taken for the one whose mean is nearest. `shift` is how far the corpus lies from
    the priors, shape (dim,).
    """

    keys: Mapping[str, str]
    languages: tuple[str, ...]
    means: Vectors
    shift: Vectors
    priors: Priors | None = None

    @cached_property
    def id(self) -> str:
        """A short name that changes with the means."""
        digest = hashlib.sha256(np.ascontiguousarray(self.means, dtype="<f4").tobytes())
        digest.update("\n".join(self.languages).encode())
        return digest.hexdigest()[:12]

    def center(self, vectors: Vectors, tags: Sequence[str]) -> Vectors:
        """Return passage vectors without their languages' means, unit rows, shape kept.

        `tags` holds the language of each row as its article gives it.
        """
        return self.center_by(vectors, self.means_of(tags))

    def means_of(self, tags: Sequence[str]) -> npt.NDArray[np.intp]:
        """Return which mean is each tag's, -1 where no language is known."""
        return np.array([self._numbers.get(self.keys.get(tag, tag), -1) for tag in tags], np.intp)

    def center_by(self, vectors: Vectors, numbers: npt.NDArray[np.intp]) -> Vectors:
        """Return passage vectors without the mean of each row's number, as `means_of` gives it."""
        unknown = numbers < 0
        if unknown.any() and self.languages:
            numbers = numbers.copy()
            numbers[unknown] = _nearest(vectors[unknown], self.means)
        if not self.languages:
            return unit(vectors)
        centered = self.means[numbers]  # of these, since memory is what it costs
        return scaled(np.subtract(vectors, centered, out=centered))

    def center_query(self, vectors: Vectors, text: str) -> tuple[Vectors, str]:
        """Return query vectors without the mean of their language, and that language.

        All rows are parts of `text`, so of one language: of those written in its script, the one
        whose mean is nearest. The corpus's own languages come before what is hardly nearer.
        """
        languages, means = self._query_means
        if not languages:
            return unit(vectors), UNKNOWN_LANGUAGE
        scripts = scripts_of(text)
        written = [one.partition("-")[2] in scripts for one in languages]
        numbers = np.flatnonzero(written) if any(written) else np.arange(len(languages))
        likeness = _likeness(vectors.mean(axis=0, keepdims=True), means, numbers)[0]
        likeness += [HARDLY_NEARER * (languages[one] in self._numbers) for one in numbers.tolist()]
        number = int(numbers[likeness.argmax()])
        return unit(vectors - means[number]), languages[number]

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {language: number for number, language in enumerate(self.languages)}

    @cached_property
    def _query_means(self) -> tuple[Sequence[str], Vectors]:
        if self.priors is not None:
            return self.priors.languages, self.priors.query + QUERY_SHIFT * self.shift
        return self.languages, self.means

    def to_json(self) -> dict[str, Any]:
        """Return the space as a manifest holds it: means in float32, little-endian, base64."""
        return {
            "id": self.id,
            "keys": dict(self.keys),
            "languages": list(self.languages),
            "means": _to_text(self.means),
            "shift": _to_text(self.shift),
        }

    @classmethod
    def from_json(cls, facts: Mapping[str, Any], dim: int, encoder: str) -> Self:
        languages = tuple(facts["languages"])
        means = _from_text(facts["means"]).reshape(len(languages), dim)
        shift = _from_text(facts["shift"])
        return cls(facts["keys"], languages, means, shift, load_priors(encoder))


def estimate_space(
    found: Mapping[str, Language], keys: Mapping[str, str], dim: int, priors: Priors | None
) -> Space:
    """Return the space of a corpus from what it holds of each language.

    A mean is `(n * mean of the corpus + w * prior) / (n + w)` with n articles and w =
    `PRIOR_WEIGHT`; the prior is what is shipped, moved by the corpus's shift. Without priors the
    mean of the whole corpus, itself shrunk towards zero, stands in for them. Languages nobody
    could name have no mean of their own, unless there is no other.
    """
    known = {key: one for key, one in found.items() if key != UNKNOWN_LANGUAGE} or dict(found)
    languages = tuple(sorted(known))
    own = np.array([known[key].total / known[key].passages for key in languages]).reshape(-1, dim)
    counts = np.array([[known[key].articles] for key in languages]).reshape(-1, 1)
    weights = counts / (counts + PRIOR_WEIGHT)
    if priors is None:
        shift = np.zeros(dim)
        expected = (weights * own).sum(axis=0) / max(len(languages), 1)
    else:
        expected = np.array([priors.of(language) for language in languages]).reshape(-1, dim)
        # Each language tells of the shift as far as it has articles; one more tells of none.
        shift = (weights * (own - expected)).sum(axis=0) / (weights.sum() + 1)
    means = weights * own + (1 - weights) * (expected + shift)
    return Space(keys, languages, means.astype(np.float32), shift.astype(np.float32), priors)


def drift(old: Space, new: Space) -> float:
    """Return how far the furthest mean moved; infinite where a language or tag is new."""
    if not set(new.languages) <= set(old.languages) or not new.keys.items() <= old.keys.items():
        return float("inf")
    if not new.languages:
        return 0.0
    before = old.means[[old.languages.index(language) for language in new.languages]]
    return float(np.linalg.norm(before - new.means, axis=1).max())


def _to_text(numbers: Vectors) -> str:
    return base64.b64encode(np.ascontiguousarray(numbers, dtype="<f4").tobytes()).decode("ascii")


def _from_text(text: str) -> Vectors:
    return np.frombuffer(base64.b64decode(text), dtype="<f4").astype(np.float32)


def _nearest(vectors: Vectors, means: Vectors) -> npt.NDArray[np.intp]:
    """Return the position of the mean nearest to each row."""
    nearest: npt.NDArray[np.intp] = _likeness(vectors, means, np.arange(len(means))).argmax(axis=1)
    return nearest


def _likeness(vectors: Vectors, means: Vectors, among: npt.NDArray[np.intp]) -> Vectors:
    """Return the cosine of each row to each of some means, seen from the middle of all."""
    middle = means.mean(axis=0)
    likeness: Vectors = unit(vectors - middle) @ unit(means[among] - middle).T
    return likeness
