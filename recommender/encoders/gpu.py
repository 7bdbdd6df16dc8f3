"""Say whether there is a GPU that torch can use, without importing torch where there is none."""

from __future__ import annotations

import sys
from pathlib import Path

_DEVICES = ("/dev/nvidiactl", "/dev/kfd", "/dev/dxg")  # Nvidia, AMD, either under WSL


def has_gpu() -> bool:
    """Say whether torch can compute on a GPU of this machine."""
    if sys.platform == "linux" and not any(Path(device).exists() for device in _DEVICES):
        return False
    import torch

    return torch.cuda.is_available() or torch.backends.mps.is_available()
