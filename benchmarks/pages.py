"""Show how well the text of labelled web pages is found, beside the extractor alone.

    python -m benchmarks.pages            pages of the tests: their own shapes, hard ones
    python -m benchmarks.pages FOLDER     real pages: a checkout of article-extraction-benchmark

The pages of the tests are made around their labelled articles; a segment is found or not. Real
pages are compared by the runs of four words that a text shares with that of a person. The figures
are stored in `results/pages.json`.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean

import trafilatura

from benchmarks.circumstances import RESULTS, circumstances, store
from recommender.articles.formats.html import decoded, page_article
from recommender.errors import SourceError

TESTS = Path(__file__).parent.parent / "tests"
RUN = 4
Figures = tuple[float, float, float]
Find = Callable[[bytes], str]


def main() -> None:
    """Print precision, recall and F of both, and store them."""
    parser = argparse.ArgumentParser(prog="benchmarks.pages", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="real pages with their texts")
    folder = parser.parse_args().folder
    table = _of_tests() if folder is None else {"real pages": _of_folder(folder)}
    print("| pages | recommender: precision | recall | F | extractor: precision | recall | F |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for name, both in table.items():
        cells = (" | ".join(f"{one:.3f}" for one in figures) for figures in both)
        print(f"| {name} | {' | '.join(cells)} |")
    path = RESULTS / "pages.json"
    known = json.loads(path.read_text("utf-8"))["pages"] if path.exists() else {}
    rounded = {
        name: [[round(one, 3) for one in some] for some in both] for name, both in table.items()
    }
    store(path, {**circumstances(), "pages": {**known, **rounded}})


def _of_tests() -> dict[str, Sequence[Figures]]:
    sys.path.insert(0, str(TESTS))
    from support.hard_pages import by_shape, figures, pages

    among = pages()
    return {
        name.replace("_", " "): [figures(find, some) for find in (_ours, _extractors)]
        for name, some in [*by_shape(among), ("all made pages", among)]
    }


def _of_folder(folder: Path) -> Sequence[Figures]:
    """Return the figures of real pages, `html/NAME.html.gz`, labelled in `ground-truth.json`."""
    labels = json.loads((folder / "ground-truth.json").read_text("utf-8"))
    pages = [
        (gzip.decompress((folder / "html" / f"{name}.html.gz").read_bytes()), one["articleBody"])
        for name, one in labels.items()
    ]
    return [_by_runs(find, pages) for find in (_ours, _extractors)]


def _by_runs(find: Find, pages: Sequence[tuple[bytes, str]]) -> Figures:
    """Return the mean precision and recall of pages by runs of words, and the F of both."""
    precisions, recalls = [], []
    for data, wanted in pages:
        found, right = _runs(find(data)), _runs(wanted)
        both = (found & right).total()
        precisions.append(both / found.total() if found else 0.0)
        recalls.append(both / right.total() if right else 1.0)
    precision, recall = mean(precisions), mean(recalls)
    return precision, recall, 2 * precision * recall / (precision + recall)


def _runs(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return Counter(tuple(words[at : at + RUN]) for at in range(max(len(words) - RUN + 1, 1)))


def _ours(data: bytes) -> str:
    try:
        return page_article("a", "a.html", decoded(data).text).text
    except SourceError:
        return ""


def _extractors(data: bytes) -> str:
    find: Callable[..., str | None] = trafilatura.extract
    return find(data, include_comments=False, include_tables=True) or ""


if __name__ == "__main__":
    main()
