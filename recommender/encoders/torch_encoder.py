"""Encode with sentence-transformers: any model folder that runs no code of its own."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from recommender.arrays import Vectors
from recommender.encoders.base import OnTexts, PromptRole
from recommender.encoders.batches import (
    batches,
    check_directions,
    check_length,
    encodable,
    places_of,
)
from recommender.encoders.capitals import as_read
from recommender.encoders.hub import model_fingerprint
from recommender.encoders.precision import Half, TorchPrecision, choose_precision
from recommender.encoders.prompts import read_prompts
from recommender.encoders.safety import known_modules
from recommender.encoders.tokens import ModelTokenizer
from recommender.errors import EncoderError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


TOKENS_PER_CPU_BATCH = 4096
TOKENS_PER_GPU_BATCH = 65_536
BIG_JOB_TOKENS = 200_000

_UNSTATED_LIMIT = 8192
_PROBE_TOKENS = 1024


class SentenceTransformerEncoder:
    """An `Encoder` over a sentence-transformers folder; safe to use from several threads.

    `max_tokens` is the model's sequence length without the special tokens and the longer of the two
    prompts. A text within it always fits. `encode` refuses a text only if the model would cut it.
    Lone surrogates are encoded as U+FFFD.
    """

    def __init__(self, folder: Path, *, name: str, fingerprint: str | None = None) -> None:
        """Load the model; without a `fingerprint`, compute it from the files.

        Raises EncoderError if the model cannot be loaded, or not without running code of its own.
        """
        known_modules(folder)
        self.name = name
        self._prompts = read_prompts(folder, name)
        self.arithmetic = "sentence-transformers"
        self.fingerprint = fingerprint or model_fingerprint(folder, self._prompts)
        self.model = _load(folder)
        self._tokenizer = ModelTokenizer(self.model.tokenizer)
        self._lock = threading.Lock()
        self._encoded_tokens = 0
        self._precision: TorchPrecision | None = None
        self.limit = min(self.model.max_seq_length or _UNSTATED_LIMIT, 1 << 20)
        self.specials = self._special_tokens()
        self.max_tokens = self.limit - self.specials - self._longest_prompt()
        if self.max_tokens < 1:
            raise EncoderError(
                f"the model {name} takes {self.limit:,} tokens, and its prompts leave none of them "
                "to the text. Use a model with a longer limit or shorter prompts"
            )
        self.dim: int = self._vectors(["."], "").shape[1]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count the tokens of each text itself, without prompt and special tokens."""
        with self._lock:
            return self._tokenizer.count([encodable(text) for text in texts], specials=False)

    def encode(
        self, texts: Sequence[str], *, role: PromptRole, on_progress: OnTexts | None = None
    ) -> Vectors:
        """Return float32 (len(texts), dim), rows of unit length in the order of the texts.

        Each distinct text is encoded once, in batches of similar length, the longest first.
        A text in capitals is read in small letters (`as_read`).
        A text without a token gets the vector whose components are all equal. `on_progress` is
        called with the number of texts finished since its last call. Raises EncoderError for a
        text that the model would cut.
        """
        places = places_of(as_read(texts, self.count_tokens, self.max_tokens))
        vectors = np.full((len(texts), self.dim), self.dim**-0.5, dtype=np.float32)
        with self._lock:
            lengths = self._lengths(places, self._prompts[role])
            for batch in batches(lengths, self._tokens_per_batch):
                encoded = self._checked(batch, self._prompts[role])
                for text, vector in zip(batch, encoded, strict=True):
                    vectors[places[text]] = vector
                if on_progress:
                    on_progress(sum(len(places[text]) for text in batch))
        return vectors

    def _lengths(self, places: dict[str, list[int]], prompt: str) -> dict[str, int]:
        """Count the tokens of each text with its prompt; raise EncoderError for one too long."""
        counts = self._tokenizer.count([prompt + text for text in places], specials=False)
        for text, count in zip(places, counts, strict=True):
            check_length(places[text][0], text, count, self.limit - self.specials, self.name)
        self._encoded_tokens += sum(counts)
        return dict(zip(places, counts, strict=True))

    def _checked(self, batch: list[str], prompt: str) -> Vectors:
        vectors = self._vectors(batch, prompt, self._precision_for(batch, prompt))
        check_directions(batch, vectors, self.name)
        return vectors

    def _vectors(
        self, batch: list[str], prompt: str, precision: TorchPrecision = "float32"
    ) -> Vectors:
        with _arithmetic(precision, self.model.device.type):
            tensor = self.model.encode(
                batch,
                prompt=prompt,
                batch_size=len(batch),
                normalize_embeddings=True,
                convert_to_tensor=True,
                show_progress_bar=False,
            )
        vectors: Vectors = tensor.float().cpu().numpy()
        return vectors

    def _precision_for(self, batch: list[str], prompt: str) -> TorchPrecision:
        """Return the precision to use: float32, until a job is big enough to measure others."""
        if self._precision is None and self._encoded_tokens >= BIG_JOB_TOKENS:
            self._precision = self._measured_precision(batch, prompt)
        return self._precision or "float32"

    def _measured_precision(self, batch: list[str], prompt: str) -> TorchPrecision:
        import torch

        if self.model.dtype != torch.float32:
            return "float32"
        longest = max(self._tokenizer.count(batch, specials=True))
        sample = batch[: max(1, _PROBE_TOKENS // longest)]
        return choose_precision(
            lambda precision: self._vectors(sample, prompt, precision),
            self.fingerprint,
            f"torch {torch.__version__} {self.model.device.type}",
            half_of(self.model.device.type),
        )

    @property
    def _tokens_per_batch(self) -> int:
        return TOKENS_PER_CPU_BATCH if self.model.device.type == "cpu" else TOKENS_PER_GPU_BATCH

    def _special_tokens(self) -> int:
        with_them, without = (
            self._tokenizer.count(["."], specials=specials) for specials in (True, False)
        )
        return with_them[0] - without[0]

    def _longest_prompt(self) -> int:
        return max(self._tokenizer.count(list(self._prompts.values()), specials=False))


def half_of(device: str) -> Half:
    """Return the half precision that a kind of device computes fast."""
    return "bfloat16" if device == "cpu" else "float16"


def _load(folder: Path) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer

    try:
        with _no_loading_bar():
            return SentenceTransformer(
                str(folder),
                trust_remote_code=False,
                local_files_only=True,
                model_kwargs={"use_safetensors": True},
            )
    except Exception as error:  # a stranger's folder can fail in ways without a common class
        reason = " ".join(str(error).split()) or type(error).__name__
        raise EncoderError(
            f"cannot load the model {folder}: {reason[:300]}. "
            "Check that it is a whole sentence-transformers folder"
        ) from error


@contextlib.contextmanager
def _no_loading_bar() -> Iterator[None]:
    from transformers.utils import logging as transformers_logging

    shown = transformers_logging.is_progress_bar_enabled()
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            transformers_logging.enable_progress_bar()


@contextlib.contextmanager
def _arithmetic(precision: TorchPrecision, device: str) -> Iterator[None]:
    if precision == "float32":
        yield
        return
    import torch

    with torch.autocast(device, dtype=getattr(torch, precision)):
        yield
