"""Copy the inputs of a task to a machine that shares no folder with the process that builds."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from recommender.articles import substack
from recommender.builder.farm.depot import Depot
from recommender.builder.farm.shards import Listed, StampedFile, check_unchanged

# The place of a file, the part that holds it, and which bytes these are. For a folder that only has
# to exist, the part is empty.
Carried = tuple[str, str, int, int | None]
_SOURCE = "source"


def carried_files(depot: Depot, files: Sequence[Listed]) -> list[Carried]:
    """Put the files of a shard into a depot; return what `fetched` needs to find them.

    Raises `SourceError` for a file that changed meanwhile.
    """
    carried = list[Carried]()
    for file in files:
        if not isinstance(file, StampedFile) or not file.path.is_file():
            continue  # its reader reports the reason
        extent = file.extent
        start, end = (extent.start, extent.end) if extent else (0, None)
        place = os.path.abspath(file.path)
        carried.append((place, depot.put(file.path, start, end), start, end))
    tables, folders = _beside(files)
    carried += [(str(path), depot.put(path), 0, None) for path in tables]
    carried += [(str(path), "", 0, None) for path in folders]
    check_unchanged(files)
    return carried


def fetched(task: Mapping[str, Any], depot: Depot, folder: Path) -> dict[str, Any]:
    """Copy the inputs of a task into `folder`, and return the task as it is done there."""
    for name, part in task.get("needs", {}).items():
        depot.get(part, folder / Path(name).name)
    here = dict(task)
    for field in ("chunk", "piece", "left_out"):
        if field in task:
            here[field] = str(folder / Path(task[field]).name)
    if "files" in task:
        _fetch_files(task["carried"], depot, folder / _SOURCE)
        here |= {"folder": str(folder), "files": [*_moved(task["files"], folder / _SOURCE)]}
    return here


def _fetch_files(carried: Iterable[Sequence[Any]], depot: Depot, root: Path) -> None:
    for place, part, start, end in carried:
        path = _below(root, place)
        path.parent.mkdir(parents=True, exist_ok=True)
        if not part:
            path.mkdir(exist_ok=True)
            continue
        if end is None:
            depot.get(part, path)
            continue
        beside = root.with_name("lines")  # the name of the file itself may be as long as may be
        depot.get(part, beside)
        with beside.open("rb") as lines, path.open("r+b" if path.exists() else "wb") as stream:
            stream.seek(start)  # error messages name lines of the whole file
            shutil.copyfileobj(lines, stream)
        beside.unlink()


def _moved(files: Iterable[Sequence[Any]], root: Path) -> Iterable[list[Any]]:
    """Yield the files of a task at their new places, with their new times."""
    for file in files:
        kind, place, *rest = file
        if kind != "file":
            yield list(file)
            continue
        path = _below(root, place)
        state = path.stat() if path.exists() else None
        stamp = [state.st_size, state.st_mtime_ns] if state else [0, 0]
        yield [kind, str(path), *rest[:-1], stamp]


def _below(root: Path, place: str) -> Path:
    """Return the path of a file of another machine below a folder of this one."""
    parts = [part for part in Path(place).parts[1:] if part != ".."]
    return root.joinpath(*parts)


def _beside(files: Iterable[Listed]) -> tuple[list[Path], list[Path]]:
    """Return the tables and folders beside these files that their readers use (`substack.py`)."""
    paths = [Path(os.path.abspath(one.path)) for one in files if isinstance(one, StampedFile)]
    near = {path.parent.parent / substack.TABLE for path in paths}
    tables = [table for table in near if _is_for(table, paths) and table.is_file()]
    folders = {path.parent / substack.FOLDER for path in paths if path.name == substack.TABLE}
    return sorted(tables), sorted(folder for folder in folders if folder.is_dir())


def _is_for(table: Path, paths: Iterable[Path]) -> bool:
    return any(path.parent == table.parent / substack.FOLDER for path in paths)
