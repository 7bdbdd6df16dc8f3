"""Share what renderers of answers have in common: their JSON and their records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from recommender.answers.records import Shown

Answer = TypeVar("Answer", bound=Shown)


@dataclass(frozen=True, slots=True)
class OfAnswer(Generic[Answer]):
    """Hold the answer that a class renders as text and Markdown."""

    answer: Answer

    def json(self) -> dict[str, Any]:
        """Return the answer as one object of JSON."""
        return self.answer.to_dict()

    def rows(self) -> list[dict[str, Any]]:
        """Return the flat records of CSV and JSON Lines."""
        return self.answer.rows()
