"""Find the workers that do the tasks of a build, by the name that a person gives them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from recommender.builder.farm.farm import Workers
from recommender.builder.farm.helpers import Helpers
from recommender.builder.farm.tasks import NoCounter
from recommender.errors import SettingsError
from recommender.settings import Settings
from recommender.system.processes import processor_count

LOCAL, RAY = "local", "ray://"


@contextmanager
def workers_on(on: str, settings: Settings, processes: int) -> Iterator[Workers]:
    """Yield the workers with a name: `local`, or `ray://` and the address of a cluster.

    Raises `SettingsError` for any other name.
    """
    if on == LOCAL:
        helpers = Helpers(settings, NoCounter(), processes or processor_count())
        with closing(helpers):
            yield helpers
    elif on.startswith(RAY):
        from recommender.builder.farm.ray_cluster import RayWorkers

        with closing(RayWorkers(on, settings)) as workers:
            yield workers
    else:
        raise SettingsError(
            f"on: {on!r}: write {LOCAL}, or the address of a cluster: {RAY}HOST:PORT"
        )
