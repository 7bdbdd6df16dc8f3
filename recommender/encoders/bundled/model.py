"""Make and open the bundled model's files for OpenVINO: word vectors and tokenizers.

They are made once from the weights file. The folder for sentence-transformers is not needed.
`openvino/choose.py` compiles the graph for the processor and keeps it.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from recommender.encoders.base import PromptRole
from recommender.encoders.batches import encodable, pad
from recommender.encoders.bundled.mapped_tokenizer import MappedTokenizer
from recommender.encoders.bundled.package import (
    LAYOUT,
    NAME,
    WEIGHTS_SHA256,
    bundled_fingerprint,
    find_weights,
)
from recommender.encoders.bundled.weights import Q4_BLOCK, Q4_WEIGHTS, dequantize, open_weights
from recommender.encoders.bundled.word_counts import WordCounts
from recommender.encoders.openvino.choose import FAST_LAYOUT
from recommender.encoders.openvino.runtime import Inputs
from recommender.encoders.prompts import E5_PROMPTS
from recommender.system.cache import FolderRecipe, cache_folder, sealed_folder, write_file

if TYPE_CHECKING:
    from tokenizers import Tokenizer


_NEEDED_BYTES = 90_000_000
_WORDS, _TOKENIZER, _MAPPED, _FACTS = "words.q4", "tokenizer.json", "tokenizer.map", "model.json"
_CHARACTERS_AT_ONCE = 4_000


class FastModel:
    """The opened files: token ids of texts, and word vectors of ids. Safe from several threads."""

    name = NAME
    prompts: Mapping[PromptRole, str] = E5_PROMPTS
    specials = 2

    def __init__(self, folder: Path) -> None:
        self.fingerprint = bundled_fingerprint()
        self.folder = folder
        facts = json.loads((folder / _FACTS).read_bytes())
        self.dim: int = facts["dim"]
        self.limit: int = facts["tokens"]
        self._pad: int = facts["pad"]
        blocks = np.memmap(folder / _WORDS, dtype=Q4_BLOCK, mode="r")
        self._words = blocks.reshape(-1, self.dim // Q4_WEIGHTS)
        self._mapped = MappedTokenizer(folder / _MAPPED)
        self.counts = WordCounts(
            lambda texts: [len(ids) - self.specials for ids in self.ids(texts)]
        )

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the token ids of each whole text, with those that start and end it."""
        texts = [encodable(text) for text in texts]
        few = sum(map(len, texts)) <= _CHARACTERS_AT_ONCE and "_tokenizer" not in self.__dict__
        found = [self._mapped.encode(text) if few else None for text in texts]
        declined = [text for text, ids in zip(texts, found, strict=True) if ids is None]
        rest = iter(self._all_ids(declined))
        return [next(rest) if ids is None else ids for ids in found]

    def padded(self, batch: Sequence[Sequence[int]], width: int) -> Inputs:
        """Return the word vectors (n, width, dim) of token ids, and a mask: 0 for padding."""
        ids, mask = pad(batch, self._pad, width)
        words = dequantize(self._words[ids.reshape(-1)].reshape(-1)).reshape(*ids.shape, -1)
        return words, mask.astype(np.float32)

    def _all_ids(self, texts: list[str]) -> list[list[int]]:
        if not texts:
            return []
        from recommender.encoders.tokens import token_ids  # a slow import

        return token_ids(self._tokenizer, texts)

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        from recommender.encoders.tokens import load_tokenizer

        return load_tokenizer(self.folder / _TOKENIZER)


def fast_model_folder() -> Path:
    """Return the folder of the files, and make it first if it is missing or incomplete.

    Raises EncoderError if the weights are not installed, and StorageError if the cache cannot be
    written.
    """
    # The characters that the mapped tokenizer knows depend on this Python's version of Unicode.
    version = f"v{LAYOUT}.{FAST_LAYOUT}-{WEIGHTS_SHA256[:12]}-unicode{unicodedata.unidata_version}"
    folder = cache_folder() / f"{NAME}-fast-{version}"
    return sealed_folder(folder, FolderRecipe("the bundled model", _NEEDED_BYTES, _write))


def _write(folder: Path) -> dict[str, str]:
    from recommender.encoders.bundled.mapped_tokenizer_writer import write_mapped_tokenizer
    from recommender.encoders.bundled.tokenizer import build_tokenizer

    weights = open_weights(find_weights())
    tokenizer = build_tokenizer(weights.vocabulary)
    facts = {
        "dim": weights.shape.hidden,
        "tokens": weights.shape.positions,
        "pad": weights.vocabulary.pad,
    }
    mapped = folder / _MAPPED
    return {
        _WORDS: write_file(folder / _WORDS, [weights.blocks("emb.word").tobytes()]),
        _TOKENIZER: write_file(folder / _TOKENIZER, [tokenizer.to_str().encode()]),
        _MAPPED: write_mapped_tokenizer(mapped, weights.vocabulary, tokenizer),
        _FACTS: write_file(folder / _FACTS, [json.dumps(facts).encode()]),
    }
