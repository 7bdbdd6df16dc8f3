"""Hold the arguments of one build: sources, folder, encoder, options."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from recommender.articles.sources import Source
from recommender.builder.farm.farm import FOLDER, Farm
from recommender.builder.farm.helpers import Helpers
from recommender.builder.farm.made_encoder import encoder_facts
from recommender.builder.farm.shared import SharedFarm
from recommender.builder.farm.workers import workers_on
from recommender.builder.given import LazyEncoder
from recommender.builder.options import BuildOptions
from recommender.passages.cutter import PassageMaker
from recommender.system import processes
from recommender.types import OnProgress

# More would wait for the process that reads and writes.
MOST_PROCESSES = 8
# So many tasks are done here first, which takes less than starting a process.
HERE_FIRST = 2


@dataclass
class Job:
    """One build: its arguments, and the objects that it works with."""

    sources: Sequence[Source]
    into: Path
    options: BuildOptions
    lazy: LazyEncoder
    cutter: PassageMaker
    report: OnProgress
    started: float = field(default_factory=time.monotonic)

    @contextmanager
    def farm(self, building: Path) -> Iterator[Farm]:
        """Yield the farm that reads and cuts, and also encodes unless this process does."""
        settings, on = self.options.settings, self.options.on
        if not on:
            with helpers_for(self.options, self.lazy) as helpers:
                yield Farm(building / FOLDER, helpers)
            return
        facts = encoder_facts(self.lazy.model, self.lazy.own, self.lazy.fingerprint)
        with workers_on(on, settings, self.options.processes) as workers:
            yield SharedFarm(self.into, workers, settings, facts, self.options.parts)


def helpers_for(options: BuildOptions, lazy: LazyEncoder) -> AbstractContextManager[Helpers]:
    """Return the processes that cut; they are started when they are needed."""
    count = options.processes or min(processes.processor_count(), MOST_PROCESSES)
    return closing(Helpers(options.settings, lazy, count, HERE_FIRST))
