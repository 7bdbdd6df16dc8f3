"""Refuse a model folder that could run code or read outside itself, before anything is loaded.

sentence-transformers imports the classes and calls the functions that a folder's JSON files name.
Which names it refuses depends on its version. So only names that are known here are accepted,
whatever the version is.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from recommender.encoders.model_json import read_json, read_object, refused, settings_of, unreadable
from recommender.errors import EncoderError
from recommender.safe_open import is_network_path

MAX_MODEL_FILES = 10_000

# Versions of sentence-transformers name the classes of these modules by different paths.
_KINDS: Mapping[str, str] = {
    path: kind
    for kind in ("Transformer", "Pooling", "Dense", "Normalize")
    for path in (
        f"sentence_transformers.models.{kind}",
        f"sentence_transformers.models.{kind}.{kind}",
        f"sentence_transformers.base.modules.{kind.lower()}.{kind}",
        f"sentence_transformers.sentence_transformer.modules.{kind.lower()}.{kind}",
    )
}
_ACTIVATIONS = {
    "torch.nn.modules.linear.Identity",
    *(
        f"torch.nn.modules.activation.{name}"
        for name in ("ELU", "GELU", "LeakyReLU", "ReLU", "SELU", "Sigmoid", "SiLU", "Tanh")
    ),
}

_TRANSFORMER_SETTINGS = {
    "max_seq_length",
    "do_lower_case",
    "transformer_task",
    "modality_config",
    "module_output_name",
    "query_length",
    "document_length",
    "unpad_inputs",
}
_ARGUMENTS = {
    *("model_args", "tokenizer_args", "config_args"),
    *("model_kwargs", "processor_kwargs", "config_kwargs"),
}
_KNOWN_ARGUMENTS = {
    *("add_pooling_layer", "attn_implementation", "dtype", "torch_dtype", "use_cache"),
    *("do_lower_case", "model_max_length", "padding_side", "truncation_side", "use_fast"),
}
# `flash_attention_2` is not among them: without its package, transformers fetches code for it.
_ATTENTION = {None, "eager", "sdpa", "flex_attention", "batched_mm", "grouped_mm"}
_CODE_SETTINGS = {
    *("auto_map", "custom_pipelines", "trust_remote_code"),
    *("use_kernels", "kernel_config", "allow_all_kernels", "quantization_config"),
}
_WEIGHTS, _INDEX = "model.safetensors", "model.safetensors.index.json"
_SHARD = re.compile(r"[^/\\:\0]+\.safetensors")
_PICKLED_WEIGHTS = (".bin", ".pt", ".pth", ".ckpt")
_PICKLES = (".pkl", ".pickle")


@dataclass(frozen=True, slots=True)
class ModelModule:
    """One step from tokens to a vector: `kind` is Transformer, Pooling, Dense or Normalize."""

    kind: str
    folder: Path


def known_modules(folder: Path) -> list[ModelModule]:
    """Return the modules of a sentence-transformers folder, checked, in their order.

    A folder without `modules.json` is one Transformer. Raises EncoderError, naming the file and
    the entry, for anything in the folder that is not known to be safe.
    """
    _check_files(folder)
    _check_model_type(folder)
    modules = _listed_modules(folder)
    for place in dict.fromkeys([folder, *(module.folder for module in modules)]):
        _check_settings(place)
    for module in modules:
        if module.kind == "Transformer":
            _check_transformer(module.folder)
        if module.kind == "Dense":
            _check_activation(module.folder)
        if module.kind in ("Transformer", "Dense"):
            _check_weights(module)
    return modules


def _check_files(folder: Path) -> None:
    """Refuse links and special files; the hub's cache may link to its own `blobs` folder."""
    root = folder.resolve()
    blobs = root.parent.parent / "blobs" if root.parent.name == "snapshots" else None
    for number, path in enumerate(_entries(root), 1):
        if number > MAX_MODEL_FILES:
            raise EncoderError(
                f"{folder} holds over {MAX_MODEL_FILES:,} files, more than a model has. "
                "Check the path given as model"
            )
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            target = path.resolve()
            if blobs is None or not target.is_relative_to(blobs) or not target.is_file():
                raise EncoderError(
                    f"{path} is a link, and links in a model folder are not followed. "
                    "Put a copy of the file in its place"
                )
        elif not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            raise EncoderError(f"{path} is neither a file nor a folder. Remove it")


def _entries(root: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(root):
        yield from (Path(folder, name) for name in (*folders, *files))


def _check_model_type(folder: Path) -> None:
    path = folder / "config_sentence_transformers.json"
    kind = read_object(path).get("model_type") if path.exists() else None
    if kind not in (None, "SentenceTransformer"):
        raise refused(path, f"model type {kind!r}", ("SentenceTransformer",))


def _listed_modules(folder: Path) -> list[ModelModule]:
    listing = folder / "modules.json"
    if not listing.exists():
        return [ModelModule("Transformer", folder)]
    entries = read_json(listing)
    if not isinstance(entries, list) or not entries:
        raise unreadable(listing, "it holds no list of modules")
    return [_listed_module(folder, listing, entry) for entry in entries]


def _listed_module(folder: Path, listing: Path, entry: Any) -> ModelModule:
    kind, place = (entry.get("type"), entry.get("path")) if isinstance(entry, dict) else (None, "")
    if not isinstance(kind, str) or not isinstance(place, str):
        raise unreadable(listing, "a module has no type or no path")
    if kind not in _KINDS:
        raise refused(listing, f"module '{kind}'", dict.fromkeys(_KINDS.values()))
    if not _is_inside(place):
        raise EncoderError(
            f"{listing} names a module outside the model's folder: '{place}'. "
            "Use a model whose modules are folders inside its own"
        )
    return ModelModule(_KINDS[kind], folder / place)


def _is_inside(place: str) -> bool:
    """Return whether a relative path stays in its folder, as a path of any system."""
    windows, posix = PureWindowsPath(place), PurePosixPath(place)
    is_relative = not (windows.drive or windows.root or posix.root or "\0" in place)
    return is_relative and ".." not in windows.parts


def _check_settings(folder: Path) -> None:
    """Refuse settings that name code; transformers reads them from each `...config.json`."""
    for path in _files_in(folder):
        name = path.name.casefold()
        if name.endswith(_PICKLES):
            raise _pickled(path)
        if name == "adapter_config.json":
            raise EncoderError(f"{path} names another model to load. Use a model that is merged")
        if not name.endswith("config.json"):
            continue
        for key, value in settings_of(path):
            if key in _CODE_SETTINGS and value:
                raise refused(path, f"'{key}'")
            if key.endswith("_implementation") and not _is_known_attention(value):
                raise refused(path, f"'{key}' {value!r}", ("eager", "sdpa"))
            if name == "tokenizer_config.json" and key.endswith("_file"):
                _check_named_file(folder, path, value)


def _is_known_attention(value: Any) -> bool:
    values = value.values() if isinstance(value, dict) else [value]
    return all((one is None or isinstance(one, str)) and one in _ATTENTION for one in values)


def _check_named_file(folder: Path, settings: Path, name: Any) -> None:
    """Refuse a file elsewhere; many models name one of their maker's machine, which is not here."""
    if not isinstance(name, str) or _is_inside(name):
        return
    if is_network_path(name) or "\0" in name or os.path.lexists(folder / name):
        raise EncoderError(
            f"{settings} names a file outside the model's folder: '{name}'. Take the entry out"
        )


def _check_weights(module: ModelModule) -> None:
    """Refuse a module without safetensors: sentence-transformers would take pickled weights."""
    folder = module.folder
    if (folder / _WEIGHTS).is_file():
        return
    if module.kind == "Transformer" and (folder / _INDEX).is_file():
        _check_shards(folder / _INDEX)
        return
    for path in _files_in(folder):
        if path.name.casefold().endswith(_PICKLED_WEIGHTS):
            raise _pickled(path)
    raise EncoderError(
        f"cannot load the model {folder}: it has no {_WEIGHTS}. "
        "Check that it is a whole sentence-transformers folder"
    )


def _check_shards(index: Path) -> None:
    """Refuse an index of weights that names another kind of file, or one elsewhere."""
    shards = read_object(index).get("weight_map")
    for name in shards.values() if isinstance(shards, dict) else [None]:
        if not (isinstance(name, str) and _SHARD.fullmatch(name)):
            raise EncoderError(
                f"{index} names weights that are no .safetensors file of its folder: {name!r}. "
                "Use a whole model with .safetensors files"
            )


def _check_transformer(folder: Path) -> None:
    """Refuse settings of a Transformer by which it loads or calls what is not known here."""
    for path in _files_in(folder):
        name = path.name.casefold()
        if not (name.startswith("sentence_") and name.endswith("_config.json")):
            continue
        for key, value in read_object(path).items():
            if value is None:
                continue
            if key in _ARGUMENTS and isinstance(value, dict):
                _check_keys(path, value, _KNOWN_ARGUMENTS)
            elif key == "transformer_task" and value != "feature-extraction":
                raise refused(path, f"task {value!r}", ("feature-extraction",))
            elif key == "modality_config":
                _check_modalities(path, value)
            else:
                _check_keys(path, (key,), _TRANSFORMER_SETTINGS)


def _check_keys(path: Path, keys: Collection[str], known: Collection[str]) -> None:
    for key in keys:
        if key not in known:
            raise refused(path, f"'{key}'", sorted(known))


def _check_modalities(path: Path, value: Any) -> None:
    """Refuse a method of the model other than `forward`: sentence-transformers calls it by name."""
    kinds = value.values() if isinstance(value, dict) else [value]
    for kind in kinds:
        method = kind.get("method") if isinstance(kind, dict) else kind
        if method != "forward":
            raise refused(path, f"method {method!r}", ("forward",))


def _check_activation(folder: Path) -> None:
    path = folder / "config.json"
    activation = read_object(path).get("activation_function")
    if not isinstance(activation, str) or activation not in _ACTIVATIONS:
        known = sorted(name.rpartition(".")[2] for name in _ACTIVATIONS)
        raise refused(path, f"activation {activation!r}", known)


def _files_in(folder: Path) -> list[Path]:
    """Return the files of a module; one without files, as Normalize, may have no folder."""
    try:
        return sorted(path for path in folder.iterdir() if path.is_file())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise unreadable(folder, error.strerror or str(error)) from error


def _pickled(path: Path) -> EncoderError:
    return EncoderError(
        f"{path} is a pickle file, which can run code. "
        "Use a model with .safetensors files, or convert this one to them"
    )
