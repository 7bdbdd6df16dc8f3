"""Give memory of tests back to the system: models leave much that the C library keeps for later."""

from __future__ import annotations

import ctypes
from pathlib import Path

# Bytes by which the process may grow before it is looked for what can be given back.
GROWTH = 200_000_000
_PAGE = 4096
_held = 0


def give_back() -> None:
    """Give back what is free, if the process has grown since the last time; only glibc can."""
    global _held
    if _size() - _held < GROWTH:
        return
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
    _held = _size()


def _size() -> int:
    """Return how many bytes of memory the process takes, 0 where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * _PAGE
    except OSError:
        return 0
