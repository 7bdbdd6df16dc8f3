"""Write requirements/light.txt: what everything but other models needs, without torch.

Run `python tests/support/light.py` after the dependencies in pyproject.toml have changed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "requirements" / "light.txt"
# Only models other than the bundled one need these.
HEAVY = {"torch", "transformers", "sentence-transformers"}
EXTRAS = ("serve", "html", "feeds", "docx", "epub", "pdf")
HEAD = """\
# What `recommender` needs without torch: everything works but `--model` and `model download`.
#   pip install -r requirements/light.txt && pip install --no-deps .
# Made of pyproject.toml by: python tests/support/light.py
"""


def light() -> str:
    """Return the file as pyproject.toml has it now."""
    return HEAD + "".join(f"{line}\n" for line in dict.fromkeys(_lines()))


def _lines() -> Iterator[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    optional = project["optional-dependencies"]
    for line in (*project["dependencies"], *(one for name in EXTRAS for one in optional[name])):
        if Requirement(line).name not in {*HEAVY, project["name"]}:
            yield line


if __name__ == "__main__":
    PAGE.write_text(light(), encoding="utf-8")
