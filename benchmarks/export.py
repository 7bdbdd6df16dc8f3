"""Measure an export of a whole index: python -m benchmarks.export INDEX.

There are three exports: one to its end, the same once more, and one to another folder. The third
is killed when half of the articles are done, and then finished. Both folders must be equal in the
end. Each export is a command in a process of its own. The folders are deleted at the end, and the
index is only read; name one that this version has built. Results go to
benchmarks/results/export.json and to benchmarks/README.md.
"""

from __future__ import annotations

import filecmp
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.circumstances import RESULTS, circumstances, store
from benchmarks.table import fill_page
from recommender.export.folder import EXPORT_MANIFEST, PROGRESS, STATE

ROOT = Path(__file__).parent.parent
RESULTS_FILE = RESULTS / "export.json"
POLL_SECONDS = 0.5


def start(index: str, folder: Path) -> subprocess.Popen[bytes]:
    """Start an export in a process; its report comes on standard output."""
    return subprocess.Popen(
        [sys.executable, "-m", "recommender", "export", folder, "-i", index, "--format", "json"],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def export(index: str, folder: Path) -> dict[str, Any]:
    """Export, and return the counts of articles, the seconds and the megabytes."""
    started = time.perf_counter()
    process = start(index, folder)
    assert process.stdout
    report = json.loads(process.stdout.read())
    _, status, used = os.wait4(process.pid, 0)  # includes the processes that it waited for
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    seconds = time.perf_counter() - started
    processor = used.ru_utime + used.ru_stime
    found = {name: report[name] for name in ("articles", "asked", "written", "removed")}
    return found | {
        "seconds": round(seconds, 1),
        "processor_seconds": round(processor, 1),
        "asked_per_second": round(report["asked"] / seconds, 1),
        "asked_per_processor_second": round(report["asked"] / processor, 1),
        "peak_megabytes_of_a_process": used.ru_maxrss // 1024,
    }


def export_killed(index: str, folder: Path, enough: int) -> int:
    """Kill an export once `enough` articles are done; return the number that were done."""
    process = start(index, folder)
    while _done(folder) < enough:
        time.sleep(POLL_SECONDS)
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.communicate()  # returns when the processes that it started have ended too
    return _done(folder)


def _done(folder: Path) -> int:
    try:
        return (folder / STATE / PROGRESS).read_bytes().count(b'"digests"')
    except FileNotFoundError:
        return 0


def files_of(folder: Path) -> list[str]:
    """Return the paths of all files below a folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path.relative_to(folder).as_posix() for path in files)


def main(index: str) -> None:
    """Run the three exports, store the figures and fill the page."""
    with tempfile.TemporaryDirectory() as scratch:
        whole, broken = Path(scratch, "whole"), Path(scratch, "broken")
        result = circumstances() | {"first": export(index, whole)}
        print(result["first"], flush=True)
        result["second"] = export(index, whole)
        done = export_killed(index, broken, result["first"]["articles"] // 2)
        result["killed"] = {"done": done, "went_on": export(index, broken)}
        files = files_of(whole)
        assert f"{STATE}/{EXPORT_MANIFEST}" in files
        _, differ, missing = filecmp.cmpfiles(whole, broken, files, shallow=False)
        result["killed"]["same_files"] = not (differ or missing) and files == files_of(broken)
        result["files"] = len(files)
        result["megabytes"] = sum((whole / file).stat().st_size for file in files) // 1_000_000
    store(RESULTS_FILE, result)
    fill_page()


if __name__ == "__main__":
    main(sys.argv[1])
