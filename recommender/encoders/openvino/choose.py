"""Choose the precision in which a model runs on OpenVINO here; measure once and keep the choice.

A precision is used only if every probe text keeps a cosine of 0.999 to the reference, unless the
user asks for it by name. The fastest of them is chosen.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from recommender.arrays import Vectors
from recommender.encoders.base import PRECISION_VARIABLE, PromptRole
from recommender.encoders.openvino.encoder import FastEncoder, TokenModel
from recommender.encoders.openvino.runtime import (
    PRECISIONS,
    Precision,
    Runtime,
    compile_graph,
    load_compiled,
    supports_bfloat16,
    version,
)
from recommender.encoders.precision import LEAST_COSINE, cpu_name
from recommender.errors import EncoderError
from recommender.system.cache import cache_folder, read_note, write_note

if TYPE_CHECKING:
    import openvino

FAST_LAYOUT = 1
"""Bump this when the files must be made from scratch."""

GRAPH_LAYOUT = 2
"""Bump this when the graph must be compiled, and the precision be chosen, from scratch."""

# With these the libraries that compute leave out newer instructions of the processor.
INSTRUCTION_VARIABLES = ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA")
AUTO, REFERENCE = "auto", "reference"

# Sentences of the probe are timed as passages of so many, about as long as those of archives.
_TIMED_SENTENCES, _PER_PASSAGE, _TIMED_RUNS = 30, 5, 3
# The clock of processor time may stand still as long: on Windows it has steps of 16 ms.
LEAST_SECONDS = 0.001

_log = logging.getLogger("recommender")


@dataclass(frozen=True, slots=True)
class Trial:
    """The result of the probe for one precision; `refused` is empty if it may be used."""

    precision: Precision
    cosine: float = 0.0
    tokens_per_second: float = 0.0
    refused: str = ""


def asked_precision() -> str:
    """Return the value of RECOMMENDER_PRECISION, or `auto`; raise EncoderError for others."""
    asked = os.environ.get(PRECISION_VARIABLE) or AUTO
    known = (AUTO, REFERENCE, *PRECISIONS)
    if asked not in known:
        raise EncoderError(
            f"{PRECISION_VARIABLE}={asked} is not a precision. Set it to one of: {', '.join(known)}"
        )
    return asked


@dataclass(frozen=True, slots=True)
class OpenVinoCandidate:
    """A model that may run on OpenVINO: its graph in each of `precisions`, and a reference.

    `reference` returns texts, each with its role, and their vectors by sentence-transformers.
    """

    model: TokenModel
    precisions: Sequence[Precision]
    graph: Callable[[Precision], openvino.Model]
    reference: Callable[[], tuple[Sequence[tuple[PromptRole, str]], Vectors]]


def note_path(asked: str, fingerprint: str) -> Path:
    """Return the path of the choice for this machine, OpenVINO version, model and request.

    A processor whose instructions are held down by the environment is another machine.
    """
    machine = (platform.machine(), cpu_name(), version(), fingerprint, GRAPH_LAYOUT, asked)
    held = tuple(os.environ[name] for name in INSTRUCTION_VARIABLES if os.environ.get(name))
    key = hashlib.sha256(repr(machine + held).encode()).hexdigest()[:32]
    return cache_folder() / "openvino" / f"{key}.json"


def chosen_before(model: TokenModel, note: Path) -> FastEncoder | None:
    """Return the encoder that was chosen; None if none was, or its graph is missing or damaged."""
    precision = chosen_precision(note)
    if precision is None:
        return None
    runtime = load_compiled(note.with_suffix(".compiled"), precision)
    return FastEncoder(model, runtime, precision) if runtime else None


def chosen_precision(note: Path) -> Precision | None:
    """Return the precision that was chosen; None if none was."""
    known = read_note(note).get("precision")
    return cast(Precision, known) if known in PRECISIONS else None


def is_refused(note: Path) -> bool:
    """Return whether a trial found that sentence-transformers has to run the model."""
    return read_note(note).get("precision") == REFERENCE


def refuse(note: Path, trials: Sequence[Trial]) -> None:
    """Keep the finding that sentence-transformers has to run the model."""
    write_note(note, _facts(REFERENCE, trials))


def choose(candidate: OpenVinoCandidate, asked: str, note: Path) -> FastEncoder | None:
    """Return the fastest precision that is close enough, and keep it; None if there is none."""
    trials: list[Trial] = []
    best: tuple[Trial, FastEncoder, Runtime] | None = None
    for precision in _precisions(candidate, asked):
        trial, encoder, runtime = _try(candidate, precision, asked == precision)
        trials.append(trial)
        if trial.refused:
            _log.warning("%s arithmetic is not used: %s", precision, trial.refused)
        elif best is None or trial.tokens_per_second > best[0].tokens_per_second:
            assert encoder is not None
            assert runtime is not None
            best = trial, encoder, runtime
    if best is None:
        name = candidate.model.name
        _log.warning("OpenVINO is not used for %s: no precision is close enough", name)
        refuse(note, trials)
        return None
    with contextlib.suppress(OSError):  # without the file, it is chosen again the next time
        best[2].save(note.with_suffix(".compiled"))
    write_note(note, _facts(best[0].precision, trials))
    return best[1]


def _precisions(candidate: OpenVinoCandidate, asked: str) -> Sequence[Precision]:
    if asked == AUTO:
        return [one for one in candidate.precisions if one != "bfloat16" or supports_bfloat16()]
    if asked not in candidate.precisions:
        raise EncoderError(
            f"{PRECISION_VARIABLE}={asked}: the model {candidate.model.name} does not run in it. "
            f"Set it to one of: {', '.join((AUTO, REFERENCE, *candidate.precisions))}"
        )
    return [cast(Precision, asked)]


def _try(
    candidate: OpenVinoCandidate, precision: Precision, is_asked: bool
) -> tuple[Trial, FastEncoder | None, Runtime | None]:
    try:
        runtime = compile_graph(candidate.graph(precision), precision)
        encoder = FastEncoder(candidate.model, runtime, precision)
        texts, expected = candidate.reference()
        cosine = _least_cosine(encoder, texts, expected)
        speed = _tokens_per_second(encoder, texts)
    except (RuntimeError, EncoderError) as error:
        return Trial(precision, refused=short_message(error)), None, None
    refused = ""
    if not cosine >= LEAST_COSINE and not is_asked:  # NaN is refused too
        refused = f"a probe text has cosine {cosine:.4f} to its vector by the reference"
    return Trial(precision, cosine, speed, refused), encoder, runtime


def short_message(error: Exception) -> str:
    """Return an error's message in one line of at most 300 characters."""
    return (" ".join(str(error).split()) or type(error).__name__)[:300]


def _least_cosine(
    encoder: FastEncoder, texts: Sequence[tuple[PromptRole, str]], expected: Vectors
) -> float:
    vectors = np.empty_like(expected)
    for role in ("query", "passage"):
        rows = [row for row, (of, _) in enumerate(texts) if of == role]
        vectors[rows] = encoder.encode([texts[row][1] for row in rows], role=role)
    return float(np.sum(vectors * expected, axis=1).min())


def _tokens_per_second(encoder: FastEncoder, probed: Sequence[tuple[PromptRole, str]]) -> float:
    """Return the speed of the best of three runs, without prompts and special tokens.

    It is by processor time, so that other work on the machine does not decide.
    """
    sentences = [text for role, text in probed if role == "passage"][:_TIMED_SENTENCES]
    starts = range(0, len(sentences), _PER_PASSAGE)
    texts = [" ".join(sentences[start : start + _PER_PASSAGE]) for start in starts]
    if max(encoder.count_tokens(texts), default=0) > encoder.max_tokens:
        texts = sentences
    tokens = sum(encoder.count_tokens(texts))
    return tokens / min(_seconds(encoder, texts) for _ in range(_TIMED_RUNS))


def _seconds(encoder: FastEncoder, texts: list[str]) -> float:
    started = time.process_time()
    encoder.encode(texts, role="passage")
    return max(time.process_time() - started, LEAST_SECONDS)


def _facts(precision: str, trials: Sequence[Trial]) -> dict[str, Any]:
    return {
        "precision": precision,
        "openvino": version(),
        "processor": cpu_name(),
        "trials": [asdict(trial) for trial in trials],
    }
