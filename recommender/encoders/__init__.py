"""Turn texts into unit vectors: the `Encoder` protocol and how one is loaded by name.

Importing this package imports no model runtime; `load_encoder` does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

Role = Literal["passage", "query"]
OnProgress = Callable[[int], None]

BUNDLED = "bundled"


class Encoder(Protocol):
    """Encodes texts of any language into one vector space."""

    @property
    def name(self) -> str:
        """Name of the model, to be shown."""

    @property
    def fingerprint(self) -> str:
        """Hexadecimal id of the model; vectors mix only within one.

        The arithmetic is no part of it: runtimes and precisions that keep a cosine of 0.999 to
        each other share a fingerprint, and an index opens with any of them.
        """

    @property
    def dim(self) -> int:
        """Length of a vector."""

    @property
    def max_tokens(self) -> int:
        """How many tokens, as `count_tokens` counts them, a text may have in any role."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count the tokens of each text itself, without the model's prompt and special tokens."""

    def encode(
        self, texts: Sequence[str], *, role: Role, on_progress: OnProgress | None = None
    ) -> npt.NDArray[np.float32]:
        """Return float32 (len(texts), dim), rows of unit length in the order of the texts.

        `on_progress` is called with the number of texts finished since its last call. Raises
        EncoderError for a text over the model's limit: nothing is cut silently.
        """


def load_encoder(name: str | None = None, *, many: bool = False) -> Encoder:
    """Load a model: the bundled one, a sentence-transformers folder, or a name on the hub.

    A hub name is looked up among the downloaded models first, and downloaded only where it is not
    among them. A model runs on OpenVINO where that is installed and agrees with
    sentence-transformers on this machine; where `many` texts are to be encoded and there is a GPU,
    it is run on that by sentence-transformers. Raises EncoderError where there is no such model or
    it cannot be used safely.
    """
    from recommender.encoders.bundled import NAME

    on_gpu = many and _is_gpu_wanted()
    if name is None or name in (BUNDLED, NAME):
        return _load_bundled(on_gpu)
    from recommender.encoders.model_source import locate_model

    folder = locate_model(name)
    if on_gpu:
        from recommender.encoders.reference import SentenceTransformerEncoder

        return SentenceTransformerEncoder(folder, name=name)
    from recommender.encoders.exported import open_model

    return open_model(folder, name)


def encoder_fingerprint(name: str | None = None) -> str:
    """Return the fingerprint of the encoder that `load_encoder(name)` loads, without loading it.

    Raises EncoderError where there is no such model.
    """
    from recommender.encoders.bundled import NAME, bundled_fingerprint

    if name is None or name in (BUNDLED, NAME):
        return bundled_fingerprint()
    from recommender.encoders.model_source import locate_model, model_fingerprint
    from recommender.encoders.prompts import read_prompts

    folder = locate_model(name)
    return model_fingerprint(folder, read_prompts(folder, name))


def _load_bundled(on_gpu: bool) -> Encoder:
    from recommender.encoders.fast_choice import open_fast_encoder

    fast = None if on_gpu else open_fast_encoder()
    if fast:
        return fast
    from recommender.encoders.bundled import NAME, bundled_fingerprint, bundled_model_folder
    from recommender.encoders.reference import SentenceTransformerEncoder

    folder = bundled_model_folder()
    return SentenceTransformerEncoder(folder, name=NAME, fingerprint=bundled_fingerprint())


def _is_gpu_wanted() -> bool:
    """Say whether there is a GPU and no precision of the processor is asked for."""
    from recommender.encoders.fast_choice import AUTO, REFERENCE, asked_precision
    from recommender.encoders.gpu import has_gpu

    return asked_precision() in (AUTO, REFERENCE) and has_gpu()
