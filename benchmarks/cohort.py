"""Encode the texts of the cohort with the bundled model: python -m benchmarks.cohort.

Run it with RECOMMENDER_PRECISION=float32. The texts are in recommender/data/cohort.tsv, each with
its language. Their vectors go beside it, as `cohort.npz`. Confidence compares queries with them
(docs/how-it-works.md).
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from recommender.encoders.load import load_encoder
from recommender.text.language_tags import language_key

TEXTS = Path(__file__).parent.parent / "recommender" / "data" / "cohort.tsv"


def main() -> None:
    """Write the language and the vector of each text."""
    with TEXTS.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))
    encoder = load_encoder()
    vectors = encoder.encode([row["text"] for row in rows], role="passage").astype(np.float16)
    languages = np.array([language_key(row["language"]) for row in rows])
    file = TEXTS.with_suffix(".npz")
    np.savez_compressed(file, languages=languages, vectors=vectors)
    print(f"{file.name}: {len(rows)} texts, {file.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
