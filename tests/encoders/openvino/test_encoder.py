"""The fast encoder gives the reference's vectors, whatever the text, the batch and its order."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.texts import HOSTILE, TEXTS

from recommender.encoders.base import Encoder
from recommender.encoders.bundled import open as bundled_open
from recommender.encoders.bundled.open import open_fast_encoder
from recommender.encoders.bundled.package import bundled_fingerprint
from recommender.encoders.load import load_encoder
from recommender.encoders.openvino import choose, runtime
from recommender.encoders.openvino import encoder as fast_module
from recommender.encoders.openvino.choose import OpenVinoCandidate, Trial, note_path
from recommender.encoders.openvino.encoder import FastEncoder
from recommender.encoders.openvino.probe import SENTENCES, probe, reference_vectors
from recommender.encoders.openvino.runtime import Precision, WideRuntime, load_compiled
from recommender.encoders.torch_encoder import SentenceTransformerEncoder
from recommender.errors import EncoderError
from recommender.passages.split import split

ODD = {
    **HOSTILE,
    "long word": "x" * 1_500,
    "decomposed": "e\u0301" * 40,
    "composed": "é" * 40,
    "an emoji family": "👨‍👩‍👧‍👦" * 30,
    "mixed normal forms": "é e\u0301 ﬁ \u212b A\u030a 한글 \u1112\u1161\u11ab\u1100\u1173\u11af ½",
    "marks of direction only": "\u202e\u200f\u202c\u2066\u2069" * 20,
    "a flag in halves": "🇳" * 31,
    "unassigned": "\U000e0fff\u0378",
}


def cosines(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    return np.sum(left * right, axis=-1)


def test_stored_vectors_are_the_references(bundled: Encoder) -> None:
    texts = [text for role, text in probe() if role == "passage"]
    rows = [row for row, (role, _) in enumerate(probe()) if role == "passage"]
    assert len(reference_vectors()) == len(probe())
    vectors = bundled.encode(texts, role="passage")
    assert cosines(vectors, reference_vectors()[rows]).min() > 0.999999


def test_vectors_are_the_references(fast: FastEncoder, bundled: Encoder) -> None:
    texts = [*TEXTS, *ODD.values(), "Bachmoet " * 160]
    for role in ("passage", "query"):
        exact = bundled.encode(texts, role=role)
        assert cosines(fast.encode(texts, role=role), exact).min() >= 0.999


def test_texts_are_counted_and_limited_alike(fast: FastEncoder, bundled: Encoder) -> None:
    texts = [*TEXTS, *ODD.values(), "\ufdfa" * 20_000, "x " * 9_000]
    assert fast.count_tokens(texts) == bundled.count_tokens(texts)
    assert (fast.max_tokens, fast.dim) == (bundled.max_tokens, bundled.dim)
    assert (fast.name, fast.fingerprint) == (bundled.name, bundled.fingerprint)
    with pytest.raises(EncoderError, match=r"text 2 .* tokens .* takes 510.*Split it"):
        fast.encode(["x", "\ufdfa" * 20_000], role="passage")


def test_a_megabyte_without_a_space_is_refused(fast: FastEncoder) -> None:
    with pytest.raises(EncoderError, match="Split it"):
        fast.encode(["a" * 1_000_000], role="query")


def test_odd_text_alone_and_in_any_batch(fast: FastEncoder) -> None:
    texts = [*TEXTS, *ODD.values()]
    alone = np.vstack([fast.encode([text], role="passage") for text in texts])
    np.testing.assert_allclose(np.linalg.norm(alone, axis=1), 1, atol=1e-5)
    order = np.random.default_rng(2).permutation(len(texts))
    for rows in (np.arange(len(texts)), order, order[::-1]):
        together = fast.encode([texts[row] for row in rows], role="passage")
        np.testing.assert_array_equal(together, alone[rows])


@pytest.mark.parametrize("precision", ["int8", "float32"])
def test_a_vector_does_not_depend_on_the_other_texts(
    precision: str, many: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECOMMENDER_PRECISION", precision)
    encoder = load_encoder(None, many=True)
    texts = [*dict.fromkeys(many)]
    together = encoder.encode(texts, role="passage")
    for rows in (slice(0, 40), slice(50, 53), slice(7, None, 9)):
        np.testing.assert_array_equal(encoder.encode(texts[rows], role="passage"), together[rows])


@pytest.fixture(scope="module")
def many() -> list[str]:
    """Enough texts for every stream, of all lengths, not in their order."""
    words = " ".join(SENTENCES).split()
    return [" ".join(words[at : at + 1 + at * 7 % 90]) for at in range(120)]


def test_a_large_job_is_computed_in_streams_with_the_same_vectors(
    fast: FastEncoder, many: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fast_module, "stream_count", lambda: 1)
    one_by_one = fast.encode(many, role="passage")
    used: list[int] = []
    run_each = WideRuntime.run_each
    monkeypatch.setattr(
        WideRuntime, "run_each", lambda self, batches: used.append(1) or run_each(self, batches)
    )
    monkeypatch.setattr(fast_module, "stream_count", lambda: 2)
    monkeypatch.setattr(runtime, "stream_count", lambda: 2)
    monkeypatch.setattr(fast_module, "_TEXTS_AT_ONCE", 50)  # several parts
    monkeypatch.setattr(fast, "_wide", None)
    done: list[int] = []
    tokens = sum(fast.count_tokens([f"passage: {text}" for text in set(many)])) + 2 * len(set(many))
    before = fast.computed_tokens, fast.padding_tokens
    together = fast.encode([*many, *many[:10]], role="passage", on_progress=done.append)
    assert used == [1]
    assert sum(done) == len(many) + 10
    assert cosines(together[: len(many)], one_by_one).min() >= 0.9999
    np.testing.assert_array_equal(together[len(many) :], together[:10])
    assert fast.computed_tokens - before[0] - tokens == fast.padding_tokens - before[1] > 0


def test_few_shapes_are_computed(fast: FastEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernels are compiled and kept for each, so memory grows with them."""
    shapes: list[tuple[int, int]] = []
    padded = fast._model.padded
    monkeypatch.setattr(
        fast._model,
        "padded",
        lambda batch, width: shapes.append((len(batch), width)) or padded(batch, width),
    )
    for words in range(1, 240, 3):
        fast.encode(["vrede " * words], role="query")
    assert len({width for _, width in shapes}) < 35
    for texts in range(1, 40):
        fast.encode([f"vrede {text}" for text in range(texts)], role="query")
    assert len(set(shapes)) < 60
    assert all(count * width <= 1024 for count, width in shapes)


def test_odd_text_alone_and_in_a_large_job(
    fast: FastEncoder, many: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fast_module, "stream_count", lambda: 2)
    alone = np.vstack([fast.encode([text], role="passage") for text in ODD.values()])
    order = np.random.default_rng(3).permutation(len(ODD) + len(many)).tolist()
    texts = [*ODD.values(), *many]
    together = fast.encode([texts[at] for at in order], role="passage")
    places = [order.index(at) for at in range(len(ODD))]
    assert cosines(together[places], alone).min() >= 0.9999


@pytest.mark.parametrize("text", ["a" * 1_000_000, "\ufdfa" * 20_000, "👩‍👩‍👧‍👦" * 9_000])
def test_the_parts_of_an_endless_word_are_encoded(fast: FastEncoder, text: str) -> None:
    [spans] = split([text], fast.count_tokens, fast.max_tokens)
    assert spans[0][0] == 0
    assert spans[-1][1] == len(text)
    parts = [text[start:end] for start, end in (*spans[:3], spans[-1])]
    vectors = fast.encode(parts, role="query")
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_a_large_job_with_a_text_over_the_limit_is_refused_and_the_next_one_done(
    fast: FastEncoder, many: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fast_module, "stream_count", lambda: 2)
    monkeypatch.setattr(fast_module, "_TEXTS_AT_ONCE", 50)
    # Few characters and many tokens: found when the first batches are being computed.
    dense = "\ufdfa" * 230
    with pytest.raises(EncoderError, match=r"text 121 .*Split it"):
        fast.encode([*many, dense], role="passage")
    assert fast.encode(many, role="passage").shape == (len(many), fast.dim)


def test_each_distinct_text_is_encoded_once(
    fast: FastEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    padded = fast._model.padded
    monkeypatch.setattr(
        fast._model, "padded", lambda batch, width: sizes.append(len(batch)) or padded(batch, width)
    )
    monkeypatch.setattr(fast_module, "TOKENS_PER_BATCH", 40)
    done: list[int] = []
    texts = ["a", "b b", "a", "c" * 90]
    vectors = fast.encode(texts, role="query", on_progress=done.append)
    assert sizes == [1, 2]  # the longest, and the other two
    assert sum(done) == 4
    np.testing.assert_array_equal(vectors[0], vectors[2])
    assert fast.encode([], role="query").shape == (0, fast.dim)


def test_several_threads(fast: FastEncoder) -> None:
    texts = ["x", "y z", "a b c"]
    expected = fast.encode(texts, role="query")
    results: list[Any] = []
    threads = [
        threading.Thread(target=lambda: results.append(fast.encode(texts, role="query")))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    for result in results:
        assert cosines(result, expected).min() > 0.99999


@pytest.mark.process
def test_a_query_loads_no_other_runtime_and_reports_to_nobody(fast: FastEncoder) -> None:
    code = """import sys
from recommender.encoders import load_encoder
encoder = load_encoder()
assert encoder.encode(["gevechten om Bachmoet"], role="query").shape == (1, 384)
print(*{name.partition(".")[0] for name in sys.modules})"""
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "openvino" in loaded
    heavy = {"torch", "transformers", "sentence_transformers", "tokenizers", "openvino_telemetry"}
    assert heavy & set(loaded) == set()


def test_the_choice_is_kept(fast: FastEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = json.loads(note_path(choose.asked_precision(), bundled_fingerprint()).read_text())
    assert facts["precision"] == fast.precision
    assert min(trial["cosine"] for trial in facts["trials"] if not trial["refused"]) >= 0.999
    monkeypatch.setattr(choose, "choose", None)  # calling it would fail
    again = open_fast_encoder()
    assert again is not None
    assert again.precision == fast.precision


@pytest.fixture
def own_note(tmp_path: Path, fast: FastEncoder, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Remember choices in an empty place."""
    note = tmp_path / "choice.json"
    monkeypatch.setattr(bundled_open, "note_path", lambda *_: note)
    return note


def trials_of(monkeypatch: pytest.MonkeyPatch, fast: FastEncoder, **speeds: Trial) -> None:
    def attempt(candidate: OpenVinoCandidate, precision: Precision, is_asked: bool) -> Any:
        trial = speeds[precision]
        return trial, FastEncoder(candidate.model, fast._runtime, precision), fast._runtime

    monkeypatch.setattr(choose, "_try", attempt)
    monkeypatch.setattr(choose, "supports_bfloat16", lambda: "bfloat16" in speeds)


@pytest.mark.usefixtures("automatic_precision")
@pytest.mark.parametrize(("int8", "float32", "wanted"), [(9, 5, "int8"), (5, 9, "float32")])
def test_the_fastest_precision_wins(
    own_note: Path,
    fast: FastEncoder,
    monkeypatch: pytest.MonkeyPatch,
    int8: float,
    float32: float,
    wanted: str,
) -> None:
    trials = {"int8": Trial("int8", 0.9995, int8), "float32": Trial("float32", 1, float32)}
    trials_of(monkeypatch, fast, **trials)
    encoder = open_fast_encoder()
    assert encoder is not None
    assert encoder.precision == json.loads(own_note.read_text())["precision"] == wanted


@pytest.mark.usefixtures("automatic_precision")
def test_a_precision_that_strays_is_refused_and_named(
    own_note: Path,
    fast: FastEncoder,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    real = fast.encode
    turned = np.roll(np.eye(fast.dim, dtype=np.float32), 1, axis=0)

    def strays(self: FastEncoder, texts: list[str], **settings: Any) -> Any:
        vectors = real(texts, **settings)
        return vectors @ turned if self.precision == "int8" else vectors

    monkeypatch.setattr(FastEncoder, "encode", strays)
    monkeypatch.setattr(bundled_open, "PRECISIONS", ("int8",))
    assert open_fast_encoder() is None
    assert "int8 arithmetic is not used: a probe text has cosine" in caplog.messages[0]
    assert "OpenVINO is not used" in caplog.messages[1]
    assert json.loads(own_note.read_text())["precision"] == "reference"
    caplog.clear()
    assert open_fast_encoder() is None
    assert caplog.messages == []


def test_damaged_compiled_model_is_not_used(fast: FastEncoder, tmp_path: Path) -> None:
    note = note_path(choose.asked_precision(), bundled_fingerprint())
    whole = note.with_suffix(".compiled").read_bytes()
    for content in (b"", whole[:1000], whole[:-1], whole[:5000] + b"x" + whole[5001:]):
        path = tmp_path / "damaged"
        path.write_bytes(content)
        assert load_compiled(path, fast.precision) is None
    assert load_compiled(tmp_path / "none", fast.precision) is None


@pytest.mark.model
@pytest.mark.process
def test_a_compiled_model_is_let_go_and_loaded_again() -> None:
    """The file is mapped, so its memory must live as long as what computes with it."""
    code = """import gc
from recommender.encoders import load_encoder
first = load_encoder()
expected = first.encode(["oorlog en vrede"], role="query")
second = load_encoder()
del first
gc.collect()
assert (second.encode(["oorlog en vrede"] * 2, role="query") == expected).all()
runtime, model = second._runtime, second._model
del second
gc.collect()
wide = runtime.widened()
del runtime
gc.collect()
assert len(list(wide.run_each([model.padded([[0, 5, 6, 7, 2]], 8)] * 9))) == 9"""
    subprocess.run([sys.executable, "-c", code], timeout=60, check=True)


def test_precision_can_be_asked_for(monkeypatch: pytest.MonkeyPatch, fast: FastEncoder) -> None:
    monkeypatch.setenv("RECOMMENDER_PRECISION", "float32")
    exact = load_encoder()
    assert isinstance(exact, FastEncoder)
    assert exact.arithmetic == "openvino float32"
    assert (
        cosines(exact.encode(TEXTS, role="query"), fast.encode(TEXTS, role="query")).min() > 0.999
    )
    monkeypatch.setenv("RECOMMENDER_PRECISION", "reference")
    assert isinstance(load_encoder(), SentenceTransformerEncoder)
    monkeypatch.setenv("RECOMMENDER_PRECISION", "fast")
    with pytest.raises(
        EncoderError, match=r"RECOMMENDER_PRECISION=fast is not a precision.*: auto, ref"
    ):
        load_encoder()


@pytest.mark.model
def test_without_openvino_the_reference_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundled_open, "is_installed", lambda: False)
    assert isinstance(load_encoder(), SentenceTransformerEncoder)


@pytest.mark.process
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
def test_a_forked_worker_encodes(fast: FastEncoder) -> None:
    code = """import os
from recommender.encoders import load_encoder
encoder = load_encoder()
before = encoder.encode(["oorlog en vrede"], role="query")
many = [f"oorlog en vrede, deel {number} van de reeks" for number in range(400)]
encoder.encode(many, role="query")
child = os.fork()
if child == 0:
    after = encoder.encode(["oorlog en vrede"], role="query")
    encoder.encode(many, role="query")
    os._exit(0 if (after * before).sum() > 0.9999 else 1)
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))"""
    done = subprocess.run([sys.executable, "-c", code], timeout=60, check=False)
    assert done.returncode == 0
