"""The detector of languages on mapped arrays is the one that `py3langid` unpacks."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from py3langid.langid import MODEL_DIR, MODEL_FILE, LanguageIdentifier

from recommender.text.identifier import Detector, open_identifier

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


def samples() -> list[bytes]:
    """Return texts, mixtures of them, texts that are cut within a letter, and bytes of no text."""
    chance = random.Random(7)
    whole = [text.encode() for text in TEXTS]
    mixed = [" ".join(chance.sample(TEXTS, 4)).encode()[: chance.randrange(300)] for _ in range(40)]
    noise = [chance.randbytes(chance.randrange(40)) for _ in range(40)]
    return [*whole, *mixed, *noise, b"", TEXTS[1].upper().encode(), 20 * whole[2]]


def ranks(detector: Detector | LanguageIdentifier) -> Sequence[object]:
    return [detector.rank(sample) for sample in samples()]


def test_the_mapped_detector_ranks_as_the_unpacked_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unpacked: LanguageIdentifier
) -> None:
    monkeypatch.setenv("RECOMMENDER_CACHE", str(tmp_path))
    for _ in ("made", "mapped again"):
        assert ranks(open_identifier()) == ranks(unpacked)
    [folder] = tmp_path.iterdir()
    with (folder / "first.npy").open("r+b") as stream:
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


def test_the_languages_of_samples_are_those_of_the_unpacked_detector(
    unpacked: LanguageIdentifier,
) -> None:
    detector = open_identifier()
    for sample in samples():
        assert detector.classify(sample) == unpacked.classify(sample)


def test_samples_that_are_detected_together_get_the_chances_of_single_ones() -> None:
    detector = open_identifier()
    together = detector.chances(samples())
    single = [detector.chances([sample])[0] for sample in samples()]
    assert [one.tolist() for one in together] == [one.tolist() for one in single]
