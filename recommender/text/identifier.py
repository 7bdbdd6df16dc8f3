"""Detect languages as `py3langid` does, on arrays that are unpacked once into the cache.

To unpack its model takes `py3langid` half a second and 70 MB in each process. To map the arrays
takes ten milliseconds, and all processes share them.

The model counts which of its byte sequences a text holds. An automaton finds them: it reads the
bytes, and its state names the longest sequence that ends there. No sequence is longer than a few
bytes, so the state at each byte follows from these few. The states of all bytes are computed at
once.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import math
import os
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recommender.arrays import Rows, npy_bytes
from recommender.errors import StorageError
from recommender.system.cache import FolderRecipe, cache_folder, sealed_folder, write_file

LAYOUT = 2
"""Bump this when the folder must be made again."""

_NEEDED_BYTES = 100_000_000
_CLASSES = "classes.json"
# The end of a packed file holds the checksums of the rest.
_END_BYTES = 1 << 16
_BYTES = 256
# A byte that neither a text in UTF-8 nor a sequence holds: after it, every text begins at the
# start.
_BETWEEN = b"\xff"

Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.integer]


@dataclass(frozen=True, slots=True)
class Detector:
    """The model of `py3langid`.

    `weights` has a row for each byte sequence and a column for each of `classes`, whose prior
    probabilities are `priors`. `doubles` are the two columns of a language that has two. `first`
    has a value for each state; `next_state` has a row of 256 for each of these values. `found` has
    the sequence of each state, -1 if it has none. `depth` is the length of the longest sequence.
    """

    weights: Floats
    priors: Floats
    classes: Sequence[str]
    doubles: Sequence[tuple[int, int]]
    next_state: Numbers
    first: npt.NDArray[np.int64]
    found: Numbers
    depth: int

    def classify(self, sample: bytes) -> tuple[str, float]:
        """Return the language of a sample, by its code, and its probability."""
        return self.likeliest(self.chances([sample])[0])

    def rank(self, sample: bytes) -> list[tuple[str, float]]:
        """Return every language with its probability, the likeliest first."""
        return self.ranked(self.chances([sample])[0])

    def likeliest(self, chances: Floats) -> tuple[str, float]:
        """Return the language that the `chances` of a sample name, and its probability."""
        best = int(chances.argmax())
        return self.classes[best], float(chances[best])

    def ranked(self, chances: Floats) -> list[tuple[str, float]]:
        """Return every language with its probability of the `chances` of a sample."""
        found: dict[str, float] = {}
        for language, chance in zip(self.classes, chances.tolist(), strict=True):
            found.setdefault(language, chance)
        return sorted(found.items(), key=itemgetter(1), reverse=True)

    def chances(self, samples: Sequence[bytes]) -> Floats:
        """Return the probability of each class for each sample, (samples, classes).

        Of two classes of one language, the first gets both probabilities. Several samples together
        take half the time of single ones.
        """
        texts = [*map(_normalized, samples)]
        scores = self._scores(texts)
        # So that longer texts are not surer than they should be.
        lengths = [1.0 / math.sqrt(len(text) or 1) for text in texts]
        scores *= np.array(lengths, dtype=np.float32)[:, np.newaxis]
        scores -= scores.max(axis=1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=1, keepdims=True)
        for first, other in self.doubles:
            scores[:, first] += scores[:, other]
            scores[:, other] = 0.0
        return scores

    def _scores(self, texts: Sequence[bytes]) -> Floats:
        numbers, sequences = self._sequences(texts)
        # In the order of their first occurrence, in which the library adds them up.
        keys = numbers * len(self.weights) + sequences
        _, places, counts = np.unique(keys, return_index=True, return_counts=True)
        order = np.argsort(places)
        places, times = places[order], np.log1p(counts[order].astype(np.float32))
        weights = self.weights.take(sequences[places], axis=0)
        bounds = np.searchsorted(numbers[places], np.arange(len(texts) + 1)).tolist()
        scores = np.zeros((len(texts), len(self.classes)), dtype=np.float32)
        for score, (start, end) in zip(scores, pairwise(bounds), strict=True):
            if start < end:
                np.add(times[start:end] @ weights[start:end], self.priors, out=score)
        return scores

    def _sequences(self, texts: Sequence[bytes]) -> tuple[Rows, Rows]:
        """Return the byte sequences in texts, in the order of their ends, text by text."""
        letters = np.frombuffer(_BETWEEN.join(texts), dtype=np.uint8)
        states = np.zeros(len(letters), dtype=np.intp)
        # As many bytes before each place are read again from the start state.
        for back in range(min(self.depth, len(letters)) - 1, -1, -1):
            cells = self.first.take(states[back:])
            cells += letters[: len(letters) - back]
            states[back:] = self.next_state.take(cells)
        found = self.found.take(states)
        ends = np.flatnonzero(found >= 0)
        starts = np.cumsum([0, *(len(text) + len(_BETWEEN) for text in texts)])
        counts = np.diff(np.searchsorted(ends, starts))
        return np.repeat(np.arange(len(texts)), counts), found[ends].astype(np.int64)


def _normalized(sample: bytes) -> bytes:
    """Return bytes in the form for which the model was made, without a cut letter at the end."""
    for trimmed in range(4):
        try:
            text = sample[: len(sample) - trimmed].decode()
        except UnicodeDecodeError:
            continue
        if text.isupper():
            text = text.lower()
        return unicodedata.normalize("NFC", text).encode()
    return sample


def open_identifier() -> Detector:
    """Return the detector; if the cache cannot be written, it is unpacked into memory."""
    packed = _packed_model()
    try:
        folder = cache_folder() / f"languages-v{LAYOUT}-{_identity(packed)}"
        recipe = FolderRecipe("the detector of languages", _NEEDED_BYTES, partial(_write, packed))
        return _mapped(sealed_folder(folder, recipe))
    except (StorageError, OSError, ValueError):
        return _detector(*_unpacked(packed))


def _packed_model() -> Path:
    """Return the file of the model, without importing the library, which takes longer than to map.

    Raises `ImportError` if the library is not installed.
    """
    found = importlib.util.find_spec("py3langid")
    if found is None or found.origin is None:
        raise ImportError("py3langid is not installed: pip install py3langid")
    return Path(found.origin).with_name("data") / "model.npz.xz"


def _identity(packed: Path) -> str:
    """Return an identity of a packed model: its size and its end, which has checksums.

    It is read in each process; to read all of the file would take as long as to map the arrays.
    """
    with packed.open("rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(size - _END_BYTES, 0))
        return hashlib.sha256(b"%d:" % size + stream.read()).hexdigest()[:16]


def _unpacked(packed: Path) -> tuple[dict[str, npt.NDArray[np.generic]], list[str]]:
    """Return the arrays of a packed model by their names, and its classes."""
    from py3langid.langid import LanguageIdentifier

    model = LanguageIdentifier.from_model_file(packed, norm_probs=True)
    next_state = np.asarray(model.tk_nextmove)
    first = np.asarray(model.tk_row, dtype=np.int64) * _BYTES
    arrays = {
        "weights": np.asarray(model.nb_ptc, dtype=np.float32),  # of halves each must be converted
        "priors": np.asarray(model.nb_pc, dtype=np.float32),
        "next_state": next_state,
        "first": first,
        "found": np.asarray(model.tk_output, dtype=np.int32),
        "depth": np.array([_depth(next_state, first)]),
    }
    return arrays, [*map(str, model.nb_classes)]


def _depth(next_state: Numbers, first: npt.NDArray[np.int64]) -> int:
    """Return how many bytes lead to the state that is farthest from the start, 0."""
    is_seen = np.zeros(len(first), dtype=bool)
    states = np.zeros(1, dtype=np.intp)
    depth = -1
    while len(states):
        is_seen[states] = True
        depth += 1
        rows = np.unique(first[states])
        after = np.unique(next_state[rows[:, None] + np.arange(_BYTES)])
        states = after[~is_seen[after]].astype(np.intp)
    return depth


def _write(packed: Path, folder: Path) -> dict[str, str]:
    arrays, classes = _unpacked(packed)
    written = {f"{name}.npy": npy_bytes(array) for name, array in arrays.items()}
    written[_CLASSES] = json.dumps(classes).encode()
    return {name: write_file(folder / name, [data]) for name, data in written.items()}


def _mapped(folder: Path) -> Detector:
    names = ("weights", "priors", "next_state", "first", "found", "depth")
    arrays = {
        name: np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False))
        for name in names
    }
    return _detector(arrays, json.loads((folder / _CLASSES).read_bytes()))


def _detector(arrays: Mapping[str, npt.NDArray[Any]], classes: Sequence[str]) -> Detector:
    doubles = [
        (classes.index(name), at) for at, name in enumerate(classes) if classes.index(name) != at
    ]
    return Detector(
        weights=arrays["weights"],
        priors=arrays["priors"],
        classes=classes,
        doubles=doubles,
        next_state=arrays["next_state"],
        first=arrays["first"],
        found=arrays["found"],
        depth=int(arrays["depth"][0]),
    )
