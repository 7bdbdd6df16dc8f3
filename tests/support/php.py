"""PHP for the plugin of WordPress, or a skip that says how to get it.

With RECOMMENDER_NEEDS_PHP=1 a test fails where it would be skipped.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.needed import skip_without
from support.project import ROOT

ADVICE = "tests of the plugin of WordPress: not run; apt install php-cli"
PLUGIN = ROOT / "docs" / "recipes" / "related-articles.php"
WORDPRESS = Path(__file__).with_name("wordpress.php")


@dataclass(frozen=True)
class Played:
    """The answers that the plugin got in each step, as pairs of a status and a body; its log."""

    answers: list[list[tuple[int, Any]]]
    log: list[str]


def find_php() -> str:
    """Return the command; skip the test, or fail it, if it is missing."""
    if php := shutil.which("php"):
        return php
    return skip_without("PHP", ADVICE)


def play(steps: Sequence[tuple[str, dict[str, Any]]], *service: str) -> Played:
    """Do in a stand-in of WordPress with our plugin what editors do: `save` or `delete` posts.

    `service` is its address and the token for writing; without them the plugin is not configured.
    """
    asked = json.dumps([{"do": do, "post": post} for do, post in steps])
    command = [find_php(), str(WORDPRESS), str(PLUGIN), *service]
    done = subprocess.run(command, input=asked, capture_output=True, encoding="utf-8", timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [json.loads(line)["answers"] for line in done.stdout.splitlines()]
    answers = [[(one["status"], one["body"]) if one else (0, None) for one in it] for it in lines]
    return Played(answers, done.stderr.splitlines())
