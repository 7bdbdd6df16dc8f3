"""Compare ways to encode the same texts; they take turns, so that all meet the same machine."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.texts import passages
from benchmarks.ways import PROMPT, WAYS

ROUNDS = 3
EVERY = 8  # of the seeds' passages, so that a round of the slowest way takes seconds


class EncodingProcess:
    """A process that encodes all texts on request."""

    def __init__(self, way: str, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.ways", way, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        assert self._process.stdin is not None
        self._answers, self._orders = self._process.stdout, self._process.stdin
        if self._answers.readline().strip() != "ready":
            raise RuntimeError(f"{way}: cannot be loaded; its error is above")

    def round(self) -> dict[str, float]:
        """Encode all texts once and return the figures."""
        self._orders.write("go\n")
        self._orders.flush()
        figures: dict[str, float] = json.loads(self._answers.readline())
        return figures

    def end(self) -> None:
        """Let the process store its vectors and end."""
        self._orders.close()
        self._process.wait()


def measure() -> dict[str, Any]:
    """Return the figures of each way; the first is the reference of the others."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        texts = passages(folder / "vectors")[::EVERY]
        (folder / "texts.json").write_text(json.dumps(texts), encoding="utf-8")
        ways = [way for way in WAYS if "ONNX" not in way or find_spec("onnxruntime")]
        for way in ways:
            if "ONNX" in way:
                EncodingProcess(
                    way, folder
                ).end()  # exports the model, which takes memory of its own
        workers = {way: EncodingProcess(way, folder) for way in ways}
        rounds = [{way: worker.round() for way, worker in workers.items()} for _ in range(ROUNDS)]
        for worker in workers.values():
            worker.end()
        exact = np.load(folder / "0.npy")
        cosines = {
            way: np.sum(exact * np.load(folder / f"{list(WAYS).index(way)}.npy"), axis=1)
            for way in ways
        }
    tokens = _tokens(texts)
    return {
        "texts": len(texts),
        "tokens": tokens,
        "rounds": ROUNDS,
        "ways": [
            _figures(way, rounds, len(texts), tokens)
            | {"cosine_min": float(cosines[way].min()), "cosine_mean": float(cosines[way].mean())}
            for way in ways
        ],
    }


def _tokens(texts: Sequence[str]) -> int:
    from recommender.encoders.load import load_encoder

    return sum(load_encoder().count_tokens([PROMPT + text for text in texts])) + 2 * len(texts)


def _figures(
    way: str, rounds: Sequence[dict[str, dict[str, float]]], texts: int, tokens: int
) -> dict[str, Any]:
    base = next(iter(WAYS))
    seconds = statistics.median(one[way]["seconds"] for one in rounds)
    cpu_seconds = statistics.median(one[way]["cpu_seconds"] for one in rounds)
    return {
        "way": way,
        "texts_per_second": texts / seconds,
        "tokens_per_second": tokens / seconds,
        "tokens_per_cpu_second": tokens / cpu_seconds,
        "ratio": statistics.median(one[base]["seconds"] / one[way]["seconds"] for one in rounds),
        "cpu_ratio": statistics.median(
            one[base]["cpu_seconds"] / one[way]["cpu_seconds"] for one in rounds
        ),
        "peak_mb": max(one[way]["peak_mb"] for one in rounds),
    }
