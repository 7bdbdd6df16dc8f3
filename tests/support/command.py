"""The small archive that tests of the command line ask, and the type of the command."""

from __future__ import annotations

from collections.abc import Callable

from typer.testing import Result

WORDS = ("river", "dike", "football", "bread")
ARTICLES = {
    "flood": "The river rises\n\nThe river is high at Tiel.\n\nThe dike holds the river.",
    "dike": "A dike for the river\n\nThe dike at Arnhem keeps the river out.",
    "final": "The football final\n\nThe football final was played in the rain.",
    "bakery": "Bread of the year\n\nThe bread of the bakery won.",
}

Command = Callable[..., Result]
