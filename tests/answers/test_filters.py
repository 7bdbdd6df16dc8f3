"""Filters leave articles out inside the search: what passes is found, however much does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.archive import Archive
from support.project import USERS_ARTICLE
from support.stand_in import WordEncoder

from recommender import Filters, Recommender
from recommender.errors import QueryError

ROWS = [
    {"id": "asked", "language": "nl", "date": "2022-12-10", "section": "sport"},
    {"id": "belgian", "language": "nl-BE", "date": "2022-12", "section": "Sport"},
    {"id": "english", "language": "en", "date": "2022", "tags": ["water", "dijk"]},
    {"id": "french", "language": "fr", "date": "2023-01-05", "section": "news"},
    {"id": "taiwanese", "language": "zh-TW"},
]


# Five articles of which any matches `water`, and 300 that match it better, in German.
ARCHIVE = Archive(
    rows=[
        *({**row, "text": f"water dijk {row['id']}"} for row in ROWS),
        *(
            {"id": f"filler{n}", "language": "de", "date": "1999", "text": f"water filler{n}"}
            for n in range(300)
        ),
    ],
    encoder=WordEncoder("water", "dijk"),
)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (Filters(languages="nl"), {"asked", "belgian"}),
        (Filters(languages="nl-BE, en"), {"belgian", "english"}),
        (Filters(languages="zh"), {"taiwanese"}),
        (Filters(languages="zh-Hant"), {"taiwanese"}),
        (Filters(languages="zh-Hans"), set()),
        (Filters(languages="sw"), set()),
        (Filters(since="2023"), {"french"}),
        (Filters(since="2022-12-28"), {"belgian", "english", "french"}),
        (Filters(since="2022", until="2022-12-09"), {"belgian", "english"}),
        (Filters(since="2000", as_of="2022-12-30"), {"asked"}),
        (Filters(since="2000", as_of="2022-12"), {"asked", "belgian", "english"}),
        (Filters(since="2000", as_of="2022-12-31"), {"asked", "belgian", "english"}),
        (Filters(where={"section": "sport"}), {"asked", "belgian"}),
        (Filters(where={"tags": "dijk"}), {"english"}),
        (Filters(where={"id": 5}), set()),  # type: ignore[dict-item]
        (Filters(where={"section": "sport", "language": "nl-BE"}), {"belgian"}),
        (Filters(where={"no such field": "x"}), set()),
    ],
    ids=lambda value: str(sorted(value) if isinstance(value, set) else value),
)
def test_what_passes_is_found_behind_three_hundred_better_matches(
    archive: Recommender, filters: Filters, found: set[str]
) -> None:
    for by in ("passage", "article"):
        hits = archive.search("water", k=5, by=by, filters=filters)
        assert {hit.article_id for hit in hits} == found
    assert {hit.article_id for hit in archive.similar("asked", k=5, filters=filters)} == (
        found - {"asked"}
    )
    related = archive.related("asked", k=5, filters=filters, min_strength=0)
    assert {answer.article_id for answer in related} == found - {"asked"}


def test_same_and_other_are_relative_to_the_language_of_a_query(seeds: Recommender) -> None:
    def found(languages: str) -> list[str]:
        wanted = Filters(languages=languages)
        hits = seeds.search("gevechten om Bachmoet", k=5, filters=wanted, confidence="loose")
        return [hit.language for hit in hits]

    assert found("same") == ["nl"] * 5
    assert len(found("other")) == 5
    assert "nl" not in found("other")


@pytest.mark.parametrize(
    ("filters", "why"),
    [
        (
            Filters(languages="sw"),
            "no article is in sw; the index has de, en, fr, nl, nl-BE, zh-TW",
        ),
        (Filters(since="2030"), "no article passes the filters"),
        (
            Filters(where={"sektion": "sport"}),
            "no article passes the filters; the JSON of show has the fields of an article",
        ),
    ],
)
def test_an_empty_answer_says_that_no_article_passes(
    archive: Recommender, filters: Filters, why: str
) -> None:
    assert archive.answer_search("water", filters=filters).notices == (why,)
    assert archive.answer_similar("asked", filters=filters).notices == (why,)
    assert archive.answer_related("asked", filters=filters).notices == (why,)
    for answer in (
        archive.list_articles("", filters=filters),
        archive.list_articles("water", filters=filters),
        archive.stories(filters=filters),
        archive.duplicates(filters=filters),
    ):
        assert answer.notices == (why,)
        assert answer.to_dict()["notices"] == [why]


def test_a_list_without_such_names_or_groups_has_no_such_notice(archive: Recommender) -> None:
    dutch = Filters(languages="nl")
    assert archive.list_articles("zzqx", filters=dutch).notices == ()
    assert archive.stories(filters=dutch, least=9).notices == ()
    assert archive.duplicates(filters=dutch).notices == ()


def test_an_answer_or_a_phrase_that_is_missing_has_no_such_notice(archive: Recommender) -> None:
    dutch = Filters(languages="nl")
    assert archive.answer_search("water", filters=dutch).notices == ()
    assert archive.answer_similar("asked", filters=dutch, min_strength=0).notices == ()
    assert archive.answer_related("asked", filters=dutch, min_strength=0).notices == ()
    [notice] = archive.answer_search('"boter kaas"', filters=dutch).notices
    assert notice.startswith("nothing holds")


def test_an_article_that_alone_passes_has_no_other_one(archive: Recommender) -> None:
    answer = archive.answer_related("taiwanese", filters=Filters(languages="same"))
    assert answer.notices == ("no other article passes the filters",)
    assert answer.to_dict()["notices"] == list(answer.notices)


def test_no_filter_leaves_nothing_out(archive: Recommender) -> None:
    assert len(archive.search("water", k=400)) == 305


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        (Filters(since="2022-13"), "since '2022-13' is not a date; write it as 2022, 2022-12 or"),
        (Filters(until="28-12-2022"), "until '28-12-2022' is not a date"),
        (Filters(as_of="tomorrow"), "as_of 'tomorrow' is not a date"),
        (Filters(since="2023", until="2022-12"), "since 2023 is later than until 2022-12"),
        (
            Filters(languages="dutch"),
            "'dutch' is not a language code; .* has de, en, fr, nl, nl-BE",
        ),
        (Filters(languages="nl,"), "'' is not a language code"),
    ],
    ids=str,
)
def test_what_is_written_wrongly_is_named(
    archive: Recommender, filters: Filters, message: str
) -> None:
    for ask in (archive.search, archive.similar, archive.related):
        with pytest.raises(QueryError, match=message):
            ask("asked", filters=filters)


def test_the_commands_have_the_same_filters(run, seeds_index: Path) -> None:
    where = ("--index", str(seeds_index), "--format", "jsonl", "-k", "3")
    done = run("related", USERS_ARTICLE, "--languages", "same", "--until", "2022", *where)
    assert done.returncode == 0, done.stderr
    for row in map(json.loads, done.stdout.splitlines()):
        assert row["language"] == "nl"
        assert row["date"]
    wrong = run("search", "water", "--languages", "dutch", *where)
    assert wrong.returncode == 1
    assert "not a language code" in wrong.stderr
    unequal = run("similar", USERS_ARTICLE, "--where", "section", *where)
    assert unequal.returncode == 2
    assert "--where FIELD=VALUE" in unequal.stderr


@pytest.mark.parametrize(
    "fields",
    [
        {"since": 2022},
        {"as_of": b"2022"},
        {"languages": None},
        {"languages": ["nl"]},
        {"where": {"id": None}},
        {"where": {"id": ["nl"]}},
        {"where": {5: "id"}},
        {"where": None},
        {"where": "id"},
    ],
    ids=str,
)
def test_a_filter_of_another_type_is_refused_by_name(archive: Recommender, fields: Any) -> None:
    filters = Filters(**fields)
    [name] = fields
    for ask in (
        lambda: archive.search("water", filters=filters),
        lambda: archive.related("asked", filters=filters),
        lambda: archive.list_articles(filters=filters),
    ):
        with pytest.raises(QueryError, match=name):
            ask()
