"""pyproject.toml names every package that the code imports, each with its lowest version."""

from __future__ import annotations

import ast
import re
import sys
from importlib.metadata import packages_distributions

import pytest
from packaging.requirements import Requirement
from support.architecture import PACKAGE
from support.lowest import UNTESTED, lowest, requirements


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def imported_packages() -> set[str]:
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    return found - set(sys.stdlib_module_names) - {"recommender"}


def test_every_imported_package_is_declared() -> None:
    homes = packages_distributions()
    declared = {canonical(one.name) for one in requirements()}
    undeclared = {
        name
        for name in imported_packages()
        if not declared & {canonical(home) for home in homes.get(name, [name])}
    }
    assert undeclared == set()


def test_every_dependency_names_its_lowest_version() -> None:
    held = {one.name: lowest(one) for one in requirements()}
    assert held["numpy"].startswith("numpy==")
    assert held.keys() >= UNTESTED


def test_a_dependency_without_a_lowest_version_is_named() -> None:
    with pytest.raises(ValueError, match=r"numpy<3: pyproject\.toml names no lowest version"):
        lowest(Requirement("numpy<3"))
