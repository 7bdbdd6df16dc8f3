"""Hold texts on everyday subjects, to compare queries with.

Some passage of any archive is the nearest to a query, and its cosine alone does not say whether it
is an answer: a passage may be as near to a query on nothing in the archive as an answer is to a
short query. But a query on nothing in the archive is nearer to a text on its own subject. These
texts are on everyday subjects (cooking, repairs, pets, crafts), or consist of invented words or
function words. So a query that is near to them has no answer. They are the cohort of [score
normalisation](https://en.wikipedia.org/wiki/Speaker_recognition#Technology).
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from recommender.arrays import Vectors, load_arrays
from recommender.system.package_data import data_file

# The models with vectors of these texts, by the last part of their names.
EVERYDAY = {"multilingual-e5-small": "everyday.npz"}


class Everyday(NamedTuple):
    """Texts on everyday subjects: the language of each, and its vector as the encoder gave it.

    `vectors` is (texts, dim).
    """

    languages: tuple[str, ...]
    vectors: Vectors


@cache
def load_everyday(model: str) -> Everyday | None:
    """Return the texts' vectors under a model of this name, None if none are shipped."""
    if model not in EVERYDAY:
        return None
    with data_file(EVERYDAY[model]).open("rb") as stream:
        arrays = load_arrays(stream)
    return Everyday(tuple(arrays["languages"].tolist()), arrays["vectors"].astype(np.float32))
