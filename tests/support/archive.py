"""Archives for tests: articles given as rows, built with an encoder that stands in for a model."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.stand_in import HashEncoder, WordEncoder

from recommender import Recommender, build
from recommender.settings import DEFAULTS, Settings


@dataclass(frozen=True, kw_only=True)
class Archive:
    """What an index is built of. A row without a language is English."""

    rows: Sequence[Mapping[str, Any]]
    encoder: WordEncoder | HashEncoder
    settings: Settings = DEFAULTS
    editorial: str = ""

    def open_in(self, folder: Path) -> Recommender:
        """Build the index in `folder/vectors`, or build it again, and open it."""
        folder.mkdir(exist_ok=True)
        path = folder / "rows.jsonl"
        lines = [json.dumps({"language": "en", **row}) for row in self.rows]
        path.write_text("\n".join(lines), encoding="utf-8")
        build(path, into=folder / "vectors", model=self.encoder, settings=self.settings)
        if self.editorial:
            (folder / "vectors" / "editorial.txt").write_text(self.editorial, encoding="utf-8")
        return Recommender.open(folder / "vectors", encoder=self.encoder)


def rows_of(texts: Mapping[str, str]) -> list[dict[str, str]]:
    """Return rows of texts by id."""
    return [{"id": id, "text": text} for id, text in texts.items()]
