"""Load encoders: on a GPU where there is one, which no test here has, or in another thread."""

from __future__ import annotations

import subprocess
import sys
import threading
from contextvars import copy_context
from pathlib import Path
from typing import Any

import pytest
from support.stand_in import WordEncoder

from recommender.builder.given import LazyEncoder
from recommender.encoders import load
from recommender.encoders.load import load_encoder
from recommender.encoders.openvino.encoder import FastEncoder
from recommender.encoders.torch_encoder import SentenceTransformerEncoder, half_of
from recommender.errors import EncoderError


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


def test_a_model_that_is_loaded_ahead_is_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, asked = threading.Event(), threading.Event()
    loads: list[Any] = []

    def load_slowly(name: str | None, many: bool) -> WordEncoder:
        begun.set()
        assert asked.wait(60)
        loads.append(threading.current_thread())
        return WordEncoder("river")

    def ask() -> None:
        load.keep_encoders()
        load.load_ahead(None)
        assert begun.wait(60)
        asked.set()
        assert load_encoder() is load_encoder()

    monkeypatch.setattr(load, "_load", load_slowly)
    copy_context().run(ask)
    assert len(loads) == 1
    assert loads[0] is not threading.main_thread()


def test_nothing_is_loaded_ahead_where_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading.Thread, "start", None)  # calling it would fail
    load.load_ahead(None)


def test_what_goes_wrong_ahead_goes_wrong_again_where_it_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", told.append)

    def ask() -> None:
        load.keep_encoders()
        load.load_ahead("no/such model")
        with pytest.raises(EncoderError, match="no/such model"):
            load_encoder("no/such model")

    copy_context().run(ask)
    assert told == []


def test_where_no_thread_can_be_started_the_model_is_loaded_when_it_is_needed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    def ask() -> None:
        load.keep_encoders()
        load.load_ahead(None)
        assert load_encoder().name == WordEncoder("river").name

    monkeypatch.setattr(threading.Thread, "start", refuse)
    monkeypatch.setattr(load, "_load", lambda *_: WordEncoder("river"))
    copy_context().run(ask)


@pytest.mark.usefixtures("automatic_precision")
def test_only_the_bundled_model_is_ready_and_once_its_precision_is_chosen(
    make_model: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_encoder()
    assert load.is_ready(None)
    assert not load.is_ready(str(make_model()))
    monkeypatch.setenv("RECOMMENDER_PRECISION", "reference")
    assert not load.is_ready(None)
    monkeypatch.delenv("RECOMMENDER_PRECISION")
    monkeypatch.setenv("RECOMMENDER_CACHE", str(tmp_path))
    assert not load.is_ready(None)
