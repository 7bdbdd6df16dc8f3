"""Let one publisher at a time change an archive in Milvus, which has no locks of its own.

The lock is a collection with a field that names its holder: a server makes only one collection of a
name, whoever asks. While the holder works, it gives signs of life: partitions with new names. If
none come, somebody else takes the lock over.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import count
from threading import Event, Thread
from time import monotonic
from typing import Any, NamedTuple, Protocol, TypeVar
from uuid import uuid4

from recommender.engines.address import Address
from recommender.errors import EngineAway, RecommenderError, SnapshotMissing, StorageError

Answer = TypeVar("Answer")

# Seconds between two signs of life, and seconds without one after which a holder counts as gone.
BEAT_SECONDS, GONE_SECONDS = 5.0, 30.0
# A lock that nobody holds is asked for so many times.
TRIES = 5
_HOLDER, _BEAT = "holder_", "beat_"


class Asking(Protocol):
    """What a lock needs of a connection (`milvus_link.Link`)."""

    address: Address
    pymilvus: Any

    def ask(self, ask: Callable[[Any, float], Answer]) -> Answer:
        """Return what a client answers within the seconds it is given."""

    def close(self) -> None:
        """Let the connection go."""


class _State(NamedTuple):
    """Who holds a lock, empty for nobody, and the signs of life that are there."""

    holder: str
    beats: frozenset[str]


class Lock:
    """The lock of one archive, held until `release`."""

    def __init__(self, link: Asking) -> None:
        """Take the lock; `link` is for this lock alone.

        Raises `StorageError` if somebody else holds it. Waits `GONE_SECONDS` before it takes the
        lock of somebody who gives no sign of life.
        """
        self._link = link
        self._name = f"recommender_{link.address.archive}_lock"
        self._grave = f"recommender_{link.address.archive}_gone_"
        self._own = f"{_HOLDER}{uuid4().hex}"
        self._is_over = Event()
        self._take()
        self._beating = Thread(target=self._beat_on, name=self._name, daemon=True)
        self._beating.start()

    def check(self) -> None:
        """Raise `StorageError` if somebody else has taken the lock."""
        if self._state().holder != self._own:
            raise StorageError(
                f"{self._link.address}: somebody else has begun to publish there, since this "
                "process gave no sign of life; publish again"
            )

    def release(self) -> None:
        """Release the lock. If the server is away, others take it after `GONE_SECONDS`."""
        self._is_over.set()
        self._beating.join()
        with suppress(RecommenderError):
            names = self._graves()
            if self._state().holder == self._own:
                names.append(self._name)
            for name in names:
                self._link.ask(partial(_drop, name))
        self._link.close()

    def _take(self) -> None:
        seen, since, left = None, monotonic(), TRIES
        while (state := self._claimed()).holder != self._own:
            if not state.holder:
                left -= 1
                if not left:
                    raise StorageError(f"{self._link.address}: the lock cannot be made there")
            elif seen is None:
                seen, since = state, monotonic()
            elif state != seen:
                raise StorageError(
                    f"{self._link.address}: somebody else publishes there now; try again later"
                )
            elif monotonic() - since > GONE_SECONDS:
                self._bury(state.holder)
                seen, since = None, monotonic()
                continue
            self._is_over.wait(BEAT_SECONDS / 5)

    def _claimed(self) -> _State:
        """Make the lock if it does not exist, and return its holder."""
        wrong = self._link.pymilvus.MilvusException
        types = self._link.pymilvus.DataType

        def claim(client: Any, seconds: float) -> None:
            schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
            schema.add_field(self._own, types.INT64, is_primary=True)
            schema.add_field("vector", types.FLOAT_VECTOR, dim=2)
            client.create_collection(self._name, schema=schema, timeout=seconds)

        def claimed(client: Any, seconds: float) -> None:
            with suppress(wrong):  # it exists; or another reason, which the next call reports
                claim(client, seconds)

        self._link.ask(claimed)
        state = self._state()
        if not state.holder:
            self._link.ask(claim)  # says why
        return state

    def _state(self) -> _State:
        def ask(client: Any, seconds: float) -> _State:
            found = client.describe_collection(self._name, timeout=seconds)
            holders = [one["name"] for one in found["fields"] if one["name"].startswith(_HOLDER)]
            names = client.list_partitions(self._name, timeout=seconds)
            beats = frozenset(one for one in names if one.startswith(_BEAT))
            return _State(holders[0] if holders else "", beats)

        try:
            return self._link.ask(ask)
        except SnapshotMissing:
            return _State("", frozenset())

    def _bury(self, holder: str) -> None:
        """Take the lock away from a holder that is gone; of several who try, one succeeds.

        A name is given only once. The second who would rename this holder's lock, and so might take
        that of the first, is refused.
        """
        grave = f"{self._grave}{holder.removeprefix(_HOLDER)}"
        with suppress(EngineAway, SnapshotMissing):
            self._link.ask(partial(_rename, self._name, grave))

    def _graves(self) -> list[str]:
        """Return the locks of holders that were gone, for which others have already waited."""
        every = self._link.ask(lambda client, seconds: client.list_collections(timeout=seconds))
        return [one for one in every if re.fullmatch(f"{self._grave}[0-9a-f]{{32}}", one)]

    def _beat_on(self) -> None:
        """Give signs of life until the lock is released, or lost."""
        for number in count():
            if self._is_over.wait(BEAT_SECONDS):
                return
            with suppress(RecommenderError):
                state = self._state()
                if state.holder != self._own:
                    return
                self._link.ask(partial(_replace_beats, self._name, f"{_BEAT}{number}", state.beats))


def _replace_beats(lock: str, new: str, old: frozenset[str], client: Any, seconds: float) -> None:
    client.create_partition(lock, new, timeout=seconds)
    for one in old:
        client.drop_partition(lock, one, timeout=seconds)


def _rename(old: str, new: str, client: Any, seconds: float) -> None:
    client.rename_collection(old, new, timeout=seconds)


def _drop(name: str, client: Any, seconds: float) -> None:
    client.drop_collection(name, timeout=seconds)
