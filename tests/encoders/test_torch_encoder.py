from __future__ import annotations

import json
import socket
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.texts import HOSTILE, TEXTS

from recommender.encoders import torch_encoder
from recommender.encoders.base import Encoder, PromptRole
from recommender.encoders.hub import download_model, locate_model, model_fingerprint
from recommender.encoders.load import load_encoder
from recommender.encoders.precision import TorchPrecision, choose_precision
from recommender.encoders.prompts import read_prompts
from recommender.encoders.torch_encoder import SentenceTransformerEncoder
from recommender.errors import EncoderError


def test_vectors_are_those_of_sentence_transformers(bundled: Encoder, bundled_folder: Path) -> None:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(bundled_folder), device="cpu", local_files_only=True)
    roles: tuple[PromptRole, ...] = ("passage", "query")
    for role in roles:
        expected = model.encode(TEXTS, prompt_name=role)
        np.testing.assert_allclose(bundled.encode(TEXTS, role=role), expected, rtol=0, atol=1e-6)
    ids = model.tokenizer("passage: " + TEXTS[0])["input_ids"]
    assert bundled.count_tokens([TEXTS[0]]) == [len(ids) - 2 - 2]


@pytest.mark.parametrize(
    ("related", "unrelated"),
    [
        ("Fighting continues around Bakhmut.", "A recipe for apple pie."),
        ("Les combats se poursuivent autour de Bakhmout.", "Une recette de tarte aux pommes."),
        ("القتال مستمر حول باخموت", "وصفة فطيرة التفاح"),
        ("Бої навколо Бахмута тривають.", "Рецепт яблучного пирога."),
    ],
)
def test_the_bundled_model_knows_languages(bundled: Encoder, related: str, unrelated: str) -> None:
    query = bundled.encode(["gevechten om Bachmoet"], role="query")[0]
    close, far = bundled.encode([related, unrelated], role="passage") @ query
    assert close > far


def test_shape_of_the_answer(bundled: Encoder) -> None:
    assert (bundled.name, bundled.dim) == ("multilingual-e5-small-q4", 384)
    one = bundled.encode(["x"], role="query")
    assert one.shape == (1, 384)
    assert one.dtype == np.float32
    assert bundled.encode([], role="query").shape == (0, 384)
    assert bundled.count_tokens([]) == []


def test_fingerprint_of_the_bundled_model_is_stable(bundled: Encoder) -> None:
    wanted = "af10a8757bd49d783ea8e6309ae37dd79378a7580126dfb0ff75abe2be3fbaff"
    assert bundled.fingerprint == wanted


@pytest.fixture(scope="module")
def in_a_batch(bundled: Encoder) -> dict[str, Any]:
    vectors = bundled.encode([*TEXTS, *HOSTILE.values()], role="passage")
    return dict(zip(HOSTILE, vectors[len(TEXTS) :], strict=True))


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_text_alone_and_among_others(
    bundled: Encoder, in_a_batch: dict[str, Any], kind: str
) -> None:
    alone = bundled.encode([HOSTILE[kind]], role="passage")[0]
    assert np.linalg.norm(alone) == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(alone, in_a_batch[kind], rtol=0, atol=2e-6)


def test_text_over_the_limit_is_refused(bundled: Encoder) -> None:
    with pytest.raises(EncoderError, match=r"text 2 .* tokens .* takes 510.*Split it"):
        bundled.encode(["x", "\ufdfa" * 20_000], role="passage")
    assert bundled.count_tokens(["\ufdfa" * 20_000])[0] > 50_000


def test_text_within_the_limit_is_never_cut(bundled: Encoder) -> None:
    texts = [" ".join(["oorlog"] * words) for words in range(600, 0, -1)]
    counts = zip(texts, bundled.count_tokens(texts), strict=True)
    longest = next(text for text, count in counts if count <= bundled.max_tokens)
    roles: tuple[PromptRole, ...] = ("passage", "query")
    for role in roles:
        plain, changed = bundled.encode([longest, longest[:-6] + "vrede"], role=role)
        assert not np.allclose(plain, changed, atol=1e-5)


def test_each_distinct_text_is_encoded_once(
    bundled: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(bundled, SentenceTransformerEncoder)
    batches: list[list[str]] = []
    encode = bundled.model.encode

    def counting(batch: list[str], **settings: Any) -> Any:
        batches.append(batch)
        return encode(batch, **settings)

    monkeypatch.setattr(bundled.model, "encode", counting)
    monkeypatch.setattr(torch_encoder, "TOKENS_PER_CPU_BATCH", 40)
    done: list[int] = []
    vectors = bundled.encode(["a", "b b b b", "a", "c" * 90], role="query", on_progress=done.append)
    assert sorted(text for batch in batches for text in batch) == ["a", "b b b b", "c" * 90]
    assert batches[0] == ["c" * 90]
    assert sum(done) == 4
    np.testing.assert_array_equal(vectors[0], vectors[2])


def test_several_threads(bundled: Encoder) -> None:
    texts = ["x", "y z", "a b c"]
    expected = bundled.encode(texts, role="query")
    results: list[Any] = []

    def work() -> None:
        for _ in range(3):
            bundled.count_tokens(texts)
            results.append(bundled.encode(texts, role="query"))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 12
    for result in results:
        np.testing.assert_allclose(result, expected, rtol=0, atol=1e-6)


def test_any_model_folder_without_network(make_model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_model(prompts={"query": "find: ", "document": ""})

    def refuse(*_: Any) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    encoder = load_encoder(str(folder))
    assert (encoder.dim, encoder.name) == (32, str(folder))
    assert encoder.max_tokens == 16 - 1 - 2
    query, passage = (encoder.encode(["war city"], role=role) for role in ("query", "passage"))
    np.testing.assert_allclose(encoder.encode(["find: war city"], role="passage"), query, atol=1e-6)
    assert not np.allclose(query, passage)
    with pytest.raises(EncoderError, match="Split it"):
        encoder.encode(["war " * 16], role="passage")


def test_model_that_sees_no_token_of_a_text(make_model: Any) -> None:
    encoder = load_encoder(str(make_model(specials=False)))
    vectors = encoder.encode(["", "war", " \n"], role="passage")
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(vectors[0], vectors[2])
    np.testing.assert_allclose(encoder.encode([""], role="query")[0], vectors[0])


def _prompts(folder: Path, **settings: Any) -> Path:
    folder.mkdir(parents=True)
    (folder / "config_sentence_transformers.json").write_text(json.dumps(settings))
    return folder


@pytest.mark.parametrize(
    ("name", "settings", "query", "passage"),
    [
        ("m", {"prompts": {"query": "q: ", "passage": "p: "}}, "q: ", "p: "),
        ("m", {"prompts": {"query": "q: ", "document": "d: "}}, "q: ", "d: "),
        ("m", {"prompts": {"retrieval.query": "q", "retrieval.passage": "p"}}, "q", "p"),
        (
            "m",
            {"prompts": {"query": "Instruct: x\nQuery: ", "document": ""}},
            "Instruct: x\nQuery: ",
            "",
        ),
        ("m", {"prompts": {"s2s": "s: "}, "default_prompt_name": "s2s"}, "s: ", "s: "),
        ("m", {"prompts": {"query": None}}, "", ""),
        ("m", {}, "", ""),
        ("intfloat/multilingual-e5-small", {}, "query: ", "passage: "),
        (
            "intfloat/e5-large-v2",
            {"prompts": {"query": "", "document": ""}},
            "query: ",
            "passage: ",
        ),
        ("intfloat/multilingual-e5-large-instruct", {}, "", ""),
        ("intfloat/e5-mistral-7b-instruct", {}, "", ""),
        ("me/e5-base-own", {"prompts": {"query": "q: "}}, "q: ", ""),
    ],
)
def test_prompts_are_the_models_own(
    tmp_path: Path, name: str, settings: dict[str, Any], query: str, passage: str
) -> None:
    folder = _prompts(tmp_path / "model", **settings)
    assert read_prompts(folder, name) == {"query": query, "passage": passage}


@pytest.mark.parametrize(
    "prompts", [["query"], "query", 3, {"query": 3, "passage": ["x"]}, {"query": {"query": "q"}}]
)
def test_prompts_of_another_kind_than_text_are_passed_over(tmp_path: Path, prompts: Any) -> None:
    folder = _prompts(tmp_path / "model", prompts=prompts, default_prompt_name=["query"])
    assert read_prompts(folder, "m") == {"query": "", "passage": ""}


def test_e5_is_known_by_its_configuration(tmp_path: Path) -> None:
    folder = _prompts(tmp_path / "renamed")
    (folder / "config.json").write_text('{"_name_or_path": "intfloat/multilingual-e5-base"}')
    assert read_prompts(folder, "renamed")["passage"] == "passage: "


def test_damaged_weights_are_refused(make_model: Any) -> None:
    folder = make_model()
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])
    with pytest.raises(EncoderError, match="cannot load the model"):
        load_encoder(str(folder))


def test_fingerprint_follows_what_vectors_depend_on(
    make_model: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECOMMENDER_CACHE", str(tmp_path / "cache"))
    folder = make_model()
    plain: dict[PromptRole, str] = {"query": "", "passage": ""}
    first = model_fingerprint(folder, plain)
    assert len(first) == 64
    assert model_fingerprint(folder, plain) == first
    assert model_fingerprint(folder, {"query": "q: ", "passage": ""}) != first
    (folder / "README.md").write_text("other words")
    assert model_fingerprint(folder, plain) == first
    for name in ("1_Pooling/config.json", "tokenizer.json", "model.safetensors"):
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content + b" ")
        assert model_fingerprint(folder, plain) != first
        (folder / name).write_bytes(content)
        assert model_fingerprint(folder, plain) == first
    (folder.rename(tmp_path / "moved"))
    assert model_fingerprint(tmp_path / "moved", plain) == first


@pytest.mark.model
def test_folder_that_is_not_there(tmp_path: Path) -> None:
    for name in (
        str(tmp_path / "none"),
        "./none",
        "~/none-such",
        "~nobody-here/x",
        "a/b/c",
        "..",
        __file__,
    ):
        if not Path(name).is_dir():
            with pytest.raises(EncoderError, match="no model folder at"):
                locate_model(name)
    with pytest.raises(EncoderError, match="cannot load the model"):
        load_encoder(str(tmp_path))


def test_hub_name_is_not_asked_for_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(EncoderError, match=r"nobody/no-model is not downloaded.*HF_HUB_OFFLINE"):
        download_model("nobody/no-model")
    for find in (locate_model, download_model):
        with pytest.raises(EncoderError, match="neither a folder nor a name"):
            find("not a name!")


def test_download_is_announced_and_its_failure_named(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    import huggingface_hub
    from huggingface_hub import constants

    def unreachable(name: str, **settings: Any) -> str:
        if settings.get("local_files_only"):
            raise huggingface_hub.errors.LocalEntryNotFoundError("none")
        raise OSError("no route to host")

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", unreachable)
    with pytest.raises(EncoderError, match="cannot download the model a/b: no route to host"):
        download_model("a/b")
    assert caplog.messages == ["downloading the model a/b from the hub"]


def test_downloaded_model_is_used(monkeypatch: pytest.MonkeyPatch, make_model: Any) -> None:
    import huggingface_hub

    folder = make_model()
    asked: list[str] = []

    def cached(name: str, **settings: Any) -> str:
        assert settings == {"local_files_only": True}
        asked.append(name)
        return str(folder)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", cached)
    assert load_encoder("tiny-model").name == "tiny-model"
    assert asked == ["sentence-transformers/tiny-model"]
    assert download_model("tiny-model") == locate_model(str(folder)) == folder


def _run(seconds: dict[TorchPrecision, float], cosine: float, calls: list[TorchPrecision]) -> Any:
    import time

    def run(precision: TorchPrecision) -> Any:
        calls.append(precision)
        time.sleep(seconds[precision])
        turned = [cosine, (1 - cosine**2) ** 0.5]
        return np.array([[1.0, 0.0] if precision == "float32" else turned], np.float32)

    return run


@pytest.mark.process
@pytest.mark.parametrize(
    ("float32", "bfloat16", "cosine", "wanted"),
    [
        (0.05, 0.01, 0.9999, "bfloat16"),
        (0.05, 0.01, 0.99, "float32"),
        (0.01, 0.05, 0.9999, "float32"),
    ],
)
def test_precision_is_measured_once(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    float32: float,
    bfloat16: float,
    cosine: float,
    wanted: str,
) -> None:
    monkeypatch.setenv("RECOMMENDER_CACHE", str(tmp_path))
    calls: list[TorchPrecision] = []
    run = _run({"float32": float32, "bfloat16": bfloat16}, cosine, calls)
    assert choose_precision(run, "f", "torch 1", "bfloat16") == wanted
    measured = len(calls)
    assert choose_precision(run, "f", "torch 1", "bfloat16") == wanted
    assert len(calls) == measured
    choose_precision(run, "f", "torch 2", "bfloat16")
    assert len(calls) == 2 * measured


@pytest.mark.model
@pytest.mark.process  # the name of the processor may be asked of the system
def test_a_big_job_measures_and_keeps_its_vectors(
    make_model: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECOMMENDER_CACHE", str(tmp_path / "cache"))
    folder = make_model()
    encoder = SentenceTransformerEncoder(folder, name=str(folder))
    texts = ["war city", "peace", "find war : peace"]
    exact = encoder.encode(texts, role="passage")
    monkeypatch.setattr(torch_encoder, "BIG_JOB_TOKENS", 1)
    monkeypatch.setattr("recommender.encoders.precision.WORTH_SECONDS_RATIO", 1e9)
    rounded = encoder.encode(texts, role="passage")
    [note] = (tmp_path / "cache" / "precision").iterdir()
    assert json.loads(note.read_text())["precision"] == "bfloat16"
    assert (np.sum(exact * rounded, axis=1) > 0.999).all()
    assert not np.array_equal(exact, rounded)
