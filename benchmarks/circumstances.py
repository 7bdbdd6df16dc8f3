"""What a file of results says of the run: when, on what machine, with which versions."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from recommender.encoders.precision import cpu_name

PACKAGES = ("torch", "sentence-transformers", "openvino", "onnxruntime", "numpy", "faiss-cpu")
# What runs write, below the folder of the repository.
WRITTEN = ("benchmarks/**/*.json", "benchmarks/**/*.svg", "benchmarks/*.md")


def circumstances() -> dict[str, Any]:
    """Return date, commit, machine and versions, as each file of results holds them."""
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "commit": _commit(),
        "processor": cpu_name().partition(":")[2].strip() or platform.processor(),
        "processors": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "versions": {name: _version(name) for name in PACKAGES},
    }


def _commit() -> str:
    """Return the commit; what a run before wrote of its results makes it no other code."""
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
