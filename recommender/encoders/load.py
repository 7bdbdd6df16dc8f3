"""Load an encoder by its name, without importing a model runtime before one is needed."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar, copy_context
from pathlib import Path

from recommender.encoders.base import BUNDLED, Encoder
from recommender.system.log import logger_of
from recommender.system.memory import (
    MODEL_BYTES,
    MODEL_MANY_BYTES,
    check_memory,
    is_refusal,
    memory_low,
)

_LOG = logger_of(__name__)
# The name of the thread that loads a model ahead; the end of a command does not wait for it.
AHEAD = "load-ahead"
_DEVICES = ("/dev/nvidiactl", "/dev/kfd", "/dev/dxg")  # Nvidia, AMD, either under WSL


class _Kept:
    """The encoders that a command keeps, by the model's name; threads load one at a time."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.encoders: dict[str | None, Encoder] = {}


_KEPT: ContextVar[_Kept | None] = ContextVar("kept encoders", default=None)


def load_encoder(name: str | None = None, *, many: bool = False) -> Encoder:
    """Load a model of this machine: the bundled one, a folder, or a downloaded one by hub name.

    Nothing is downloaded (`hub.download_model` does that). A model runs on OpenVINO if that is
    installed and agrees with sentence-transformers on this machine. With `many` texts to encode
    and a GPU, sentence-transformers runs it there. Raises EncoderError if there is no such model
    on this machine or it cannot be used safely, and MemoryLow if there is too little memory.
    """
    kept = _KEPT.get()
    if kept is None:
        return _loaded(name, many)
    with kept.lock:
        if name not in kept.encoders:
            kept.encoders[name] = _loaded(name, many)
        return kept.encoders[name]


def is_ready(name: str | None) -> bool:
    """Return whether `load_encoder(name)` only reads the bundled model's graph, compiled before."""
    if name is not None and not _is_bundled(name):
        return False
    from recommender.encoders.bundled.open import is_chosen

    return is_chosen()


def keep_encoders() -> None:
    """Keep each model that is loaded from now on, to the end of the process.

    Models are loaded ahead only then (`load_ahead`).
    """
    _KEPT.set(_Kept())


def load_ahead(name: str | None) -> None:
    """Load an encoder in another thread if encoders are kept.

    `load_encoder(name)` waits for it. What goes wrong here goes wrong there again.
    """
    if _KEPT.get() is None:
        return
    work = copy_context().run
    with suppress(RuntimeError):  # no thread can be started: `load_encoder` loads it
        threading.Thread(target=work, args=(_try_to_load, name), name=AHEAD).start()


def _try_to_load(name: str | None) -> None:
    with suppress(Exception):
        load_encoder(name)


def _loaded(name: str | None, many: bool) -> Encoder:
    check_memory(MODEL_MANY_BYTES if many else MODEL_BYTES)
    started = time.monotonic()
    try:
        encoder = _load(name, many)
        _LOG.info("loaded encoder %s in %.1f s", encoder.name, time.monotonic() - started)
        return encoder
    except (MemoryError, RuntimeError) as error:
        if is_refusal(error):
            raise memory_low(error) from error
        raise


@contextmanager
def encoders_kept() -> Iterator[None]:
    """Load each model once within this context, whoever asks for it by the same name."""
    before = _KEPT.set(_Kept())
    try:
        yield
    finally:
        _KEPT.reset(before)


def _is_bundled(name: str) -> bool:
    from recommender.encoders.bundled.package import NAME

    return name in (BUNDLED, NAME)


def _load(name: str | None, many: bool) -> Encoder:
    on_gpu = many and _is_gpu_wanted()
    if name is None or _is_bundled(name):
        return _load_bundled(on_gpu)
    from recommender.encoders.hub import locate_model

    folder = locate_model(name)
    if on_gpu:
        from recommender.encoders.torch_encoder import SentenceTransformerEncoder

        return SentenceTransformerEncoder(folder, name=name)
    from recommender.encoders.openvino.export import open_model

    return open_model(folder, name)


def encoder_fingerprint(name: str | None = None) -> str:
    """Return the fingerprint of the encoder that `load_encoder(name)` loads, without loading it.

    Raises EncoderError if there is no such model on this machine or it cannot be used safely.
    """
    if name is None or _is_bundled(name):
        from recommender.encoders.bundled.package import bundled_fingerprint

        return bundled_fingerprint()
    from recommender.encoders.hub import locate_model, model_fingerprint
    from recommender.encoders.prompts import read_prompts

    folder = locate_model(name)
    return model_fingerprint(folder, read_prompts(folder, name))


def _load_bundled(on_gpu: bool) -> Encoder:
    from recommender.encoders.bundled.open import open_fast_encoder

    fast = None if on_gpu else open_fast_encoder()
    if fast:
        return fast
    from recommender.encoders.bundled.package import NAME, bundled_fingerprint, bundled_model_folder
    from recommender.encoders.torch_encoder import SentenceTransformerEncoder

    folder = bundled_model_folder()
    return SentenceTransformerEncoder(folder, name=NAME, fingerprint=bundled_fingerprint())


def _is_gpu_wanted() -> bool:
    """Return whether there is a GPU and RECOMMENDER_PRECISION asks for no precision of the CPU."""
    from recommender.encoders.openvino.choose import AUTO, REFERENCE, asked_precision

    return asked_precision() in (AUTO, REFERENCE) and has_gpu()


def has_gpu() -> bool:
    """Return whether torch can compute on a GPU of this machine."""
    if sys.platform == "linux" and not any(Path(device).exists() for device in _DEVICES):
        return False
    import torch

    return torch.cuda.is_available() or torch.backends.mps.is_available()
