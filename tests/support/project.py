"""Where the project's files lie, the article of its first user, and what runs the command."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
SEEDS = ROOT / "seeds"
USERS_ARTICLE = "000_1010306ca34bd51d"

Run = Callable[..., subprocess.CompletedProcess[str]]
