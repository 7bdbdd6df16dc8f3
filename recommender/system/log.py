"""Log through the standard library; nothing is printed unless a program asks for it."""

from __future__ import annotations

import logging

ROOT = "recommender"


def logger_of(module: str) -> logging.Logger:
    """Return the logger of a module; without a handler of the program's own, all is silent."""
    root = logging.getLogger(ROOT)
    if not root.handlers:
        root.addHandler(logging.NullHandler())
    return logging.getLogger(module)
