"""Where there is a GPU, builds run on it; no test here has one, so the choice is what is tested."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from recommender.builder.given import LazyEncoder
from recommender.encoders import load
from recommender.encoders.load import load_encoder
from recommender.encoders.openvino.encoder import FastEncoder
from recommender.encoders.torch_encoder import SentenceTransformerEncoder, half_of


@pytest.mark.usefixtures("automatic_precision")
def test_many_texts_are_encoded_on_a_gpu_and_a_query_is_not(
    make_model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = str(make_model())
    monkeypatch.setattr(load, "has_gpu", lambda: True)
    assert isinstance(LazyEncoder(folder).encoder, SentenceTransformerEncoder)
    assert isinstance(load_encoder(folder), FastEncoder)
    monkeypatch.setenv("RECOMMENDER_PRECISION", "float32")
    assert isinstance(load_encoder(folder, many=True), FastEncoder)
    monkeypatch.delenv("RECOMMENDER_PRECISION")
    monkeypatch.setattr(load, "has_gpu", lambda: False)
    assert isinstance(LazyEncoder(folder).encoder, FastEncoder)


@pytest.mark.model
def test_a_device_counts_where_torch_can_use_it(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(load, "_DEVICES", ("/dev/null",))
    assert load.has_gpu()
    monkeypatch.setattr(load, "_DEVICES", ("/dev/no such device",))
    assert not load.has_gpu()
    monkeypatch.setattr(load, "_DEVICES", ("/dev/null",))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert not load.has_gpu()


@pytest.mark.process
def test_torch_is_not_imported_where_there_is_no_device() -> None:
    code = """import sys
from recommender.encoders import load
load._DEVICES = ()
sys.platform = "linux"
assert not load.has_gpu()
assert "torch" not in sys.modules"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_half_precision_is_the_devices_own() -> None:
    assert [half_of(device) for device in ("cpu", "cuda", "mps")] == [
        "bfloat16",
        "float16",
        "float16",
    ]
