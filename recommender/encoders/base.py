"""Define the `Encoder` protocol: all that the rest of the product knows about a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from recommender.errors import EncoderError

PromptRole = Literal["passage", "query"]
OnTexts = Callable[[int], None]
BUNDLED = "bundled"
# The environment variable that asks for an arithmetic.
PRECISION_VARIABLE = "RECOMMENDER_PRECISION"


class Encoder(Protocol):
    """Encodes texts of any language into one vector space."""

    @property
    def name(self) -> str:
        """The name of the model, for people to read."""

    @property
    def fingerprint(self) -> str:
        """The hexadecimal id of the model; only vectors of one fingerprint can be compared.

        It leaves out the arithmetic. Runtimes and precisions whose vectors keep a cosine of 0.999
        to each other share a fingerprint, and an index opens with any of them.
        """

    @property
    def dim(self) -> int:
        """The length of a vector."""

    @property
    def max_tokens(self) -> int:
        """The most tokens, as `count_tokens` counts them, that a text may have in any role."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count the tokens of each text itself, without the model's prompt and special tokens.

        A token is at least a byte of the text in NFKD: texts of few bytes are not counted.
        """

    def encode(
        self, texts: Sequence[str], *, role: PromptRole, on_progress: OnTexts | None = None
    ) -> npt.NDArray[np.float32]:
        """Return float32 (len(texts), dim), rows of unit length in the order of the texts.

        `on_progress` is called with the number of texts finished since its last call. Raises
        EncoderError for a text over the model's limit. No text is cut silently.
        """


def check_encoder(given: object) -> None:
    """Raise `EncoderError` for what a program gives as an encoder and is none.

    Nothing of it is asked for: a property may load a model.
    """
    names = ("name", "fingerprint", "dim", "max_tokens", "count_tokens", "encode")
    lacking = [one for one in names if not hasattr(type(given), one) and not hasattr(given, one)]
    if lacking:
        raise EncoderError(
            f"{given!r:.80} is not an encoder: it has no {', '.join(lacking)}; give what "
            "recommender.encoders.load_encoder returns, or an object with these"
        )
