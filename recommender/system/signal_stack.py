"""Keep the stack on which the handlers of signals run: OpenVINO takes it from the thread."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager


class SignalStack(ctypes.Structure):
    """What `sigaltstack` of the C library of Linux takes and gives."""

    _fields_ = (("start", ctypes.c_void_p), ("flags", ctypes.c_int), ("size", ctypes.c_size_t))


@contextmanager
def signal_stack_kept() -> Iterator[None]:
    """Give this thread back in the end the stack for handlers of signals that it has now.

    OpenVINO gives the thread that loads a model one of its own, and the one before when the model
    is dropped. If models are dropped in another order, or by another thread, a thread is left with
    a stack that is gone, and the next signal that Python handles kills the process.
    """
    before = signal_stack()
    try:
        yield
    finally:
        if before is not None:  # a stack that is too small for this processor is refused
            ctypes.CDLL(None).sigaltstack(ctypes.byref(before), None)


def signal_stack() -> SignalStack | None:
    """Return the stack of this thread for handlers of signals; None if the system has none."""
    if not sys.platform.startswith("linux"):
        return None
    found = SignalStack()
    try:
        failed = ctypes.CDLL(None).sigaltstack(None, ctypes.byref(found))
    except (OSError, AttributeError):  # another C library
        return None
    return None if failed else found
