"""Measure related articles with and without boilerplate: python -m benchmarks.boilerplate FOLDER.

FOLDER holds articles and labels, as `recommender evaluate` reads them. The first index leaves out
blocks that recur in the archive. The second keeps them all, by a list with `keep` for every block.
Results go to benchmarks/boilerplate/related.json.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from benchmarks.circumstances import circumstances, store
from recommender.evaluate.evaluate import ALL_LANGUAGES, Measure, evaluate_folder
from recommender.passages.boilerplate import BOILERPLATE_FILE, BlockVerdict, list_text, read_list

RESULTS_FILE = Path(__file__).with_name("related.json")


def measured(folder: Path, index: Path, measure: Measure) -> dict[str, Any]:
    """Return the counts of articles and passages, and the figures over all languages."""
    [found] = evaluate_folder(folder, into=index, measure=measure)
    results = [asdict(one) for one in found.results if one.language == ALL_LANGUAGES]
    return {"articles": found.articles, "passages": found.passages, "results": results}


def keep_all(index: Path) -> int:
    """Write `keep` for every block on the list of the index; return the number of blocks."""
    path = index / BOILERPLATE_FILE
    kept = [replace(one, verdict=BlockVerdict.KEEP) for one in read_list(path)]
    path.write_text(list_text(kept), encoding="utf-8")
    return len(kept)


def main() -> None:
    """Measure both indexes of a folder and store the figures."""
    parser = argparse.ArgumentParser(prog="benchmarks.boilerplate", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sample", type=int, default=200, help="questions of each kind")
    options = parser.parse_args()
    measure = Measure(sample=options.sample)
    results = circumstances() | {"set": options.folder.name, "sample": options.sample}
    with tempfile.TemporaryDirectory() as scratch:
        without, kept = Path(scratch, "without"), Path(scratch, "kept")
        results["boilerplate left out"] = measured(options.folder, without, measure)
        shutil.copytree(without, kept)
        results["learned blocks"] = keep_all(kept)
        results["boilerplate kept"] = measured(options.folder, kept, measure)
    store(RESULTS_FILE, results)


if __name__ == "__main__":
    main()
