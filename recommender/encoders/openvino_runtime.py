"""Run an encoder's graph with OpenVINO: import it quietly, compile, keep what was compiled."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import openvino

Vectors = npt.NDArray[np.float32]
Precision = Literal["int8", "bfloat16", "float32"]
PRECISIONS: tuple[Precision, ...] = ("int8", "bfloat16", "float32")

DEVICE = "CPU"
# Activations are rounded by groups of so many channels of one token: what a text's vector becomes
# does not depend on the batch it is in, and one large channel spoils only its group.
_GROUP = 32
_CONVERTER = "openvino.tools.ovc"
_CHECKSUM_BYTES = 4


def is_installed() -> bool:
    """Say whether OpenVINO can be imported, without importing it."""
    return importlib.util.find_spec("openvino") is not None


def import_openvino() -> Any:
    """Import OpenVINO without its model converter.

    Importing the converter costs 0.1 s and reports the import to its makers over the network,
    unless the user has declined. OpenVINO does without it where it cannot be imported.
    """
    if "openvino" in sys.modules:
        return sys.modules["openvino"]
    blocked = _CONVERTER not in sys.modules
    if blocked:
        sys.modules[_CONVERTER] = None  # type: ignore[assignment]
    try:
        return importlib.import_module("openvino")
    finally:
        if blocked:
            del sys.modules[_CONVERTER]


def thread_count() -> int:
    """Return how many threads to use: the processors this process may use, or OMP_NUM_THREADS."""
    if hasattr(os, "sched_getaffinity"):
        available = len(os.sched_getaffinity(0))
    else:
        available = os.cpu_count() or 1
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    return min(available, int(wanted)) if wanted.isdigit() and int(wanted) else available


def version() -> str:
    """Return OpenVINO's version, with the build that made it."""
    found: str = import_openvino().__version__
    return found


class Runtime:
    """A compiled graph with one request; not safe from several threads at once."""

    def __init__(self, compiled: openvino.CompiledModel, held: Any = None) -> None:
        """`held` is the memory that the graph's weights lie in, where OpenVINO does not own it."""
        self._request = compiled.create_infer_request()
        self._compiled = compiled
        self._held = held

    def run(self, words: Vectors, mask: Vectors) -> Vectors:
        """Return the unit vectors (n, dim) of padded word vectors (n, tokens, hidden)."""
        self._request.infer([words, mask], share_inputs=True)
        return np.array(self._request.get_output_tensor(0).data, dtype=np.float32)

    def save(self, path: Path) -> None:
        """Write what was compiled in one step; raises OSError where it cannot be written."""
        exported = self._compiled.export_model()
        data = exported if isinstance(exported, bytes) else exported.getvalue()
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            with beside.open("wb") as stream:
                stream.write(data)
                stream.write(zlib.crc32(data).to_bytes(_CHECKSUM_BYTES, "little"))
            os.replace(beside, path)
        finally:
            beside.unlink(missing_ok=True)


def compile_graph(graph: openvino.Model, precision: Precision) -> Runtime:
    """Compile a graph for this processor."""
    core = import_openvino().Core()
    return Runtime(core.compile_model(graph, DEVICE, _settings(precision)))


def load_compiled(path: Path, precision: Precision) -> Runtime | None:
    """Load what `Runtime.save` wrote; None where it is not there, damaged, or not for here.

    The file is mapped: reading it took a third of the time to the first answer, and twice its size
    in memory.
    """
    try:
        # Copied on write, because OpenVINO takes no read-only array, though it changes nothing.
        content = np.memmap(path, dtype=np.uint8, mode="c")
    except (OSError, ValueError):  # an empty file cannot be mapped
        return None
    data, checksum = content[:-_CHECKSUM_BYTES], content[-_CHECKSUM_BYTES:]
    if zlib.crc32(data.data).to_bytes(_CHECKSUM_BYTES, "little") != checksum.tobytes():
        return None
    openvino = import_openvino()
    try:
        blob = openvino.Tensor(data, shared_memory=True)
        compiled = openvino.Core().import_model(blob, DEVICE, _settings(precision))
    except RuntimeError:
        return None
    return Runtime(compiled, held=content)


def supports_bfloat16() -> bool:
    """Say whether this processor multiplies in bfloat16."""
    core = import_openvino().Core()
    return "BF16" in core.get_property(DEVICE, "OPTIMIZATION_CAPABILITIES")


def _settings(precision: Precision) -> dict[str, str]:
    return {
        "PERFORMANCE_HINT": "LATENCY",
        "NUM_STREAMS": "1",
        "INFERENCE_NUM_THREADS": str(thread_count()),
        "INFERENCE_PRECISION_HINT": "bf16" if precision == "bfloat16" else "f32",
        "DYNAMIC_QUANTIZATION_GROUP_SIZE": str(_GROUP) if precision == "int8" else "0",
    }
