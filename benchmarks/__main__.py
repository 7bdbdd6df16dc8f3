"""Measure, store the figures with machine, versions and commit, and fill benchmarks/README.md."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from benchmarks import cold, encoding, sources
from benchmarks.circumstances import circumstances
from benchmarks.table import fill_page

RESULTS = Path(__file__).with_name("results")
MEASURES = {"encoding": encoding.measure, "cold": cold.measure, "sources": sources.measure}


def main() -> None:
    """Run the measurements that were named, or all."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("measures", nargs="*", metavar="|".join(MEASURES))
    for name in parser.parse_args().measures or MEASURES:
        if name not in MEASURES:
            parser.error(f"{name} is not one of: {', '.join(MEASURES)}")
        result = circumstances() | MEASURES[name]()
        RESULTS.mkdir(exist_ok=True)
        path = RESULTS / f"{name}.json"
        path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        print(f"{path}: written")
    fill_page()


if __name__ == "__main__":
    main()
