"""Measure answers on labelled data and store the figures: python -m benchmarks.answers FOLDER.

FOLDER is what `recommender evaluate` takes. Each set's figures go to benchmarks/evaluation/.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.circumstances import circumstances
from recommender.cli.progress import progress
from recommender.evaluate.evaluate import SAMPLE, Measure, evaluate_folder

RESULTS = Path(__file__).with_name("evaluation")


def main() -> None:
    """Measure the sets in a folder, all with the defaults."""
    parser = argparse.ArgumentParser(prog="benchmarks.answers", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--into", type=Path, help="keep the index here")
    parser.add_argument("--sample", type=int, default=SAMPLE, help="questions; 0 for all")
    parser.add_argument("-k", type=int, default=10, help="answers looked at")
    asked = parser.parse_args()
    around = circumstances()
    with progress(quiet=False) as on_progress:
        found = evaluate_folder(
            asked.folder,
            into=asked.into,
            measure=Measure(asked.k, asked.sample),
            on_progress=on_progress,
        )
    for one in found:
        store(around, asdict(one))


def store(around: Mapping[str, Any], evaluation: Mapping[str, Any]) -> None:
    """Write one set's figures beside how they were measured."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{evaluation['name']}.json"
    path.write_text(json.dumps({**around, **evaluation}, indent=1) + "\n", encoding="utf-8")
    print(f"{path}: written")


if __name__ == "__main__":
    main()
