"""Name the commands that repair an index; error messages end with them."""

from __future__ import annotations

from pathlib import Path

# A server often runs as another user than the build.
ALLOW = "let this user read it: docs/rebuilds.md says who may read an index"


def on_unread(error: Exception, damaged: str) -> str:
    """Return what to do about a file that was not read: `damaged` unless the system forbids it."""
    return ALLOW if isinstance(error, PermissionError) else damaged


def rebuild(folder: Path) -> str:
    """Return the command that builds the whole index in `folder` again."""
    return f"run: recommender build SOURCE --full --into {folder}"


def look_over(folder: Path) -> str:
    """Return the command that finds all damage in the index in `folder`."""
    return f"run: recommender verify --index {folder}"


def repair(folder: Path) -> str:
    """Return the command that makes damaged derived files of the index in `folder` again."""
    return f"run: recommender verify --repair --index {folder}"
