"""Copy the parts of a build from a depot to this machine, and have damaged ones made again."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from recommender.builder.farm.depot import Depot, PartDamaged
from recommender.builder.farm.farm import Workers
from recommender.builder.farm.tasks import DAMAGED, Task

# A task is done again at most so often because its parts are damaged.
TRIES = 3
# Returns the names of those files of a result that are needed here.
Needed = Callable[[Any], Sequence[str]]


class Parts:
    """The files of the results of tasks, each a part in a depot; copies of some are in a folder."""

    def __init__(self, depot: Depot, folder: Path, workers: Workers) -> None:
        self.depot = depot
        self._folder = folder
        self._workers = workers
        # The part of each file, by its name; and the task that makes a part again.
        self._parts: dict[str, str] = {}
        self._makers: dict[str, Task] = {}
        self._here: set[str] = set()

    def put(self, path: Path) -> None:
        """Keep a file of this machine."""
        self._parts[path.name] = self.depot.put(path)

    def of(self, files: Iterable[Path]) -> dict[str, str]:
        """Return the part of each of some files, by its name."""
        return {path.name: self._parts[path.name] for path in files}

    def note_maker(self, name: str, task: Task) -> None:
        """Note that a task makes the part of a file again, if that is found to be damaged."""
        self._makers[self._parts[name]] = task

    def results(self, tasks: Iterable[Task], needed: Needed) -> Iterator[tuple[Task, Any]]:
        """Yield each task and its result, in order; its `needed` files are then here."""
        handed_out = deque[Task]()

        def noted() -> Iterator[Task]:
            for task in tasks:
                handed_out.append(task)
                yield task

        for found in self._workers.map(noted()):
            task = handed_out.popleft()
            yield task, self._settled(task, found, needed)

    def fetch(self, name: str) -> None:
        """Copy a file into the folder, unless it is there already."""
        if name in self._here:
            return
        try:
            self.depot.get(self._parts[name], self._folder / name)
        except PartDamaged as error:
            self._make_again(error)
            self.depot.get(self._parts[name], self._folder / name)
        self._here.add(name)

    @contextmanager
    def used(self, path: Path) -> Iterator[None]:
        """Delete the copy of a file at the end of the block."""
        yield
        path.unlink()
        self._here.discard(path.name)

    def _settled(self, task: Task, answer: Any, needed: Needed) -> Any:
        """Return the result of a task from a worker's answer.

        Raises `PartDamaged` for a part that only the next build makes again.
        """
        for _ in range(TRIES):
            if isinstance(answer, dict):
                part = answer[DAMAGED]
                said = f"{self.depot.said(part)} is damaged or missing; build again"
                self._make_again(PartDamaged(said, part))
            else:
                result, parts = answer
                self._parts |= parts
                try:
                    for name in needed(result):
                        self.fetch(name)
                except PartDamaged:  # the kept result of the task is incomplete
                    self.depot.forget(task)
                else:
                    return result
            [answer] = self._workers.map([task])
        raise PartDamaged(f"{self.depot.address}: parts are damaged again and again; build again")

    def _make_again(self, error: PartDamaged) -> None:
        """Do the task again that makes a damaged part; raise the error if there is none."""
        task = self._makers.get(error.part)
        if task is None:
            raise error
        self.depot.forget(task)
        [*_] = self._workers.map([task])
