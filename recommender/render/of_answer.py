"""Share what renderers of answers have in common: their JSON and their records."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from msgspec import Struct

from recommender.answers.records import Shown

Answer = TypeVar("Answer", bound=Shown)


class OfAnswer(Struct, Generic[Answer], frozen=True):
    """Hold the answer that a class renders as text and Markdown."""

    answer: Answer

    def json(self) -> dict[str, Any]:
        """Return the answer as one object of JSON."""
        return self.answer.to_dict()

    def rows(self) -> list[dict[str, Any]]:
        """Return the flat records of CSV and JSON Lines."""
        return self.answer.rows()
