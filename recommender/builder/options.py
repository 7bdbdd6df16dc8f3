"""Define the options of a build, once for the library and the command line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from recommender.settings import DEFAULTS, Settings

if TYPE_CHECKING:  # these import FAISS, which a command loads only if it builds
    from recommender.store.publish import Gate
    from recommender.store.snapshot import Snapshot

# Makes a gate from the live snapshot, or from None if there is none.
GateMaker = Callable[["Snapshot | None"], "Gate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOptions:
    """How a build reads, cuts and publishes.

    `settings` says how articles are read and cut and which search index is made; its source, index
    and model are ignored. `full` encodes everything again. `if_changed` reads no file if all have
    the names, sizes and times of the last build. `gate` makes, from the live snapshot, a gate that
    may refuse the new one (`evaluate/gate.py`); the new one is then kept but does not become live.
    `replace` lets a build remove all articles that are gone (`builder/sources.py`). `vectors` is a
    dump whose vectors are used for passages of the same text (`builder/vectors_file.py`).
    `processes` is how many processes read and cut a large archive, 0 for one a processor. `on` says
    where tasks are done whose results are kept, to read, cut and encode: `local` for processes of
    this machine, `ray://HOST:PORT` for a cluster (`builder/farm/workers.py`); if it is empty, this
    process encodes. It cannot be combined with `vectors`. `parts` is the address of storage that
    all machines reach, such as `s3://bucket/folder`, if they share no folder
    (`builder/farm/depot.py`).
    """

    settings: Settings = DEFAULTS
    full: bool = False
    if_changed: bool = False
    gate: GateMaker | None = None
    replace: bool = False
    vectors: str | Path | None = None
    processes: int = 0
    on: str = ""
    parts: str = ""


class BuildKeywords(TypedDict, total=False):
    """The options of `build` as keyword arguments."""

    settings: Settings
    full: bool
    if_changed: bool
    gate: GateMaker | None
    replace: bool
    vectors: str | Path | None
    processes: int
    on: str
    parts: str
