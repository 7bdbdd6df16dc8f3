"""Build the bundled model as an OpenVINO graph: word vectors in, unit sentence vectors out.

The graph is BERT (https://arxiv.org/abs/1810.04805), mean pooling and L2 normalisation. The word
vectors are inputs, so that their table, four fifths of the model, stays a mapped file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from recommender.encoders.bundled.weights import Floats, WeightsFile
from recommender.encoders.openvino.runtime import import_openvino

if TYPE_CHECKING:
    import openvino

_MASKED = 1e4  # subtracted from the attention to padding: exp(-10,000) is 0 in every precision
_LEAST_NORM = 1e-12


def build_graph(weights: WeightsFile, *, rounded: bool) -> openvino.Model:
    """Return the graph; its inputs are words float32 (n, tokens, hidden) and mask (n, tokens).

    With `rounded`, weight matrices are 8-bit integers with a scale for each row.
    """
    return _Builder(weights, rounded).model()


class _Builder:
    def __init__(self, weights: WeightsFile, rounded: bool) -> None:
        self._openvino = import_openvino()
        self._ops: Any = self._openvino.opset13
        self._weights = weights
        self._rounded = rounded
        self._epsilon = float(f"{weights.shape.layer_norm_epsilon:.6g}")

    def model(self) -> openvino.Model:
        ops, shape = self._ops, self._weights.shape
        words = ops.parameter([-1, -1, shape.hidden], np.float32, name="words")
        mask = ops.parameter([-1, -1], np.float32, name="mask")
        padding = ops.multiply(ops.subtract(mask, _float(1)), _float(_MASKED))
        padding = ops.unsqueeze(padding, _ints(1, 2))
        state = self._norm(ops.add(words, self._positions(mask)), "emb.ln")
        for layer in range(shape.layers):
            state = self._layer(state, padding, f"l{layer}")
        # Model is a Python class over the native one; the stubs of some releases lack it.
        return self._openvino.Model([self._pooled(state, mask)], [words, mask], "encoder")

    def _positions(self, mask: Any) -> Any:
        """Return the vectors to add to the words: those of their positions, and of token type 0."""
        ops, wide = self._ops, self._weights.shape.hidden
        types = self._weights.tensor("emb.type").reshape(-1, wide)
        table = self._weights.tensor("emb.pos").reshape(-1, wide) + types[0]
        length = ops.gather(ops.shape_of(mask), _ints(1), np.int64(0))
        places = ops.slice(table, _ints(0), length, _ints(1), _ints(0))
        return ops.unsqueeze(places, _ints(0))

    def _layer(self, state: Any, padding: Any, layer: str) -> Any:
        ops, shape = self._ops, self._weights.shape
        attended = self._attention(state, padding, layer)
        attended = self._linear(attended, f"{layer}.ao", shape.hidden, shape.hidden)
        state = self._norm(ops.add(attended, state), f"{layer}.aln")
        inner = self._linear(state, f"{layer}.fi", shape.feed_forward, shape.hidden)
        inner = self._linear(
            ops.gelu(inner, "erf"), f"{layer}.fo", shape.hidden, shape.feed_forward
        )
        return self._norm(ops.add(inner, state), f"{layer}.oln")

    def _attention(self, state: Any, padding: Any, layer: str) -> Any:
        ops, shape = self._ops, self._weights.shape
        width = shape.hidden // shape.heads
        swap = _ints(0, 2, 1, 3)
        query, key, value = (
            ops.transpose(
                ops.reshape(
                    self._linear(state, f"{layer}.{part}", shape.hidden, shape.hidden),
                    _ints(0, 0, shape.heads, width),
                    True,
                ),
                swap,
            )
            for part in "qkv"
        )
        scores = ops.multiply(ops.matmul(query, key, False, True), _float(width**-0.5))
        shares = ops.softmax(ops.add(scores, padding), -1)
        mixed = ops.transpose(ops.matmul(shares, value, False, False), swap)
        return ops.reshape(mixed, _ints(0, 0, shape.hidden), True)

    def _linear(self, state: Any, name: str, rows: int, columns: int) -> Any:
        matrix = self._weights.tensor(f"{name}.w").reshape(rows, columns)
        product = self._ops.matmul(state, self._constant(matrix), False, True)
        return self._ops.add(product, self._weights.tensor(f"{name}.b"))

    def _constant(self, matrix: Floats) -> Any:
        if not self._rounded:
            return self._ops.constant(matrix)
        numbers, scales = _round_rows(matrix)
        return self._ops.multiply(self._ops.convert(numbers, np.float32), scales)

    def _norm(self, state: Any, name: str) -> Any:
        ops, weights = self._ops, self._weights
        state = ops.mvn(state, _ints(-1), True, self._epsilon, "inside_sqrt")
        scaled = ops.multiply(state, weights.tensor(f"{name}.w"))
        return ops.add(scaled, weights.tensor(f"{name}.b"))

    def _pooled(self, state: Any, mask: Any) -> Any:
        """Return the mean of the words without padding, at unit length."""
        ops = self._ops
        kept = ops.multiply(state, ops.unsqueeze(mask, _ints(2)))
        count = ops.reduce_sum(mask, _ints(1), True)
        mean = ops.divide(ops.reduce_sum(kept, _ints(1)), count)
        return ops.normalize_l2(mean, _ints(1), _LEAST_NORM, "max")


def _round_rows(matrix: Floats) -> tuple[npt.NDArray[np.int8], Floats]:
    """Return the matrix as integers of -127..127 and a scale for each row."""
    largest = np.abs(matrix).max(axis=1, keepdims=True)
    scales = np.where(largest > 0, largest / np.float32(127), np.float32(1)).astype(np.float32)
    return np.rint(matrix / scales).astype(np.int8), scales


def _ints(*values: int) -> npt.NDArray[np.int64]:
    return np.array(values, dtype=np.int64)


def _float(value: float) -> npt.NDArray[np.float32]:
    return np.array(value, dtype=np.float32)
