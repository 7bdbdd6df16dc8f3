"""Tells it as damage where a record of an index leads out of it.

Large files are not read at opening, so that a damaged record is found when it is followed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from recommender.errors import IndexDamaged
from recommender.snapshot import Snapshot

Self = TypeVar("Self", bound="Answering")
Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")


class Answering(Protocol):
    """What answers from a snapshot."""

    snapshot: Snapshot


def told_as_damage(
    method: Callable[Concatenate[Self, Asked], Answer],
) -> Callable[Concatenate[Self, Asked], Answer]:
    """Return a method that raises `IndexDamaged` where a record leads nowhere."""

    @wraps(method)
    def asked(self: Self, /, *arguments: Asked.args, **options: Asked.kwargs) -> Answer:
        try:
            return method(self, *arguments, **options)
        except IndexError as error:
            place = self.snapshot.folder
            advice = f"run: recommender verify --index {place}"
            raise IndexDamaged(f"{place}: a record leads out of its file; {advice}") from error

    return asked
