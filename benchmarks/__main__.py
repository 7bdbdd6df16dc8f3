"""Measure speed, store the figures with machine and commit, and fill benchmarks/README.md."""

from __future__ import annotations

import argparse

from benchmarks import cold, encoding, sources
from benchmarks.circumstances import RESULTS, circumstances, store
from benchmarks.table import fill_page

MEASURES = {"encoding": encoding.measure, "cold": cold.measure, "sources": sources.measure}


def main() -> None:
    """Run the named measurements, or all of them."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("measures", nargs="*", metavar="|".join(MEASURES))
    for name in parser.parse_args().measures or MEASURES:
        if name not in MEASURES:
            parser.error(f"{name} is no measurement; name some of: {', '.join(MEASURES)}")
        store(RESULTS / f"{name}.json", circumstances() | MEASURES[name]())
    fill_page()


if __name__ == "__main__":
    main()
