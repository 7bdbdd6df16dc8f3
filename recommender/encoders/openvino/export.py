"""Run any sentence-transformers model on OpenVINO: export it once, open it later without torch.

The exported graph computes all modules of the model, from tokens to unit sentence vectors. The
tokenizer is kept beside it. The export is used if it gives the vectors of sentence-transformers on
texts in many scripts. Otherwise sentence-transformers itself runs the model.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.encoders.base import Encoder, PromptRole
from recommender.encoders.batches import encodable, pad
from recommender.encoders.hub import model_fingerprint
from recommender.encoders.openvino.choose import (
    REFERENCE,
    OpenVinoCandidate,
    Trial,
    asked_precision,
    choose,
    chosen_before,
    is_refused,
    note_path,
    refuse,
    short_message,
)
from recommender.encoders.openvino.probe import probe
from recommender.encoders.openvino.runtime import Inputs, import_openvino, is_installed
from recommender.encoders.prompts import read_prompts
from recommender.encoders.safety import known_modules
from recommender.encoders.tokens import load_tokenizer, token_ids
from recommender.errors import EncoderError
from recommender.system.cache import (
    FolderRecipe,
    cache_folder,
    is_whole,
    sealed_folder,
    write_file,
)

if TYPE_CHECKING:
    import openvino

    from recommender.encoders.torch_encoder import SentenceTransformerEncoder

EXPORT_LAYOUT = 1
"""Bump this when the files must be made from scratch."""

_TOKENIZER, _FACTS = "tokenizer.json", "model.json"
_NEEDED_BYTES = 50_000_000
_TOKENIZER_SETTINGS = ("tokenizer_config.json", "special_tokens_map.json")
_MOST_TOKENS = 8_192
# With smaller attention heads, OpenVINO reads beyond their end on processors with AVX2 only, which
# ends the process. They are refused everywhere, so that a model runs the same way everywhere.
_LEAST_HEAD = 8
# The names under which modules, or their settings, keep the size of a head.
_HEAD_SIZES = ("attention_head_size", "head_dim", "d_kv")

_log = logging.getLogger("recommender")


class ExportedModel:
    """The kept parts of a model besides its graph; safe to use from several threads."""

    def __init__(
        self, folder: Path, name: str, fingerprint: str, prompts: Mapping[PromptRole, str]
    ) -> None:
        self.name, self.fingerprint, self.prompts = name, fingerprint, prompts
        facts = json.loads((folder / _FACTS).read_bytes())
        self.dim: int = facts["dim"]
        self.limit: int = facts["tokens"]
        self.specials: int = facts["specials"]
        self._pad: int = facts["pad"]
        self._tokenizer = load_tokenizer(folder / _TOKENIZER)

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the token ids of each whole text, with the special ones."""
        return token_ids(self._tokenizer, [encodable(text) for text in texts])

    def counts(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each whole text, without the special ones."""
        return [len(ids) - self.specials for ids in self.ids(texts)]

    def padded(self, batch: Sequence[Sequence[int]], width: int) -> Inputs:
        """Return token ids (n, width) and a mask: 0 for padding."""
        return pad(batch, self._pad, width)


def open_model(folder: Path, name: str) -> Encoder:
    """Return the model of a sentence-transformers folder, on OpenVINO if that is as exact.

    If it is not, the log says so once. Raises EncoderError if the model cannot be used safely, or
    not in the precision asked for, and StorageError if the cache cannot be written.
    """
    known_modules(folder)
    prompts = read_prompts(folder, name)
    fingerprint = model_fingerprint(folder, prompts)
    asked = asked_precision()
    if asked == REFERENCE or not is_installed():
        return _reference(folder, name, fingerprint)
    note = note_path(asked, fingerprint)
    kept = cache_folder() / f"exported-v{EXPORT_LAYOUT}-{_key(folder, fingerprint)}"

    def opened() -> ExportedModel:
        return ExportedModel(kept, name, fingerprint, prompts)

    found = chosen_before(opened(), note) if is_whole(kept) else None
    if found:
        return found
    reference = _reference(folder, name, fingerprint)
    if is_refused(note):
        return reference
    try:
        sealed_folder(
            kept, FolderRecipe(f"the tokenizer of {name}", _NEEDED_BYTES, _write(reference))
        )
        exported = _exported(reference, opened())
    except EncoderError as error:
        _log.warning("OpenVINO is not used for %s: %s", name, error)
        refuse(note, [Trial("float32", refused=str(error))])
        return reference
    return choose(exported, asked, note) or reference


def _reference(folder: Path, name: str, fingerprint: str) -> SentenceTransformerEncoder:
    from recommender.encoders.torch_encoder import SentenceTransformerEncoder

    return SentenceTransformerEncoder(folder, name=name, fingerprint=fingerprint)


def _key(folder: Path, fingerprint: str) -> str:
    """Return the key of a model's kept files; settings that can cut texts are part of it."""
    digest = hashlib.sha256(fingerprint.encode())
    for name in _TOKENIZER_SETTINGS:
        path = folder / name
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()[:32]


def _write(reference: SentenceTransformerEncoder) -> Callable[[Path], dict[str, str]]:
    """Return the function that writes a model's tokenizer and facts into a folder."""

    def write(folder: Path) -> dict[str, str]:
        tokenizer = reference.model.tokenizer
        backend = _checked_tokenizer(tokenizer)
        facts = {
            "dim": reference.dim,
            "tokens": min(reference.limit, _MOST_TOKENS),
            "specials": reference.specials,
            "pad": tokenizer.pad_token_id,
        }
        if reference.limit > _MOST_TOKENS:
            raise EncoderError(f"it takes more than {_MOST_TOKENS:,} tokens")
        return {
            _TOKENIZER: write_file(folder / _TOKENIZER, [backend.to_str().encode()]),
            _FACTS: write_file(folder / _FACTS, [json.dumps(facts).encode()]),
        }

    return write


def _checked_tokenizer(tokenizer: Any) -> Any:
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        raise EncoderError("its tokenizer has no tokenizer.json")
    if tokenizer.pad_token_id is None or tokenizer.padding_side != "right":
        raise EncoderError("its tokenizer does not pad on the right")
    return backend


def _exported(reference: SentenceTransformerEncoder, model: ExportedModel) -> OpenVinoCandidate:
    """Return the exported model with the reference's vectors of the probe texts."""
    smallest = _smallest_head(reference.model)
    if smallest < _LEAST_HEAD:
        raise EncoderError(
            f"its attention heads have {smallest} numbers, and OpenVINO needs {_LEAST_HEAD}"
        )
    counts = reference.count_tokens([text for _, text in probe()])
    texts = [
        one for one, count in zip(probe(), counts, strict=True) if count <= reference.max_tokens
    ]
    plain = [text for _, text in texts]
    if model.ids(plain) != [list(ids) for ids in reference.model.tokenizer(plain)["input_ids"]]:
        raise EncoderError("its tokenizer gives other tokens when it is written and read again")
    expected = np.vstack([reference.encode([text], role=role) for role, text in texts])
    graph = _converted(reference.model)
    return OpenVinoCandidate(
        model, ("bfloat16", "float32"), lambda precision: graph, lambda: (texts, expected)
    )


def _smallest_head(model: Any) -> int:
    """Return the least size of an attention head of a SentenceTransformer."""
    sizes: list[Any] = [_LEAST_HEAD]
    for module in model.modules():
        config = getattr(module, "config", None)
        for one in (module, config):
            sizes += [getattr(one, name, None) for name in _HEAD_SIZES]
        wide, heads = (getattr(config, name, 0) for name in ("hidden_size", "num_attention_heads"))
        if isinstance(wide, int) and isinstance(heads, int) and heads:
            sizes.append(wide // heads)
    return min(size for size in sizes if isinstance(size, int))


def _converted(model: Any) -> openvino.Model:
    """Convert a SentenceTransformer; raise EncoderError if that fails.

    The front end is called directly, because the converter around it reports its use to its makers.
    """
    import torch

    class SentenceModule(torch.nn.Module):
        """All modules of the model as one: token ids and mask in, unit sentence vectors out."""

        def __init__(self) -> None:
            super().__init__()
            self.steps = torch.nn.ModuleList(model)

        def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            """Return unit vectors (n, dim) of token ids and mask (n, tokens)."""
            features = {"input_ids": ids, "attention_mask": mask}
            for step in self.steps:
                features = step(features)
            return torch.nn.functional.normalize(features["sentence_embedding"], p=2.0, dim=1)

    try:
        with torch.no_grad(), _quiet():
            return _traced(SentenceModule().eval(), model.tokenizer.pad_token_id)
    except Exception as error:  # tracing and converting have no common class of errors
        raise EncoderError(f"it cannot be exported: {short_message(error)}") from error


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Hide warnings, such as that a trace may not hold for other texts: the probe checks that."""
    from transformers.utils import logging as transformers_logging

    level = transformers_logging.get_verbosity()
    transformers_logging.set_verbosity_error()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        transformers_logging.set_verbosity(level)


def _traced(module: Any, padding: int) -> openvino.Model:
    import torch

    import_openvino()
    from openvino.frontend import FrontEndManager
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

    ids, mask = (torch.from_numpy(part) for part in pad([[0] * 5, [0] * 3], padding, 5))
    decoder = TorchScriptPythonDecoder(module, example_input=(ids, mask))
    frontend = FrontEndManager().load_by_framework("pytorch")
    return frontend.convert(frontend.load(decoder))
