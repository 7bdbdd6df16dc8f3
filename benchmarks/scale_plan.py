"""Plan an archive past one machine and play its load: python -m benchmarks.scale_plan PASSAGES.

First comes arithmetic: bytes and hours, each from a figure that was measured on one machine. Then a
simulation: shards are placed on machines, questions arrive at random, each asks one replica of each
shard, and one machine fails. Nothing is measured here, and the same arguments give the same output.
"""

from __future__ import annotations

import argparse
import heapq
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

DIM = 384
# Measured with 448,052 passages (benchmarks/README.md, rebuilds and corpus) and 10 million (scale).
PASSAGES_OF_AN_ARTICLE = 448_052 / 45_936
CUTTING_SECONDS = 256 / 448_052
DISTINCT_SHARE = 362_894 / 448_052
TEXTS_A_CORE_SECOND = 211 / 2
DISK_BYTES = 17_666e6 / 10_000_440
# The memory of a vector in an index of one byte a number, with a graph of so many links a node.
LINKS = 16
# What Milvus keeps of a passage as `recommender publish` loads it: its vector in float32, and texts
# (base64 needs 4 bytes for 3): the encoder's vector in float16, the record (73 bytes), postings
# (530 bytes), a share of its article (mean and line: 2,300 bytes); six numbers and an index.
LOADED_BYTES = 4 * DIM + 4 / 3 * (2 * DIM + 73 + 530 + 2_300 / PASSAGES_OF_AN_ARTICLE) + 64
# What a machine keeps for the system, the engine and what it caches.
SPARE_SHARE = 0.3
# A search of ten million vectors in memory took 5.6 ms; a graph takes longer by their logarithm.
SEARCH_MILLISECONDS, SEARCHED = 5.6, 10_000_440
FAILED_UNNOTICED_SECONDS = 6.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a person plans with: machines, and what one of them costs an hour (`price`).

    `rate` is the questions a second, `seconds` how long they are played, `deadline` after how many
    seconds another replica is asked.
    """

    passages: int
    replicas: int = 2
    gigabytes: int = 64
    cores: int = 16
    machines: int = 0
    price: float = 1.0
    rate: float = 50.0
    seconds: float = 60.0
    deadline: float = 0.25

    @property
    def vector_bytes(self) -> float:
        """The memory of all vectors and their graph, once."""
        return float(self.passages) * (DIM + 8 * LINKS + 4)

    @property
    def loaded_bytes(self) -> float:
        """The memory of a version as it is published to Milvus, once."""
        return self.passages * (LOADED_BYTES + 8 * LINKS + 4)

    @property
    def machine_count(self) -> int:
        """The machines that answer: those asked for, or as many as the memory needs."""
        return self.machines or self.machines_for(self.vector_bytes)

    def machines_for(self, size: float) -> int:
        """Return how many machines hold so many bytes in each replica."""
        usable = self.gigabytes * 1e9 * (1 - SPARE_SHARE)
        return max(math.ceil(self.replicas * size / usable), self.replicas)

    @property
    def shard_seconds(self) -> float:
        """The time of one search in one shard."""
        rows = max(self.passages / self.machine_count, 2)
        return SEARCH_MILLISECONDS / 1e3 * math.log(rows) / math.log(SEARCHED)


def facts(plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield what the archive takes, each with its arithmetic."""
    gigabytes = plan.vector_bytes / 1e9
    usable = plan.machine_count * plan.gigabytes
    cutting = plan.passages * CUTTING_SECONDS / 3600
    encoding = plan.passages * DISTINCT_SHARE / TEXTS_A_CORE_SECOND / 3600
    cores = plan.machine_count * plan.cores
    hours = (cutting + encoding) / cores
    yield "articles", f"{plan.passages / PASSAGES_OF_AN_ARTICLE:,.0f}"
    yield "disk of the segments", f"{plan.passages * DISK_BYTES / 1e9:,.0f} GB"
    yield "memory of vectors and graph", f"{gigabytes:,.0f} GB, {plan.replicas} times"
    yield "machines that answer", f"{plan.machine_count} of {plan.gigabytes} GB"
    share = plan.replicas * gigabytes / usable
    yield "memory that vectors fill", f"{share:.0%}; more than {1 - SPARE_SHARE:.0%} is too much"
    loaded = plan.machines_for(plan.loaded_bytes)
    yield (
        "memory as published to Milvus",
        f"{plan.loaded_bytes / 1e9:,.0f} GB, {plan.replicas} times",
    )
    yield "machines for that", f"{loaded} of {plan.gigabytes} GB"
    yield "cutting", f"{cutting:,.0f} core hours"
    yield "encoding", f"{encoding:,.0f} core hours"
    yield "first build", f"{hours:,.1f} hours on {cores:,} cores"
    yield "cost of the first build", f"{hours * plan.machine_count * plan.price:,.0f}"
    yield "cost of a month", f"{730 * plan.machine_count * plan.price:,.0f}"


def placed(plan: Plan) -> list[list[int]]:
    """Return the machines of each shard: a shard a machine, its replicas on those after it."""
    count = plan.machine_count
    replicas = min(plan.replicas, count)
    return [[(shard + step) % count for step in range(replicas)] for shard in range(count)]


@dataclass
class Played:
    """What came of a simulation: the milliseconds of the answers, and the machines' busy seconds.

    `failed` counts the answers that lacked a shard.
    """

    milliseconds: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)
    failed: int = 0

    def at(self, share: float) -> float:
        """Return the time within which this share of the answers came."""
        ordered = sorted(self.milliseconds)
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


@dataclass
class Machines:
    """The machines of a plan: when each of their cores is free. The first fails at half time."""

    plan: Plan
    rng: random.Random
    played: Played

    def __post_init__(self) -> None:
        self._free = [[0.0] * self.plan.cores for _ in range(self.plan.machine_count)]
        self._fails = self.plan.seconds / 2

    def answered(self, replicas: Sequence[int], now: float) -> float | None:
        """Return when a shard has answered, None if none of its replicas does.

        The replica that is free first is asked. If it has failed and nobody knows yet, the next one
        is asked after the deadline.
        """
        is_known = now >= self._fails + FAILED_UNNOTICED_SECONDS
        there = [one for one in replicas if one or not is_known]
        for asked in sorted(
            there, key=lambda one: (max(self._free[one][0], now), self.rng.random())
        ):
            if asked == 0 and now >= self._fails:
                now += self.plan.deadline
                continue
            took = self.plan.shard_seconds * self.rng.lognormvariate(0, 0.4)
            end = max(heapq.heappop(self._free[asked]), now) + took
            heapq.heappush(self._free[asked], end)
            self.played.busy[asked] += took
            return end
        return None


def play(plan: Plan, seed: int = 1) -> Played:
    """Play a load: each question asks one replica of each shard, and is answered by the last."""
    played = Played(busy=[0.0] * plan.machine_count)
    machines = Machines(plan, random.Random(seed), played)
    now = 0.0
    while (now := now + machines.rng.expovariate(plan.rate)) < plan.seconds:
        ends = [machines.answered(replicas, now) for replicas in placed(plan)]
        there = [end for end in ends if end is not None]
        played.failed += len(there) < len(ends)
        played.milliseconds.append(1e3 * (max(there, default=now) - now))
    return played


def report(plan: Plan) -> str:
    """Return the plan and what came of playing it, as text."""
    played = play(plan)
    busiest = max(played.busy) / (plan.seconds * plan.cores)
    lines = [*facts(plan)]
    lines += [
        ("shards", f"{plan.machine_count}, each on {plan.replicas} machines"),
        ("questions a second", f"{plan.rate:g}, one machine lost at {plan.seconds / 2:g} s"),
        ("answers within", f"{played.at(0.5):.1f} ms half, {played.at(0.99):.1f} ms 99 of 100"),
        ("answers without a shard", f"{played.failed} of {len(played.milliseconds):,}"),
        ("busiest machine", f"{busiest:.0%} of its cores"),
    ]
    width = max(len(name) for name, _ in lines)
    return "\n".join(f"{name:{width}}  {value}" for name, value in lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the arguments and print the plan."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("passages", type=lambda text: int(float(text)))
    for name, kind in (("replicas", int), ("gigabytes", int), ("cores", int), ("machines", int)):
        parser.add_argument(f"--{name}", type=kind, default=getattr(Plan(passages=1), name))
    for name in ("price", "rate", "seconds", "deadline"):
        parser.add_argument(f"--{name}", type=float, default=getattr(Plan(passages=1), name))
    print(report(Plan(**vars(parser.parse_args(arguments)))))


if __name__ == "__main__":
    main()
