"""Tells which files and rows were left out, in lines that people read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from recommender.layout import one_line
from recommender.types import Refusal

# Rows of a file that are named for one reason; of the others their number tells enough.
NAMED_ROWS = 3


def left_out_lines(refusals: Iterable[Refusal]) -> Iterator[str]:
    """Yield a line for each refusal, but for rows of a file beyond the first few one for all."""
    counts: Counter[tuple[str, str]] = Counter()
    for refusal in refusals:
        file, _, row = refusal.place.rpartition(":")
        if row.isdigit():
            counts[file, refusal.reason] += 1
            if counts[file, refusal.reason] > NAMED_ROWS:
                continue
        yield f"left out: {one_line(refusal.place)}: {one_line(refusal.reason)}"
    for (file, reason), count in counts.items():
        if more := max(count - NAMED_ROWS, 0):
            rows = "row" if more == 1 else "rows"
            yield f"left out: {one_line(file)}: {more:,} more {rows}: {one_line(reason)}"
