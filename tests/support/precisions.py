"""Run the tests that depend on the model in each arithmetic that a processor may choose.

`python tests/support/precisions.py [NAME ...]` starts one pytest after the other, or those named:
float32, int8, bfloat16; AVX2, which holds the instruction set down and leaves the choice to the
product; noise, which is less exact than any of them (noise.py). What this machine cannot compute is
skipped with a line that says so. Each has a cache of its own below `build/precisions/`, so that
nothing is remembered from another. As many run at once as there are cores; each prints when it
ends.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
# Tests that start processes ask the same model again; `make test` has them.
MARKED = "model and not process"
CACHES = ROOT / "build" / "precisions"

WAYS: dict[str, dict[str, str]] = {
    "float32": {"RECOMMENDER_PRECISION": "float32"},
    "int8": {"RECOMMENDER_PRECISION": "int8"},
    "bfloat16": {"RECOMMENDER_PRECISION": "bfloat16"},
    "AVX2": {"RECOMMENDER_PRECISION": "auto", "ONEDNN_MAX_CPU_ISA": "AVX2"},
    "noise": {"RECOMMENDER_PRECISION": "float32", "TEST_NOISE": "1"},
}

_ARITHMETIC = "from recommender.encoders import load_encoder as load; print(load().arithmetic)"
_BFLOAT16 = "from recommender.encoders.openvino.runtime import supports_bfloat16 as s; print(s())"


def environment(name: str) -> dict[str, str]:
    """Return the environment of a way to compute, with a cache of its own."""
    from recommender.encoders.bundled.model import fast_model_folder
    from recommender.encoders.bundled.package import bundled_model_folder

    cache = CACHES / name
    cache.mkdir(parents=True, exist_ok=True)
    for folder in (fast_model_folder(), bundled_model_folder()):
        if not (link := cache / folder.name).exists():
            link.unlink(missing_ok=True)
            link.symlink_to(folder)
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", ""))))
    return {**os.environ, **WAYS[name], "RECOMMENDER_CACHE": str(cache), "PYTHONPATH": path}


def lacking(name: str, variables: Mapping[str, str]) -> str:
    """Return why this machine cannot compute in a way, empty if it can."""
    if name == "AVX2" and "avx2" not in _processor():
        return "the processor has no AVX2"
    if name == "bfloat16" and _printed(_BFLOAT16, variables) != "True":
        return "the processor does not multiply in bfloat16"
    arithmetic = _printed(_ARITHMETIC, variables)
    asked = variables["RECOMMENDER_PRECISION"].replace("auto", "")
    return (
        ""
        if arithmetic.startswith(f"openvino {asked}")
        else f"OpenVINO does not run it: {arithmetic}"
    )


def run(name: str, arguments: list[str]) -> int:
    """Run the tests in one way; return pytest's exit code, 0 if the machine lacks it."""
    variables = environment(name)
    if reason := lacking(name, variables):
        print(f"{name}: skipped, {reason}", flush=True)
        return 0
    started = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-m", MARKED, "-p", "no:cacheprovider", *arguments]
    if "TEST_NOISE" in variables:
        command += ["--ignore", "tests/encoders"]  # the noise is what these would find
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    outcome = "passed" if done.returncode == 0 else f"failed with {done.returncode}"
    print(f"{done.stdout}{name}: {outcome} after {time.monotonic() - started:.0f} s", flush=True)
    return done.returncode


def main(arguments: list[str]) -> int:
    names = [one for one in arguments if one in WAYS] or list(WAYS)
    rest = [one for one in arguments if one not in WAYS]
    print(f"running the tests marked `{MARKED}` in {', '.join(names)}", flush=True)
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        codes = [*pool.map(lambda name: run(name, rest), names)]
    return int(any(codes))  # a process that crashed has a code under 0


def _printed(code: str, variables: Mapping[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        encoding="utf-8",
        env=dict(variables),
        check=False,
    )
    return done.stdout.strip() or done.stderr.strip().rpartition("\n")[2]


def _processor() -> str:
    """Return what the system says of the processor, empty where it says nothing."""
    try:
        return Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
