"""Choose between float32 and half-precision arithmetic by measuring both on this machine."""

from __future__ import annotations

import hashlib
import platform
import time
from collections.abc import Callable
from typing import Literal, cast

import numpy as np
import numpy.typing as npt

from recommender.system.cache import cache_folder, read_note, write_note

TorchPrecision = Literal["float32", "bfloat16", "float16"]
Half = Literal["bfloat16", "float16"]
EncodeBatch = Callable[[TorchPrecision], npt.NDArray[np.float32]]

WORTH_SECONDS_RATIO = 0.8
HOPELESS_SECONDS_RATIO = 2.0
LEAST_COSINE = 0.999


def choose_precision(
    encode: EncodeBatch, fingerprint: str, runtime: str, half: Half
) -> TorchPrecision:
    """Return the faster precision for a model on this machine; measure it once and keep it.

    `encode` encodes a batch and returns unit vectors (n, dim). `half` is chosen only if it takes
    less than 0.8 of the time and every vector keeps a cosine of 0.999 to the float32 one.
    """
    machine = f"{fingerprint} {platform.machine()} {platform.processor()} {cpu_name()} {runtime}"
    key = hashlib.sha256(machine.encode()).hexdigest()[:32]
    note = cache_folder() / "precision" / f"{key}.json"
    known = read_note(note).get("precision")
    if known in ("float32", half):
        return cast(TorchPrecision, known)
    chosen, facts = _measure(encode, half)
    write_note(note, {"precision": chosen, "fingerprint": fingerprint, **facts})
    return chosen


def _measure(encode: EncodeBatch, half: Half) -> tuple[TorchPrecision, dict[str, float]]:
    """Time the second run of each precision, or the first of `half` if it took twice as long."""
    encode("float32")
    exact, exact_seconds = _timed(encode, "float32")
    rounded, rounded_seconds = _timed(encode, half)
    if rounded_seconds < HOPELESS_SECONDS_RATIO * exact_seconds:
        rounded, rounded_seconds = _timed(encode, half)
    cosine = float(np.sum(exact * rounded, axis=1).min())
    faster = rounded_seconds < WORTH_SECONDS_RATIO * exact_seconds
    chosen: TorchPrecision = half if faster and cosine >= LEAST_COSINE else "float32"
    return chosen, {
        "float32_seconds": exact_seconds,
        f"{half}_seconds": rounded_seconds,
        "least_cosine": cosine,
    }


def _timed(encode: EncodeBatch, precision: TorchPrecision) -> tuple[npt.NDArray[np.float32], float]:
    started = time.perf_counter()
    vectors = encode(precision)
    return vectors, time.perf_counter() - started


def cpu_name() -> str:
    """Return the processor's name as the system gives it, or "" if it gives none."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as stream:
            return next((line for line in stream if line.startswith("model name")), "").strip()
    except OSError:
        return ""
