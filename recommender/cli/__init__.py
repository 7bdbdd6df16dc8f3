"""Hold the `recommender` command: arguments -> options -> one library call -> render."""

# isort: off  # the order of the commands in the help
from recommender.cli import (
    archive,
    ask,
    build,
    clicks,
    dump,
    evaluate,
    export,
    init,
    model,
    news,
    serve,
    snapshots,
    sources,
    write,
)

# isort: on
from recommender.cli.app import app, main

__all__ = [
    "app",
    "archive",
    "ask",
    "build",
    "clicks",
    "dump",
    "evaluate",
    "export",
    "init",
    "main",
    "model",
    "news",
    "serve",
    "snapshots",
    "sources",
    "write",
]
