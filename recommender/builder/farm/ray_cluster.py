"""Let a cluster of Ray (https://docs.ray.io), whose machines share a folder, do tasks.

Ray does a task again whose worker or machine is lost. Every task gives the same result again.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from functools import lru_cache
from importlib import import_module
from typing import Any

from recommender.articles.found_json import to_json
from recommender.builder.farm.keep import folder_of
from recommender.builder.farm.tasks import NoCounter, Task, Workbench
from recommender.errors import ProcessLost, RecommenderError, SettingsError, StorageError
from recommender.safe_open import is_folder
from recommender.settings import Settings

AUTO = "ray://auto"
# So many tasks are handed out for each processor of the cluster.
WAITING = 2
# Ray does a task again at most so often if its worker or machine was lost.
TRIES = 5


class RayWorkers:
    """The processors of a cluster, each of which does one task at a time.

    `ray://auto` is the cluster of this machine, `ray://HOST:PORT` one whose client port is named.
    """

    def __init__(self, address: str, settings: Settings) -> None:
        self._ray = ray = _ray()
        self._settings = to_json(asdict(settings)).decode()
        self._is_ours = not ray.is_initialized()  # a program may have joined the cluster itself
        if self._is_ours:
            place = "auto" if address == AUTO else address
            try:
                ray.init(address=place, log_to_driver=False, logging_level="WARNING")
            except (ConnectionError, RuntimeError, ValueError) as error:
                why = f"{address}: no cluster of Ray answers there: {error}"
                raise SettingsError(why) from error
        self._do = ray.remote(num_cpus=1, max_retries=TRIES)(_do)

    def map(self, tasks: Iterable[Task]) -> Iterator[Any]:
        """Yield the result of each task, in order; few are taken from `tasks` ahead of that.

        Raises `ProcessLost` if the machines that do a task are lost each time.
        """
        waiting: deque[Any] = deque()
        most = WAITING * max(1, int(self._ray.cluster_resources().get("CPU", 1)))
        for task in tasks:
            waiting.append(self._do.remote(self._settings, to_json(task).decode()))
            if len(waiting) > most:
                yield self._result(waiting.popleft())
        while waiting:
            yield self._result(waiting.popleft())

    def close(self) -> None:
        """Leave the cluster; tasks that nobody waits for end."""
        if self._is_ours:
            self._ray.shutdown()

    def _result(self, waiting: Any) -> Any:
        try:
            return self._ray.get(waiting)
        except self._ray.exceptions.RayTaskError as error:
            cause = error.cause
            if isinstance(cause, (RecommenderError, OSError)):
                raise cause from error
            raise RecommenderError(
                f"a task failed on a machine of the cluster: {_said(cause or error)}; "
                "see that all machines have the same release and the same packages"
            ) from error
        except self._ray.exceptions.RayError as error:
            raise ProcessLost(
                f"the cluster lost a task {TRIES + 1} times: {error}; what is done is kept: "
                "build again"
            ) from error


def _said(error: BaseException) -> str:
    """Return the kind of an error and the last line of its message, which may hold a traceback."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[-1].strip():.300}" if lines else type(error).__name__


def _do(settings: str, task: str) -> Any:
    """Do a task in a process of the cluster."""
    found = json.loads(task)
    folder = folder_of(found)
    if "depot" not in found and not is_folder(folder):
        raise StorageError(
            f"{folder}: is not there on a machine of the cluster; put the index into a folder "
            "that all of them share, or name storage that all of them reach with --parts"
        )
    return _bench(settings).do(found)


@lru_cache(maxsize=1)
def _bench(settings: str) -> Workbench:
    return Workbench(Settings(**json.loads(settings)), NoCounter())


def _ray() -> Any:
    try:
        return import_module("ray")
    except ImportError as error:
        raise SettingsError(
            "--on ray:// needs Ray; run: pip install 'recommender[ray]', on each machine"
        ) from error
