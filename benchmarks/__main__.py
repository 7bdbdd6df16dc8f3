"""Measure, store the figures with machine, versions and commit, and fill the README's table."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks import cold, encoding
from benchmarks.table import fill_readme
from recommender.encoders.precision import cpu_name

RESULTS = Path(__file__).with_name("results")
PACKAGES = ("torch", "sentence-transformers", "openvino", "onnxruntime", "numpy", "faiss-cpu")
MEASURES = {"encoding": encoding.measure, "cold": cold.measure}


def main() -> None:
    """Run the measurements that were named, or all."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("measures", nargs="*", metavar="|".join(MEASURES))
    for name in parser.parse_args().measures or MEASURES:
        if name not in MEASURES:
            parser.error(f"{name} is not one of: {', '.join(MEASURES)}")
        result = _circumstances() | MEASURES[name]()
        RESULTS.mkdir(exist_ok=True)
        path = RESULTS / f"{name}.json"
        path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        print(f"{path}: written")
    fill_readme()


def _circumstances() -> dict[str, Any]:
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
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    )
    return done.stdout.strip()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


if __name__ == "__main__":
    main()
