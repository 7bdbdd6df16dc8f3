"""Find a model's folder on this machine, download it when a person asks, and identify it."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from recommender.encoders.base import PromptRole
from recommender.encoders.safety import known_modules
from recommender.errors import EncoderError
from recommender.safe_open import is_network_path
from recommender.system.cache import cache_folder, read_note, write_note

_log = logging.getLogger("recommender")

_DOWNLOADED = ("*.json", "*.safetensors", "*.txt", "*.model")
_IDENTIFYING = ("*.safetensors", "*.txt", "*.model", "tokenizer.json", "modules.json")
_SETTINGS = ("config.json", "sentence_bert_config.json")


def locate_model(name: str) -> Path:
    """Return the folder of a model on this machine, given as a folder or by its name on the hub.

    Nothing is fetched: an index or a settings file of a stranger may name any model. Raises
    EncoderError if there is no such model here, with the command that downloads it.
    """
    folder = _given_folder(name)
    if folder:
        return folder
    full_name = _full_name(name)
    downloaded = _downloaded(full_name)
    if downloaded is None:
        raise EncoderError(
            f"the model {full_name} is not on this machine, and no model is downloaded unasked. "
            f"To download it, run: recommender model download {full_name}; "
            "or leave the model out to use the bundled one"
        )
    return downloaded


def download_model(name: str) -> Path:
    """Return the folder of a model, downloading it from the hub if it is not on this machine.

    Call it only when a person has named the model. Raises EncoderError if it cannot be downloaded,
    HF_HUB_OFFLINE is set, or it could run code (`known_modules`).
    """
    folder = _given_folder(name)
    if folder is None:
        full_name = _full_name(name)
        folder = _downloaded(full_name) or _download(full_name)
    known_modules(folder)
    return folder


def model_fingerprint(folder: Path, prompts: Mapping[PromptRole, str]) -> str:
    """Return the SHA-256 over a model's weights, tokenizer, module settings and prompts.

    The digests of files are kept in the cache by path, size and time of change. Raises
    EncoderError for a folder that `known_modules` refuses.
    """
    known = cache_folder() / "digests.json"
    digests = read_note(known)
    lines = [f"{role}={prompt}" for role, prompt in sorted(prompts.items())]
    for path in _identifying_files(folder):
        lines.append(f"{path.relative_to(folder)} {_digest(path, digests)}")
    write_note(known, {path: entry for path, entry in digests.items() if Path(path).exists()})
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _given_folder(name: str) -> Path | None:
    """Return a model's folder given by its path; None for a name on the hub."""
    if is_network_path(name):
        raise EncoderError(
            f"the model {name} is on another machine, which is never asked for one. "
            "Copy its folder to this machine and name the copy"
        )
    try:
        folder = Path(name).expanduser()
    except RuntimeError as error:  # `~someone` who has no home here
        raise _no_folder(name) from error
    if folder.is_dir():
        return folder
    if folder.exists() or name.startswith((".", "/", "~")) or name.count("/") > 1:
        raise _no_folder(name)
    return None


def _no_folder(name: str) -> EncoderError:
    return EncoderError(f"there is no model folder at {name}. Check the path given as model")


def _full_name(name: str) -> str:
    return name if "/" in name else f"sentence-transformers/{name}"


def _downloaded(name: str) -> Path | None:
    """Return the folder of a model in the hub's cache, or None if its weights are not there."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        folder = Path(snapshot_download(name, local_files_only=True))
    except LocalEntryNotFoundError:
        return None
    except HFValidationError as error:
        raise EncoderError(
            f"'{name}' is neither a folder nor a name on the hub. Check the name given as model"
        ) from error
    return folder if any(folder.rglob("*.safetensors")) else None


def _download(name: str) -> Path:
    from huggingface_hub import constants, snapshot_download

    if constants.HF_HUB_OFFLINE:
        raise EncoderError(
            f"the model {name} is not downloaded and HF_HUB_OFFLINE is set. "
            "Unset it, or leave the model out to use the bundled one"
        )
    _log.warning("downloading the model %s from the hub", name)
    try:
        return Path(snapshot_download(name, allow_patterns=list(_DOWNLOADED)))
    except (OSError, ValueError, RuntimeError) as error:
        reason = str(error).strip().splitlines()[:1]
        raise EncoderError(
            f"cannot download the model {name}: {' '.join(reason) or type(error).__name__}. "
            "Check the name and the connection, or leave the model out to use the bundled one"
        ) from error


def _identifying_files(folder: Path) -> list[Path]:
    found: set[Path] = set()
    for place in (folder, *(module.folder for module in known_modules(folder))):
        found.update(_matching(place, _IDENTIFYING + _SETTINGS))
    return sorted(found)


def _matching(folder: Path, patterns: Iterable[str]) -> Iterable[Path]:
    return (path for pattern in patterns for path in folder.glob(pattern))


def _digest(path: Path, known: dict[str, Any]) -> str:
    real = path.resolve()
    state = real.stat()
    entry = known.get(str(real))
    if not (isinstance(entry, list) and entry[:2] == [state.st_size, state.st_mtime_ns]):
        with real.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        entry = known[str(real)] = [state.st_size, state.st_mtime_ns, digest]
    return str(entry[2])
