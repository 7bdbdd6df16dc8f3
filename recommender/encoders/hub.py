"""Find a model's folder by name, refuse what would run code of strangers, and identify it."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from recommender.encoders.base import PromptRole
from recommender.encoders.model_cache import cache_folder, read_note, write_note
from recommender.errors import EncoderError

_log = logging.getLogger("recommender")

_DOWNLOADED = ("*.json", "*.safetensors", "*.txt", "*.model")
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.pkl", "*.ckpt")
_IDENTIFYING = ("*.safetensors", "*.txt", "*.model", "tokenizer.json", "modules.json")
_SETTINGS = ("config.json", "sentence_bert_config.json")


def locate_model(name: str) -> Path:
    """Return the folder of a model given as a folder or as a name on the hub.

    A hub model that is not downloaded yet is downloaded, after one line in the log, unless
    HF_HUB_OFFLINE is set. Raises EncoderError where there is no such model.
    """
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    if folder.exists() or name.startswith((".", "/", "~")) or name.count("/") > 1:
        raise EncoderError(f"there is no model folder at {name}. Check the path given as model")
    full_name = name if "/" in name else f"sentence-transformers/{name}"
    return _downloaded(full_name) or _download(full_name)


def refuse_unsafe(folder: Path) -> None:
    """Raise EncoderError for a model that needs code of its own or carries only pickled weights."""
    for part in _parts(folder):
        for settings in part.glob("*config.json"):
            if "auto_map" in read_note(settings):
                raise _needs_code(folder, f"'auto_map' in {settings.name}")
        if any(_matching(part, _PICKLES)) and not any(part.glob("*.safetensors")):
            raise EncoderError(
                f"the model {folder} has weights only in pickle files, which can run code. "
                "Use a model with .safetensors files, or convert this one to them"
            )


def model_fingerprint(folder: Path, prompts: Mapping[PromptRole, str]) -> str:
    """Return the SHA-256 over a model's weights, tokenizer, module settings and prompts.

    The digests of files are remembered by path, size and time of change.
    """
    known = cache_folder() / "digests.json"
    digests = read_note(known)
    lines = [f"{role}={prompt}" for role, prompt in sorted(prompts.items())]
    for path in _identifying_files(folder):
        lines.append(f"{path.relative_to(folder)} {_digest(path, digests)}")
    write_note(known, {path: entry for path, entry in digests.items() if Path(path).exists()})
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _downloaded(name: str) -> Path | None:
    """Return the folder of a model in the hub's cache if its weights are there too."""
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


def _parts(folder: Path) -> list[Path]:
    """Return the folder and those of its modules; raise EncoderError for a foreign module."""
    listing = folder / "modules.json"
    if not listing.exists():
        return [folder]
    try:
        modules = [(str(module["type"]), str(module["path"])) for module in _read_list(listing)]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise EncoderError(
            f"cannot read {listing}: {error}. Check that the folder is a whole model"
        ) from error
    for kind, path in modules:
        if not kind.startswith("sentence_transformers."):
            raise _needs_code(folder, f"module '{kind}' in modules.json")
        if not (folder / path).resolve().is_relative_to(folder.resolve()):
            raise EncoderError(f"{listing} names a module outside the model's folder: {path}")
    return list(dict.fromkeys([folder, *(folder / path for _, path in modules)]))


def _read_list(path: Path) -> list[Any]:
    value = json.loads(path.read_bytes())
    if not isinstance(value, list):
        raise ValueError("it holds no list")
    return value


def _needs_code(folder: Path, where: str) -> EncoderError:
    return EncoderError(
        f"the model {folder} needs code of its own to run ({where}), and code that comes with a "
        "model is never run. Use a model that sentence-transformers knows by itself"
    )


def _identifying_files(folder: Path) -> list[Path]:
    found: set[Path] = set()
    for part in _parts(folder):
        found.update(_matching(part, _IDENTIFYING + _SETTINGS))
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
