"""The source is read as often as it takes, and what recurs in it is learned when much changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from support.stand_in import HashEncoder

from recommender import Recommender, build
from recommender.passages.cutter import PassageMaker
from recommender.settings import Settings
from recommender.types import BuildReport

Night = Callable[..., BuildReport]
# Numbers do not tell two long blocks apart, words do.
WORDS = [first + second for first in "bdfgklmr" for second in ("aan", "eek", "ijl", "oop", "uur")]
FOOTER = "De kat van de buren zat ook vandaag weer op het muurtje bij de kerk."


@pytest.fixture
def learned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Grows by one each time boilerplate is learned."""
    times: list[str] = []
    real = PassageMaker.learn

    def learn(cutter: PassageMaker, articles: object) -> None:
        times.append("learned")
        real(cutter, articles)  # type: ignore[arg-type]

    monkeypatch.setattr(PassageMaker, "learn", learn)
    return times


@pytest.fixture
def night(tmp_path: Path) -> Night:
    def run(texts: dict[str, str], into: str = "vectors") -> BuildReport:
        folder = tmp_path / "source"
        folder.mkdir(exist_ok=True)
        rows = [
            {"id": id, "title": f"Kop van {id}", "language": "nl", "text": text}
            for id, text in texts.items()
        ]
        (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        return build(
            folder, into=tmp_path / into, model=HashEncoder(), settings=Settings(join_under=0)
        )

    return run


def texts_with(footers: int) -> dict[str, str]:
    return {
        f"artikel {number}": f"Het verhaal van {WORDS[number]} gaat over de dijk."
        + (f"\n\n{FOOTER}" if number < footers else "")
        for number in range(40)
    }


def passages(folder: Path) -> set[str]:
    with Recommender.open(folder, encoder=HashEncoder()) as recommender:
        return {hit.passage_id for hit in recommender.search("dijk", k=1000, include_copies=True)}


def test_a_small_change_learns_nothing_and_a_tenth_in_all_does(
    night: Night, learned: list[str]
) -> None:
    texts = texts_with(footers=20)
    assert night(texts).roles["boilerplate"] == 20
    for number in range(4):
        texts[f"artikel {number}"] += " En meer."
        night(texts)
    assert len(learned) == 1
    texts["artikel 9"] += " En meer."
    night(texts)
    assert len(learned) == 2


def test_an_unchanged_archive_learns_nothing(night: Night, learned: list[str]) -> None:
    night(texts_with(footers=20))
    assert not night(texts_with(footers=20)).published
    assert len(learned) == 1


def test_what_becomes_boilerplate_is_left_out_of_articles_that_did_not_change(
    night: Night, tmp_path: Path
) -> None:
    assert "boilerplate" not in night(texts_with(footers=4)).roles
    report = night(texts_with(footers=10))
    assert report.roles["boilerplate"] == 10
    assert (report.changed, report.same, report.removed, report.encoded) == (6, 34, 0, 0)
    night(texts_with(footers=10), "fresh")
    assert passages(tmp_path / "vectors") == passages(tmp_path / "fresh")
