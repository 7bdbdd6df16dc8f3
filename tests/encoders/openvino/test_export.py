"""Any model of sentence-transformers runs on OpenVINO where that gives the same vectors."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recommender.encoders.base import PRECISION_VARIABLE
from recommender.encoders.load import encoder_fingerprint, load_encoder
from recommender.encoders.openvino import export
from recommender.encoders.openvino.encoder import FastEncoder
from recommender.encoders.torch_encoder import SentenceTransformerEncoder
from recommender.errors import EncoderError

TEXTS = ["", "war", "war and peace", "city : war war city peace", "peace " * 9, "\ud800 \x00 ﷺ"]

MakeModel = Callable[..., Path]


def reference(folder: Path) -> SentenceTransformerEncoder:
    return SentenceTransformerEncoder(folder, name=str(folder))


@pytest.mark.parametrize(
    "made",
    [
        {"prompts": {"query": "find: ", "document": ""}},
        {"pooling": "cls", "dense": 5},
        {"pooling": "max"},
        {"specials": False},
    ],
    ids=["mean", "cls, dense", "max", "no special tokens"],
)
def test_a_model_runs_on_openvino_with_the_same_vectors(
    make_model: MakeModel, made: dict[str, Any]
) -> None:
    folder = make_model(**made)
    fast, exact = load_encoder(str(folder)), reference(folder)
    assert isinstance(fast, FastEncoder)
    assert fast.arithmetic.startswith("openvino ")
    for role in ("query", "passage"):
        cosines = np.sum(fast.encode(TEXTS, role=role) * exact.encode(TEXTS, role=role), axis=1)
        assert cosines.min() >= 0.999
    assert fast.count_tokens(TEXTS) == exact.count_tokens(TEXTS)
    assert (fast.dim, fast.max_tokens, fast.name) == (exact.dim, exact.max_tokens, exact.name)
    assert fast.fingerprint == exact.fingerprint == encoder_fingerprint(str(folder))
    with pytest.raises(EncoderError, match="Split it"):
        fast.encode(["war " * 17], role="passage")


@pytest.mark.process
def test_it_is_exported_once_and_opened_without_torch(make_model: MakeModel) -> None:
    folder = make_model()
    expected = load_encoder(str(folder)).encode(TEXTS[:5], role="query")
    code = f"""import sys
from recommender.encoders import load_encoder
vectors = load_encoder({str(folder)!r}).encode({TEXTS[:5]!r}, role="query")
assert not {{"torch", "transformers", "sentence_transformers"}} & set(sys.modules)
print(vectors.tolist())"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    np.testing.assert_allclose(json.loads(done.stdout), expected, atol=1e-3)


def test_a_changed_model_is_exported_anew(make_model: MakeModel) -> None:
    one, other = make_model("one"), make_model("other", pooling="cls")
    before = load_encoder(str(one)).encode(["war city"], role="query")
    (one / "1_Pooling" / "config.json").write_bytes(
        (other / "1_Pooling" / "config.json").read_bytes()
    )
    after = load_encoder(str(one))
    np.testing.assert_allclose(
        after.encode(["war city"], role="query"),
        reference(other).encode(["war city"], role="query"),
        atol=1e-2,
    )
    assert not np.allclose(before, after.encode(["war city"], role="query"), atol=1e-2)


@pytest.mark.usefixtures("automatic_precision")
def test_an_export_that_strays_is_refused_and_named(
    make_model: MakeModel, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("WARNING", "recommender")
    padded = export.pad
    monkeypatch.setattr(  # a graph that takes padding for text
        export, "pad", lambda *given: (ids := padded(*given)[0], ids * 0 + 1)
    )
    folder = make_model()
    assert isinstance(load_encoder(str(folder)), SentenceTransformerEncoder)
    assert "float32 arithmetic is not used: a probe text has cosine" in "\n".join(caplog.messages)
    assert "OpenVINO is not used for" in caplog.messages[-1]


def test_a_model_that_cannot_be_traced_is_run_by_sentence_transformers(
    make_model: MakeModel, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("WARNING", "recommender")

    def fails(*_: Any) -> None:
        raise TypeError("no such\noperation")

    monkeypatch.setattr(export, "_traced", fails)
    folder = make_model()
    assert isinstance(load_encoder(str(folder)), SentenceTransformerEncoder)
    [message] = caplog.messages
    assert message.startswith("OpenVINO is not used for")
    assert message.endswith("it cannot be exported: no such operation")
    caplog.clear()
    assert isinstance(load_encoder(str(folder)), SentenceTransformerEncoder)
    assert caplog.messages == []


@pytest.mark.usefixtures("automatic_precision")
def test_a_model_with_heads_that_openvino_cannot_read_is_run_by_sentence_transformers(
    make_model: MakeModel, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("WARNING", "recommender")
    folder = make_model(width=8)  # two heads of four numbers
    for _ in range(2):
        assert isinstance(load_encoder(str(folder)), SentenceTransformerEncoder)
    [message] = caplog.messages
    assert message.endswith("its attention heads have 4 numbers, and OpenVINO needs 8")


def test_the_precision_asked_for_is_used_or_named(
    make_model: MakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = str(make_model())
    monkeypatch.setenv(PRECISION_VARIABLE, "float32")
    encoder = load_encoder(folder)
    assert isinstance(encoder, FastEncoder)
    assert encoder.arithmetic == "openvino float32"
    monkeypatch.setenv(PRECISION_VARIABLE, "reference")
    assert isinstance(load_encoder(folder), SentenceTransformerEncoder)
    monkeypatch.setenv(PRECISION_VARIABLE, "int8")
    with pytest.raises(
        EncoderError, match=r"int8: the model .* does not run in it.*: auto, reference, b"
    ):
        load_encoder(folder)
