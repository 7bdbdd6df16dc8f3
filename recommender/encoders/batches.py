"""Make texts encodable, group them into batches, and check their lengths and vectors."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby

import numpy as np
import numpy.typing as npt

from recommender.errors import EncoderError

_SURROGATES = re.compile("[\ud800-\udfff]")
# Hyphens that may be and word joiners break words in two for a tokenizer. Joiners of letters stay:
# words of Persian and Hindi are other words without them.
_WITHIN_WORDS = re.compile("[\u00ad\u2060]")
_SHOWN_CHARACTERS = 40


def encodable(text: str) -> str:
    """Return the text as tokenizers take it: without characters that show nothing within words.

    U+FFFD is in place of each lone surrogate, which tokenizers refuse.
    """
    if text.isascii():
        return text
    return _SURROGATES.sub("\ufffd", _WITHIN_WORDS.sub("", text))


def places_of(texts: Sequence[str]) -> dict[str, list[int]]:
    """Map each distinct text, made encodable, to its positions."""
    places: dict[str, list[int]] = {}
    for at, text in enumerate(texts):
        places.setdefault(encodable(text), []).append(at)
    return places


def batches(lengths: Mapping[str, int], budget: int) -> Iterator[list[str]]:
    """Yield batches of the texts that have tokens, the longest first, within `budget` tokens each.

    The budget counts padding. A longer text is a batch by itself.
    """
    yield from _filled(_longest_first(lengths), budget, lengths.__getitem__)


def even_batches(
    lengths: Mapping[str, int], budget: int, width: Callable[[int], int]
) -> Iterator[list[str]]:
    """Yield batches as `batches` does, each of texts that are padded to one length.

    `width` returns the padded length from the number of tokens. A text is padded to the same length
    whatever other texts it is encoded with. So its vector does not depend on them.
    """

    def padded(text: str) -> int:
        return width(lengths[text])

    for _, texts in groupby(_longest_first(lengths), key=padded):
        yield from _filled(texts, budget, padded)


def _longest_first(lengths: Mapping[str, int]) -> list[str]:
    return sorted(filter(lengths.__getitem__, lengths), key=lambda text: -lengths[text])


def _filled(texts: Iterable[str], budget: int, width: Callable[[str], int]) -> Iterator[list[str]]:
    batch: list[str] = []
    for text in texts:
        if batch and (len(batch) + 1) * width(batch[0]) > budget:
            yield batch
            batch = []
        batch.append(text)
    if batch:
        yield batch


def pad(
    batch: Sequence[Sequence[int]], padding: int, width: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return token ids (n, width) and a mask: 0 for padding."""
    ids = np.full((len(batch), width), padding, dtype=np.int64)
    mask = np.zeros(ids.shape, dtype=np.int64)
    for row, tokens in enumerate(batch):
        ids[row, : len(tokens)] = tokens
        mask[row, : len(tokens)] = 1
    return ids, mask


def check_length(at: int, text: str, count: int, limit: int, model: str) -> None:
    """Raise EncoderError if a text has more tokens with its prompt than the model takes."""
    if count > limit:
        raise EncoderError(
            f"text {at + 1} ({text[:_SHOWN_CHARACTERS]!r}...) has {count:,} tokens with its "
            f"prompt, and the model {model} takes {limit:,}. Split it into shorter texts"
        )


def check_directions(texts: Sequence[str], vectors: npt.NDArray[np.float32], model: str) -> None:
    """Raise EncoderError if a row is not a unit vector."""
    for row in np.flatnonzero(~(np.abs(np.linalg.norm(vectors, axis=1) - 1) < 1e-3)).tolist():
        raise EncoderError(
            f"the model {model} gives no unit vector for {texts[row][:_SHOWN_CHARACTERS]!r}. "
            "Its files may be damaged: download or unpack them again"
        )
