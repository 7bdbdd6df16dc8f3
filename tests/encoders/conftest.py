"""The real bundled model, once for all tests of a run, and small files made like it."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recommender.encoders.base import Encoder
from recommender.encoders.bundled.package import (
    NAME,
    bundled_fingerprint,
    bundled_model_folder,
    find_weights,
)
from recommender.encoders.bundled.weights import Q4_BLOCK, WeightsFile, open_weights
from recommender.encoders.load import load_encoder
from recommender.encoders.openvino.encoder import FastEncoder
from recommender.encoders.torch_encoder import SentenceTransformerEncoder


@pytest.fixture(scope="session")
def bundled_weights() -> WeightsFile:
    return open_weights(find_weights())


@pytest.fixture(scope="session")
def bundled_folder() -> Path:
    return bundled_model_folder()


@pytest.fixture(scope="session")
def bundled(bundled_folder: Path) -> Encoder:
    """The bundled model through sentence-transformers: the reference."""
    return SentenceTransformerEncoder(bundled_folder, name=NAME, fingerprint=bundled_fingerprint())


@pytest.fixture(scope="session")
def fast() -> FastEncoder:
    """The bundled model as it is loaded where OpenVINO is installed."""
    encoder = load_encoder(None)
    assert isinstance(encoder, FastEncoder)
    return encoder


@dataclass
class TinyWeights:
    """A weights file of one layer; tests change its parts before `build`."""

    hidden: int = 32
    header: tuple[Any, ...] = (b"E5S1", 1, 32, 1, 2, 32, 6, 8, 2, 1e-12, 32)
    pieces: list[bytes] = field(default_factory=lambda: [b"<s>", b"<pad>", b"</s>", b"<unk>", b"a"])
    specials: tuple[int, int, int, int] = (0, 2, 1, 3)
    scores: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0, 0.0, -1.0])
    offsets: list[int] | None = None
    table: bytes = struct.pack("<IB", 1, 0) + struct.pack("<IBI", 9, 1, 32)
    table_entries: int = 2
    tensors: dict[str, tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        wide = self.hidden
        self.tensors = {"emb.word": (1, 6 * wide), "emb.pos": (0, 8 * wide)}
        self.tensors |= {"emb.type": (0, 2 * wide), "emb.ln.w": (0, wide), "emb.ln.b": (0, wide)}
        for part in ("q", "k", "v", "ao", "fi", "fo"):
            self.tensors |= {f"l0.{part}.w": (1, wide * wide), f"l0.{part}.b": (0, wide)}
        for part in ("aln", "oln"):
            self.tensors |= {f"l0.{part}.w": (0, wide), f"l0.{part}.b": (0, wide)}

    def before_tensors(self) -> bytes:
        blob = b"".join(self.pieces)
        ends = np.cumsum([0, *map(len, self.pieces)]).tolist()
        return b"".join(
            (
                struct.pack("<4sI7ifi", *self.header),
                struct.pack("<5iQ", len(self.pieces), *self.specials, len(blob)),
                np.array(self.offsets or ends, "<u4").tobytes(),
                np.array(self.scores, "<f4").tobytes(),
                blob,
                struct.pack("<iI", self.table_entries, len(self.table)) + self.table,
            )
        )

    def build(self) -> bytes:
        start = self.before_tensors()
        sizes = {
            name: elements // 32 * Q4_BLOCK.itemsize if kind else elements * 4
            for name, (kind, elements) in self.tensors.items()
        }
        directory = sum(2 + len(name) + 21 for name in self.tensors)
        offset = len(start) + 4 + directory
        entries = [struct.pack("<i", len(self.tensors))]
        data = []
        for at, (name, (kind, elements)) in enumerate(self.tensors.items()):
            encoded = struct.pack("<H", len(name)) + name.encode()
            entries.append(encoded + struct.pack("<BIQQ", kind, elements, offset, sizes[name]))
            data.append(_content(kind, elements, seed=at))
            offset += sizes[name]
        return start + b"".join(entries) + b"".join(data)


def _content(kind: int, elements: int, *, seed: int) -> bytes:
    rng = np.random.default_rng(seed)
    if not kind:
        return rng.normal(size=elements).astype("<f4").tobytes()
    blocks = np.zeros(elements // 32, Q4_BLOCK)
    blocks["scale"] = 0.1
    blocks["nibbles"] = rng.integers(0, 256, blocks["nibbles"].shape)
    return blocks.tobytes()


@pytest.fixture
def tiny_weights() -> TinyWeights:
    return TinyWeights()


MakeModel = Callable[..., Path]
# The width of the vectors of a made model, for two heads. OpenVINO reads beyond the end of heads
# of under eight numbers on processors with AVX2 only.
WIDTH = 32


@pytest.fixture
def make_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeModel:
    """Give a function that writes a tiny random sentence-transformers model into a new folder.

    Only the bundled model runs in int8: if that is asked for, the choice is left to the product.
    """
    if os.environ.get("RECOMMENDER_PRECISION") == "int8":
        monkeypatch.delenv("RECOMMENDER_PRECISION")
    monkeypatch.setenv("RECOMMENDER_CACHE", str(tmp_path / "cache"))
    return lambda name="tiny", **settings: _make_model(tmp_path / name, **settings)


def _make_model(
    folder: Path,
    *,
    prompts: dict[str, str] | None = None,
    specials: bool = True,
    pooling: str = "mean",
    dense: int = 0,
    width: int = WIDTH,
) -> Path:
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Dense, Normalize, Pooling, Transformer
    from tokenizers import Tokenizer, models, pre_tokenizers
    from tokenizers.processors import TemplateProcessing
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    words = ["[UNK]", "[PAD]", "[CLS]", "query", "passage", "find", ":", "war", "peace", "city"]
    tokenizer = Tokenizer(models.WordLevel({w: at for at, w in enumerate(words)}, "[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    if specials:
        tokenizer.post_processor = TemplateProcessing("[CLS] $A", special_tokens=[("[CLS]", 2)])
    base = folder.with_name(f"{folder.name}-base")
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]", model_max_length=16
    ).save_pretrained(base)
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=width,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=2 * width,
        max_position_embeddings=16,
    )
    BertModel(config).save_pretrained(base)
    modules = [Transformer(str(base)), Pooling(width, pooling_mode=pooling)]
    if dense:
        modules.append(Dense(width, dense))
    modules.append(Normalize())
    SentenceTransformer(modules=modules, prompts=prompts, device="cpu").save(str(folder))
    return folder


@pytest.fixture
def automatic_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the choice of arithmetic to the product, whatever the environment asks for."""
    monkeypatch.delenv("RECOMMENDER_PRECISION", raising=False)
