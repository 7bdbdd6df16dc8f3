"""Cache the answers of an engine, since a version never changes; drop the least recently used."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Cache(Generic[Key, Value]):
    """Values by their keys, up to a total size; safe to share between threads."""

    def __init__(self, most: int, size: Callable[[Value], int] = lambda _: 1) -> None:
        """Keep values whose sizes are `most` together."""
        self._most = most
        self._size = size
        self._values: OrderedDict[Key, Value] = OrderedDict()
        self._held = 0
        self._lock = Lock()

    def known(self, keys: Iterable[Key]) -> dict[Key, Value]:
        """Return the values of the keys that are known."""
        with self._lock:
            found = {key: self._values[key] for key in keys if key in self._values}
            for key in found:
                self._values.move_to_end(key)
            return found

    def add(self, values: Mapping[Key, Value]) -> None:
        """Keep values; the oldest are dropped if there are too many."""
        with self._lock:
            for key, value in values.items():
                old = self._values.pop(key, None)
                self._held += self._size(value) - (0 if old is None else self._size(old))
                self._values[key] = value
            while self._held > self._most and len(self._values) > 1:
                _, oldest = self._values.popitem(last=False)
                self._held -= self._size(oldest)
