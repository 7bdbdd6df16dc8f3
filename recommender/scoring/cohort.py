"""Hold a cohort of texts that the nearest passages must beat to be answers.

Some passage of any archive is the nearest to a query, and its cosine alone does not say whether it
is an answer: a passage may be as near to a query on nothing in the archive as an answer is to a
short query. But a query on nothing in the archive is nearer to a text on its own subject. The
texts of the cohort are on everyday subjects (cooking, repairs, pets), on those of newspapers and
encyclopedias, ask questions, or consist of invented words or function words. A text on the subject
of a hit says nothing against that hit. This is the cohort of [score
normalisation](https://en.wikipedia.org/wiki/Speaker_recognition#Technology).
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from recommender.arrays import Numbers, Vectors, load_arrays
from recommender.system.package_data import data_file

# The models with vectors of these texts, by the last part of their names.
COHORTS = {"multilingual-e5-small": "cohort.npz"}
# So many of the texts are compared with hits.
NEAREST_TEXTS = 48


class Cohort(NamedTuple):
    """The language of each text, and its vector as the encoder gave it, (texts, dim)."""

    languages: tuple[str, ...]
    vectors: Vectors


class NearTexts(NamedTuple):
    """The texts that are nearest to a query: its cosines to them, (n,), and their vectors."""

    cosines: Numbers
    vectors: Vectors

    @classmethod
    def of(cls, query: Vectors, texts: Vectors) -> NearTexts:
        """Return the nearest of texts, (texts, dim), to any vector of a query, (pieces, dim)."""
        cosines = (query @ texts.T).max(axis=0).astype(np.float64)
        nearest = np.argsort(-cosines)[:NEAREST_TEXTS]
        return cls(cosines[nearest], texts[nearest])

    def on_other_subjects(self, hits: Vectors, alike: float) -> Numbers:
        """Return how near the query is to texts on other subjects than each hit, (hits,).

        A text is on the subject of a hit as far as their cosine is above `alike`. So much is taken
        off the query's cosine to it.
        """
        shared = np.maximum(hits @ self.vectors.T - alike, 0.0)
        found: Numbers = (self.cosines - shared).max(axis=1, initial=-1.0)
        return found


@cache
def load_cohort(model: str) -> Cohort | None:
    """Return the texts' vectors under a model of this name, None if none are shipped."""
    if model not in COHORTS:
        return None
    with data_file(COHORTS[model]).open("rb") as stream:
        arrays = load_arrays(stream)
    return Cohort(tuple(arrays["languages"].tolist()), arrays["vectors"].astype(np.float32))
