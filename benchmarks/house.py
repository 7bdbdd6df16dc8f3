"""Print figures of the code beside their aims: python -m benchmarks.house.

They say how quickly a newcomer finds the way. `tests/benchmarks/test_house.py` holds those that
were reached.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "recommender"
# The command line is not counted among functions of many parameters: each option is one.
COMMANDS = "cli"

# How no imperative verb begins: with a small letter, as a noun does, or in the third person.
_NO_COMMAND = r"(?!(?:An?|The|This|What|Which|How|Why|When|Where|Has|Is)\b)"
_COMMAND = re.compile(_NO_COMMAND + r"[A-Z]\w*(?:ss|[^\Ws])\b")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of the code, its aim, and the first few places that keep it from the aim."""

    name: str
    value: float
    aim: float
    places: tuple[str, ...] = ()

    @property
    def is_reached(self) -> bool:
        """Whether the aim is reached: a share must be as high, a count as low."""
        return self.value >= self.aim if self.is_share else self.value <= self.aim

    @property
    def is_share(self) -> bool:
        """Whether it is a share in percent, of which more is better."""
        return self.name.endswith("%")


@dataclass(frozen=True)
class Source:
    """The parsed modules of a package, by their dotted names below it."""

    modules: Mapping[str, ast.Module]

    @classmethod
    def read(cls, package: Path) -> Source:
        """Parse every module of a package."""
        return cls(
            {
                _name(path.relative_to(package)): ast.parse(path.read_text(encoding="utf-8"))
                for path in sorted(package.rglob("*.py"))
            }
        )

    @cached_property
    def nodes(self) -> dict[str, list[ast.AST]]:
        """Return every node of each module, walked once for all figures."""
        kinds = (Function, ast.ClassDef, ast.Import, ast.ImportFrom)
        return {
            module: [node for node in ast.walk(tree) if isinstance(node, kinds)]
            for module, tree in self.modules.items()
        }

    def functions(self) -> Iterator[tuple[str, Function]]:
        """Yield every function and method, with its module and name."""
        for module, nodes in self.nodes.items():
            for node in nodes:
                if isinstance(node, Function):
                    yield f"{module}.{node.name}", node

    def classes(self) -> Iterator[tuple[str, ast.ClassDef]]:
        """Yield every class, with its module and name."""
        for module, nodes in self.nodes.items():
            for node in nodes:
                if isinstance(node, ast.ClassDef):
                    yield f"{module}.{node.name}", node

    def imports(self, package: str) -> dict[str, set[str]]:
        """Return for each module which other modules of the package it imports."""
        return {
            module: {
                found
                for node in nodes
                for name in _imported(node)
                if (found := self._module(name, package)) and found != module
            }
            for module, nodes in self.nodes.items()
        }

    def _module(self, name: str, package: str) -> str:
        """Return the module that an imported name is or lies in, empty for one of others."""
        first, _, rest = name.partition(".")
        if first != package:
            return ""
        return rest if rest in self.modules else rest.rpartition(".")[0]


def figures(package: Path = PACKAGE) -> list[Figure]:
    """Return the figures of a package's code."""
    source = Source.read(package)
    return [
        _files(package),
        _circles(source, package.name),
        _longest(source),
        _parameters(source),
        _largest(source),
        _described(source),
        _commanded(source),
    ]


def _files(package: Path) -> Figure:
    names = tuple(path.name for path in sorted(package.glob("*.py")))
    return Figure("files in the top folder", len(names), 8, names)


def _circles(source: Source, package: str) -> Figure:
    """Count the circles of imports: sets of modules that all reach each other."""
    imports = source.imports(package)
    reached = {module: _reached(module, imports) for module in imports}
    circles = {
        tuple(sorted(one for one in found if module in reached[one]))
        for module, found in reached.items()
        if module in found
    }
    return Figure("circles of imports", len(circles), 0, tuple(map(" ".join, sorted(circles))))


def _reached(module: str, imports: Mapping[str, set[str]]) -> set[str]:
    """Return the modules that a module imports, directly or by way of others."""
    found: set[str] = set()
    left = list(imports.get(module, ()))
    while left:
        one = left.pop()
        if one not in found:
            found.add(one)
            left += imports.get(one, ())
    return found


def _longest(source: Source) -> Figure:
    """Measure functions without their signatures: that of a command describes its options."""
    lines = {
        name: (node.end_lineno or 0) - node.body[0].lineno + 1 for name, node in source.functions()
    }
    return _largest_of("lines of the longest function", lines, 45)


def _parameters(source: Source) -> Figure:
    many = {
        name: count
        for name, node in source.functions()
        if not name.startswith(f"{COMMANDS}.") and (count := _parameter_count(node)) > 6
    }
    places = tuple(f"{name} ({count})" for name, count in sorted(many.items()))
    return Figure("functions of more than 6 parameters", len(many), 0, places)


def _parameter_count(node: Function) -> int:
    """Return how many parameters a caller may give; `self` and `cls` are none."""
    names = [one.arg for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    return len(names) - (names[:1] in (["self"], ["cls"]))


def _largest(source: Source) -> Figure:
    methods = {
        name: sum(isinstance(one, Function) for one in node.body) for name, node in source.classes()
    }
    return _largest_of("methods of the largest class", methods, 20)


def _largest_of(name: str, sizes: Mapping[str, int], aim: int) -> Figure:
    """Return the largest size, with those above the aim, or else the largest, as places."""
    order = sorted(sizes, key=lambda one: (-sizes[one], one))
    above = [one for one in order if sizes[one] > aim] or order[:1]
    places = tuple(f"{one} ({sizes[one]})" for one in above)
    return Figure(name, max(sizes.values(), default=0), aim, places)


def _described(source: Source) -> Figure:
    """Return the share of public functions, classes and methods that have a docstring."""
    public = dict(_public(source))
    bare = tuple(name for name, node in public.items() if not ast.get_docstring(node))
    share = 100 * (len(public) - len(bare)) / max(len(public), 1)
    return Figure("public names with a docstring, %", round(share, 1), 100, bare)


def _commanded(source: Source) -> Figure:
    """Return the share of modules whose docstring begins with an imperative verb."""
    bare = tuple(
        name
        for name, tree in source.modules.items()
        if not _COMMAND.match(ast.get_docstring(tree) or "")
    )
    share = 100 * (len(source.modules) - len(bare)) / max(len(source.modules), 1)
    return Figure("modules described by a command, %", round(share, 1), 100, bare)


def _public(source: Source) -> Iterator[tuple[str, Function | ast.ClassDef]]:
    """Yield the public functions and classes of modules, and the public methods of those.

    What a class inherits or a protocol of Python's names is described where it was named first:
    names that start with an underscore are passed over.
    """
    for module, tree in source.modules.items():
        for node in tree.body:
            if not isinstance(node, Function | ast.ClassDef) or node.name.startswith("_"):
                continue
            yield f"{module}.{node.name}", node
            for one in node.body if isinstance(node, ast.ClassDef) else ():
                if isinstance(one, Function) and not one.name.startswith("_"):
                    yield f"{module}.{node.name}.{one.name}", one


def _imported(node: ast.AST) -> list[str]:
    """Return the full names that a statement imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def _name(path: Path) -> str:
    """Return the dotted name of a module from its path below the package."""
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def table(found: list[Figure], shown: int = 3) -> str:
    """Return the figures as a table in Markdown, with the first places that miss an aim."""
    lines = ["| figure | now | aim | reached | where |", "|---|---:|---:|---|---|"]
    for one in found:
        places = "" if one.is_reached else ", ".join(one.places[:shown])
        more = len(one.places) - shown
        places += f" and {more} more" if places and more > 0 else ""
        reached = "yes" if one.is_reached else "no"
        lines.append(f"| {one.name} | {one.value:g} | {one.aim:g} | {reached} | {places} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(figures(), shown=int(sys.argv[1]) if len(sys.argv) > 1 else 3))
