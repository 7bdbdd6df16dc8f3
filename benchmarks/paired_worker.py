"""Build or ask an index with the checkout that PYTHONPATH names; `benchmarks.paired` starts it.

It uses only the public names of the package, so that older checkouts can run it.

    paired_worker.py build PASSAGES INDEX     make articles and build their index
    paired_worker.py ask INDEX                answer a line of JSON with a line of JSON
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

DIM, TOPICS, WORDS = 384, 2_000, 30_000
PASSAGES_EACH = 5


class TopicEncoder:
    """Give texts of one topic, the first word, vectors that lie near each other."""

    name, fingerprint, dim, max_tokens = "topics", "topics:1", DIM, 500

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count words."""
        return [len(text.split()) for text in texts]

    def encode(
        self,
        texts: Sequence[str],
        *,
        role: str,
        on_progress: Callable[[int], None] | None = None,
    ) -> Any:
        """Return the vector of each text: that of its topic, and as much noise of its own."""
        found = np.array([noise(text.split()[0]) + noise(text) for text in texts], np.float32)
        return found / np.linalg.norm(found, axis=1, keepdims=True)


def noise(text: str) -> Any:
    """Return the numbers that a text always gets, (DIM,)."""
    bits = hashlib.shake_128(text.encode()).digest(DIM)
    return np.frombuffer(bits, np.int8).astype(np.float32)


def rows(passages: int) -> Iterator[dict[str, str]]:
    """Yield articles on one topic: a headline, five paragraphs; most words are rare."""
    chance = Random(1)
    for number in range(passages // PASSAGES_EACH):
        topic = f"topic{chance.randrange(TOPICS)}"
        paragraphs = [
            " ".join([topic, *(word(chance) for _ in range(30))]) for _ in range(PASSAGES_EACH)
        ]
        yield {
            "id": f"a{number}",
            "title": " ".join([topic, *(word(chance) for _ in range(7))]),
            "language": "en",
            "date": "2024-01-01",
            "text": "\n\n".join(paragraphs),
        }


def word(chance: Random) -> str:
    """Return a word: the n-th is about as frequent as 1/n."""
    return f"word{int(WORDS ** chance.random())}"


def build(passages: int, index: Path) -> None:
    """Build the index of the made articles."""
    from recommender import build as build_index

    source = index.with_suffix(".jsonl")
    with source.open("w", encoding="utf-8") as stream:
        stream.writelines(json.dumps(row) + "\n" for row in rows(passages))
    report = build_index(source, into=index, model=TopicEncoder())
    print(json.dumps({"passages": report.passages}))


def ask(index: Path) -> None:
    """Answer each line of standard input, and print the processor seconds that it took."""
    from recommender import Recommender

    recommender = Recommender.open(index, encoder=TopicEncoder())
    asks: dict[str, Callable[..., list[Any]]] = {
        "search": recommender.search,
        "related": recommender.related,
    }
    for line in sys.stdin:
        name, text, options = json.loads(line)
        started = time.process_time()
        found = asks[name](text, **options)
        seconds = time.process_time() - started
        print(json.dumps({"seconds": seconds, "answers": len(found)}), flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "build":
        build(int(sys.argv[2]), Path(sys.argv[3]))
    else:
        ask(Path(sys.argv[2]))
