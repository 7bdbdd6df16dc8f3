"""Even out the channels of activations before they are rounded to 8 bits, by SmoothQuant.

Some channels of a model's activations are many times as large as the others. Rounded together with
them, the others lose their precision. Dividing each channel by a number, and multiplying the column
of the weights that it meets by the same, changes no product, but evens out what is rounded
(https://arxiv.org/abs/2211.10438). `channel_sizes.npy` holds how large each channel gets; after a
change of the model, write it with `python -m benchmarks.channels`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from recommender.encoders.bundled.weights import Floats, WeightsFile

SIZES = Path(__file__).with_name("channel_sizes.npy")

# What reads the activations of a layer, by the weights that it multiplies them with.
READERS = {"qkv": ("q", "k", "v"), "ao": ("ao",), "fi": ("fi",), "fo": ("fo",)}
_LEAST_ACTIVATION, _LEAST_WEIGHT = 1e-4, 1e-5

# By the names of readers: `l0.qkv`, `l0.ao` and so on.
Divisors = Mapping[str, Floats]


def divisors_of(weights: WeightsFile) -> Divisors:
    """Return a divisor for each channel that the bundled model's layers read.

    A divisor is the root of the largest activation over the root of the largest weight of the
    channel, so that both are as even as each other.
    """
    sizes = np.load(SIZES, allow_pickle=False).astype(np.float32)
    found = {}
    for layer, row in enumerate(sizes):
        parts = np.split(row, np.cumsum([*_widths(weights)])[:-1])
        for (reader, matrices), largest in zip(READERS.items(), parts, strict=True):
            heaviest = np.max(
                [_heaviest(weights, f"l{layer}.{name}.w", len(largest)) for name in matrices],
                axis=0,
            )
            divisor = np.sqrt(
                np.maximum(largest, _LEAST_ACTIVATION) / np.maximum(heaviest, _LEAST_WEIGHT)
            )
            found[f"l{layer}.{reader}"] = divisor / np.exp(np.log(divisor).mean())
    return found


def _widths(weights: WeightsFile) -> tuple[int, ...]:
    """Return how many channels each of `READERS` reads."""
    wide = weights.shape.hidden
    return wide, wide, wide, weights.shape.feed_forward


def _heaviest(weights: WeightsFile, name: str, channels: int) -> Floats:
    """Return the largest weight that multiplies each channel."""
    largest: Floats = np.abs(weights.tensor(name).reshape(-1, channels)).max(axis=0)
    return largest
