"""Hold the ways to encode that are compared, each a function from texts to unit vectors.

Each way runs as a process of its own, so that its peak memory is its own. The process reads a file
of texts, prints `ready`, and encodes all texts once for each line that it receives.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from recommender.arrays import Vectors

Encode = Callable[[list[str]], Vectors]

TEXTS_A_BATCH = 32
PROMPT = "passage: "


def sentence_transformers(dtype: str = "float32") -> Encode:
    """Return `SentenceTransformer.encode` with its default options, in a number type."""
    import torch
    from sentence_transformers import SentenceTransformer

    from recommender.encoders.bundled.package import bundled_model_folder

    model = SentenceTransformer(
        str(bundled_model_folder()), device="cpu", model_kwargs={"dtype": getattr(torch, dtype)}
    )

    def encode(texts: list[str]) -> Vectors:
        vectors = model.encode(texts, prompt=PROMPT, convert_to_tensor=True)
        return np.asarray(vectors.float().numpy())

    return encode


def onnx_runtime(folder: Path, *, rounded: bool) -> Encode:
    """Return ONNX Runtime on the exported model, in batches sorted by length."""
    import onnxruntime
    from tokenizers import Tokenizer

    from recommender.encoders.bundled.package import bundled_model_folder

    path = folder / "model.onnx"
    if not path.exists():
        _export(path)
    if rounded:
        from onnxruntime.quantization import quantize_dynamic

        path = folder / "model-int8.onnx"
        if not path.exists():
            quantize_dynamic(folder / "model.onnx", path, per_channel=True)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_file(str(bundled_model_folder() / "tokenizer.json"))
    tokenizer.enable_padding(pad_id=1, pad_token="<pad>")
    tokenizer.enable_truncation(512)

    def encode(texts: list[str]) -> Vectors:
        order = sorted(range(len(texts)), key=lambda at: -len(texts[at]))
        vectors = np.empty((len(texts), 384), dtype=np.float32)
        for start in range(0, len(order), TEXTS_A_BATCH):
            rows = order[start : start + TEXTS_A_BATCH]
            batch = tokenizer.encode_batch([PROMPT + texts[row] for row in rows])
            ids = np.array([one.ids for one in batch], dtype=np.int64)
            mask = np.array([one.attention_mask for one in batch], dtype=np.int64)
            [hidden] = session.run(None, {"ids": ids, "mask": mask})
            pooled = (hidden * mask[..., None]).sum(axis=1)
            vectors[rows] = pooled / np.linalg.norm(pooled, axis=1, keepdims=True)
        return vectors

    return encode


def product(precision: str) -> Encode:
    """Return this product's encoder in a precision; `auto` is the one that it chooses."""
    os.environ["RECOMMENDER_PRECISION"] = precision
    from recommender.encoders.load import load_encoder

    encoder = load_encoder()
    return lambda texts: encoder.encode(texts, role="passage")


WAYS: dict[str, Callable[[Path], Encode]] = {
    "sentence-transformers, defaults": lambda folder: sentence_transformers(),
    "sentence-transformers, bfloat16": lambda folder: sentence_transformers("bfloat16"),
    "ONNX Runtime, float32": lambda folder: onnx_runtime(folder, rounded=False),
    "ONNX Runtime, dynamic int8": lambda folder: onnx_runtime(folder, rounded=True),
    "recommender, float32": lambda folder: product("float32"),
    "recommender": lambda folder: product("auto"),
}


def _export(path: Path) -> None:
    import torch
    from transformers import AutoModel

    from recommender.encoders.bundled.package import bundled_model_folder

    model = AutoModel.from_pretrained(
        str(bundled_model_folder()), add_pooling_layer=False, attn_implementation="eager"
    ).eval()
    model.requires_grad_(False)

    class HiddenStates(torch.nn.Module):
        """The model without pooling: token ids and mask in, one vector for each token out."""

        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, ids: Any, mask: Any) -> Any:
            """Return the vectors of the tokens, (n, tokens, hidden)."""
            return self.model(input_ids=ids, attention_mask=mask).last_hidden_state

    example = torch.ones((2, 8), dtype=torch.int64)
    axes = {0: "texts", 1: "tokens"}
    torch.onnx.export(
        HiddenStates(),
        (example, example),
        str(path),
        input_names=["ids", "mask"],
        output_names=["hidden"],
        dynamic_axes={"ids": axes, "mask": axes, "hidden": axes},
        opset_version=17,
        dynamo=False,
    )


def main(way: str, folder: Path) -> None:
    """Encode all texts once for each line of input, and print a line of figures.

    At the end of the input, the vectors are stored.
    """
    texts = json.loads((folder / "texts.json").read_text(encoding="utf-8"))
    answers, sys.stdout = sys.stdout, sys.stderr  # libraries may print
    encode = WAYS[way](folder)
    vectors = encode(texts[:4])
    print("ready", file=answers, flush=True)
    for _ in sys.stdin:
        cpu, started = time.process_time(), time.perf_counter()
        vectors = encode(texts)
        figures = {
            "seconds": time.perf_counter() - started,
            "cpu_seconds": time.process_time() - cpu,
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }
        print(json.dumps(figures), file=answers, flush=True)
    np.save(folder / f"{list(WAYS).index(way)}.npy", vectors)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
