"""Encode less exactly than any processor seen so far.

With TEST_NOISE=n in the environment each vector gets a small error of its own, drawn by n, so that
tests that hang on near ties fail here and not on the machine of somebody else. The cosine to the
exact vector is then 0.9995; the product accepts 0.999 for a few texts.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from recommender.arrays import Vectors
from recommender.encoders.openvino.encoder import FastEncoder

VARIABLE = "TEST_NOISE"
COSINE = 0.9995


def pytest_configure() -> None:
    """Put the noise under the tests of this run, if it is asked for."""
    if seed := os.environ.get(VARIABLE):
        FastEncoder.encode = noisy(FastEncoder.encode, seed)  # type: ignore[method-assign]


def pytest_report_header() -> list[str]:
    return [f"{VARIABLE}={os.environ[VARIABLE]}"] if VARIABLE in os.environ else []


def noisy(encode: Any, seed: str) -> Any:
    """Return a method that encodes with an error that follows from the seed and the text."""

    def encoded(self: FastEncoder, texts: Sequence[str], *, role: str, **options: Any) -> Vectors:
        vectors = encode(self, texts, role=role, **options)
        errors = [direction(f"{seed} {role} {text}", self.dim) for text in texts]
        return turned(vectors, np.array(errors, np.float32).reshape(vectors.shape))

    return encoded


def direction(name: str, dim: int) -> Vectors:
    """Return the direction that follows from a name."""
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()
    generator = np.random.default_rng(int.from_bytes(digest[:8], "little"))
    return generator.standard_normal(dim).astype(np.float32)


def turned(vectors: Vectors, directions: Vectors) -> Vectors:
    """Turn unit vectors (n, dim) towards directions until their cosines are `COSINE`."""
    along = np.sum(vectors * directions, axis=1, keepdims=True)
    across = directions - along * vectors
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    found: Vectors = COSINE * vectors + np.sqrt(1 - COSINE**2) * across
    return found
