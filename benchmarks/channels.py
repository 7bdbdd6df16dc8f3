"""Write how large each channel of the model's activations gets: python -m benchmarks.channels.

`encoders/bundled/smoothing.py` evens them out before they are rounded to 8 bits. The texts are
those of the probe, in many scripts, and the passages of the seeds.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.texts import passages
from recommender.encoders.bundled.graph import GraphBuilder
from recommender.encoders.bundled.model import FastModel, fast_model_folder
from recommender.encoders.bundled.package import find_weights
from recommender.encoders.bundled.smoothing import READERS, SIZES
from recommender.encoders.bundled.weights import Floats, WeightsFile, open_weights
from recommender.encoders.openvino.probe import probe
from recommender.encoders.openvino.runtime import Runtime, compile_graph, import_openvino

# The first matrix of each reader stands for all of it: they read the same.
FIRST = tuple(matrices[0] for matrices in READERS.values())


class MeasuringBuilder(GraphBuilder):
    """Builds a graph of one text whose outputs are the largest activations of each channel."""

    def __init__(self, weights: WeightsFile) -> None:
        super().__init__(weights, rounded=False, divisors={})
        self.largest: list[Any] = []

    def linear(self, state: Any, name: str, reader: str, by: str = "") -> Any:
        """Note what is read, and return the linear map of it."""
        if name.partition(".")[2] in FIRST:
            ops = import_openvino().opset13
            self.largest.append(ops.reduce_max(ops.abs(state), np.array([0, 1], np.int64)))
        return super().linear(state, name, reader, by)

    def measuring(self) -> Any:
        """Return the graph; its one output holds all channels of all layers."""
        openvino = import_openvino()
        inputs = self.model().get_parameters()
        return openvino.Model([openvino.opset13.concat(self.largest, 0)], inputs, "channels")


def measured(texts: Sequence[str]) -> Floats:
    """Return the largest activation of each channel over all texts, (layers, channels)."""
    weights, model = open_weights(find_weights()), FastModel(fast_model_folder())
    runtime: Runtime = compile_graph(MeasuringBuilder(weights).measuring(), "float32")
    ids = model.ids(texts)
    found = list(runtime.run_each(model.padded([each], len(each)) for each in ids))
    largest: npt.NDArray[np.float32] = np.max(found, axis=0)
    return largest.reshape(weights.shape.layers, -1)


def main() -> None:
    """Measure, and write the file."""
    with tempfile.TemporaryDirectory() as name:
        seeds = passages(Path(name) / "vectors")
    prompts = FastModel.prompts
    texts = [prompts[role] + text for role, text in probe()]
    texts += [prompts["passage"] + text for text in seeds]
    sizes = measured(texts)
    np.save(SIZES, sizes.astype(np.float16))
    print(f"{SIZES}: {sizes.shape}, the largest {sizes.max():.1f}")


if __name__ == "__main__":
    main()
