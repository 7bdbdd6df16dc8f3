"""Run an encoder's graph with OpenVINO: import it quietly, compile, keep the compiled graph."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import zlib
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from recommender.arrays import Vectors
from recommender.system.signal_stack import signal_stack_kept

if TYPE_CHECKING:
    import openvino

Bytes = npt.NDArray[np.uint8]
Inputs = Sequence[npt.NDArray[Any]]
"""The inputs of a graph, each padded to (texts, tokens, ...)."""

Precision = Literal["int8", "bfloat16", "float32"]
PRECISIONS: tuple[Precision, ...] = ("int8", "bfloat16", "float32")

DEVICE = "CPU"
# Activations are rounded in groups of this many channels of one token. So a text's vector does not
# depend on its batch, and one large channel spoils only its group. Larger groups are multiplied
# faster: of 128, a fifth more than of 32.
_GROUP = 128
_CONVERTER = "openvino.tools.ovc"
_CHECKSUM_BYTES = 4
_MOST_STREAMS = 8


def is_installed() -> bool:
    """Return whether OpenVINO can be imported, without importing it."""
    return importlib.util.find_spec("openvino") is not None


def import_openvino() -> Any:
    """Import OpenVINO without its model converter.

    Importing the converter takes 0.1 s and reports the import to its makers over the network,
    unless the user has declined. OpenVINO works without it if it cannot be imported.
    """
    if "openvino" in sys.modules:
        return sys.modules["openvino"]
    blocked = _CONVERTER not in sys.modules
    if blocked:
        sys.modules[_CONVERTER] = None  # type: ignore[assignment]  # None: not there
    try:
        return importlib.import_module("openvino")
    finally:
        if blocked:
            del sys.modules[_CONVERTER]


def thread_count() -> int:
    """Return the number of processors this process may use, or OMP_NUM_THREADS if it is lower."""
    if hasattr(os, "sched_getaffinity"):
        available = len(os.sched_getaffinity(0))
    else:
        available = os.cpu_count() or 1
    asked = os.environ.get("OMP_NUM_THREADS", "")
    return min(available, int(asked)) if asked.isdigit() and int(asked) else available


def stream_count() -> int:
    """Return the number of batches to compute at once in a large job; each needs memory."""
    return min(thread_count(), _MOST_STREAMS)


def version() -> str:
    """Return OpenVINO's version and build."""
    found: str = import_openvino().__version__
    return found


class Runtime:
    """A compiled graph; safe to use from several threads."""

    def __init__(
        self, compiled: openvino.CompiledModel, precision: Precision, held: Bytes | None = None
    ) -> None:
        """Keep `held`, the memory of the graph's weights, if OpenVINO does not own it."""
        self._compiled = compiled
        self._precision: Precision = precision
        self._held = held

    def run_each(self, batches: Iterable[Inputs]) -> Iterator[Vectors]:
        """Yield the unit vectors (n, dim) of each batch, one batch after the other."""
        request = self._compiled.create_infer_request()
        for inputs in batches:
            request.infer(list(inputs), share_inputs=True)
            yield _output(request)

    def widened(self) -> WideRuntime:
        """Return the graph with a stream for each thread."""
        data = self._exported() if self._held is None else self._held
        compiled = _import(data, _settings(self._precision, stream_count()))
        return WideRuntime(compiled, stream_count(), data)

    def save(self, path: Path) -> None:
        """Write the compiled graph in one step; raise OSError if it cannot be written."""
        data = self._exported()
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            with temporary.open("wb") as stream:
                stream.write(data.data)
                stream.write(_checksum(data))
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)

    def _exported(self) -> Bytes:
        exported = self._compiled.export_model()
        content = exported if isinstance(exported, bytes) else exported.getvalue()
        return np.frombuffer(bytearray(content), dtype=np.uint8)


class WideRuntime:
    """A compiled graph that computes one batch on each thread while the next are prepared.

    On two processors it computes a sixth more than both do on one batch, because neither waits for
    the other. Its threads do not survive a fork.
    """

    def __init__(self, compiled: openvino.CompiledModel, streams: int, held: Bytes) -> None:
        self._compiled = compiled
        self._held = held
        self._requests = 2 * streams  # for each stream, one in computation and one waiting

    def run_each(self, batches: Iterable[Inputs]) -> Iterator[Vectors]:
        """Yield the unit vectors (n, dim) of each batch in their order."""
        free = [self._compiled.create_infer_request() for _ in range(self._requests)]
        running: deque[tuple[openvino.InferRequest, Inputs]] = deque()
        try:
            for inputs in batches:
                if not free:
                    yield self._finished(running, free)
                request = free.pop()
                request.start_async(list(inputs), share_inputs=True)
                running.append((request, inputs))
            while running:
                yield self._finished(running, free)
        finally:
            for request, _ in running:  # their inputs must live until they end
                request.wait()

    @staticmethod
    def _finished(
        running: deque[tuple[openvino.InferRequest, Inputs]], free: list[openvino.InferRequest]
    ) -> Vectors:
        request, _ = running[0]
        request.wait()
        running.popleft()
        free.append(request)
        return _output(request)


def compile_graph(graph: openvino.Model, precision: Precision) -> Runtime:
    """Compile a graph for this processor."""
    settings = _settings(precision)
    core = import_openvino().Core()
    with signal_stack_kept():
        return Runtime(core.compile_model(graph, DEVICE, settings), precision)


def load_compiled(path: Path, precision: Precision) -> Runtime | None:
    """Load the file that `Runtime.save` wrote; None if it is missing, damaged or for another CPU.

    The file is mapped. Reading it took a third of the time to the first answer, and twice its size
    in memory.
    """
    try:
        # Copy on write: OpenVINO takes no read-only array, although it changes nothing.
        content: Bytes = np.memmap(path, dtype=np.uint8, mode="c")
    except (OSError, ValueError):  # an empty file cannot be mapped
        return None
    data, checksum = content[:-_CHECKSUM_BYTES], content[-_CHECKSUM_BYTES:]
    if _checksum(data) != checksum.tobytes():
        return None
    try:
        return Runtime(_import(data, _settings(precision)), precision, held=data)
    except RuntimeError:
        return None


def supports_bfloat16() -> bool:
    """Return whether this processor multiplies in bfloat16."""
    core = import_openvino().Core()
    with signal_stack_kept():
        return "BF16" in core.get_property(DEVICE, "OPTIMIZATION_CAPABILITIES")


def _settings(precision: Precision, streams: int = 1) -> dict[str, str]:
    # Held to processors, the processes of one service would compute on the same ones.
    return {
        "PERFORMANCE_HINT": "LATENCY" if streams == 1 else "THROUGHPUT",
        "NUM_STREAMS": str(streams),
        "ENABLE_CPU_PINNING": "NO",
        "INFERENCE_NUM_THREADS": str(thread_count()),
        "INFERENCE_PRECISION_HINT": "bf16" if _is_half(precision) else "f32",
        "DYNAMIC_QUANTIZATION_GROUP_SIZE": str(_GROUP) if precision == "int8" else "0",
    }


def _is_half(precision: Precision) -> bool:
    """Return whether what is not rounded to 8 bits, attention above all, is in bfloat16."""
    return precision == "bfloat16" or (precision == "int8" and supports_bfloat16())


def _import(data: Bytes, settings: dict[str, str]) -> openvino.CompiledModel:
    openvino = import_openvino()
    tensor = openvino.Tensor(data, shared_memory=True)
    with signal_stack_kept():
        return openvino.Core().import_model(tensor, DEVICE, settings)


def _output(request: openvino.InferRequest) -> Vectors:
    return np.array(request.get_output_tensor(0).data, dtype=np.float32)


def _checksum(data: Bytes) -> bytes:
    return zlib.crc32(data.data).to_bytes(_CHECKSUM_BYTES, "little")
