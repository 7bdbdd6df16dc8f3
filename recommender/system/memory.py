"""Refuse to start a command for which memory is too low, and let threads share their memory.

Libraries in C end the process without a message if they get no memory or no thread.
"""

from __future__ import annotations

import ctypes
import sys

from recommender.errors import MemoryLow

# The address space that numpy and FAISS take, that a model takes for a text, and for many texts; it
# is several times the memory that is really used.
LEAST_BYTES = 1 << 30
MODEL_BYTES = 3 << 29
MODEL_MANY_BYTES = 5 << 29
# The parameter of `mallopt` for the number of arenas, and how many threads share.
_M_ARENA_MAX, ARENAS = -8, 2


def check_memory(needed: int = LEAST_BYTES) -> None:
    """Raise `MemoryLow` if the process may use less address space than `needed` bytes."""
    limit = _limit()
    if limit is not None and limit < needed:
        raise MemoryLow(
            f"this process may use {limit / 1e9:.1f} GB of address space and needs "
            f"{needed / 1e9:.1f} GB; raise the limit: ulimit -v unlimited"
        )


def share_arenas() -> bool:
    """Let the threads of this process share freed memory; return whether the system can do that.

    The C library of Linux gives each thread an arena of its own, which keeps the largest arrays
    that the thread ever held: 16 threads that answered kept 400 MB, and 150 MB if they share two
    arenas. To return freed memory would keep less, but makes long answers twice as slow.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # another C library
        return False
    return bool(mallopt(_M_ARENA_MAX, ARENAS))


def memory_low(error: BaseException) -> MemoryLow:
    """Return the error for a refusal of memory or of a thread."""
    return MemoryLow(
        f"there is not enough memory: {str(error) or 'none is left'}; free some, or raise the "
        "limit of this process (ulimit -v, or that of its service or container)"
    )


def is_refusal(error: BaseException) -> bool:
    """Return whether an error says that the system refused memory or a thread."""
    words = ("resource temporarily unavailable", "bad_alloc", "cannot allocate memory")
    return isinstance(error, MemoryError) or any(word in str(error).lower() for word in words)


def _limit() -> int | None:
    """Return the address space that the process may use, in bytes; None if there is no limit."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return None
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return None if limit == resource.RLIM_INFINITY else limit
