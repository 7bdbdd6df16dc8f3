"""The `recommender` command: arguments -> one library call -> render."""

# isort: off  # the order of the commands in the help
from recommender.cli import answers, exports, measuring, rebuilds, snapshots, sources

# isort: on
from recommender.cli.edge import app, main

__all__ = ["answers", "app", "exports", "main", "measuring", "rebuilds", "snapshots", "sources"]
