"""Find the files of data that are installed with the package.

A path is enough: the package is installed as a folder, because its files are mapped. The standard
library's `importlib.resources` loads ten modules for packages that are not.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent.parent


def data_file(name: str) -> Path:
    """Return the path of a file of the package's `data`."""
    return _PACKAGE / "data" / name
