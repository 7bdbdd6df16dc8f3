"""An article is found by every name that people have for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.stand_in import HashEncoder, WordEncoder

from recommender import Recommender, build
from recommender.errors import (
    AmbiguousName,
    ArticleNotFound,
    PassageNotFound,
    QueryError,
    SnapshotDamaged,
)
from recommender.render.text_layout import one_line
from recommender.store.names import NAMES_FILE, address_key

pytestmark = pytest.mark.slow

ROWS: list[dict[str, str]] = [
    {
        "id": "news/flood-2026",
        "title": "The river rises at Tiel",
        "url": "https://www.example.org/2026/River-Rises/?id=5#top",
        "text": "The river rises.\n\nThe river is high.",
    },
    {
        "id": "news/dike",
        "title": "Update #2",
        "url": "https://example.org/dike/",
        "text": "The dike holds.\n\nThe dike is new.",
    },
    {"id": "final", "title": "Ὀδυσσεύς im Finale", "text": "The football final."},
    {"id": "copy-one", "title": "Bread of the year", "text": "The bread won."},
    {"id": "copy-two", "title": "Bread of the year", "text": "The bread of bakers won."},
    {"id": "hash", "title": "Update", "text": "Bread.\n\nRiver.\n\nDike."},
    {
        "id": "secret",
        "title": "Nobody may read this",
        "status": "draft",
        "text": "The river is secret.",
    },
    {
        "id": "soon",
        "title": "Released in a hundred years",
        "embargo": "2090-01-01T00:00:00Z",
        "text": "The river will be high.",
    },
]


@pytest.fixture
def archive(tmp_path: Path) -> Recommender:
    source = tmp_path / "source"
    (source / "sub").mkdir(parents=True)
    lines = [{"language": "en", **row} for row in ROWS]
    (source / "rows.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    (source / "sub" / "Crème brûlée.txt").write_text("River and bread\n\nIn a file.", "utf-8")
    encoder = WordEncoder("river", "football", "dike", "bread")
    build(source, into=tmp_path / "vectors", model=encoder)
    return Recommender.open(tmp_path / "vectors", encoder=encoder)


NAMED = {
    "news/flood-2026": "news/flood-2026",
    "NEWS/FLOOD-2026": "news/flood-2026",
    " news/flood-2026 ": "news/flood-2026",
    "https://www.example.org/2026/River-Rises/?id=5#top": "news/flood-2026",
    "http://example.org/2026/river-rises/?id=5#top": "news/flood-2026",
    "the RIVER rises  at tiel": "news/flood-2026",
    "news/fl": "news/flood-2026",
    "The river ri": "news/flood-2026",
    "https://example.org/dike": "news/dike",
    "www.example.org/dike/": "news/dike",
    "example.org/dike?utm_source=mail": "news/dike",
    "https://example.org/dike/#comments": "news/dike",
    "Update #2": "news/dike",
    "ὀδυσσεύς im finale": "final",
    "hash": "hash",
    "Update": "hash",
    "sub/Crème brûlée.txt": "sub/Crème brûlée",
    "./sub/crème brûlée.TXT": "sub/Crème brûlée",
    "Crème brûlée.txt": "sub/Crème brûlée",
    "sub\\Crème brûlée.txt": "sub/Crème brûlée",
    "/srv/news/source/sub/Crème brûlée.txt": "sub/Crème brûlée",
}


@pytest.mark.parametrize("name", NAMED)
def test_a_name_means_its_article(archive: Recommender, name: str) -> None:
    assert archive.article(name).article_id == NAMED[name]
    assert archive.show(name).article.id == NAMED[name]


def test_every_question_takes_every_name(archive: Recommender) -> None:
    title, id = "The river rises at Tiel", "news/flood-2026"
    assert archive.related(title, min_strength=0) == archive.related(id, min_strength=0)
    assert archive.related(id, unlike="Update") == archive.related(id, unlike="hash")
    assert archive.similar(f"{title}#2") == archive.similar(f"{id}#2")
    assert archive.answer_similar(f"{title}#2").query == {"passage_id": f"{id}#2"}
    assert archive.answer_similar("example.org/dike").query == {"passage_id": "news/dike"}
    assert [one.number for one in archive.show("https://example.org/dike/#2").paragraphs] == [2]
    assert [one.number for one in archive.show("Update#2").paragraphs] == [2]


@pytest.mark.parametrize("name", ["Bread of the year", "copy-", "BREAD OF"])
def test_a_name_of_several_articles_lists_them(archive: Recommender, name: str) -> None:
    with pytest.raises(AmbiguousName) as raised:
        archive.show(name)
    message = str(raised.value)
    assert "names 2 articles: copy-one (Bread of the year), copy-two" in message
    assert message.endswith("give one of these ids")


def test_many_articles_of_one_file_are_counted(archive: Recommender) -> None:
    with pytest.raises(AmbiguousName, match=r"names 6 articles: .* and 1 more; give"):
        archive.show("rows.jsonl")


def test_a_wrong_name_suggests_the_three_nearest(archive: Recommender) -> None:
    with pytest.raises(ArticleNotFound) as raised:
        archive.show("news/flod-2062")
    similar = str(raised.value).partition("similar: ")[2].partition(";")[0]
    assert similar.startswith("news/flood-2026 (The river rises at Tiel)")
    with pytest.raises(ArticleNotFound, match="similar: copy-one"):
        archive.show("Braed of a year")
    with pytest.raises(ArticleNotFound, match="similar: final"):
        archive.show("fnial")


@pytest.mark.parametrize("name", ["nobody", "zzzzzz", "xyz123", "q", "最高"])
def test_names_that_share_next_to_nothing_are_not_called_similar(
    archive: Recommender, name: str
) -> None:
    with pytest.raises(ArticleNotFound) as raised:
        archive.show(name)
    assert str(raised.value).endswith("or title; try: recommender list WORDS")


@pytest.mark.parametrize("name", ["", " ", "#", "#1", "fi", "\x00", "\x1f", "x" * 10_000, "\ud800"])
def test_what_names_nothing_is_not_found(archive: Recommender, name: str) -> None:
    with pytest.raises(ArticleNotFound):
        archive.show(name)


def test_a_wrong_paragraph_is_named(archive: Recommender) -> None:
    with pytest.raises(PassageNotFound, match="no paragraph 9"):
        archive.show("Update #2#9")
    with pytest.raises(PassageNotFound, match="after # stands a paragraph's number"):
        archive.show("news/dike#last")


def test_what_is_not_published_is_neither_suggested_nor_completed(archive: Recommender) -> None:
    with pytest.raises(ArticleNotFound, match="is not published"):
        archive.show("soon")
    for name in ("soo", "Released in a", "Released in a hundred yaers", "secre"):
        with pytest.raises(ArticleNotFound) as raised:
            archive.show(name)
        assert "soon" not in str(raised.value).partition("similar")[2]


def test_removed_articles_have_no_names(archive: Recommender, tmp_path: Path) -> None:
    lines = [{"language": "en", **row} for row in ROWS if row["id"] != "copy-one"]
    rows = tmp_path / "source" / "rows.jsonl"
    rows.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    encoder = WordEncoder("river", "football", "dike", "bread")
    build(tmp_path / "source", into=tmp_path / "vectors", model=encoder)
    assert archive.reload()
    assert archive.article("Bread of the year").article_id == "copy-two"


def test_a_damaged_file_of_names_is_named(archive: Recommender, tmp_path: Path) -> None:
    [path] = (tmp_path / "vectors").glob(f"segments/*/{NAMES_FILE}")
    data = path.read_bytes()
    path.write_bytes(data.replace(b"\n", b" "))
    with pytest.raises(SnapshotDamaged, match=NAMES_FILE):
        Recommender.open(tmp_path / "vectors")
    from recommender.builder.verify import verify

    assert verify(tmp_path / "vectors", repair=True).repaired
    assert path.read_bytes() == data


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.org/a", "http://www.example.org/a/"),
        ("https://example.org/%C3%A9t%C3%A9", "https://example.org/été"),
        ("HTTPS://EXAMPLE.ORG/A", "example.org/a"),
    ],
)
def test_addresses_are_compared_without_what_does_not_count(one: str, other: str) -> None:
    assert address_key(one) == address_key(other)


@pytest.mark.parametrize("name", [None, 2.5, b"hash"])
def test_what_is_no_name_is_refused(archive: Recommender, name: Any) -> None:
    for ask in (archive.show, archive.article, archive.similar, archive.vectors, archive.related):
        with pytest.raises(QueryError, match=r"is not an id of an article|names no article"):
            ask(name)
    with pytest.raises(QueryError, match="is not an id of an article"):
        archive.compare("hash", name)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("news/flood-2026#1.4", "paragraph 1 has no part 4; its passages are #1$"),
        ("news/flood-2026#2.1", "paragraph 2 has no part 1; the passages are #0, #1$"),  # joined
        ("news/flood-2026#9.1", "the article has no paragraph 9"),
    ],
)
def test_a_part_that_there_is_not_is_not_called_another_kind(
    archive: Recommender, name: str, reason: str
) -> None:
    for ask in (archive.similar, archive.show):
        with pytest.raises(PassageNotFound, match=reason):
            ask(name)


def test_a_name_is_found_as_it_is_printed(tmp_path: Path) -> None:
    id = "rtl\u202etxt\u200f"
    rows = [{"id": id, "title": "One", "text": "A text."}]
    build(rows, into=tmp_path / "index", model=HashEncoder())
    with Recommender.open(tmp_path / "index", encoder=HashEncoder()) as recommender:
        assert one_line(id) == r"rtl\u202etxt\u200f"
        assert recommender.article(one_line(id)).article_id == id
        assert recommender.show(f"{one_line(id)}#1").article.id == id
        with pytest.raises(ArticleNotFound):
            recommender.show(r"\u0041\x42\ud800")
