"""Modules import down the layers only, and the light commands load nothing heavy."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from support.architecture import PACKAGE, PAGE, floors, tree, written_tree

HEAVY = {"torch", "transformers", "sentence_transformers", "openvino", "onnxruntime", "scipy"}
SEARCHING = {"faiss", "numpy"}
# What only builds use: each takes longer to load than an answer takes.
FOR_BUILDS = {"sqlite3", "statistics", "lxml", "trafilatura", "regex", "py3langid"}
# What an archive of few passages needs no part of.
FOR_LARGE = {"faiss", "numpy.ma", "concurrent.futures", "tempfile", "secrets", "csv", "html"}
# What tags and texts of few articles need.
FOR_FEW = {"langcodes", "asyncio", "filelock", "markdown_it", "tokenizers"}


@cache
def source_files() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def module_of(path: Path) -> str:
    """Return the dotted name of a file below the package: `answers.hits`."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


@cache
def modules_of_ours() -> frozenset[str]:
    return frozenset(module_of(one) for one in source_files())


@cache
def imported_modules(path: Path) -> set[str]:
    """Return what a file imports of ours: at its top, inside functions, or for types only."""
    modules = modules_of_ours()
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
                found.add(rest if rest in modules else rest.rpartition(".")[0])
    return found


@cache
def floor_of(module: str) -> int:
    [floor] = [number for number, names in enumerate(floors()) if module.split(".")[0] in names]
    return floor


@pytest.mark.parametrize("path", source_files(), ids=module_of)
def test_a_module_imports_from_its_own_package_or_a_lower_floor(path: Path) -> None:
    module = module_of(path)
    if module == "__init__":
        return
    outside = {
        name
        for name in imported_modules(path)
        if name
        and name.split(".")[0] != module.split(".")[0]
        and floor_of(module) <= floor_of(name)
    }
    assert outside - nouns() == set()


def nouns() -> set[str]:
    """Return the modules of the lowest floor, which may use each other."""
    return floors()[0]


def test_code_for_any_model_imports_nothing_of_the_bundled_model() -> None:
    for path in (PACKAGE / "encoders").rglob("*.py"):
        if path.parent.name != "bundled" and path.name != "load.py":
            assert not any("encoders.bundled" in name for name in imported_modules(path)), path


def test_no_modules_import_each_other_in_a_circle() -> None:
    imports = {module_of(path): imported_modules(path) for path in source_files()}
    done: set[str] = set()

    def visit(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, " -> ".join((*trail, module))
        if module not in done:
            for name in sorted(imports.get(module, set()) - {module}):
                visit(name, (*trail, module))
            done.add(module)

    for module in sorted(imports):
        visit(module, ())


def test_the_page_on_architecture_shows_every_module() -> None:
    assert written_tree() == tree(), "run: python tests/support/architecture.py"


def test_what_the_page_on_architecture_says_where_to_look_is_there() -> None:
    text = PAGE.read_text(encoding="utf-8")
    table = text[text.index("| to change |") : text.index("## Tests")]
    places = re.findall(r"`([a-z_]+(?:/[a-z_]+)*(?:\.py|\.toml|/))`(?: \(([^)]*)\))?", table)
    assert len(places) > 25
    for place, names in places:
        path = PACKAGE / place
        assert path.exists(), place
        for name in re.findall(r"`(\w+)`", names):
            assert name in path.read_text(encoding="utf-8"), (place, name)


def test_a_package_init_only_describes_and_re_exports() -> None:
    for path in PACKAGE.rglob("*/__init__.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            is_export = isinstance(node, ast.Assign | ast.ImportFrom | ast.Import | ast.If)
            is_export |= isinstance(node, ast.FunctionDef) and node.name == "__getattr__"
            assert is_text or is_export, path


def test_every_noun_is_found_when_it_is_first_used() -> None:
    from recommender import types

    assert set(types.__all__) == set(types._HOMES)
    assert all(getattr(types, name) for name in types.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        types.Nothing  # noqa: B018


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
    """The modules, packages among them, that a command has imported when it ends."""
    code = (
        "import sys, atexit, recommender.cli as cli\n"
        "atexit.register(lambda: print(*sys.modules, file=sys.stderr))\n"
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


@pytest.mark.process
def test_help_loads_neither_a_model_runtime_nor_a_search_library_nor_any_command() -> None:
    loaded = loaded_by("--help")
    assert loaded & (HEAVY | SEARCHING | FOR_BUILDS | FOR_FEW) == set()
    ours = {name for name in loaded if name.startswith("recommender.")}
    assert {name.split(".")[1] for name in ours} <= {"cli", "errors", "render", "system", "version"}
    assert {name for name in ours if "cli." in name} == {
        "recommender.cli.app",
        "recommender.cli.commands",
    }


@pytest.mark.process
def test_answers_from_stored_vectors_load_no_model_runtime(seeds_index: Path) -> None:
    for command in (["status"], ["show"], ["list"], ["similar"], ["related"]):
        ids = {"show": ["000_1010306ca34bd51d"], "related": ["000_1010306ca34bd51d"]}
        ids["similar"] = ["000_1010306ca34bd51d#4"]
        loaded = loaded_by(*command, *ids.get(command[0], []), "--index", str(seeds_index))
        assert loaded & (HEAVY | FOR_BUILDS | FOR_FEW | FOR_LARGE) == set()
        assert loaded.isdisjoint({"recommender.cli.build", "recommender.answers.news"})


@pytest.mark.process
@pytest.mark.model
def test_a_query_without_digits_reads_no_dates(seeds_index: Path) -> None:
    for query, reads_dates in (("Bachmoet", False), ("Bachmoet 2022", True)):
        loaded = loaded_by("search", query, "--index", str(seeds_index))
        assert ("recommender.text.dates" in loaded) is reads_dates, query


@pytest.mark.process
@pytest.mark.model
def test_a_write_of_one_article_loads_no_more_than_it_needs(
    seeds_index: Path, tmp_path: Path
) -> None:
    index = tmp_path / "vectors"
    shutil.copytree(seeds_index, index)
    row = {"id": "new", "title": "A bridge", "text": "A bridge is closed.", "language": "en-GB"}
    (tmp_path / "row.json").write_text(json.dumps(row | {"date": "2023-01-04"}))
    loaded = loaded_by("add", str(tmp_path / "row.json"), "--index", str(index))
    assert loaded & (FOR_FEW | {"torch", "email", "lxml", "recommender.render.news"}) == set()
    assert loaded.isdisjoint({"recommender.builder.farm", "recommender.cli.build"})
    assert loaded.isdisjoint({"recommender.answers.options", "recommender.engines.address"})


def test_no_public_name_is_hidden_by_a_module_of_the_same_name() -> None:
    import recommender

    modules = {path.stem for path in PACKAGE.iterdir()}
    assert set(recommender.__all__) & modules == set()
