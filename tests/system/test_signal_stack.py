"""A thread keeps its stack for handlers of signals, whatever a library does with it."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

from recommender.system.signal_stack import SignalStack, signal_stack, signal_stack_kept

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux has such stacks")

# Two models at once, the first dropped first; then a signal that Python handles.
_SIGNALLED = """
import os, signal
from recommender.encoders.load import load_encoder
first, second = load_encoder(), load_encoder()
second.encode(["a", "b"] * 300, role="passage")
del first
del second
signal.signal(signal.SIGUSR1, lambda *_: print("handled"))
os.kill(os.getpid(), signal.SIGUSR1)
"""


@linux
def test_the_stack_of_a_thread_is_the_one_it_had() -> None:
    before = signal_stack()
    assert before is not None
    memory = ctypes.create_string_buffer(1 << 16)
    other = SignalStack(ctypes.addressof(memory), 0, len(memory))
    with signal_stack_kept():
        assert ctypes.CDLL(None).sigaltstack(ctypes.byref(other), None) == 0
    after = signal_stack()
    assert after is not None
    assert (after.start, after.flags, after.size) == (before.start, before.flags, before.size)


@pytest.mark.process
@pytest.mark.model
def test_a_signal_is_handled_after_models_were_dropped() -> None:
    result = subprocess.run(
        [sys.executable, "-c", _SIGNALLED], capture_output=True, text=True, timeout=120
    )
    assert (result.returncode, result.stdout) == (0, "handled\n"), result.stderr
