"""Open the detector of languages on mapped arrays, which are unpacked once into the cache.

To unpack them takes `py3langid` half a second and 70 MB in each process; to map them, ten
milliseconds, and all processes share them.
"""

from __future__ import annotations

import hashlib
import io
import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from recommender.errors import StorageError
from recommender.system.cache import FolderRecipe, cache_folder, sealed_folder, write_file

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

LAYOUT = 1
"""Bump this when the folder must be made again."""

_NEEDED_BYTES = 70_000_000
_ARRAYS = ("nb_ptc", "nb_pc", "tk_nextmove", "tk_row", "tk_output")
_CLASSES = "classes.json"


def open_identifier() -> LanguageIdentifier:
    """Return the detector; if the cache cannot be written, it is unpacked into memory."""
    from py3langid.langid import MODEL_DIR, MODEL_FILE

    packed = MODEL_DIR / MODEL_FILE
    try:
        digest = hashlib.sha256(packed.read_bytes()).hexdigest()[:16]
        folder = cache_folder() / f"languages-v{LAYOUT}-{digest}"
        recipe = FolderRecipe("the detector of languages", _NEEDED_BYTES, partial(_write, packed))
        return _mapped(sealed_folder(folder, recipe))
    except (StorageError, OSError, ValueError):
        return _unpacked(packed)


def _unpacked(packed: Path) -> LanguageIdentifier:
    from py3langid.langid import LanguageIdentifier

    return LanguageIdentifier.from_model_file(packed, norm_probs=True)


def _write(packed: Path, folder: Path) -> dict[str, str]:
    detector = _unpacked(packed)
    written = {f"{name}.npy": _bytes(np.asarray(getattr(detector, name))) for name in _ARRAYS}
    written[_CLASSES] = json.dumps(detector.nb_classes).encode()
    return {name: write_file(folder / name, [data]) for name, data in written.items()}


def _bytes(array: npt.NDArray[np.generic]) -> bytes:
    if array.dtype == np.int64:  # a list of Python's numbers, none of them large
        array = array.astype(np.int32)
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=False)
    return stream.getvalue()


def _mapped(folder: Path) -> LanguageIdentifier:
    from py3langid.langid import LanguageIdentifier

    arrays = {
        name: np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False))
        for name in _ARRAYS
    }
    return LanguageIdentifier(
        arrays["nb_ptc"],
        arrays["nb_pc"],
        json.loads((folder / _CLASSES).read_bytes()),
        # One number of a memoryview is read several times as fast as one of an array of numpy.
        arrays["tk_nextmove"].data,
        arrays["tk_output"].data,
        norm_probs=True,
        tk_row=arrays["tk_row"].tolist(),
    )
