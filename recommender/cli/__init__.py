"""Hold the `recommender` command: arguments -> options -> one library call -> render."""

from recommender.cli.commands import main

__all__ = ["main"]
