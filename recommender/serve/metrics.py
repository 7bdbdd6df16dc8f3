"""Count requests and measure their time, and print both in the format of Prometheus."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})


@dataclass(frozen=True, slots=True)
class Metric:
    """A named series of values, each with its labels."""

    name: str
    kind: str
    help: str
    values: Iterable[tuple[Mapping[str, str], float]]


class Requests:
    """Counts the requests of each route; used by one thread, that of the event loop."""

    def __init__(self) -> None:
        self._count: Counter[tuple[str, str]] = Counter()
        self._seconds: dict[str, float] = {}
        self._within: Counter[tuple[str, float]] = Counter()
        self._total: Counter[str] = Counter()

    def add(self, route: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        self._count[route, str(status)] += 1
        self._seconds[route] = self._seconds.get(route, 0.0) + seconds
        self._total[route] += 1
        for bound in BOUNDS:
            if seconds <= bound:
                self._within[route, bound] += 1

    def metrics(self) -> list[Metric]:
        """Return what was counted."""
        return [
            Metric(
                "recommender_requests_total",
                "counter",
                "Requests by route and status.",
                [({"route": r, "status": s}, n) for (r, s), n in sorted(self._count.items())],
            ),
            Metric(
                "recommender_request_seconds",
                "histogram",
                "Time from request to answer.",
                list(self._histogram()),
            ),
        ]

    def _histogram(self) -> Iterable[tuple[Mapping[str, str], float]]:
        for route, total in sorted(self._total.items()):
            for bound in BOUNDS:
                labels = {"": "_bucket", "route": route, "le": f"{bound:g}"}
                yield labels, self._within[route, bound]
            yield {"": "_bucket", "route": route, "le": "+Inf"}, total
            yield {"": "_sum", "route": route}, self._seconds[route]
            yield {"": "_count", "route": route}, total


def exposition(metrics: Iterable[Metric]) -> str:
    """Return metrics in the text format of Prometheus; the label "" is the end of the name."""
    lines = []
    for one in metrics:
        lines += [f"# HELP {one.name} {one.help}", f"# TYPE {one.name} {one.kind}"]
        for labels, value in one.values:
            shown = ",".join(f'{k}="{v.translate(_ESCAPES)}"' for k, v in labels.items() if k)
            name = one.name + labels.get("", "")
            lines.append(f"{name}{{{shown}}} {value!r}" if shown else f"{name} {value!r}")
    return "\n".join([*lines, ""])
