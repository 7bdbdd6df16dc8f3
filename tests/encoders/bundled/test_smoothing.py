"""Dividing the channels of activations changes no vector, and rounding them then loses less."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.arrays import Vectors
from recommender.encoders.bundled.graph import build_graph
from recommender.encoders.bundled.model import FastModel, fast_model_folder
from recommender.encoders.bundled.smoothing import SIZES, Divisors, divisors_of
from recommender.encoders.bundled.weights import WeightsFile
from recommender.encoders.openvino.encoder import FastEncoder
from recommender.encoders.openvino.probe import SENTENCES
from recommender.encoders.openvino.runtime import Precision, compile_graph

pytestmark = pytest.mark.model

TEXTS = [" ".join(SENTENCES[at : at + 3]) for at in range(0, 48, 6)]


def vectors(weights: WeightsFile, precision: Precision, divisors: Divisors | None) -> Vectors:
    graph = build_graph(weights, rounded=precision == "int8", divisors=divisors)
    model = FastModel(fast_model_folder())
    encoder = FastEncoder(model, compile_graph(graph, precision), precision)
    return encoder.encode(TEXTS, role="passage")


def test_channels_that_are_divided_lose_less_by_rounding_and_nothing_without(
    bundled_weights: WeightsFile,
) -> None:
    divisors = divisors_of(bundled_weights)
    exact = vectors(bundled_weights, "float32", None)
    same = vectors(bundled_weights, "float32", divisors)
    np.testing.assert_allclose(same, exact, atol=1e-5)
    try:
        plain, even = (vectors(bundled_weights, "int8", one) for one in (None, divisors))
    except RuntimeError:
        pytest.skip("this processor does not round to 8 bits")
    lost = [1 - float(np.sum(one * exact, axis=1).mean()) for one in (plain, even)]
    assert lost[1] < lost[0]
    assert lost[1] < 0.001


def test_the_sizes_are_those_of_the_model(bundled_weights: WeightsFile) -> None:
    shape, sizes = bundled_weights.shape, np.load(SIZES)
    assert sizes.shape == (shape.layers, 3 * shape.hidden + shape.feed_forward)
    assert np.isfinite(sizes).all()
    assert (sizes > 0).all()
    divisors = divisors_of(bundled_weights)
    assert len(divisors) == 4 * shape.layers
    for one in divisors.values():
        assert np.log(one).mean() == pytest.approx(0, abs=1e-4)
