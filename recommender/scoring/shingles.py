"""Compare texts character by character: by the runs of letters and digits that both hold."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from recommender.arrays import are_first
from recommender.text.folding import folded
from recommender.text.words import WIDE_FROM

Hashes = npt.NDArray[np.uint64]

# Letters in a run. Shorter runs are in many texts; one changed word breaks as many longer ones. A
# Han character, or a letter of another script without spaces, says more than a Latin letter.
RUN, WIDE_RUN = 12, 5
# A sample has one in so many of a text's runs, but at least and at most so many.
SAMPLED_EACH, LEAST_SAMPLED, MOST_SAMPLED = 32, 16, 128
# Of a longer text only the beginning is compared.
MAX_CHARACTERS = 200_000

_BETWEEN = re.compile(r"[\W_]+")
_FACTOR, _MIX = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93)
_SHIFT, _WIDE_FROM = np.uint64(32), np.uint64(ord(WIDE_FROM))


def letters_of(text: str) -> str:
    """Return the letters and digits of a text, `folded` and without anything between them."""
    return _BETWEEN.sub("", folded(text[:MAX_CHARACTERS]))


def runs_of(letters: str) -> Hashes:
    """Return the distinct hashes of the runs in what `letters_of` returns, in ascending order.

    A text that is shorter than a run is itself one run; an empty text has none.
    """
    codes = np.frombuffer(letters.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint64)
    is_wide = 2 * np.count_nonzero(codes >= _WIDE_FROM) > len(codes)
    length = min(WIDE_RUN if is_wide else RUN, len(codes))
    if not length:
        return np.empty(0, np.uint64)
    count = len(codes) - length + 1
    found = np.zeros(count, np.uint64)
    for place in range(length):
        found *= _FACTOR
        found += codes[place : place + count] + np.uint64(1)
    found ^= found >> _SHIFT
    found *= _MIX
    found ^= found >> _SHIFT
    found.sort()  # np.unique takes ten times as long
    distinct: Hashes = found[are_first(found)]
    return distinct


def sample_of(runs: Hashes) -> Hashes:
    """Return a sample of `runs_of` a text: the lowest hashes, so that samples share equal runs."""
    share = int(np.searchsorted(runs, np.uint64(2**64 // SAMPLED_EACH)))
    return runs[: min(max(share, LEAST_SAMPLED), MOST_SAMPLED)]


def shared_runs(one: Hashes, other: Hashes) -> tuple[float, float]:
    """Return the share of the runs of each text that the other holds, 0 to 1."""
    if not len(one) or not len(other):
        return 0.0, 0.0
    places = np.minimum(np.searchsorted(other, one), len(other) - 1)
    both = np.count_nonzero(other[places] == one)
    return both / len(one), both / len(other)
