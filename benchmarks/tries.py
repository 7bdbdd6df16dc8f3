"""Compare ways to compute the bundled model that were tried: python -m benchmarks.tries.

They take turns over the same texts in one process, and ratios are to the first. They differ in
streams, tokens in a batch, precision, and shapes: exact shapes or the few that the product uses.
Results go to benchmarks/results/tries.json.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from benchmarks.circumstances import RESULTS, circumstances, store
from benchmarks.texts import passages
from recommender.arrays import Vectors
from recommender.encoders.bundled.model import FastModel, fast_model_folder
from recommender.encoders.bundled.open import graph_for
from recommender.encoders.bundled.package import find_weights
from recommender.encoders.bundled.weights import open_weights
from recommender.encoders.openvino import encoder as openvino_encoder
from recommender.encoders.openvino.encoder import FastEncoder
from recommender.encoders.openvino.runtime import PRECISIONS, Precision, Runtime, compile_graph

RESULTS_FILE = RESULTS / "tries.json"
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Try:
    """One way to compute the model; `streams` 0 stands for one stream for each processor."""

    precision: Precision = "bfloat16"
    streams: int = 0
    tokens: int = 1_024
    exact_shapes: bool = False

    @property
    def name(self) -> str:
        """The description of the way in the table."""
        streams = "1 stream" if self.streams == 1 else "a stream for each processor"
        shapes = ", exact shapes" if self.exact_shapes else ""
        return f"{self.precision}, {streams}, {self.tokens:,} tokens{shapes}"


TRIES = (
    Try(),
    *(Try(tokens=tokens) for tokens in (512, 2_048, 4_096)),
    *(Try(streams=1, tokens=tokens) for tokens in (512, 1_024, 2_048, 4_096)),
    Try(exact_shapes=True),
    Try(precision="int8"),
    Try(precision="int8", streams=1),
    Try(precision="float32"),
)


class ExactShapes(FastEncoder):
    """Pads a batch to its longest text."""

    def _width(self, longest: int) -> int:
        return longest


def encoder_of(one: Try, model: FastModel, runtimes: dict[Precision, Runtime]) -> FastEncoder:
    """Return the encoder that computes in one way."""
    kind = ExactShapes if one.exact_shapes else FastEncoder
    return kind(model, runtimes[one.precision], one.precision)


def timed(one: Try, encoder: FastEncoder, texts: list[str]) -> tuple[Vectors, dict[str, float]]:
    """Encode all texts in one way; return the vectors, the seconds and the share of padding."""
    changes: dict[str, Any] = {"TOKENS_PER_BATCH": one.tokens}
    if one.streams:
        changes["stream_count"] = lambda: one.streams
    computed, padding = encoder.computed_tokens, encoder.padding_tokens
    started, processor = time.perf_counter(), time.process_time()
    with mock.patch.multiple(openvino_encoder, **changes):
        vectors = encoder.encode(texts, role="passage")
    seconds, processor = time.perf_counter() - started, time.process_time() - processor
    share = (encoder.padding_tokens - padding) / (encoder.computed_tokens - computed)
    return vectors, {"seconds": seconds, "cpu_seconds": processor, "padding_share": share}


def measure() -> dict[str, Any]:
    """Return the figures of each way; a first round compiles the kernels and does not count."""
    with tempfile.TemporaryDirectory() as name:
        texts = passages(Path(name) / "vectors")
    weights, model = open_weights(find_weights()), FastModel(fast_model_folder())
    runtimes = {
        precision: compile_graph(graph_for(weights, precision), precision)
        for precision in PRECISIONS
    }
    encoders = {one: encoder_of(one, model, runtimes) for one in TRIES}
    exact = timed(TRIES[-1], encoders[TRIES[-1]], texts)[0]
    runs: dict[Try, list[dict[str, float]]] = {one: [] for one in TRIES}
    cosines: dict[Try, float] = {}
    for _ in range(ROUNDS + 1):
        for one, encoder in encoders.items():
            vectors, figures = timed(one, encoder, texts)
            runs[one].append(figures)
            cosines[one] = float(np.sum(vectors * exact, axis=1).min())
    tokens = sum(token_counts(model, texts))
    return {
        "texts": len(texts),
        "tokens": tokens,
        "rounds": ROUNDS,
        "ways": [
            {
                "way": one.name,
                "ratio": _ratio(runs, one, "seconds"),
                "cpu_ratio": _ratio(runs, one, "cpu_seconds"),
                "tokens_per_second": tokens / _median(runs[one][1:], "seconds"),
                "first_round_seconds": runs[one][0]["seconds"],
                "padding_share": runs[one][-1]["padding_share"],
                "cosine_min": cosines[one],
            }
            for one in TRIES
        ],
    }


def token_counts(model: FastModel, texts: list[str]) -> list[int]:
    """Return the number of tokens of each text, with its prompt and special tokens."""
    return [len(ids) for ids in model.ids([model.prompts["passage"] + text for text in texts])]


def _median(runs: list[dict[str, float]], name: str) -> float:
    return statistics.median(run[name] for run in runs)


def _ratio(runs: dict[Try, list[dict[str, float]]], one: Try, name: str) -> float:
    """Return the speed as a multiple of the first way's: the median over the rounds."""
    pairs = zip(runs[TRIES[0]][1:], runs[one][1:], strict=True)
    return statistics.median(base[name] / run[name] for base, run in pairs)


def main() -> None:
    """Measure all ways, store the figures and print them as a table."""
    result = circumstances() | measure()
    store(RESULTS_FILE, result)
    print("| way | times as fast | of processor time | padding | least cosine to float32 |")
    print("|---|--:|--:|--:|--:|")
    for way in result["ways"]:
        print(
            f"| {way['way']} | {way['ratio']:.2f} | {way['cpu_ratio']:.2f} "
            f"| {way['padding_share']:.1%} | {way['cosine_min']:.5f} |"
        )


if __name__ == "__main__":
    main()
