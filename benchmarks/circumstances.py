"""Describe a run for its file of results: date, commit, machine and versions; write the file."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from recommender.encoders.precision import cpu_name

PACKAGES = ("torch", "sentence-transformers", "openvino", "onnxruntime", "numpy", "faiss-cpu")
RESULTS = Path(__file__).with_name("results")
# The files that runs write, below the folder of the repository.
WRITTEN = ("benchmarks/**/*.json", "benchmarks/**/*.svg", "benchmarks/*.md")


def circumstances() -> dict[str, Any]:
    """Return the date, commit, machine and versions; each file of results holds them."""
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "commit": _commit(),
        "processor": cpu_name().partition(":")[2].strip() or platform.processor(),
        "processors": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "versions": {name: _version(name) for name in PACKAGES},
    }


def store(path: Path, results: Mapping[str, Any]) -> None:
    """Write the results of a run as JSON, and print where they are."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print(f"{path}: written", flush=True)


def _commit() -> str:
    """Return the commit, with `-dirty` if files changed other than those that runs write."""
    commit = _git("rev-parse", "--short", "HEAD").stdout.strip()
    others = (f":(exclude,glob){path}" for path in WRITTEN)
    changed = commit and _git("diff", "--quiet", "HEAD", "--", ".", *others).returncode
    return f"{commit}-dirty" if changed else commit


def _git(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
