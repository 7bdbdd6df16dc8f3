"""Find the articles of a segment that hold a value of a field, without reading them each time."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from recommender.arrays import Mask, Positions
from recommender.store.field_keys import field_key, field_keys
from recommender.types import Article

# The values of so many fields are kept, each in 12 bytes.
MOST_FIELDS = 8


class _Values(NamedTuple):
    """The values of one field: their hashes in order, and the article of each."""

    hashes: npt.NDArray[np.int64]
    positions: npt.NDArray[np.uint32]

    @classmethod
    def of(cls, keys: Iterable[set[str]]) -> _Values:
        """Take the keys of the values of each article."""
        hashes, positions = array("q"), array("I")
        for position, own in enumerate(keys):
            hashes.extend(map(hash, own))
            positions.extend([position] * len(own))
        found = np.array(hashes, dtype=np.int64)
        order = found.argsort(kind="stable")
        return cls(found[order], np.array(positions, dtype=np.uint32)[order])

    def holding(self, key: str) -> Positions:
        """Return the articles with a value of this key."""
        number = np.int64(hash(key))
        first, end = (self.hashes.searchsorted(number, side) for side in ("left", "right"))
        return self.positions[first:end].astype(np.int64)


class FieldValues:
    """Tells which articles of a segment hold a value of a field; safe to share by threads.

    Records are read of the articles that are asked about. Once that were as many as the segment
    has, the field is read of all articles, and its values are kept.
    """

    def __init__(self, article: Callable[[int], Article], count: int) -> None:
        """Take what reads an article by its position, and how many there are."""
        self._article = article
        self._count = count
        self._lock = Lock()
        self._kept: dict[str, _Values] = {}
        self._read: dict[str, int] = {}

    def keep_holding(self, flags: Mask, name: str, value: str) -> None:
        """Clear the flags of the articles whose field of that name has other values."""
        key = field_key(value)
        if (values := self._values(name, int(np.count_nonzero(flags)))) is not None:
            holding = np.zeros(len(flags), np.bool_)
            holding[values.holding(key)] = True
            flags &= holding
            return
        for position in np.flatnonzero(flags).tolist():
            flags[position] = key in self._keys(name, position)

    def _values(self, name: str, asked: int) -> _Values | None:
        """Return the values of a field, None as long as it is cheaper to read what is asked for."""
        if (found := self._kept.get(name)) is not None:
            return found
        with self._lock:
            if name in self._kept:  # another thread has read them meanwhile
                return self._kept[name]
            read = self._read.get(name, 0) + asked
            if read < self._count:
                _put(self._read, name, read)
                return None
            found = _Values.of(self._keys(name, position) for position in range(self._count))
            _put(self._kept, name, found)
        return found

    def _keys(self, name: str, position: int) -> set[str]:
        record = self._article(position).record()
        known: Mapping[str, Any] = {**record["metadata"], **record}
        return field_keys(name, known.get(name))


def _put(kept: dict[str, Any], name: str, value: Any) -> None:
    """Keep something by the name of a field; what was kept first is dropped for it."""
    kept[name] = value
    if len(kept) > MOST_FIELDS:
        del kept[next(iter(kept))]
