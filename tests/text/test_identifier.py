"""The detector of languages on mapped arrays is the one that `py3langid` unpacks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from py3langid.langid import MODEL_DIR, MODEL_FILE, LanguageIdentifier

from recommender.text.identifier import open_identifier

if TYPE_CHECKING:
    from collections.abc import Sequence

TEXTS = (
    "De brug bij Nijmegen blijft dicht tot maandag, zegt de provincie.",
    "The bridge stays closed until Monday because of repairs.",
    "Мост будет закрыт до понедельника из-за ремонта.",
    "この橋は月曜日まで閉鎖されます。",
    "!?",
)


@pytest.fixture(scope="module")
def unpacked() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_DIR / MODEL_FILE, norm_probs=True)


def ranks(detector: LanguageIdentifier) -> Sequence[object]:
    return [detector.rank(text.encode()) for text in TEXTS]


def test_the_mapped_detector_ranks_as_the_unpacked_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unpacked: LanguageIdentifier
) -> None:
    monkeypatch.setenv("RECOMMENDER_CACHE", str(tmp_path))
    for _ in ("made", "mapped again"):
        assert ranks(open_identifier()) == ranks(unpacked)
    [folder] = tmp_path.iterdir()
    with (folder / "tk_row.npy").open("r+b") as stream:
        stream.truncate(100)
    assert ranks(open_identifier()) == ranks(unpacked)  # made again


def test_without_a_cache_that_can_be_written_languages_are_detected_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unpacked: LanguageIdentifier
) -> None:
    place = tmp_path / "file"
    place.write_text("no folder")
    monkeypatch.setenv("RECOMMENDER_CACHE", str(place))
    assert ranks(open_identifier()) == ranks(unpacked)
    assert place.read_text() == "no folder"
