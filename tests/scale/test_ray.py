"""A cluster of Ray builds what one process builds, whoever is killed meanwhile."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from support.derived_files import FOUND_BY
from support.failing_encoders import TOKENS, BrokenEncoder, FailingEncoder, MortalEncoder
from support.project import ROOT
from support.stand_in import HashEncoder

from recommender import build
from recommender.builder.farm import keep, shards
from recommender.errors import RecommenderError, SettingsError
from recommender.store.layout import SEGMENT_FILES
from recommender.types import OnProgress

pytestmark = [pytest.mark.process, pytest.mark.slow]
ray = pytest.importorskip("ray", reason="Ray is not installed; `make test-scale` installs it")

ON = "ray://auto"
PATHS = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
STARTS = 3
SMALL = 80_000_000  # bytes of memory that a machine of the cluster shares


def started() -> Any:
    """Start the first machine; a busy system does not always do so in the 30 s that Ray waits."""
    from ray.cluster_utils import Cluster

    head = {"num_cpus": 0, "include_dashboard": False, "object_store_memory": SMALL}
    for _ in range(STARTS - 1):
        with suppress(RuntimeError):
            return Cluster(initialize_head=True, head_node_args=head)
    return Cluster(initialize_head=True, head_node_args=head)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A cluster of three machines, processes of this one, of which the first does no task."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", PATHS)
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        made = started()
        patch.setenv("RAY_ADDRESS", made.address)
        for _ in range(2):
            made.add_node(num_cpus=1, object_store_memory=SMALL)
        yield made
        made.shutdown()


@pytest.fixture(autouse=True)
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "SHARD_BYTES", 1_500)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    rows = [
        {
            "id": f"n{number}",
            "title": f"Kop {number}",
            "language": "nl",
            "text": f"De dijk hield het water van de rivier in week {number} nog tegen.\n\n"
            "Dit was de wekelijkse brief van de redactie aan alle lezers.",
        }
        for number in range(120)
    ]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def whole(source: Path, tmp_path: Path) -> dict[str, bytes]:
    """The files of the index that one process builds."""
    build(source, into=tmp_path / "whole", model=HashEncoder(max_tokens=TOKENS), processes=1)
    return files_of(tmp_path / "whole")


def files_of(index: Path) -> dict[str, bytes]:
    [segment] = (index / "segments").iterdir()
    return {name: (segment / name).read_bytes() for name in (*SEGMENT_FILES, *FOUND_BY)}


def once_encoding(act: Callable[[], None]) -> OnProgress:
    """Return what does something when the first texts are encoded."""
    is_done = False

    def on_progress(stage: str, done: int, total: int | None) -> None:
        nonlocal is_done
        if stage == "encode" and done and not is_done:
            is_done = True
            act()

    return on_progress


def test_a_worker_that_is_killed_costs_nothing(
    cluster: Any, source: Path, whole: dict[str, bytes], tmp_path: Path
) -> None:
    report = build(source, into=tmp_path / "index", model=MortalEncoder(tmp_path / "died"), on=ON)
    assert (tmp_path / "died").exists()
    assert report.articles == 120
    assert files_of(tmp_path / "index") == whole
    assert not (tmp_path / "index" / keep.FOLDER).exists()


def test_a_machine_that_is_lost_costs_nothing(
    cluster: Any, source: Path, whole: dict[str, bytes], tmp_path: Path
) -> None:
    lost = cluster.add_node(num_cpus=1, object_store_memory=SMALL)
    report = build(
        source,
        into=tmp_path / "index",
        model=HashEncoder(max_tokens=TOKENS),
        on=ON,
        on_progress=once_encoding(lambda: cluster.remove_node(lost, allow_graceful=False)),
    )
    assert report.articles == 120
    assert files_of(tmp_path / "index") == whole


DRIVER = """
import os, signal, sys
from support.failing_encoders import FailingEncoder
from recommender import build
from recommender.builder.farm import shards
shards.SHARD_BYTES = 1_500
def die(stage, done, total):
    if stage == "encode" and done:
        os.kill(os.getpid(), signal.SIGKILL)
source, index, noted = sys.argv[1:]
build(source, into=index, model=FailingEncoder(noted), on="ray://auto", on_progress=die)
"""


def test_a_build_that_was_killed_goes_on(
    cluster: Any, source: Path, whole: dict[str, bytes], tmp_path: Path
) -> None:
    index, noted = tmp_path / "index", tmp_path / "noted"
    killed = subprocess.run(
        [sys.executable, "-c", DRIVER, str(source), str(index), str(noted)],
        capture_output=True,
        env=os.environ,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    before = len(noted.read_text().splitlines())
    report = build(source, into=index, model=FailingEncoder(noted), on=ON)
    lines = noted.read_text().splitlines()
    assert before > 0
    assert len(lines) < len(set(lines)) + before
    assert report.articles == 120
    assert files_of(index) == whole


def test_machines_that_share_only_storage_build_the_same(
    cluster: Any, source: Path, whole: dict[str, bytes], tmp_path: Path
) -> None:
    model = MortalEncoder(tmp_path / "died")
    parts = f"file://{tmp_path}/parts"
    report = build(source, into=tmp_path / "index", model=model, on=ON, parts=parts)
    assert (tmp_path / "died").exists()
    assert report.articles == 120
    assert files_of(tmp_path / "index") == whole
    assert not [path for path in (tmp_path / "parts").rglob("*") if path.is_file()]


def test_what_fails_on_a_machine_is_named(cluster: Any, source: Path, tmp_path: Path) -> None:
    with pytest.raises(
        RecommenderError, match=r"articles, 'n\d+' to 'n\d+': ZeroDivisionError: no vectors today"
    ):
        build(source, into=tmp_path / "index", model=BrokenEncoder(), on=ON)


def test_a_cluster_that_is_not_there_is_an_error_in_words(source: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="ray://"):
        build(source, into=tmp_path / "index", model=HashEncoder(), on="ray://127.0.0.1:9")
