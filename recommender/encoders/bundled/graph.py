"""Build the bundled model as an OpenVINO graph: word vectors in, unit sentence vectors out.

The graph is BERT (https://arxiv.org/abs/1810.04805), mean pooling and L2 normalisation. The word
vectors are inputs, so that their table, four fifths of the model, stays a mapped file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from recommender.encoders.bundled.smoothing import Divisors
from recommender.encoders.bundled.weights import Floats, WeightsFile
from recommender.encoders.openvino.runtime import import_openvino

if TYPE_CHECKING:
    import openvino

_MASKED = 1e4  # subtracted from the attention to padding: exp(-10,000) is 0 in every precision
_LEAST_NORM = 1e-12


def build_graph(
    weights: WeightsFile, *, rounded: bool, divisors: Divisors | None = None
) -> openvino.Model:
    """Return the graph; its inputs are words float32 (n, tokens, hidden) and mask (n, tokens).

    With `rounded`, weight matrices are 8-bit integers with a scale for each row, and `divisors`
    even out the activations that they are multiplied with (`smoothing.py`).
    """
    return GraphBuilder(weights, rounded, divisors or {}).model()


class GraphBuilder:
    """Builds the graph; `linear` is where each matrix is multiplied."""

    def __init__(self, weights: WeightsFile, rounded: bool, divisors: Divisors) -> None:
        self._openvino = import_openvino()
        self._ops: Any = self._openvino.opset13
        self._weights = weights
        self._rounded = rounded
        self._divisors = divisors
        self._epsilon = float(f"{weights.shape.layer_norm_epsilon:.6g}")

    def model(self) -> openvino.Model:
        """Return the graph."""
        ops, shape = self._ops, self._weights.shape
        words = ops.parameter([-1, -1, shape.hidden], np.float32, name="words")
        mask = ops.parameter([-1, -1], np.float32, name="mask")
        padding = ops.multiply(ops.subtract(mask, _float(1)), _float(_MASKED))
        padding = ops.unsqueeze(padding, _ints(1, 2))
        state = self._norm(ops.add(words, self._positions(mask)))
        names = [f"l{layer}" for layer in range(shape.layers)]
        norms = ["emb.ln", *(f"{name}.oln" for name in names)]
        for layer, norm in zip(names, norms, strict=False):
            state = self._layer(state, norm, padding, layer)
        state = self._scaled(state, norms[-1])
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

    def _layer(self, state: Any, norm: str, padding: Any, layer: str) -> Any:
        """Return the state after a layer; states lack the scale of their norm, here `norm`."""
        ops = self._ops
        kept, read = self._kept_and_read(state, norm, f"{layer}.qkv")
        attended = self._attention(read, padding, layer)
        attended = self.linear(attended, f"{layer}.ao", f"{layer}.ao")
        state = self._norm(ops.add(attended, kept))
        kept, read = self._kept_and_read(state, f"{layer}.aln", f"{layer}.fi")
        inner = ops.gelu(self.linear(read, f"{layer}.fi", f"{layer}.fi"), "erf")
        inner = self.linear(self._divided(inner, f"{layer}.fo"), f"{layer}.fo", f"{layer}.fo")
        return self._norm(ops.add(inner, kept))

    def _attention(self, state: Any, padding: Any, layer: str) -> Any:
        ops, shape = self._ops, self._weights.shape
        width = shape.hidden // shape.heads
        swap = _ints(0, 2, 1, 3)
        query, key, value = (
            ops.transpose(
                ops.reshape(
                    self.linear(state, f"{layer}.{part}", f"{layer}.qkv", by),
                    _ints(0, 0, shape.heads, width),
                    True,
                ),
                swap,
            )
            for part, by in (("q", ""), ("k", ""), ("v", f"{layer}.ao"))
        )
        scores = ops.multiply(ops.matmul(query, key, False, True), _float(width**-0.5))
        shares = ops.softmax(ops.add(scores, padding), -1)
        mixed = ops.transpose(ops.matmul(shares, value, False, False), swap)
        return ops.reshape(mixed, _ints(0, 0, shape.hidden), True)

    def linear(self, state: Any, name: str, reader: str, by: str = "") -> Any:
        """Return a linear map of a state that is divided for `reader`, divided for `by`."""
        bias = self._weights.tensor(f"{name}.b")
        matrix = self._weights.tensor(f"{name}.w").reshape(len(bias), -1)
        if reader in self._divisors:
            matrix = matrix * self._divisors[reader]
        if by in self._divisors:
            matrix, bias = matrix / self._divisors[by][:, None], bias / self._divisors[by]
        product = self._ops.matmul(state, self._constant(matrix), False, True)
        return self._ops.add(product, bias)

    def _divided(self, state: Any, reader: str) -> Any:
        divisor = self._divisors.get(reader)
        return state if divisor is None else self._ops.multiply(state, 1 / divisor)

    def _constant(self, matrix: Floats) -> Any:
        if not self._rounded:
            return self._ops.constant(matrix)
        numbers, scales = _round_rows(matrix)
        return self._ops.multiply(self._ops.convert(numbers, np.float32), scales)

    def _norm(self, state: Any) -> Any:
        return self._ops.mvn(state, _ints(-1), True, self._epsilon, "inside_sqrt")

    def _kept_and_read(self, state: Any, name: str, reader: str) -> tuple[Any, Any]:
        """Return a state as it is kept for the sum, and as `reader` reads it."""
        kept = self._scaled(state, name)
        return kept, self._scaled(state, name, reader) if reader in self._divisors else kept

    def _scaled(self, state: Any, name: str, reader: str = "") -> Any:
        """Return a state with the scale and the shift of its norm, divided for `reader`."""
        ops, weights = self._ops, self._weights
        scale, shift = weights.tensor(f"{name}.w"), weights.tensor(f"{name}.b")
        if reader in self._divisors:
            scale, shift = scale / self._divisors[reader], shift / self._divisors[reader]
        return ops.add(ops.multiply(state, scale), shift)

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
