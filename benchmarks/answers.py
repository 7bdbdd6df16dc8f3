"""Measure answers on labelled data and store the figures: python -m benchmarks.answers FOLDER.

FOLDER is what `recommender evaluate` takes. Each set's figures go to benchmarks/evaluation/.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from benchmarks.circumstances import circumstances, store
from recommender.cli.progress import progress
from recommender.evaluate.evaluate import SAMPLE, Measure, evaluate_folder

EVALUATION = Path(__file__).with_name("evaluation")


def main() -> None:
    """Measure all sets of a folder with the default options."""
    parser = argparse.ArgumentParser(prog="benchmarks.answers", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--into", type=Path, help="keep the index here")
    parser.add_argument("--sample", type=int, default=SAMPLE, help="questions; 0 for all")
    parser.add_argument("-k", type=int, default=10, help="answers to judge")
    options = parser.parse_args()
    facts = circumstances()
    with progress(quiet=False) as on_progress:
        found = evaluate_folder(
            options.folder,
            into=options.into,
            measure=Measure(options.k, options.sample),
            on_progress=on_progress,
        )
    for one in found:
        store(EVALUATION / f"{one.name}.json", facts | asdict(one))


if __name__ == "__main__":
    main()
