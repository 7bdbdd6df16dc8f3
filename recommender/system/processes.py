"""Count the processors that this process may use, and start Python processes of our own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import recommender

# If this is set before they are loaded, libraries compute with one thread each. With several
# processes, the processes take the place of threads.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def processor_count() -> int:
    """Return how many processors this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def command_of(module: str, call: str) -> list[str]:
    """Return the command of a process that makes a call, such as `main()`, of one of our modules.

    The running program is not imported there.
    """
    # -P: no module is imported from the current folder, which may hold a stranger's files. The
    # folder of this package comes last: it is needed if the package is not installed.
    root = str(Path(recommender.__file__).parent.parent)
    name = call.partition("(")[0]
    code = f"import sys; sys.path.append({root!r}); from {module} import {name}; {call}"
    return [sys.executable, "-P", "-c", code]
