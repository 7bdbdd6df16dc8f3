"""Subtract from each vector the mean vector of its language: the answering space.

A multilingual model puts each language in its own region. So plain cosine prefers texts in one
language to texts on one subject. The mean of a language is estimated from the archive and shrunk
towards a prior, so that even a language with two passages has a mean.
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
    """The sum of the passage vectors of one language, shape (dim,), and its counts."""

    total: npt.NDArray[np.float64]
    passages: int = 0
    articles: int = 0


# A prior counts as this many articles. Articles are counted, because the passages of one article
# are on one subject, and together say little more of their language than one of them.
PRIOR_WEIGHT = 10
# The texts of an archive are shifted from those that the priors were made of, in every language by
# nearly the same vector. Queries have this share of the shift: they ask for what is in the archive,
# but in words of their own.
QUERY_SHIFT = 0.75
# A query counts as being in a language of the archive unless the mean of another is nearer by more
# than this cosine. Varieties of a language, such as those of Arabic, hardly differ.
HARDLY_NEARER = 0.03
# A space is out of date if a mean has moved further than this; vectors have length 1. Up to this
# distance, the cosine of two texts changes by a few hundredths at most.
MAX_DRIFT = 0.02
# The models with shipped priors, by the last part of their names.
PRIORS = {"multilingual-e5-small": "language_means.npz"}


@dataclass(frozen=True)
class Priors:
    """Mean vectors of languages known in advance; `passage` and `query` are (languages, dim)."""

    languages: tuple[str, ...]
    passage: Vectors
    query: Vectors

    def of(self, language: str) -> Vectors:
        """Return the passage mean of a language, (dim,).

        An unknown language has the mean of the languages in its script, or of all.
        """
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
    """Return the priors that are shipped for an encoder of this name, or None."""
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
    """The mean vector of each language of the archive, (languages, dim), and the query priors.

    `keys` maps the tags of articles to languages with scripts, such as `nl-Latn`. A text of an
    unknown language gets the nearest mean. `shift` is the mean distance of the archive from the
    priors, (dim,).
    """

    keys: Mapping[str, str]
    languages: tuple[str, ...]
    means: Vectors
    shift: Vectors
    priors: Priors | None = None

    @cached_property
    def id(self) -> str:
        """A short name that changes if the means change."""
        digest = hashlib.sha256(np.ascontiguousarray(self.means, dtype="<f4").tobytes())
        digest.update("\n".join(self.languages).encode())
        return digest.hexdigest()[:12]

    def center(self, vectors: Vectors, tags: Sequence[str]) -> Vectors:
        """Return passage vectors less the means of their languages, (n, dim), unit rows.

        `tags` holds the language of each row as its article gives it.
        """
        return self.center_by(vectors, self.means_of(tags))

    def means_of(self, tags: Sequence[str]) -> npt.NDArray[np.intp]:
        """Return the number of each tag's mean, -1 for a tag without one."""
        return np.array([self._numbers.get(self.keys.get(tag, tag), -1) for tag in tags], np.intp)

    def center_by(self, vectors: Vectors, numbers: npt.NDArray[np.intp]) -> Vectors:
        """Return passage vectors less the mean of each row's number (`means_of`), unit rows."""
        unknown = numbers < 0
        if unknown.any() and self.languages:
            numbers = numbers.copy()
            numbers[unknown] = _nearest(vectors[unknown], self.means)
        if not self.languages:
            return unit(vectors)
        centered = self.means[numbers]  # reused for the result, to save memory
        return scaled(np.subtract(vectors, centered, out=centered))

    def center_query(self, vectors: Vectors, text: str) -> tuple[Vectors, str]:
        """Return query vectors less the mean of their language, unit rows, and that language.

        All rows are pieces of `text`, so they are in one language: the one with the nearest mean
        among the languages in the text's script. A language of the archive is preferred if another
        is hardly nearer (`HARDLY_NEARER`).
        """
        languages, means = self._query_means
        if not languages:
            return unit(vectors), UNKNOWN_LANGUAGE
        scripts = scripts_of(text)
        written = [one.partition("-")[2] in scripts for one in languages]
        numbers = np.flatnonzero(written) if any(written) else np.arange(len(languages))
        cosines = _cosines(vectors.mean(axis=0, keepdims=True), means, numbers)[0]
        cosines += [HARDLY_NEARER * (languages[one] in self._numbers) for one in numbers.tolist()]
        number = int(numbers[cosines.argmax()])
        return unit(vectors - means[number]), languages[number]

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {language: number for number, language in enumerate(self.languages)}

    @cached_property
    def _query_means(self) -> tuple[Sequence[str], Vectors]:
        """The languages that queries may be in, and the means of queries in them."""
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
        """Return the space that `to_json` wrote, for vectors of `dim` numbers."""
        languages = tuple(facts["languages"])
        means = _from_text(facts["means"]).reshape(len(languages), dim)
        shift = _from_text(facts["shift"])
        return cls(facts["keys"], languages, means, shift, load_priors(encoder))


def estimate_space(
    found: Mapping[str, Language], keys: Mapping[str, str], dim: int, priors: Priors | None
) -> Space:
    """Return the space of an archive from the sums and counts of each language.

    A mean is `(n * mean of the language + w * prior) / (n + w)`, for n articles and w =
    `PRIOR_WEIGHT`. The prior is the shipped mean plus the archive's shift. Without shipped priors
    the mean of the whole archive, itself shrunk towards zero, is the prior. Texts of unknown
    language have no mean of their own, unless there is no other language.
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
        # A language counts by its articles. One more, without a shift, shrinks the estimate.
        shift = (weights * (own - expected)).sum(axis=0) / (weights.sum() + 1)
    means = weights * own + (1 - weights) * (expected + shift)
    return Space(keys, languages, means.astype(np.float32), shift.astype(np.float32), priors)


def drift(old: Space, new: Space) -> float:
    """Return the distance that the furthest mean moved; infinite for a new language or tag."""
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
    """Return the number of the mean nearest to each row."""
    nearest: npt.NDArray[np.intp] = _cosines(vectors, means, np.arange(len(means))).argmax(axis=1)
    return nearest


def _cosines(vectors: Vectors, means: Vectors, among: npt.NDArray[np.intp]) -> Vectors:
    """Return the cosine of each row to the means `among`, all less the mean of all means."""
    middle = means.mean(axis=0)
    cosines: Vectors = unit(vectors - middle) @ unit(means[among] - middle).T
    return cosines
