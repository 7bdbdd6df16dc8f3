"""Read the texts that benchmarks encode: every passage of `seeds/`, in several languages."""

from __future__ import annotations

from pathlib import Path

from recommender import Recommender, build

SEEDS = Path(__file__).parent.parent / "seeds"


def passages(folder: Path) -> list[str]:
    """Build an index of the seeds in `folder` and return the texts of its passages."""
    build(SEEDS, into=folder)
    with Recommender.open(folder) as recommender:
        snapshot = recommender.local
        return [
            snapshot.passage(row, snapshot.article(position)).text
            for position in range(len(snapshot.columns.live_articles))
            for row in snapshot.rows(position)
        ]
