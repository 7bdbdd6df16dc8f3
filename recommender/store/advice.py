"""Say what to run to mend an index, as errors end with it."""

from __future__ import annotations

from pathlib import Path


def rebuild(folder: Path) -> str:
    """Return what to run to make the whole index in `folder` again."""
    return f"run: recommender build SOURCE --full --into {folder}"


def look_over(folder: Path) -> str:
    """Return what to run to find all that is damaged in the index in `folder`."""
    return f"run: recommender verify --index {folder}"


def repair(folder: Path) -> str:
    """Return what to run to make damaged derived files of the index in `folder` again."""
    return f"run: recommender verify --repair --index {folder}"
