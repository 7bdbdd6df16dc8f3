"""Measure an export of a whole index, and a second one: python -m benchmarks.export INDEX.

Both are commands in processes of their own, into a folder that is deleted again. The index is only
read; name one that the present version built. Results go to benchmarks/results/export.json.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.circumstances import circumstances

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "export.json"


def export(index: str, folder: Path) -> dict[str, Any]:
    """Export, and return what was done in what time."""
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "recommender", "export", folder, "-i", index, "--format", "json"],
        check=True,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    seconds = time.perf_counter() - started
    report = json.loads(done.stdout)
    found = {name: report[name] for name in ("articles", "asked", "written", "removed")}
    per_second = round(report["asked"] / seconds, 1)
    return found | {"seconds": round(seconds, 1), "asked_per_second": per_second}


def main(index: str) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "related")
        result = circumstances() | {"first": export(index, folder)}
        result["second"] = export(index, folder)
        files = [path for path in folder.rglob("*") if path.is_file()]
        result["files"] = len(files)
        result["megabytes"] = sum(path.stat().st_size for path in files) // 1_000_000
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(RESULTS.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main(sys.argv[1])
