"""The `recommender` command: arguments -> one library call -> render."""

from recommender.cli import rebuilds  # isort: skip  # `build` comes first in the help
from recommender.cli import answers
from recommender.cli.edge import app, main

__all__ = ["answers", "app", "main", "rebuilds"]
