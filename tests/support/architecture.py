"""The tree of modules in docs/architecture.md: read it, or write it again from the docstrings.

Run `python tests/support/architecture.py` after a module is added, moved or described anew.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PACKAGE = ROOT / "recommender"
PAGE = ROOT / "docs" / "architecture.md"
START, END = "<!-- tree -->\n", "<!-- end of tree -->\n"

_FLOOR = re.compile(r"^\d+\. (`[^—]*)", re.MULTILINE)


def floors() -> list[set[str]]:
    """Return the floors of the page, lowest first: each the names of packages and modules."""
    text = PAGE.read_text(encoding="utf-8")
    return [set(re.findall(r"`(\w+)`", line)) for line in _FLOOR.findall(text)]


def written_tree() -> str:
    """Return the tree as the page shows it."""
    text = PAGE.read_text(encoding="utf-8")
    return text[text.index(START) + len(START) : text.index(END)]


def tree() -> str:
    """Return the tree that the code has: a line each for packages and modules."""
    order = [name for floor in floors() for name in sorted(floor)]
    places = [PACKAGE / name for name in order]
    lines = ["```text", "recommender/"]
    for place in places:
        if place.is_dir():
            lines += _lines(place, 1)
        else:
            lines.append(_line(place.with_suffix(".py"), 1))
    return "\n".join([*lines, "```", ""])


def _lines(folder: Path, depth: int) -> list[str]:
    """Return the lines of a package: itself, its modules, its packages."""
    modules = sorted(path for path in folder.glob("*.py") if path.name != "__init__.py")
    packages = sorted(path.parent for path in folder.glob("*/__init__.py"))
    lines = [_line(folder / "__init__.py", depth)]
    lines += [_line(path, depth + 1) for path in modules]
    return lines + [line for package in packages for line in _lines(package, depth + 1)]


def _line(path: Path, depth: int) -> str:
    """Return one line: the name and the first line of the docstring."""
    is_package = path.name == "__init__.py"
    name = f"{path.parent.name}/" if is_package else path.name
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return f"{'  ' * depth + name:<30} {docstring.splitlines()[0]}"


def rewrite() -> None:
    """Write the tree into the page."""
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(text.replace(written_tree(), tree()), encoding="utf-8")


if __name__ == "__main__":
    rewrite()
