"""Everything but other models works without torch, transformers and scipy."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from support.light import HEAVY, PAGE, light
from support.project import ROOT, SEEDS, USERS_ARTICLE

MISSING = {one.replace("-", "_") for one in HEAVY} | {"scipy"}
# Run in the process of the command, before anything else: as if they were not installed.
BLOCK = f"""
import sys
from importlib.abc import MetaPathFinder

class Missing(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {MISSING!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Missing())
"""


def run(code: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", BLOCK + code, *arguments],
        capture_output=True,
        encoding="utf-8",
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "HOME": str(folder), "PYTHONUTF8": "1"},
        timeout=300,
        check=False,
    )


def command(folder: Path, *arguments: str) -> str:
    done = run("from recommender.cli import main; main()", *arguments, folder=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_list_of_what_is_needed_follows_from_the_project() -> None:
    assert PAGE.read_text("utf-8") == light(), "run: python tests/support/light.py"


@pytest.mark.process
@pytest.mark.model
def test_an_index_is_built_asked_and_served_without_them(tmp_path: Path) -> None:
    rows = tmp_path / "articles"
    rows.mkdir()
    for path in sorted(SEEDS.glob("*.txt"))[:6]:
        (rows / path.name).write_bytes(path.read_bytes())
    command(tmp_path, "build", str(rows), "--into", "vectors", "--quiet")
    assert command(tmp_path, "search", "Bachmoet", "--explain")
    assert command(tmp_path, "related", USERS_ARTICLE)
    draft = str(SEEDS / "en-world-cup-final.txt")
    assert command(tmp_path, "related", "--file", draft, "--min-strength", "0")
    served = """
from pathlib import Path
from recommender.serve.app import make_app
from recommender.serve.options import ServeOptions
from starlette.testclient import TestClient
with TestClient(make_app(ServeOptions(index=Path("vectors"))), "http://localhost") as client:
    for path in ("/v1/search?q=Bachmoet", "/?q=Bachmoet", "/stories"):
        print(client.get(path).status_code)
"""
    done = run(served, folder=tmp_path)
    assert done.stdout.split() == ["200", "200", "200"], done.stderr


@pytest.mark.process
@pytest.mark.model
def test_another_model_is_refused_with_advice(tmp_path: Path) -> None:
    done = run(
        "from recommender.cli import main; main()",
        *("build", str(SEEDS), "--model", "some/model"),
        folder=tmp_path,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
