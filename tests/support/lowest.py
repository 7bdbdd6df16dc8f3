"""Print constraints that hold each dependency at the lowest version that pyproject.toml allows.

`make test-lowest` installs these into an environment of its own and runs the tests of security and
of loading there. torch is left out: its older wheels bring gigabytes of GPU libraries, so
constraints.txt holds torch at one release. Its bound, 2.6, is not tested. It is the first release
whose `torch.load` reads only weights from a pickle file by default.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement

PYPROJECT = Path(__file__).parent.parent.parent / "pyproject.toml"
EXTRAS = (
    *("html", "feeds", "docx", "rst", "xlsx", "epub", "pdf", "warc", "zstd"),
    *("watch", "serve", "mcp"),
)
UNTESTED = {"torch"}


def requirements() -> Iterator[Requirement]:
    """Yield what the project and the extras of its formats require, without itself."""
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    optional = project["optional-dependencies"]
    for line in (*project["dependencies"], *(one for name in EXTRAS for one in optional[name])):
        requirement = Requirement(line)
        if requirement.name != project["name"]:
            yield requirement


def lowest(requirement: Requirement) -> str:
    """Return `name==version` of the lowest version allowed; raise ValueError if none is named."""
    for specifier in requirement.specifier:
        if specifier.operator in (">=", "==", "~="):
            return f"{requirement.name}=={specifier.version}"
    raise ValueError(f"{requirement}: pyproject.toml names no lowest version; add one")


def constraints() -> list[str]:
    """Return a line for each dependency, the lowest version of all that pyproject.toml names."""
    found = {one.name: lowest(one) for one in requirements() if one.name not in UNTESTED}
    return sorted(found.values())


if __name__ == "__main__":
    sys.stdout.write("\n".join([*constraints(), ""]))
