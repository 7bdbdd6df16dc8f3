"""Subtract from each vector the mean vector of its language: the answering space.

A multilingual model puts each language in its own region. So plain cosine prefers texts in one
language to texts on one subject. The mean of a language is estimated from the archive and shrunk
towards a prior, so that even a language with two passages has a mean.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from recommender.arrays import Vectors, load_arrays, scaled, unit
from recommender.scoring.cohort import NearTexts, load_cohort
from recommender.system.package_data import data_file
from recommender.text.scripts import letters_in, scripts_of_query
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
# The texts of an archive differ from the texts of the priors, in every language by nearly the same
# vector, the shift. Queries have this share of it: they ask for texts of the archive, but in words
# of their own.
QUERY_SHIFT = 0.75
# A query is in the archive's only language unless the mean of another language is nearer by more
# than this cosine. If the archive has several languages, less is enough for those with fewer
# articles (`_expected`). Varieties of Arabic hardly differ, and short Dutch headlines are near
# Afrikaans.
HARDLY_NEARER = 0.07
# A language with this share of the articles is expected no more than one without articles.
RARE_SHARE = 1e-4
# The vector of a query of fewer letters does not show its language. If this share of the archive's
# articles in the query's script is in one language, the query is in it.
MIN_LETTERS = 12
MAIN_SHARE = 0.9
# A space is out of date if a mean has moved further than this; vectors have length 1. Up to this
# distance, the cosine of two texts changes by a few hundredths at most.
MAX_DRIFT = 0.02
# The models with shipped priors, by the last part of their names.
PRIORS = {"multilingual-e5-small": "language_means.npz"}


@dataclass(frozen=True)
class Priors:
    """Mean vectors of languages known in advance; `passage` and `query` are (languages, dim).

    `model` names the model that they are of.
    """

    languages: tuple[str, ...]
    passage: Vectors
    query: Vectors
    model: str = ""

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
            with data_file(name).open("rb") as stream:
                arrays = load_arrays(stream)
                return Priors(
                    tuple(arrays["languages"].tolist()),
                    arrays["passage"].astype(np.float32),
                    arrays["query"].astype(np.float32),
                    model,
                )
    return None


class QueryLanguage(NamedTuple):
    """The language of a query: `key` is the one by which it is compared and ranked.

    `name` is the one that is reported and filtered by, `und` if it is not clear which it is.
    """

    key: str
    name: str


class _Written(NamedTuple):
    """Languages in some scripts that a query may be in, by their numbers.

    `apart` has the mean of each, at length 1 (`Space._query_means_apart`). `preferred` is what the
    archive's articles in it add to its cosine. `is_one` says that only one is in these scripts.
    """

    numbers: npt.NDArray[np.intp]
    apart: Vectors
    preferred: Vectors
    is_one: bool


@dataclass(frozen=True)
class Space:
    """The mean vector of each language of the archive, (languages, dim), and the query priors.

    `keys` maps the tags of articles to languages with scripts, such as `nl-Latn`. A text of an
    unknown language gets the nearest mean. `shift` is the mean distance of the archive from the
    priors, (dim,). `articles` counts the articles of each language: without them, each language of
    the archive is as likely.
    """

    keys: Mapping[str, str]
    languages: tuple[str, ...]
    means: Vectors
    shift: Vectors
    priors: Priors | None = None
    articles: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def id(self) -> str:
        """A short name that changes if the means change."""
        digest = hashlib.sha256(np.ascontiguousarray(self.means, dtype="<f4").tobytes())
        digest.update("\n".join(self.languages).encode())
        return digest.hexdigest()[:12]

    def center(self, vectors: Vectors, tags: Sequence[str]) -> Vectors:
        """Return passage vectors minus the means of their languages, (n, dim), unit rows.

        `tags` holds the language of each row as its article gives it.
        """
        return self.center_by(vectors, self.means_of(tags))

    def means_of(self, tags: Sequence[str]) -> npt.NDArray[np.intp]:
        """Return the number of each tag's mean, -1 for a tag without one."""
        return np.array([self._numbers.get(self.keys.get(tag, tag), -1) for tag in tags], np.intp)

    def center_by(self, vectors: Vectors, numbers: npt.NDArray[np.intp]) -> Vectors:
        """Return passage vectors minus the mean of each row's number (`means_of`), unit rows."""
        if self.languages and len(numbers) and numbers.min() < 0:
            unknown = numbers < 0
            numbers = numbers.copy()
            numbers[unknown] = _nearest(vectors[unknown], self.means)
        if not self.languages:
            return unit(vectors)
        centered = self.means[numbers]  # reused for the result, to save memory
        return scaled(np.subtract(vectors, centered, out=centered))

    def center_query(
        self, vectors: Vectors, text: str, asked: str = ""
    ) -> tuple[Vectors, QueryLanguage]:
        """Return query vectors minus the mean of their language, unit rows, and that language.

        All rows are pieces of `text`, so they are in one language. `asked` is that language if the
        caller knows it. Otherwise it is the one with the nearest mean among the languages in the
        text's script. A language of the archive is preferred unless another is clearly nearer.
        """
        languages, means = self._query_means
        if not languages:
            return unit(vectors), QueryLanguage(
                asked or UNKNOWN_LANGUAGE, asked or UNKNOWN_LANGUAGE
            )
        if asked in languages:
            return unit(vectors - means[languages.index(asked)]), QueryLanguage(asked, asked)
        scripts = scripts_of_query(text)
        written = self._written_in(scripts)
        middle, _ = self._query_means_apart
        cosines = (unit(vectors.mean(axis=0, keepdims=True) - middle) @ written.apart.T)[0]
        cosines += written.preferred
        number = int(written.numbers[cosines.argmax()])
        nearest = languages[number]
        is_sure = written.is_one or letters_in(text) >= MIN_LETTERS
        name = asked or (nearest if is_sure else self._main(scripts))
        return unit(vectors - means[number]), QueryLanguage(nearest, name)

    def near_texts(self, vectors: Vectors) -> NearTexts | None:
        """Return the texts of the cohort that are nearest to a query.

        `vectors` are those of `center_query`. It is None for a model without such texts.
        """
        texts = self._cohort
        return None if texts is None else NearTexts.of(vectors, texts)

    @cached_property
    def _cohort(self) -> Vectors | None:
        """The texts of the cohort as if they were passages of the archive, (texts, dim)."""
        known = load_cohort(self.priors.model) if self.priors else None
        if self.priors is None or known is None:
            return None
        means = {
            language: self.means[self._numbers[language]]
            if language in self._numbers
            else self.priors.of(language) + self.shift
            for language in set(known.languages)
        }
        return unit(known.vectors - np.array([means[language] for language in known.languages]))

    @cached_property
    def _expected(self) -> Vectors:
        """How much each language that queries may be in is expected, 0 to 1: by its share.

        The logarithm of the share counts: 1 for all articles, 0.5 for one in a hundred.
        """
        found = np.zeros(len(self._query_means[0]), np.float32)
        total = sum(self.articles.values())
        for number, language in enumerate(self._query_means[0]):
            if language in self._numbers:
                share = self.articles.get(language, 0) / total if total else 1.0
                found[number] = max(1 - np.log(max(share, RARE_SHARE)) / np.log(RARE_SHARE), 0)
        return found

    def _main(self, scripts: Collection[str]) -> str:
        """Return the language of nearly all articles in some scripts, `und` if they have several.

        A text without letters has no script; all articles count then.
        """
        found = {
            language: self.articles.get(language, 1)
            for language in self.languages
            if not scripts or language.partition("-")[2] in scripts
        }
        best = max(found, key=lambda language: found[language], default=UNKNOWN_LANGUAGE)
        return (
            best if found and found[best] >= MAIN_SHARE * sum(found.values()) else UNKNOWN_LANGUAGE
        )

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {language: number for number, language in enumerate(self.languages)}

    @cached_property
    def _query_means(self) -> tuple[Sequence[str], Vectors]:
        """The languages that queries may be in, and the means of queries in them."""
        if self.priors is not None:
            return self.priors.languages, self.priors.query + QUERY_SHIFT * self.shift
        return self.languages, self.means

    def _written_in(self, scripts: frozenset[str]) -> _Written:
        """Return the languages that queries may be in and that are written in any of the scripts.

        If there is none, all languages are returned. The result for some scripts is kept.
        """
        known = self._known_scripts.get(scripts)
        if known is None:
            names = self._query_means[0]
            own = [at for at, name in enumerate(names) if name.partition("-")[2] in scripts]
            numbers = np.array(own or range(len(names)), np.intp)
            apart, preferred = self._query_means_apart[1], HARDLY_NEARER * self._expected
            known = _Written(numbers, apart[numbers], preferred[numbers], len(own) == 1)
            self._known_scripts[scripts] = known
        return known

    @cached_property
    def _known_scripts(self) -> dict[frozenset[str], _Written]:
        return {}

    @cached_property
    def _query_means_apart(self) -> tuple[Vectors, Vectors]:
        """The mean of the means of queries, and each mean minus that one, at length 1."""
        means = self._query_means[1]
        middle: Vectors = means.mean(axis=0)
        return middle, unit(means - middle)

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
    middle = means.mean(axis=0)
    nearest: npt.NDArray[np.intp] = (unit(vectors - middle) @ unit(means - middle).T).argmax(axis=1)
    return nearest
