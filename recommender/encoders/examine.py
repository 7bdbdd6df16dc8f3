"""Report the encoder of this machine, its speed, and what is wrong with it."""

from __future__ import annotations

import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from recommender.encoders.base import Encoder
from recommender.encoders.load import has_gpu, load_encoder
from recommender.encoders.openvino.probe import SENTENCES
from recommender.system.cache import cache_folder, damaged_files, read_note

_TIMED_RUNS = 3


@dataclass(frozen=True, slots=True)
class Examination:
    """Facts by name, and for each problem a sentence with the next step."""

    facts: dict[str, Any]
    problems: tuple[str, ...]


def examine_encoder(model: str | None = None) -> Examination:
    """Load the encoder, time it on sentences in many scripts, and check the files of its cache.

    Raises EncoderError or StorageError if it cannot be loaded.
    """
    problems = _damage()  # before loading: a damaged cache may be why it does not load
    encoder = load_encoder(model)
    facts: dict[str, Any] = {
        "encoder": encoder.name,
        "arithmetic": getattr(encoder, "arithmetic", "unknown"),
        "gpu": "used by build; the speed on GPUs was never measured" if has_gpu() else "none",
    }
    choice, refused = _choice(encoder.fingerprint)
    facts |= choice
    problems += refused
    folder = cache_folder()
    facts |= {
        "tokens_per_second": round(_tokens_per_second(encoder)),
        "cache": str(folder),
        "cache_bytes": sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
        "python": f"{platform.python_version()} on {platform.system()} {platform.machine()}",
    }
    return Examination(facts, tuple(problems))


def _damage() -> list[str]:
    return [
        f"{seal.parent}: damaged: {', '.join(damaged)}; delete this folder, and it is made again"
        for seal in cache_folder().glob("*/unpacked.json")
        if (damaged := damaged_files(seal.parent))
    ]


def _choice(fingerprint: str) -> tuple[dict[str, Any], list[str]]:
    """Return the threads and trials of OpenVINO, and the reasons not to use it or a precision."""
    from recommender.encoders.openvino.choose import REFERENCE, asked_precision, note_path
    from recommender.encoders.openvino.runtime import is_installed, thread_count

    if not is_installed():
        return {}, [
            "openvino is not installed, and encoding is several times slower without it; "
            "run: pip install openvino"
        ]
    asked = asked_precision()
    facts: dict[str, Any] = {"precision_asked": asked, "threads": thread_count()}
    if asked == REFERENCE:
        return facts, []
    note = note_path(asked, fingerprint)
    trials: Sequence[dict[str, Any]] = read_note(note).get("trials", [])
    facts["trials"] = [_sentence(trial) for trial in trials if trial["tokens_per_second"]]
    return facts, [
        f"{trial['precision']} arithmetic is not used: {trial['refused']}; "
        f"to measure again, delete {note.parent}"
        for trial in trials
        if trial["refused"]
    ]


def _sentence(trial: dict[str, Any]) -> str:
    speed, cosine = trial["tokens_per_second"], trial["cosine"]
    return f"{trial['precision']} {speed:.0f} tokens/s at cosine {cosine:.5f}"


def _tokens_per_second(encoder: Encoder) -> float:
    """Return the speed of the best of three runs, without prompts and special tokens."""
    counts = encoder.count_tokens(SENTENCES)
    texts = [
        text for text, count in zip(SENTENCES, counts, strict=True) if count <= encoder.max_tokens
    ]
    tokens = sum(count for count in counts if count <= encoder.max_tokens)
    encoder.encode(texts[:1], role="passage")
    return tokens / min(_seconds(encoder, texts) for _ in range(_TIMED_RUNS))


def _seconds(encoder: Encoder, texts: Sequence[str]) -> float:
    started = time.perf_counter()
    encoder.encode(texts, role="passage")
    return time.perf_counter() - started
