"""Open the bundled model on OpenVINO, in the precision that suits this machine."""

from __future__ import annotations

from recommender.encoders.bundled.graph import build_graph
from recommender.encoders.bundled.model import FastModel, fast_model_folder
from recommender.encoders.bundled.package import find_weights
from recommender.encoders.bundled.weights import open_weights
from recommender.encoders.openvino.choose import (
    REFERENCE,
    Candidate,
    asked_precision,
    choose,
    is_refused,
    note_path,
    remembered,
)
from recommender.encoders.openvino.encoder import FastEncoder
from recommender.encoders.openvino.probe import probe, reference_vectors
from recommender.encoders.openvino.runtime import PRECISIONS, is_installed


def open_fast_encoder() -> FastEncoder | None:
    """Return the bundled model on OpenVINO, or None where the reference has to be used.

    That is where OpenVINO is not installed, where RECOMMENDER_PRECISION says so, or where no
    precision passes the probe, which is said in the log. Raises EncoderError and StorageError
    like `fast_model_folder`.
    """
    asked = asked_precision()
    if asked == REFERENCE or not is_installed():
        return None
    model = FastModel(fast_model_folder())
    note = note_path(asked, model.fingerprint)
    if found := remembered(model, note):
        return found
    if is_refused(note):
        return None
    weights = open_weights(find_weights())
    candidate = Candidate(
        model,
        PRECISIONS,
        lambda precision: build_graph(weights, rounded=precision == "int8"),
        lambda: (probe(), reference_vectors()),
    )
    return choose(candidate, asked, note)
