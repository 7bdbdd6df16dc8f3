"""Run an encoder's graph with OpenVINO: import it quietly, compile, keep what was compiled."""

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

if TYPE_CHECKING:
    import openvino

Bytes = npt.NDArray[np.uint8]
Inputs = Sequence[npt.NDArray[Any]]
"""What a graph takes, each padded to (texts, tokens, ...)."""

Precision = Literal["int8", "bfloat16", "float32"]
PRECISIONS: tuple[Precision, ...] = ("int8", "bfloat16", "float32")

DEVICE = "CPU"
# Activations are rounded by groups of so many channels of one token: what a text's vector becomes
# does not depend on the batch it is in, and one large channel spoils only its group.
_GROUP = 32
_CONVERTER = "openvino.tools.ovc"
_CHECKSUM_BYTES = 4
_MOST_STREAMS = 8


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


def stream_count() -> int:
    """Return how many batches to compute at once in a large job; each takes memory of its own."""
    return min(thread_count(), _MOST_STREAMS)


def version() -> str:
    """Return OpenVINO's version, with the build that made it."""
    found: str = import_openvino().__version__
    return found


class Runtime:
    """A compiled graph; safe to use from several threads."""

    def __init__(
        self, compiled: openvino.CompiledModel, precision: Precision, held: Bytes | None = None
    ) -> None:
        """`held` is the memory that the graph's weights lie in, where OpenVINO does not own it."""
        self._compiled = compiled
        self._precision: Precision = precision
        self._held = held

    def run_each(self, batches: Iterable[Inputs]) -> Iterator[Vectors]:
        """Yield the unit vectors (n, dim) of each batch, computed one after the other."""
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
        """Write what was compiled in one step; raises OSError where it cannot be written."""
        data = self._exported()
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            with beside.open("wb") as stream:
                stream.write(data.data)
                stream.write(_checksum(data))
            os.replace(beside, path)
        finally:
            beside.unlink(missing_ok=True)

    def _exported(self) -> Bytes:
        exported = self._compiled.export_model()
        content = exported if isinstance(exported, bytes) else exported.getvalue()
        return np.frombuffer(bytearray(content), dtype=np.uint8)


class WideRuntime:
    """A compiled graph that computes a batch on each thread, while the next ones are made ready.

    On two processors it does a sixth more than both on one batch: neither waits for the other.
    Its threads do not survive a fork.
    """

    def __init__(self, compiled: openvino.CompiledModel, streams: int, held: Bytes) -> None:
        self._compiled = compiled
        self._held = held
        self._requests = 2 * streams  # one that is computed and one that waits, for each stream

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
            for request, _ in running:  # what they read must outlive them
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
    core = import_openvino().Core()
    return Runtime(core.compile_model(graph, DEVICE, _settings(precision)), precision)


def load_compiled(path: Path, precision: Precision) -> Runtime | None:
    """Load what `Runtime.save` wrote; None where it is not there, damaged, or not for here.

    The file is mapped: reading it took a third of the time to the first answer, and twice its size
    in memory.
    """
    try:
        # Copied on write, because OpenVINO takes no read-only array, though it changes nothing.
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
    """Say whether this processor multiplies in bfloat16."""
    core = import_openvino().Core()
    return "BF16" in core.get_property(DEVICE, "OPTIMIZATION_CAPABILITIES")


def _settings(precision: Precision, streams: int = 1) -> dict[str, str]:
    return {
        "PERFORMANCE_HINT": "LATENCY" if streams == 1 else "THROUGHPUT",
        "NUM_STREAMS": str(streams),
        "INFERENCE_NUM_THREADS": str(thread_count()),
        "INFERENCE_PRECISION_HINT": "bf16" if precision == "bfloat16" else "f32",
        "DYNAMIC_QUANTIZATION_GROUP_SIZE": str(_GROUP) if precision == "int8" else "0",
    }


def _import(data: Bytes, settings: dict[str, str]) -> openvino.CompiledModel:
    openvino = import_openvino()
    return openvino.Core().import_model(openvino.Tensor(data, shared_memory=True), DEVICE, settings)


def _output(request: openvino.InferRequest) -> Vectors:
    return np.array(request.get_output_tensor(0).data, dtype=np.float32)


def _checksum(data: Bytes) -> bytes:
    return zlib.crc32(data.data).to_bytes(_CHECKSUM_BYTES, "little")
