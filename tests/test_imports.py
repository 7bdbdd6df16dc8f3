"""Modules import down the layers only, and the light commands load nothing heavy."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "recommender"

# Words < stages < storage < work < answers < edges: a module imports from its own layer or below.
LAYERS = [
    {"version", "types", "errors", "arrays"},
    {
        "settings",
        "articles",
        "blocks",
        "boilerplate",
        "editorial",
        "roles",
        "paragraphs",
        "passages",
        "language",
        "cutting",
    }
    | {
        "encoders",
        "space",
        "index",
        "alignment",
        "strength",
        "scripts",
        "lexical",
        "postings",
        "metrics",
        "query",
        "fusion",
    },
    {
        "storage",
        "lock",
        "sampled",
        "searched",
        "stored_rows",
        "segment",
        "segment_writer",
        "encoded",
        "snapshot",
        "publish",
        "derive",
    },
    {
        "plan",
        "base",
        "census",
        "assemble",
        "seen",
        "reading",
        "building",
        "forecast",
        "inspection",
        "watch",
    },
    {"history", "verify", "gate", "doctor", "held_out", "questions"},
    {"recommend", "wild", "filters", "hits", "related", "relation", "lookup", "sides", "batch"}
    | {
        "wanted",
        "choosing",
        "phrases",
        "recency",
        "rules",
        "drafts",
        "asking",
        "sentences",
        "explaining",
    },
    {"diff", "evaluate"},
    {
        "layout",
        "render",
        "render_answers",
        "render_explanation",
        "render_inspection",
        "render_evaluation",
        "progress",
        "cli",
        "__main__",
        "__init__",
    }
    | {"exporting", "processes"},
]
HEAVY = {"torch", "transformers", "sentence_transformers", "openvino", "onnxruntime", "scipy"}
SEARCHING = {"faiss", "numpy"}


def layer_of(module: str) -> int:
    [layer] = [number for number, names in enumerate(LAYERS) if module in names]
    return layer


def imported_modules(path: Path) -> set[str]:
    """The top-level modules of ours that a file imports, where they run or are only for types."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            package, _, rest = name.partition(".")
            if package == "recommender" and rest:
                module = rest.split(".")[0]
                is_module = (PACKAGE / module).exists() or (PACKAGE / f"{module}.py").exists()
                found.add(module if is_module else "__init__")
    return found


def source_files() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", source_files(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_from_its_own_layer_or_below(path: Path) -> None:
    module = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if module == "__init__":
        return
    above = {name for name in imported_modules(path) if layer_of(name) > layer_of(module)}
    assert above == set()


@pytest.mark.parametrize(
    ("package", "home"),
    [("faiss", "index"), ("torch", "encoders"), ("sentence_transformers", "encoders")],
)
def test_each_heavy_library_has_one_home(package: str, home: str) -> None:
    users = set()
    for path in source_files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            if any(name.split(".")[0] == package for name in names):
                users.add(path.relative_to(PACKAGE).parts[0].removesuffix(".py"))
    assert users == {home}


def loaded_by(*arguments: str) -> set[str]:
    """The top-level packages that a command has imported when it ends."""
    code = (
        "import sys, atexit, recommender.cli as cli\n"
        "atexit.register(lambda: print(*{m.split('.')[0] for m in sys.modules}, file=sys.stderr))\n"
        f"sys.argv = ['recommender', *{arguments!r}]\n"
        "cli.main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        encoding="utf-8",
        cwd=PACKAGE.parent,
        check=True,
    )
    return set(done.stderr.split())


def test_help_loads_neither_a_model_runtime_nor_a_search_library() -> None:
    assert loaded_by("--help") & (HEAVY | SEARCHING) == set()


def test_answers_from_stored_vectors_load_no_model_runtime(seeds_index: Path) -> None:
    for command in (["status"], ["show"], ["similar"], ["related"]):
        ids = {"show": ["000_1010306ca34bd51d"], "related": ["000_1010306ca34bd51d"]}
        ids["similar"] = ["000_1010306ca34bd51d#4"]
        loaded = loaded_by(*command, *ids.get(command[0], []), "--index", str(seeds_index))
        assert "faiss" in loaded or command == ["status"] or command == ["show"]
        assert loaded & HEAVY == set()


def test_no_public_name_is_hidden_by_a_module_of_the_same_name() -> None:
    import recommender

    modules = {path.stem for path in PACKAGE.iterdir()}
    assert set(recommender.__all__) & modules == set()
