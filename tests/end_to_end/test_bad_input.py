"""Bad input never stops a build and never disappears: it is named, the rest is built."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from support.stand_in import WordEncoder

from recommender import BuildReport, Recommender, build
from recommender.errors import NotFound, QueryError, SourceError

pytestmark = pytest.mark.slow

Source = Callable[[Mapping[str, str | bytes]], Path]

GOOD = (
    "Het water stijgt bij Tiel, en het eind is nog niet in zicht, zegt men.\n\n"
    "De dijk houdt het water nog tegen, maar niemand weet voor hoe lang nog.\n"
)


def built(folder: Path, encoder: WordEncoder) -> tuple[BuildReport, Recommender]:
    into = folder.parent / "vectors"
    return build(folder, into=into, model=encoder), Recommender.open(into, encoder=encoder)


def only_refusal(report: BuildReport) -> tuple[str, str]:
    [refusal] = report.left_out
    assert report.articles >= 1
    return refusal.place, refusal.reason


@pytest.fixture
def encoder() -> WordEncoder:
    return WordEncoder("water", "dijk")


def test_a_missing_folder_is_named(tmp_path: Path, encoder: WordEncoder) -> None:
    with pytest.raises(SourceError, match="nowhere: no such file or folder"):
        build(tmp_path / "nowhere", into=tmp_path / "vectors", model=encoder)


def test_an_empty_folder_is_no_index(source: Source, tmp_path: Path, encoder: WordEncoder) -> None:
    with pytest.raises(SourceError, match="no article to build from"):
        build(source({}), into=tmp_path / "vectors", model=encoder)
    assert not (tmp_path / "vectors" / "CURRENT").exists()


def test_invalid_utf8_is_refused_with_the_byte_position(
    source: Source, encoder: WordEncoder
) -> None:
    report, _ = built(source({"good.txt": GOOD, "latin.txt": b"caf\xe9 en dijk"}), encoder)
    place, reason = only_refusal(report)
    assert place == "latin.txt"
    assert "byte 0xe9 at position 3" in reason


def test_a_byte_order_mark_is_no_text(source: Source, encoder: WordEncoder) -> None:
    _, recommender = built(source({"bom.txt": b"\xef\xbb\xbf" + GOOD.encode()}), encoder)
    assert recommender.show("bom").article.text.startswith("Het water")


@pytest.mark.parametrize("content", [b"", b" \n\n\t\n", b"\xef\xbb\xbf"])
def test_an_empty_article_is_refused(source: Source, encoder: WordEncoder, content: bytes) -> None:
    report, _ = built(source({"good.txt": GOOD, "empty.txt": content}), encoder)
    assert only_refusal(report) == ("empty.txt", "is empty")


@pytest.mark.parametrize("name", ["b#7.txt", "b#7.2.txt"])
def test_a_file_is_not_named_like_a_passage(
    source: Source, encoder: WordEncoder, name: str
) -> None:
    report, _ = built(source({"good.txt": GOOD, name: GOOD}), encoder)
    assert only_refusal(report) == (
        name,
        f"id {name[:-4]!r} ends as a passage's does, in # and a number; rename it",
    )


def test_an_article_without_words_is_named_by_its_row_and_its_id(
    source: Source, encoder: WordEncoder
) -> None:
    rows = [{"id": "a", "text": GOOD}, {"id": "b", "text": "De dijk bij Tiel. Beeld ANP"}]
    lines = "\n".join(map(json.dumps, rows))
    report, _ = built(source({"rows.jsonl": lines}), encoder)
    place, _ = only_refusal(report)
    assert place == "rows.jsonl (b)"


def test_a_title_over_the_limit_is_found_by_each_of_its_parts(
    source: Source, encoder: WordEncoder
) -> None:
    title = "woord " * 30 + "dijk"
    row = json.dumps(
        {"id": "a", "title": title, "text": "Niets dan een zin over heel iets anders."}
    )
    report, recommender = built(source({"rows.jsonl": row}), encoder)
    assert (report.articles, report.passages) == (1, 3)
    best = recommender.search("dijk", k=1)[0]
    assert (best.passage_id, best.title) == ("a#0.2", title)
    assert best.text == title[best.start : best.end]
    assert best.text.endswith("woord dijk")
    assert recommender.show("a").paragraphs[0].text == title


def test_an_article_of_captions_only_is_kept_and_reported(
    source: Source, encoder: WordEncoder
) -> None:
    captions = "De dijk bij Tiel. Beeld ANP\n\nHet water. Beeld AP"
    report, recommender = built(source({"good.txt": GOOD, "photos.txt": captions}), encoder)
    place, reason = only_refusal(report)
    assert place == "photos.txt"
    assert "2 caption" in reason
    assert len(recommender.show("photos").paragraphs) == 2
    with pytest.raises(NotFound, match="no text to compare"):
        recommender.related("photos")
    with pytest.raises(NotFound, match="no text to compare"):
        recommender.similar("photos")
    with pytest.raises(NotFound, match="is a caption and is not encoded"):
        recommender.similar("photos#1")


def test_the_second_of_two_equal_ids_is_refused(source: Source, encoder: WordEncoder) -> None:
    row = json.dumps({"id": "same", "title": "Dijk", "text": GOOD})
    other = json.dumps({"id": "same", "title": "Een ander stuk", "text": GOOD})
    report, _ = built(source({"rows.jsonl": f"{row}\n{other}\n"}), encoder)
    place, reason = only_refusal(report)
    assert place == "rows.jsonl:2"
    assert "'same' is taken by rows.jsonl:1" in reason


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ('{"id": "b", "text": ', "is not JSON"),
        ("[1, 2]", "is not a JSON object"),
        ('{"title": "b", "text": "water"}', "has no id"),
        ('{"id": "b", "text": "  "}', "has no text"),
        ('{"id": "b", "text": 3}', "field 'text' is not text"),
        ('{"id": "b", "text": "water", "score": NaN}', "NaN"),
        ('{"id": "b", "text": "water", "score": 1e999}', "1e999 is too large a number"),
        ('{"id": "b\\nc", "text": "water"}', r"has an id with a control character: 'b\nc'"),
        ('{"id": "b\\u2028c", "text": "water"}', r"has an id with a control character: 'b\u2028c'"),
        ('{"id": "b#7", "text": "water"}', "id 'b#7' ends as a passage's does"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_broken_row_is_refused_and_the_next_one_read(
    source: Source, encoder: WordEncoder, line: str, named: str
) -> None:
    good = json.dumps({"id": "a", "title": "Dijk", "text": GOOD})
    report, _ = built(source({"rows.jsonl": f"{line}\n{good}\n"}), encoder)
    place, reason = only_refusal(report)
    assert place == "rows.jsonl:1"
    assert named in reason


def test_a_lone_surrogate_in_a_row_is_replaced(source: Source, encoder: WordEncoder) -> None:
    row = '{"id": "a", "title": "Dijk \\ud800", "text": "Het water \\udc00 stijgt."}\n'
    _, recommender = built(source({"rows.jsonl": row}), encoder)
    assert recommender.show("a").article.text == "Het water \ufffd stijgt."


@pytest.mark.slow
def test_a_paragraph_of_five_megabytes_is_split_not_cut(
    source: Source, encoder: WordEncoder
) -> None:
    sentence = "Het water stijgt langzaam bij de dijk van Tiel. "
    report, recommender = built(source({"huge.txt": sentence * 105_000}), encoder)
    assert report.left_out == ()
    assert report.passages == 52_500
    assert encoder.asked[0] == (2 * sentence).strip()
    assert recommender.search("water", k=1)[0].passage_id.startswith("huge#1.")


def test_no_file_outside_the_source_folder_is_read(
    source: Source, tmp_path: Path, encoder: WordEncoder
) -> None:
    (tmp_path / "secret.txt").write_text("Het geheime water.")
    folder = source({"good.txt": GOOD})
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    report, _ = built(folder, encoder)
    place, reason = only_refusal(report)
    assert place == "link.txt"
    assert "outside the source folder" in reason


def test_a_file_that_cannot_be_opened_is_refused(source: Source, encoder: WordEncoder) -> None:
    folder = source({"good.txt": GOOD})
    (folder / "gone.txt").symlink_to(folder / "nothing.txt")
    (folder / "loop.txt").symlink_to(folder / "loop.txt")
    os.mkfifo(folder / "pipe.txt")
    report, _ = built(folder, encoder)
    assert {refusal.place for refusal in report.left_out} == {"gone.txt", "loop.txt", "pipe.txt"}
    assert report.articles == 1


def test_an_unknown_id_is_named(source: Source, encoder: WordEncoder) -> None:
    _, recommender = built(source({"good.txt": GOOD}), encoder)
    for ask in (recommender.similar, recommender.related, recommender.show):
        with pytest.raises(NotFound, match="nobody: no article"):
            ask("nobody")
    with pytest.raises(NotFound, match="good#9"):
        recommender.similar("good#9")
    with pytest.raises(NotFound, match="after # stands a paragraph's number"):
        recommender.similar("good#one")


@pytest.mark.parametrize("query", ["", "  \n", "\u200b\n"])
def test_an_empty_query_is_an_error(source: Source, encoder: WordEncoder, query: str) -> None:
    _, recommender = built(source({"good.txt": GOOD}), encoder)
    with pytest.raises(QueryError, match="the query is empty"):
        recommender.search(query)


def test_a_query_of_100_000_characters_is_searched_in_parts(
    source: Source, encoder: WordEncoder
) -> None:
    _, recommender = built(source({"good.txt": GOOD}), encoder)
    best = recommender.search("niets te zien hier " * 5_000 + "dijk water", k=1)
    assert best[0].passage_id == "good#2"
    with pytest.raises(QueryError, match="the most is 200,000"):
        recommender.search("x" * 200_001)


def test_ids_that_name_nothing_are_never_answered(source: Source, encoder: WordEncoder) -> None:
    _, recommender = built(source({"good.txt": GOOD, "other.txt": GOOD}), encoder)
    for wrong in ("good#99", "good#banana", "good#1.\u00b2", "good#" + "9" * 5_000, "\ud800"):
        for ask in (recommender.similar, recommender.related, recommender.show):
            with pytest.raises(NotFound):
                ask(wrong)
    for ask in (recommender.similar, recommender.show):
        with pytest.raises(NotFound):
            ask("good#1.7")


def test_an_index_inside_the_source_folder_is_no_source(
    source: Source, encoder: WordEncoder
) -> None:
    folder = source({"good.txt": GOOD, "gone.txt": "Het water is weg."})
    into = folder / "vectors"
    build(folder, into=into, model=encoder)
    (folder / "gone.txt").unlink()
    report = build(folder, into=into, model=encoder)
    assert (report.articles, report.removed, report.left_out) == (1, 1, ())
    with pytest.raises(NotFound):
        Recommender.open(into, encoder=encoder).show("gone")


def test_a_reader_of_a_pruned_snapshot_can_still_tell_its_status(
    source: Source, encoder: WordEncoder
) -> None:
    folder = source({"good.txt": GOOD})
    _, reader = built(folder, encoder)
    size = reader.status()["bytes"]
    for number in range(5):
        (folder / "good.txt").write_text(GOOD + f"\n\nHet water, dag {number}.")
        built(folder, encoder)
    assert reader.status()["bytes"] == size > 0
