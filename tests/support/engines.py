"""An archive on disk and in an engine, and the questions that both have to answer alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from support.archive import Archive
from support.stand_in import HashEncoder

from recommender import Filters, Recommender, add, remove
from recommender.settings import Settings
from recommender.types import Hit, Recommendation

_ENGLISH = "river bridge ferry harbour council vote budget museum storm school train garden"
_DUTCH = "rivier brug veerboot haven gemeente stemming begroting museum storm school"
_GERMAN = "Fluss Hafen Gemeinde Haushalt Sturm Schule Garten Zug Fahrplan Museum"
_CHINESE = "河流 大桥 渡轮 港口 议会 投票 预算 博物馆 风暴 学校"
_SPOKEN = {"en": _ENGLISH, "nl": _DUTCH, "de": _GERMAN, "zh": _CHINESE}
WORDS = {language: words.split() for language, words in _SPOKEN.items()}
DATES = ("", "2021", "2021-05", "2021-05-17", "2022-11-30", "2023-01", "2023-02-28", "2024-12-31")
SECTIONS = ("News", "sport", "Überblick")
# Scores of both may differ by so much.
CLOSE = 1e-5


def _rows() -> list[dict[str, Any]]:
    """Return 90 articles in four languages, with dates of every precision, copies and fields."""
    random = Random(7)
    rows: list[dict[str, Any]] = []
    for number in range(90):
        language = ("en", "nl", "de", "zh")[number % 4]
        words = WORDS[language]
        paragraphs = [
            " ".join(random.choices(words, k=random.randint(6, 18))) + f" {number % 7}."
            for _ in range(random.randint(1, 6))
        ]
        if number % 9 == 4:  # takes over most of the article before it in its language
            paragraphs = [*str(rows[number - 4]["text"]).split("\n\n")[:3], paragraphs[0]]
        rows.append(
            {
                "id": f"{language}/{number:02}",
                "title": " ".join(random.choices(words, k=4)),
                "text": "\n\n".join(paragraphs),
                "language": language,
                "date": random.choice(DATES),
                "section": random.choice(SECTIONS),
                "url": f"https://www.example.org/{language}/article-{number}",
                "tags": random.sample(["Water", "Wind", "fire"], k=2),
            }
        )
    rows[5]["status"] = rows[50]["status"] = "draft"
    rows[6]["embargo"] = "2999-01-01"
    return rows


ARCHIVE = Archive(
    rows=_rows(),
    encoder=HashEncoder(dim=24),
    settings=Settings(join_under=0, include_unpublished=False),
)
FILTERS = {
    "none": Filters(),
    "languages": Filters(languages="nl,en"),
    "same": Filters(languages="same"),
    "since": Filters(since="2021-06"),
    "until": Filters(until="2022"),
    "as of": Filters(as_of="2023-02-28"),
    "field": Filters(where={"section": "NEWS"}),
    "list": Filters(where={"tags": "fire"}, since="2021"),
    "all": Filters(languages="zh,de", since="2021", until="2024", where={"tags": "wind"}),
    "nothing": Filters(since="2030"),
}


def index_in(folder: Path) -> Path:
    """Build the archive of these tests by a build, two writes and a removal; return its folder."""
    made, index = ARCHIVE, folder / "vectors"
    Archive(rows=made.rows[:60], encoder=made.encoder, settings=made.settings).open_in(folder)
    for start in (60, 75):
        add(made.rows[start : start + 15], into=index, model=made.encoder)
    remove(["en/00", "nl/13", "zh/03"], into=index)
    return index


@dataclass(frozen=True)
class Pair:
    """An archive on disk, and the address of the same in an engine."""

    local: Recommender
    address: str
    encoder: HashEncoder

    def remote(self) -> Recommender:
        """Open it in the engine: nothing is remembered yet."""
        return Recommender.open(self.address, encoder=self.encoder)


Answer = Sequence[Hit] | Sequence[Recommendation]


def assert_same(local: Answer, remote: Answer, what: object = "") -> None:
    """Compare two answers: the same things in the same order, scores as near as `CLOSE`."""
    assert [_named(one) for one in local] == [_named(one) for one in remote], what
    for one, other in zip(local, remote, strict=True):
        for name in ("score", "strength", "probability"):
            near = CLOSE * (100 if name == "strength" else 1)
            assert abs(getattr(one, name) - getattr(other, name)) <= near, (what, name)


def _named(one: Hit | Recommendation) -> tuple[Any, ...]:
    if isinstance(one, Hit):
        return one.passage_id, one.text, one.confidence, one.passage_language, one.words_only
    pairs = [(pair.passage_id, pair.other_passage_id) for pair in one.evidence]
    return one.article_id, one.relation, one.confidence, one.copies, one.translations, pairs


Ask = Callable[[Recommender], Answer]
