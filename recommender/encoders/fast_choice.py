"""Open the fast encoder in the precision that suits this machine: measured once, remembered.

A precision is used only where every probe text keeps a cosine of 0.999 to the reference, unless
the user asks for it by name. The fastest that is left wins.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import platform
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

from recommender.encoders.bundled import PROMPTS, bundled_fingerprint, find_weights
from recommender.encoders.cache import cache_folder, read_note, write_note
from recommender.encoders.fast import FastEncoder
from recommender.encoders.fast_model import FAST_LAYOUT, FastModel, fast_model_folder
from recommender.encoders.openvino_graph import build_graph
from recommender.encoders.openvino_runtime import (
    PRECISIONS,
    Precision,
    Runtime,
    compile_graph,
    is_installed,
    load_compiled,
    supports_bfloat16,
    version,
)
from recommender.encoders.precision import LEAST_COSINE, cpu_name
from recommender.encoders.probe_texts import probe, reference_vectors
from recommender.encoders.weights import WeightsFile, open_weights
from recommender.errors import EncoderError

PRECISION_VARIABLE = "RECOMMENDER_PRECISION"
AUTO, REFERENCE = "auto", "reference"

_TIMED_TEXTS, _TIMED_RUNS = 30, 3

_log = logging.getLogger("recommender")


@dataclass(frozen=True, slots=True)
class Trial:
    """What the probe said of one precision; `refused` is empty where it may be used."""

    precision: Precision
    cosine: float = 0.0
    tokens_per_second: float = 0.0
    refused: str = ""


def asked_precision() -> str:
    """Return what RECOMMENDER_PRECISION asks for; raise EncoderError for an unknown word."""
    asked = os.environ.get(PRECISION_VARIABLE) or AUTO
    known = (AUTO, REFERENCE, *PRECISIONS)
    if asked not in known:
        raise EncoderError(f"{PRECISION_VARIABLE}={asked} is not one of: {', '.join(known)}")
    return asked


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
    note = note_path(asked)
    known = read_note(note).get("precision")
    if known in PRECISIONS:
        precision = cast(Precision, known)
        runtime = load_compiled(note.with_suffix(".compiled"), precision)
        if runtime:
            return FastEncoder(model, runtime, precision)
    return None if known == REFERENCE else _choose(model, asked, note)


def note_path(asked: str) -> Path:
    """Return where the choice for this machine, OpenVINO and request is remembered."""
    machine = (platform.machine(), cpu_name(), version(), bundled_fingerprint(), FAST_LAYOUT, asked)
    key = hashlib.sha256(repr(machine).encode()).hexdigest()[:32]
    return cache_folder() / "openvino" / f"{key}.json"


def _choose(model: FastModel, asked: str, note: Path) -> FastEncoder | None:
    weights = open_weights(find_weights())
    trials: list[Trial] = []
    best: tuple[Trial, FastEncoder, Runtime] | None = None
    for precision in _candidates(asked):
        trial, encoder, runtime = _try(model, weights, precision, asked == precision)
        trials.append(trial)
        if trial.refused:
            _log.warning("%s arithmetic is not used: %s", precision, trial.refused)
        elif best is None or trial.tokens_per_second > best[0].tokens_per_second:
            assert encoder is not None
            assert runtime is not None
            best = trial, encoder, runtime
    if best:
        with contextlib.suppress(OSError):  # without a copy it is chosen again the next time
            best[2].save(note.with_suffix(".compiled"))
    else:
        _log.warning("OpenVINO is not used: no precision is close enough to the reference")
    write_note(note, _facts(best[0].precision if best else REFERENCE, trials))
    return best[1] if best else None


def _candidates(asked: str) -> Sequence[Precision]:
    if asked != AUTO:
        return [cast(Precision, asked)]
    return [one for one in PRECISIONS if one != "bfloat16" or supports_bfloat16()]


def _try(
    model: FastModel, weights: WeightsFile, precision: Precision, wanted: bool
) -> tuple[Trial, FastEncoder | None, Runtime | None]:
    try:
        runtime = compile_graph(build_graph(weights, rounded=precision == "int8"), precision)
        encoder = FastEncoder(model, runtime, precision)
        cosine = _least_cosine(encoder)
        speed = _tokens_per_second(encoder)
    except (RuntimeError, EncoderError) as error:
        return Trial(precision, refused=" ".join(str(error).split())[:300]), None, None
    refused = ""
    if cosine < LEAST_COSINE and not wanted:
        refused = f"a probe text has cosine {cosine:.4f} to its vector by the reference"
    return Trial(precision, cosine, speed, refused), encoder, runtime


def _least_cosine(encoder: FastEncoder) -> float:
    texts, expected = probe(), reference_vectors()
    vectors = np.empty_like(expected)
    for role in ("query", "passage"):
        rows = [row for row, (of, _) in enumerate(texts) if of == role]
        vectors[rows] = encoder.encode([texts[row][1] for row in rows], role=role)
    return float(np.sum(vectors * expected, axis=1).min())


def _tokens_per_second(encoder: FastEncoder) -> float:
    """Return the best of three runs over one batch, its tokens with prompts and specials."""
    texts = [text for role, text in probe() if role == "passage"][:_TIMED_TEXTS]
    prompt = PROMPTS["passage"]
    tokens = sum(encoder.count_tokens([prompt + text for text in texts])) + 2 * len(texts)
    return tokens / min(_seconds(encoder, texts) for _ in range(_TIMED_RUNS))


def _seconds(encoder: FastEncoder, texts: list[str]) -> float:
    started = time.perf_counter()
    encoder.encode(texts, role="passage")
    return time.perf_counter() - started


def _facts(precision: str, trials: Sequence[Trial]) -> dict[str, Any]:
    return {
        "precision": precision,
        "openvino": version(),
        "processor": cpu_name(),
        "trials": [asdict(trial) for trial in trials],
    }
