"""Files are written whole or named in an error."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.process


def test_a_file_that_cannot_be_made_is_named_and_nothing_else_is_said(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "file"
    code = f"import pathlib, recommender.store.files as s; s.Output(pathlib.Path({str(path)!r}))"
    # What Python 3.13 tells of errors while an object is let go, older ones tell in this mode.
    ran = subprocess.run([sys.executable, "-X", "dev", "-c", code], capture_output=True, text=True)
    assert f"No such file or directory: '{path}'" in ran.stderr
    assert "Exception ignored" not in ran.stderr
