"""Copies of a text are reported together, each compared with the earliest."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.archive import Archive
from support.stand_in import HashEncoder

from recommender import DuplicatesOptions, Filters
from recommender.errors import QueryError
from recommender.scoring.shingles import letters_of, runs_of, sample_of, shared_runs


def text(seed: int, count: int = 120) -> str:
    """Return words of chance letters, so that no two texts share any."""
    chance = random.Random(seed)
    return " ".join("".join(chance.choices("abcdefgh", k=6)) for _ in range(count))


ONE, TWO = text(1), text(2)
EDITED = ONE.replace(" ", "  ").upper()
LONGER = f"{ONE} {text(3, 12)}"
WHOLE = f"{ONE}\n\n{text(4, 300)}"


def report(tmp_path: Path, rows: list[dict[str, Any]], **keywords: Any) -> list[str]:
    archive = Archive(rows=rows, encoder=HashEncoder(max_tokens=10_000)).open_in(tmp_path)
    return [
        f"{group.first.article_id}: "
        + ", ".join(f"{one.article_id} {one.sameness}" for one in group.others)
        for group in archive.duplicates(**keywords).groups
    ]


ROWS: list[dict[str, Any]] = [
    {"id": "late", "text": ONE, "date": "2022-12-28"},
    {"id": "first", "text": ONE, "date": "2022-12-01"},
    {"id": "undated", "text": EDITED},
    {"id": "longer", "text": LONGER, "date": "2022-12-03"},
    {"id": "whole", "text": WHOLE, "date": "2022-12-04", "language": "nl"},
    {"id": "other", "text": TWO, "date": "2022-12-05"},
    {"id": "brief", "text": "Corrected."},
    {"id": "brief too", "text": "Corrected."},
]


def test_the_earliest_article_is_compared_with_all_that_repeat_it(tmp_path: Path) -> None:
    assert report(tmp_path, ROWS) == [
        "first: late copy, undated copy, longer near copy, whole part"
    ]


def test_options_say_what_counts(tmp_path: Path) -> None:
    assert report(tmp_path, ROWS, parts=False) == [
        "first: late copy, undated copy, longer near copy"
    ]
    assert report(tmp_path, ROWS, share=1, parts=False) == ["first: late copy, undated copy"]
    dutch = Filters(languages="nl")
    assert report(tmp_path, ROWS, filters=dutch) == []
    since = Filters(since="2022-12-02", until="2022-12-28")
    assert report(tmp_path, ROWS, filters=since) == ["longer: late near copy, whole part"]


def test_copies_of_a_near_copy_are_reported_too(tmp_path: Path) -> None:
    rows = [
        {"id": "a", "text": ONE, "date": "2022"},
        {"id": "b", "text": LONGER, "date": "2023"},
        {"id": "c", "text": LONGER, "date": "2024"},
    ]
    assert report(tmp_path, rows) == ["a: b near copy, c near copy"]


def test_a_chain_of_texts_is_no_group_of_all(tmp_path: Path) -> None:
    parts = [text(seed, 60) for seed in range(10, 20)]
    rows = [
        {"id": f"{at}", "text": " ".join(parts[at : at + 4]), "date": f"202{at}"} for at in range(6)
    ]
    # Each shares three quarters with the next one and half with the one after that.
    assert report(tmp_path, rows) == ["4: 5 near copy", "2: 3 near copy", "0: 1 near copy"]


def test_a_form_of_which_there_are_very_many_stays_within_bounds(tmp_path: Path) -> None:
    rows = [{"id": f"{at:03}", "text": f"{ONE} {text(100 + at, 8)}"} for at in range(150)]
    archive = Archive(rows=rows, encoder=HashEncoder(max_tokens=10_000)).open_in(tmp_path)
    groups = archive.duplicates().groups
    assert sum(1 + len(one.others) for one in groups) == 150
    assert all(one.sameness == "near copy" for group in groups for one in group.others)


def test_what_each_holds_of_the_other_is_a_share_of_its_text(tmp_path: Path) -> None:
    archive = Archive(rows=ROWS, encoder=HashEncoder(max_tokens=10_000)).open_in(tmp_path)
    [group] = archive.duplicates().groups
    whole = group.others[-1]
    assert whole.article_id == "whole"
    assert whole.share_of_first > 0.95
    assert whole.shared < 0.5


@pytest.mark.parametrize("wrong", [{"k": 0}, {"share": 0.1}, {"share": 1.1}, {"share": np.nan}])
def test_values_out_of_bounds_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(QueryError):
        DuplicatesOptions(**wrong)


def test_an_archive_without_copies_has_none(tmp_path: Path) -> None:
    rows = [{"id": str(seed), "text": text(seed)} for seed in range(5)]
    archive = Archive(rows=rows, encoder=HashEncoder(max_tokens=10_000)).open_in(tmp_path)
    answer = archive.duplicates()
    assert (answer.total, answer.groups, answer.rows()) == (0, (), [])
    short = Archive(rows=ROWS[-2:], encoder=HashEncoder(max_tokens=10_000))
    assert short.open_in(tmp_path / "short").duplicates().total == 0


def test_only_letters_and_digits_count() -> None:
    assert letters_of("The  Dike—holds,\nÉ 1_2!") == "thedikeholdse12"
    assert shared_runs(runs_of("x" * 40), runs_of("")) == (0, 0)
    assert shared_runs(runs_of("洪水と川"), runs_of("洪水と川")) == (1, 1)
    assert len(runs_of("short")) == 1


def test_samples_of_texts_that_share_much_share_as_much() -> None:
    one, other = text(7, 2_000), text(8, 500)
    runs, more = runs_of(letters_of(one)), runs_of(letters_of(f"{one} {other}"))
    share = len(np.intersect1d(sample_of(runs), sample_of(more))) / len(sample_of(more))
    assert share > 0.6


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Yangın, İzmir'de sabah saatlerinde çıktı.", "YANGIN, İZMİR'DE SABAH SAATLERİNDE ÇIKTI."),
        ("L'élève a été blessé près du château.", "L'ELEVE A ETE BLESSE PRES DU CHATEAU."),
        ("Στην Αθήνα κάηκε ένα εργοστάσιο.", "ΣΤΗΝ ΑΘΗΝΑ ΚΑΗΚΕ ΕΝΑ ΕΡΓΟΣΤΑΣΙΟ."),
        ("احترق مصنع في الدار البيضاء.", "اِحتَرَقَ مَصنَع في الدّار البَيضاء."),
        ("台风登陆福建,学校停课。", "颱風登陸福建,學校停課。"),
    ],
)
def test_a_text_is_the_same_in_capitals_or_another_spelling(text: str, written: str) -> None:
    assert letters_of(text) == letters_of(written)
