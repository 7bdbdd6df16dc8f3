"""Files are written whole or named in an error."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from recommender.store.files import write_json

pytestmark = pytest.mark.process


def test_a_file_that_cannot_be_made_is_named_and_nothing_else_is_said(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "file"
    code = f"import pathlib, recommender.store.files as s; s.Output(pathlib.Path({str(path)!r}))"
    # What Python 3.13 tells of errors while an object is let go, older ones tell in this mode.
    ran = subprocess.run([sys.executable, "-X", "dev", "-c", code], capture_output=True, text=True)
    assert f"No such file or directory: '{path}'" in ran.stderr
    assert "Exception ignored" not in ran.stderr


def test_json_has_a_line_for_each_field_whatever_a_value_holds(tmp_path: Path) -> None:
    value: dict[str, Any] = {
        "name": "Ĥa",
        "none": None,
        "list": [1.5, {"a\n": [True]}],
        "empty": {},
    }
    write_json(tmp_path / "value.json", value)
    text = (tmp_path / "value.json").read_text("utf-8")
    assert json.loads(text) == value
    assert len(text.splitlines()) == len(value) + 2
