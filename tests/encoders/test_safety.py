"""A model folder of a stranger runs no code, reads nothing outside itself, and fetches nothing.

Each test changes one thing in a model that loads, and the refusal names it. `bomb` fails the test
when the code that the folder brings along runs.
"""

from __future__ import annotations

import json
import os
import pickle
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recommender.encoders.hub import model_fingerprint
from recommender.encoders.load import load_encoder
from recommender.encoders.safety import known_modules
from recommender.errors import EncoderError
from recommender.safe_open import is_network_path

MakeModel = Callable[..., Path]


class Bomb:
    """Pickled, it makes the file that it is given when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


@pytest.fixture
def bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file that a module `bomb`, or an unpickled `Bomb`, makes when it runs."""
    ran = tmp_path / "ran"
    code = f"import pathlib\npathlib.Path({str(ran)!r}).touch()\nclass Model: pass\n"
    (tmp_path / "path").mkdir()
    (tmp_path / "path" / "bomb.py").write_text(code)
    monkeypatch.syspath_prepend(str(tmp_path / "path"))
    yield ran
    sys.modules.pop("bomb", None)
    assert not ran.exists(), "the code of the model folder ran"


def change(path: Path, **changes: Any) -> None:
    known = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps(known | changes))


def change_module(folder: Path, number: int, **changes: Any) -> None:
    modules = json.loads((folder / "modules.json").read_text())
    modules[number] |= changes
    (folder / "modules.json").write_text(json.dumps(modules))


def assert_refused(folder: Path, match: str) -> None:
    """Every way into the folder refuses it: loading, identifying, checking."""
    with pytest.raises(EncoderError, match=match):
        load_encoder(str(folder))
    with pytest.raises(EncoderError, match=match):
        model_fingerprint(folder, {"query": "", "passage": ""})


def test_an_ordinary_model_is_accepted(make_model: MakeModel) -> None:
    folder = make_model(dense=4)
    kinds = [module.kind for module in known_modules(folder)]
    assert kinds == ["Transformer", "Pooling", "Dense", "Normalize"]
    assert load_encoder(str(folder)).dim == 4


def test_a_module_without_files_needs_no_folder(make_model: MakeModel) -> None:
    """Repositories on the hub hold no empty folders, so most of them lack that of Normalize."""
    folder = make_model()
    shutil.rmtree(folder / "2_Normalize")
    assert known_modules(folder)[-1].kind == "Normalize"
    assert len(model_fingerprint(folder, {"query": "", "passage": ""})) == 64
    vector = load_encoder(str(folder)).encode(["war"], role="query")[0]
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_the_bundled_model_is_accepted(bundled_folder: Path) -> None:
    kinds = [module.kind for module in known_modules(bundled_folder)]
    assert kinds == ["Transformer", "Pooling", "Normalize"]


@pytest.mark.parametrize(
    "kind",
    [
        "sentence_transformers.models.Router",
        "sentence_transformers.base.modules.router.Router",
        "sentence_transformers.models.Asym",
        "sentence_transformers.models.WordEmbeddings",
        "sentence_transformers.models.StaticEmbedding",
        "sentence_transformers.models.Dropout",
        "sentence_transformers.models",
        "sentence_transformers.util.import_from_string",
        "sentence_transformers.models.Transformer.load",
        "bomb.Model",
        "builtins.exec",
        "",
    ],
)
def test_only_four_kinds_of_modules_are_accepted(
    make_model: MakeModel, bomb: Path, kind: str
) -> None:
    folder = make_model()
    (folder / "bomb.py").write_text((bomb.parent / "path" / "bomb.py").read_text())
    change_module(folder, 1, type=kind)
    assert_refused(folder, rf"modules\.json names module '{kind}'.* Accepted: Transformer, Pooling")


@pytest.mark.parametrize(
    "kind",
    [
        "sentence_transformers.models.Normalize",  # 5.3 and before
        "sentence_transformers.sentence_transformer.modules.normalize.Normalize",  # 5.4
        "sentence_transformers.base.modules.normalize.Normalize",  # 6
    ],
)
def test_the_paths_of_every_version_are_accepted(make_model: MakeModel, kind: str) -> None:
    folder = make_model()
    change_module(folder, 2, type=kind)
    assert known_modules(folder)[2].kind == "Normalize"


def test_a_router_never_unpickles(make_model: MakeModel, bomb: Path) -> None:
    folder = make_model()
    router = folder / "1_Pooling"
    (router / "pytorch_model.bin").write_bytes(pickle.dumps(Bomb(bomb)))
    types = {"a": "bomb.Model"}
    change(router / "router_config.json", types=types, structure={"query": ["a"]}, parameters={})
    change_module(folder, 1, type="sentence_transformers.models.Router")
    assert_refused(folder, "module 'sentence_transformers.models.Router'")


@pytest.mark.parametrize(
    "path",
    [
        "../other",
        "1_Pooling/../../other",
        "/etc",
        "C:\\other",
        "C:other",
        "\\other",
        "..\\other",
        "\\\\host\\share",
        "//host/share",
        "a\0b",
    ],
)
def test_a_module_lies_inside_the_folder(make_model: MakeModel, path: str) -> None:
    folder = make_model()
    change_module(folder, 1, path=path)
    assert_refused(folder, "outside the model's folder")


@pytest.mark.parametrize(
    "content",
    ["", "{}", "[]", "[1]", '[{"type": 3, "path": ""}]', '[{"path": ""}]', "[[]]", "[" * 200_000],
    ids=["empty", "object", "none", "number", "type", "no type", "list", "deep"],
)
def test_a_damaged_list_of_modules_is_named(make_model: MakeModel, content: str) -> None:
    folder = make_model()
    (folder / "modules.json").write_text(content)
    assert_refused(folder, r"cannot read .*modules\.json")


def test_settings_are_read_in_bounded_memory(make_model: MakeModel) -> None:
    folder = make_model()
    with (folder / "config.json").open("r+b") as stream:
        stream.truncate(10**11)
    assert_refused(folder, r"config\.json: it is over 10,000,000 bytes")


@pytest.mark.parametrize(
    "activation",
    [
        "torch.hub.load",
        "torch.nn.modules.activation.MultiheadAttention",
        "torch.nn.Module",
        "os.abort",
        "bomb.Model",
        "builtins.breakpoint",
        None,
        ["torch.nn.modules.activation.Tanh"],
    ],
)
def test_only_known_activations_are_accepted(
    make_model: MakeModel, bomb: Path, activation: Any
) -> None:
    folder = make_model(dense=4)
    change(folder / "2_Dense" / "config.json", activation_function=activation)
    assert_refused(folder, r"config\.json names activation .*Accepted: ELU, GELU")


def test_a_known_activation_is_accepted(make_model: MakeModel) -> None:
    folder = make_model(dense=4)
    name = "torch.nn.modules.linear.Identity"
    change(folder / "2_Dense" / "config.json", activation_function=name)
    assert load_encoder(str(folder)).dim == 4


@pytest.mark.parametrize("place", [".", "2_Dense"])
@pytest.mark.parametrize("decoy", [False, True], ids=["alone", "beside another safetensors"])
def test_pickled_weights_are_refused(
    make_model: MakeModel, bomb: Path, place: str, decoy: bool
) -> None:
    folder = make_model(dense=4)
    weights = folder / place / "model.safetensors"
    if decoy:
        weights.with_name("other.safetensors").write_bytes(weights.read_bytes())
    weights.unlink()
    weights.with_name("pytorch_model.bin").write_bytes(pickle.dumps(Bomb(bomb)))
    assert_refused(folder, r"pytorch_model\.bin is a pickle file.*\.safetensors files")


def test_an_index_of_weights_names_no_pickle_and_nothing_elsewhere(
    make_model: MakeModel, bomb: Path
) -> None:
    folder = make_model()
    (folder / "model.safetensors").rename(folder / "shard.safetensors")
    (folder / "evil.bin").write_bytes(pickle.dumps(Bomb(bomb)))
    index = folder / "model.safetensors.index.json"
    for name in ("evil.bin", "../shard.safetensors", "/etc/x.safetensors", "a\\b.safetensors", 3):
        change(index, metadata={}, weight_map={"embeddings": name})
        assert_refused(folder, "names weights that are no .safetensors file of its folder")


def test_a_pickled_vocabulary_is_refused(make_model: MakeModel, bomb: Path) -> None:
    folder = make_model()
    (folder / "vocab.pkl").write_bytes(pickle.dumps(Bomb(bomb)))
    assert_refused(folder, r"vocab\.pkl is a pickle file")


def test_a_folder_without_weights_is_no_model(make_model: MakeModel) -> None:
    folder = make_model()
    (folder / "model.safetensors").unlink()
    assert_refused(folder, r"cannot load the model .* has no model\.safetensors")


@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json", "Processor_Config.json"])
@pytest.mark.parametrize(
    "settings",
    [
        {"auto_map": {"AutoModel": "bomb.Model"}},
        {"text_config": {"auto_map": {"AutoModel": "bomb.Model"}}},
        {"custom_pipelines": {"a": {"impl": "bomb.Model"}}},
        {"trust_remote_code": True},
        {"quantization_config": {"quant_method": "mxfp4"}},
        {"attn_implementation": "stranger/kernel"},
        {"_attn_implementation": {"": "stranger/kernel"}},
        {"text_config": {"attn_implementation": "flash_attention_2"}},
        {"_experts_implementation": "stranger/kernel"},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_settings_that_ask_for_code_are_refused(
    make_model: MakeModel, bomb: Path, name: str, settings: dict[str, Any]
) -> None:
    folder = make_model()
    change(folder / name, **settings)
    assert_refused(folder, rf"{name} names '\w+'.*never run")


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"tokenizer_name_or_path": "owner/model"}, "'tokenizer_name_or_path'"),
        ({"backend": "onnx"}, "'backend'"),
        ({"model_args": {"gguf_file": "/etc/passwd"}}, "'gguf_file'"),
        ({"model_kwargs": {"attn_implementation": "a/kernel"}}, "'attn_implementation' 'a/kernel'"),
        ({"config_args": {"trust_remote_code": True}}, "'trust_remote_code'"),
        ({"tokenizer_args": {"vocab_file": "/etc/passwd"}}, "'vocab_file'"),
        ({"transformer_task": "any-to-any"}, "task 'any-to-any'"),
        ({"modality_config": {"text": {"method": "save_pretrained"}}}, "method 'save_pretrained'"),
        ({"modality_config": "forward it"}, "method 'forward it'"),
        ({"processing_kwargs": {"text": {}}}, "'processing_kwargs'"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize("name", ["sentence_bert_config.json", "sentence_xlnet_config.json"])
def test_only_known_settings_of_a_transformer_are_accepted(
    make_model: MakeModel, name: str, settings: dict[str, Any], named: str
) -> None:
    folder = make_model()
    change(folder / name, **settings)
    assert_refused(folder, rf"{name} names {named}")


def test_usual_settings_of_a_transformer_are_accepted(make_model: MakeModel) -> None:
    folder = make_model()
    change(
        folder / "sentence_bert_config.json",
        max_seq_length=12,
        do_lower_case=False,
        model_args={"add_pooling_layer": False, "attn_implementation": "eager"},
        processing_kwargs=None,
    )
    assert known_modules(folder)[0].kind == "Transformer"


def test_an_adapter_names_another_model_and_is_refused(make_model: MakeModel) -> None:
    folder = make_model()
    change(folder / "adapter_config.json", base_model_name_or_path="owner/model")
    assert_refused(folder, "adapter_config.json names another model")


def test_another_type_of_model_is_refused(make_model: MakeModel) -> None:
    folder = make_model()
    change(folder / "config_sentence_transformers.json", model_type="SparseEncoder")
    assert_refused(folder, "model type 'SparseEncoder'")


def test_a_tokenizer_reads_no_file_elsewhere(make_model: MakeModel, tmp_path: Path) -> None:
    folder = make_model()
    settings = folder / "tokenizer_config.json"
    (tmp_path / "words.txt").write_text("war\n")
    for name in (str(tmp_path / "words.txt"), "../words.txt", "//host/share/words.txt"):
        change(settings, vocab_file=name)
        assert_refused(folder, r"tokenizer_config\.json names a file outside")
    change(settings, vocab_file="/of/the/machine/that/made/it.txt")  # harmless: it is not here
    known_modules(folder)


@pytest.mark.parametrize(
    "name", ["model.safetensors", "tokenizer.json", "1_Pooling", "notes.txt", "modules.json"]
)
def test_links_are_not_followed(make_model: MakeModel, tmp_path: Path, name: str) -> None:
    folder = make_model()
    path = folder / name
    if path.exists():
        path.rename(tmp_path / "elsewhere")
    else:
        (tmp_path / "elsewhere").write_text("secret")
    path.symlink_to(tmp_path / "elsewhere")
    assert_refused(folder, rf"{name} is a link")


def test_a_pipe_does_not_stall(make_model: MakeModel) -> None:
    folder = make_model()
    (folder / "config.json").unlink()
    os.mkfifo(folder / "config.json")
    assert_refused(folder, r"config\.json is neither a file nor a folder")


def test_a_folder_of_countless_files_is_no_model(
    make_model: MakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_model()
    monkeypatch.setattr("recommender.encoders.safety.MAX_MODEL_FILES", 5)
    assert_refused(folder, "holds over 5 files")


def in_hub_cache(folder: Path, cache: Path) -> Path:
    """Lay a model out as the hub's cache does: a snapshot of links into `blobs`."""
    blobs, snapshot = cache / "blobs", cache / "snapshots" / "0123"
    blobs.mkdir(parents=True)
    for number, path in enumerate(sorted(path for path in folder.rglob("*") if path.is_file())):
        blob = blobs / f"{number:040x}"
        blob.write_bytes(path.read_bytes())
        link = snapshot / path.relative_to(folder)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(os.path.relpath(blob, link.parent))
    return snapshot


def test_a_downloaded_model_links_to_its_own_blobs_only(
    make_model: MakeModel, tmp_path: Path
) -> None:
    snapshot = in_hub_cache(make_model(), tmp_path / "models--owner--model")
    assert load_encoder(str(snapshot)).dim == 32
    (tmp_path / "secret").write_text("{}")
    (snapshot / "config.json").unlink()
    (snapshot / "config.json").symlink_to(tmp_path / "secret")
    assert_refused(snapshot, r"config\.json is a link")
    blob = tmp_path / "models--owner--model" / "blobs" / "further"
    blob.symlink_to(tmp_path / "secret")
    (snapshot / "config.json").unlink()
    (snapshot / "config.json").symlink_to(blob)
    assert_refused(snapshot, r"config\.json is a link")


@pytest.mark.parametrize("name", ["//host/share", "\\\\host\\share", "/\\host/x", "\\/host\\x"])
def test_a_network_path_is_recognised(name: str) -> None:
    assert is_network_path(name)
    with pytest.raises(EncoderError, match="is on another machine"):
        load_encoder(name)


def test_paths_of_this_machine_are_no_network_paths() -> None:
    for name in ("/models/x", "models//x", "C:\\models", "owner/model", "/", ""):
        assert not is_network_path(name)
