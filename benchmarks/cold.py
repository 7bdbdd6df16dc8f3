"""Measure a command as a process of its own, against a script of five lines with the same model.

The commands take turns. Processor seconds are given beside seconds, because other work on the
machine changes them less. All modules are compiled before, as an installation has them.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.texts import SEEDS, passages
from recommender.encoders.bundled.package import bundled_model_folder

ROUNDS = 5
SCRIPT = """import sys, numpy as np
from sentence_transformers import SentenceTransformer
model = SentenceTransformer(sys.argv[1], device="cpu")
query = model.encode("gevechten om Bachmoet", prompt_name="query", normalize_embeddings=True)
print(np.argsort(-np.load(sys.argv[2]) @ query)[:10])
"""
ARTICLE = "000_1010306ca34bd51d"


def measure() -> dict[str, Any]:
    """Return the medians of each command, the script first."""
    with tempfile.TemporaryDirectory() as name:
        index = Path(name) / "vectors"
        passages(index)
        [vectors] = list(index.glob("segments/*/vectors.npy"))[:1]
        python = [sys.executable, "-m", "recommender"]
        at = ["--index", str(index)]
        commands = {
            "sentence-transformers script": [
                *(sys.executable, "-c", SCRIPT),
                *(str(bundled_model_folder()), str(vectors)),
            ],
            "search": [*python, "search", "gevechten om Bachmoet", *at],
            "similar": [*python, "similar", f"{ARTICLE}#4", *at],
            "related": [*python, "related", ARTICLE, *at],
            "status": [*python, "status", *at],
            "--help": [*python, "--help"],
        }
        compiled = Path(name) / "compiled"
        runs = [
            {way: _run(command, compiled) for way, command in commands.items()}
            for _ in range(ROUNDS + 1)
        ][1:]  # the first compiles the modules, and fills the system's file cache
    base = next(iter(commands))
    return {
        "rounds": ROUNDS,
        "commands": [
            {
                "command": way,
                "seconds": statistics.median(run[way]["seconds"] for run in runs),
                "cpu_seconds": statistics.median(run[way]["cpu_seconds"] for run in runs),
                "peak_mb": max(run[way]["peak_mb"] for run in runs),
                "share": statistics.median(
                    run[way]["seconds"] / run[base]["seconds"] for run in runs
                ),
            }
            for way in commands
        ],
    }


_TIMED = """import json, resource, subprocess, sys, time
started = time.perf_counter()
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"seconds": time.perf_counter() - started, "peak_mb": used.ru_maxrss / 1024,
                  "cpu_seconds": used.ru_utime + used.ru_stime}))
sys.exit(done.returncode)
"""


def _run(command: list[str], compiled: Path) -> dict[str, float]:
    kept = {"PYTHONPYCACHEPREFIX": str(compiled), "PYTHONDONTWRITEBYTECODE": ""}
    done = subprocess.run(
        [sys.executable, "-c", _TIMED, *command],
        cwd=SEEDS.parent,
        env={**os.environ, **kept, "PYTHONPATH": str(SEEDS.parent)},
        stdout=subprocess.PIPE,
        check=True,
    )
    figures: dict[str, float] = json.loads(done.stdout)
    return figures
