"""`recommender doctor` names what encodes, how the index is, and the next step for each problem."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from recommender.builder.doctor import examine
from recommender.encoders.bundled import open as bundled_open
from recommender.encoders.bundled.model import fast_model_folder
from recommender.encoders.bundled.package import bundled_fingerprint
from recommender.encoders.openvino import runtime
from recommender.encoders.openvino.choose import note_path


def test_a_sound_installation(run: Any, seeds_index: Path) -> None:
    done = run("doctor", "--index", seeds_index, "--format", "json", RECOMMENDER_PRECISION="auto")
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert facts["encoder"] == "multilingual-e5-small-q4"
    assert facts["arithmetic"].startswith("openvino ")
    assert facts["problems"] == []
    assert facts["threads"] >= 1
    assert facts["tokens_per_second"] > 0
    assert facts["gpu"] == "none" or "never measured" in facts["gpu"]
    assert facts["cache_bytes"] > 10_000_000  # a compiled model in one arithmetic at least
    assert any(trial.startswith("int8 ") for trial in facts["trials"])
    assert facts["snapshot"]


def test_no_index_is_said_with_what_to_run(run: Any) -> None:
    done = run("doctor", "--index", "none")
    assert done.returncode == 1
    assert "run: recommender build" in done.stderr
    assert "multilingual-e5-small-q4" in done.stdout


def test_damage_in_the_index_is_named(seeds_index: Path, tmp_path: Path) -> None:
    folder = tmp_path / "vectors"
    shutil.copytree(seeds_index, folder)
    [vectors] = folder.glob("segments/*/vectors.npy")
    content = bytearray(vectors.read_bytes())
    content[-1] ^= 1
    vectors.write_bytes(content)
    assert any("vectors.npy" in problem for problem in examine(folder).problems)


def test_damage_in_the_cache_is_named(
    seeds_index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "cache" / fast_model_folder().name
    shutil.copytree(fast_model_folder(), folder)
    note = note_path("auto", bundled_fingerprint())
    shutil.copytree(note.parent, tmp_path / "cache" / note.parent.name)
    monkeypatch.setenv("RECOMMENDER_CACHE", str(tmp_path / "cache"))
    before = examine(seeds_index).problems  # a processor may lack an arithmetic
    assert not any("damaged" in one for one in before)
    with (folder / "words.q4").open("r+b") as stream:
        stream.write(b"x")
    [problem] = set(examine(seeds_index).problems) - set(before)
    assert problem == f"{folder}: damaged: words.q4; delete this folder, and it is made again"


def test_a_missing_runtime_is_named(seeds_index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (bundled_open, runtime):
        monkeypatch.setattr(module, "is_installed", lambda: False)
    found = examine(seeds_index)
    assert found.facts["arithmetic"] == "sentence-transformers"
    [problem] = found.problems
    assert problem.endswith("run: pip install openvino")


def test_an_unknown_precision_is_named(seeds_index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECOMMENDER_PRECISION", "int4")
    [problem] = examine(seeds_index).problems
    assert problem.startswith("RECOMMENDER_PRECISION=int4 is not a precision. Set it to")
