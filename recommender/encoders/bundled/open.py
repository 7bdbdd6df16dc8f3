"""Open the bundled model on OpenVINO, in the precision that suits this machine."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from recommender.encoders.bundled.graph import build_graph
from recommender.encoders.bundled.model import FastModel, fast_model_folder
from recommender.encoders.bundled.package import bundled_fingerprint, find_weights
from recommender.encoders.bundled.smoothing import divisors_of
from recommender.encoders.bundled.weights import WeightsFile, open_weights
from recommender.encoders.openvino.choose import (
    REFERENCE,
    OpenVinoCandidate,
    asked_precision,
    choose,
    chosen_before,
    chosen_precision,
    is_refused,
    note_path,
)
from recommender.encoders.openvino.encoder import FastEncoder
from recommender.encoders.openvino.probe import probe, reference_vectors
from recommender.encoders.openvino.runtime import PRECISIONS, Precision, is_installed

if TYPE_CHECKING:
    import openvino


def graph_for(weights: WeightsFile, precision: Precision) -> openvino.Model:
    """Return the bundled model's graph for one precision."""
    if precision != "int8":
        return build_graph(weights, rounded=False)
    return build_graph(weights, rounded=True, divisors=divisors_of(weights))


def is_chosen() -> bool:
    """Return whether a precision was chosen for the bundled model on this machine."""
    asked = asked_precision()
    if asked == REFERENCE or not is_installed():
        return False
    return chosen_precision(note_path(asked, bundled_fingerprint())) is not None


def open_fast_encoder() -> FastEncoder | None:
    """Return the bundled model on OpenVINO, or None if sentence-transformers has to run it.

    That is so if OpenVINO is not installed, if RECOMMENDER_PRECISION says so, or if no precision
    passes the probe, which the log reports. Raises EncoderError and StorageError as
    `fast_model_folder` does.
    """
    asked = asked_precision()
    if asked == REFERENCE or not is_installed():
        return None
    model = FastModel(fast_model_folder())
    note = note_path(asked, model.fingerprint)
    if found := chosen_before(model, note):
        return found
    if is_refused(note):
        return None
    weights = open_weights(find_weights())
    candidate = OpenVinoCandidate(
        model,
        PRECISIONS,
        partial(graph_for, weights),
        lambda: (probe(), reference_vectors()),
    )
    return choose(candidate, asked, note)
