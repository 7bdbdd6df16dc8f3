"""Imports libraries that not every install has."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from recommender.errors import SourceError


def need(module: str, extra: str) -> Any:
    """Import an optional library, or raise `SourceError` with the command that installs it."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise SourceError(
            f"needs {error.name}; install it with: pip install 'recommender[{extra}]'"
        ) from error
