"""Show how well the text of labelled pages of hard shapes is found, beside the extractor alone.

    python -m benchmarks.pages

The pages are those of the tests: their own shapes, around the labelled articles of the tests.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import trafilatura

from recommender.articles.formats.html import decoded, page_article
from recommender.errors import SourceError

TESTS = Path(__file__).parent.parent / "tests"


def main() -> None:
    """Print precision, recall and F for each shape and for all."""
    sys.path.insert(0, str(TESTS))
    from support.hard_pages import by_shape, figures, pages

    among = pages()
    print("| shape | recommender: precision | recall | F | extractor: precision | recall | F |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for name, some in [*by_shape(among), (f"all {len(among)}", among)]:
        cells = [_row(figures(find, some)) for find in (_ours, _extractors)]
        print(f"| {name.replace('_', ' ')} | {' | '.join(cells)} |")


def _row(found: tuple[float, float, float]) -> str:
    return " | ".join(f"{one:.3f}" for one in found)


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
