"""The wheel of the bundled model installs anywhere, and its weights are the ones that are found."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from support.model_wheel import write_wheel

from recommender.encoders.bundled import package
from recommender.encoders.bundled.package import OWN_PACKAGE, WEIGHTS_FILE


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A small file in place of the weights."""
    path = tmp_path / "given.bin"
    path.write_bytes(b"weights " * 100)
    return path


def test_the_same_weights_make_the_same_wheel(weights: Path, tmp_path: Path) -> None:
    first, second = (write_wheel(weights, tmp_path / name) for name in ("one", "two"))
    assert first.name.endswith("-py3-none-any.whl")
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as packed:
        assert packed.read(f"{OWN_PACKAGE}/{WEIGHTS_FILE}") == weights.read_bytes()
        named = {one.split(",")[0] for one in _record(packed).splitlines()}
        assert named == set(packed.namelist())


def _record(packed: zipfile.ZipFile) -> str:
    [name] = [one for one in packed.namelist() if one.endswith("RECORD")]
    return packed.read(name).decode()


@pytest.mark.process
def test_an_installed_wheel_is_found_before_the_other_package(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel, place = write_wheel(weights, tmp_path), tmp_path / "installed"
    arguments = ("install", "--quiet", "--no-index", "--no-deps", "--target", place, wheel)
    subprocess.run([sys.executable, "-m", "pip", *map(str, arguments)], check=True)
    monkeypatch.syspath_prepend(str(place))
    monkeypatch.setattr(package, "WEIGHTS_BYTES", weights.stat().st_size)
    monkeypatch.setattr(package, "WEIGHTS_SHA256", package._sha256(weights))
    assert package.find_weights() == place / OWN_PACKAGE / WEIGHTS_FILE
    assert OWN_PACKAGE not in sys.modules
