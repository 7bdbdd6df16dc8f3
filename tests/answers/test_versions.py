"""Versions of one text: copies in another dress, updates in one direction, notices of a form."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.archive import Archive
from support.stand_in import HashEncoder

from recommender import Recommender
from recommender.answers.article_vectors import StoredArticleVectors, pairs_of
from recommender.answers.relation import relation
from recommender.answers.versions import UPDATE_SHARED, is_copy, version
from recommender.scoring.shingles import shared_runs

REPORT = [
    "Bij een brand in een loods in Tiel zijn maandag drie mensen gewond geraakt, zegt de politie.",
    "Het vuur brak rond zes uur uit in de spuiterij van het bedrijf en sloeg over naar het dak.",
    "Omwonenden moesten hun ramen sluiten, omdat er zwarte rook over de hele wijk trok.",
    "De brandweer rukte uit met veertien wagens en kreeg de vlammen pas tegen de middag eronder.",
]
ADDED = [
    "De directeur van het bedrijf kwam in de middag met een verklaring, waarin zij spijt betuigde.",
    "Een vakbond zegt dat werknemers al maanden klaagden over de afzuiging in de spuiterij.",
]
OTHER = ["In het museum hangt een doek dat tot nu toe alleen van een prent bekend was."]


def pair(folder: Path, one: dict[str, Any], other: dict[str, Any]) -> list[StoredArticleVectors]:
    """Return two articles as they are compared: passages of one place match whatever they say."""
    rows = [
        {"language": "nl", "date": "2026-03-02", **fields, "id": id}
        for id, fields in (("one", one), ("other", other))
    ]
    for row in rows:
        row["text"] = "\n\n".join(row.pop("paragraphs"))
    recommender: Recommender = Archive(rows=rows, encoder=HashEncoder()).open_in(folder)
    sides = [StoredArticleVectors(recommender.snapshot, position) for position in range(2)]
    for side in sides:
        side.vectors = np.ones((len(side.rows), 1), np.float32)
        side.whole = np.ones(1, np.float32)
    return sides


@pytest.mark.parametrize(
    "paragraphs",
    [
        [text.upper() for text in REPORT],
        REPORT[::-1],
        ["TIEL (ANP) - " + REPORT[0], *REPORT[1:], "(c) ANP 2026"],
        [REPORT[0].upper(), REPORT[2].upper(), REPORT[1].upper(), REPORT[3].upper()],
        [" ".join(REPORT[:2]), " ".join(REPORT[2:])],
        [REPORT[0], REPORT[1], REPORT[3]],
        ["Brand in Tiel", *REPORT],
    ],
    ids=["capitals", "reordered", "dress", "both", "joined", "trimmed", "headline"],
)
def test_a_copy_in_another_dress_is_a_copy(tmp_path: Path, paragraphs: list[str]) -> None:
    one, other = pair(tmp_path, {"paragraphs": REPORT}, {"paragraphs": paragraphs})
    assert is_copy(one, other)
    assert is_copy(other, one)


@pytest.mark.parametrize(
    ("paragraphs", "date"),
    [
        ([*REPORT, *ADDED], "2026-03-02"),
        ([*REPORT, *ADDED], "2026-03-03"),
        ([REPORT[0].replace("drie", "zeven"), *REPORT[1:]], "2026-03-03"),
        ([REPORT[0].replace("drie", "zeven"), *REPORT[1:], *ADDED], "2026-03-02"),
        ([*REPORT[:3], REPORT[3].replace("veertien", "22")], "2026-03-03"),
    ],
)
def test_a_later_version_is_an_update_and_the_earlier_one_of_its_story(
    tmp_path: Path, paragraphs: list[str], date: str
) -> None:
    later = {"paragraphs": paragraphs, "date": date}
    one, other = pair(tmp_path, {"paragraphs": REPORT}, later)
    assert not is_copy(one, other)
    assert relation(one, other, 0.6, pairs_of(one, other)) == "update"
    assert relation(other, one, 0.6, pairs_of(other, one)) == "same story"


def test_versions_of_one_day_and_length_are_updates_of_each_other(tmp_path: Path) -> None:
    changed = [REPORT[0].replace("drie", "vier"), *REPORT[1:]]
    one, other = pair(tmp_path, {"paragraphs": REPORT}, {"paragraphs": changed})
    assert (version(one, other), version(other, one)) == ("either", "either")
    assert relation(one, other, 0.6, pairs_of(one, other)) == "update"


def test_notices_of_one_form_are_neither_copies_nor_updates(tmp_path: Path) -> None:
    notice = (
        "Op het stadhuis ligt tot 1 mei elke werkdag van negen tot vijf het plan van {name} "
        "ter inzage. De heer wil een schuur met een kap van riet bouwen op het erf {street}. "
        "Wie bezwaar heeft, schrijft voor het einde van die maand aan wethouder {alderman}, die er "
        "in de eerste vergadering na de zomer in de raad over vertelt. Brieven zijn openbaar."
    )
    names = [
        {"name": "Jansen", "street": "Kerkzicht", "alderman": "Mulder"},
        {"name": "Bakker", "street": "Dorpsrust", "alderman": "Peters"},
    ]
    one, other = pair(tmp_path, *({"paragraphs": [notice.format(**each)]} for each in names))
    assert min(shared_runs(one.runs, other.runs)) >= UPDATE_SHARED  # by letters they were versions
    assert version(one, other) == ""


def test_another_report_on_the_event_is_no_version(tmp_path: Path) -> None:
    one, other = pair(tmp_path, {"paragraphs": REPORT}, {"paragraphs": [*ADDED, *OTHER]})
    assert version(one, other) == ""


def test_chinese_versions_are_compared_by_shorter_runs(tmp_path: Path) -> None:
    report = [
        "湖北省气象局周五表示,长江中游连续三天暴雨,武汉站水位升至二十七点三米,超过警戒水位。",
        "沿江各县已转移居民四万二千人。鄂州一段堤防出现渗漏,武警官兵连夜用沙袋加固。",
        "省防汛办主任李国梁说,未来两天雨势将减弱,但上游来水仍在增加。",
    ]
    changed = [text.replace("四万二千", "六万一千").replace("周五", "周六") for text in report]
    one, other = pair(
        tmp_path,
        {"paragraphs": report, "language": "zh"},
        {"paragraphs": changed, "language": "zh", "date": "2026-03-03"},
    )
    assert version(one, other) == "later"
    copied = "".join(report[::-1])
    one, other = pair(
        tmp_path / "copy",
        {"paragraphs": report, "language": "zh"},
        {"paragraphs": [copied], "language": "zh"},
    )
    assert is_copy(one, other)
