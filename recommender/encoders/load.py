"""Load an encoder by its name, without importing a model runtime before one is needed."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
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
# The encoders of the commands that use one several times, by the model's name.
_KEPT: ContextVar[dict[str | None, Encoder] | None] = ContextVar("kept encoders", default=None)
_DEVICES = ("/dev/nvidiactl", "/dev/kfd", "/dev/dxg")  # Nvidia, AMD, either under WSL


def load_encoder(name: str | None = None, *, many: bool = False) -> Encoder:
    """Load a model of this machine: the bundled one, a folder, or a downloaded one by hub name.

    Nothing is downloaded (`hub.download_model` does that). A model runs on OpenVINO if that is
    installed and agrees with sentence-transformers on this machine. With `many` texts to encode
    and a GPU, sentence-transformers runs it there. Raises EncoderError if there is no such model
    on this machine or it cannot be used safely, and MemoryLow if there is too little memory.
    """
    kept = _KEPT.get()
    if kept is not None and name in kept:
        return kept[name]
    check_memory(MODEL_MANY_BYTES if many else MODEL_BYTES)
    started = time.monotonic()
    try:
        encoder = _load(name, many)
        _LOG.info("loaded encoder %s in %.1f s", encoder.name, time.monotonic() - started)
        if kept is not None:
            kept[name] = encoder
        return encoder
    except (MemoryError, RuntimeError) as error:
        if is_refusal(error):
            raise memory_low(error) from error
        raise


@contextmanager
def encoders_kept() -> Iterator[None]:
    """Load each model once within this context, whoever asks for it by the same name."""
    before = _KEPT.set({})
    try:
        yield
    finally:
        _KEPT.reset(before)


def _load(name: str | None, many: bool) -> Encoder:
    from recommender.encoders.bundled.package import NAME

    on_gpu = many and _is_gpu_wanted()
    if name is None or name in (BUNDLED, NAME):
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
    from recommender.encoders.bundled.package import NAME, bundled_fingerprint

    if name is None or name in (BUNDLED, NAME):
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
