"""What is kept for word search only is found by its words, and has no part in meaning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.archive import Archive
from support.stand_in import WordEncoder

from recommender import Recommender
from recommender.builder.verify import verify
from recommender.errors import NotFound
from recommender.settings import Settings
from recommender.store.derived import WORDS_ONLY_FILE
from recommender.types import Filters, Hit, Role

BODY = "Het water staat hoog aan de {} en de mensen kijken elke dag naar de stand ervan."
CAPTION = "Een boot vaart langs de {} kerk. Foto: Piet Jansen/ANP"
ENCODER = WordEncoder("water", "kerk", "boot", "dijk", max_tokens=60)


def article(place: str, caption: str, language: str = "nl") -> dict[str, str]:
    text = "\n\n".join((BODY.format(place), caption, BODY.format(f"dijk van {place}")))
    return {"id": place, "title": f"Hoog water in {place}", "text": text, "language": language}


ARTICLES = [
    article("Tiel", CAPTION.format("oude")),
    article("Arnhem", CAPTION.format("nieuwe")),
    article("Zwolle", "De burgemeester. Foto: Eva Bos"),
]


ARCHIVE = Archive(rows=ARTICLES, encoder=ENCODER)


def built(folder: Path, rows: Sequence[Mapping[str, str]], **roles: str) -> Recommender:
    return replace(ARCHIVE, rows=rows, settings=Settings(roles=roles)).open_in(folder)


def ids(hits: Sequence[Hit]) -> list[str]:
    return [hit.passage_id for hit in hits]


def test_a_caption_is_found_by_its_words(archive: Recommender) -> None:
    first, second = archive.search("boot", ranking="words")
    assert ids([first, second]) == ["Tiel#2", "Arnhem#2"]
    assert (first.role, first.text) == (Role.CAPTION, CAPTION.format("oude"))
    assert (first.words_only, first.cosine, first.strength, first.score) == (True, 0, 0, 1)


def test_how_much_is_kept_for_word_search_is_reported(archive: Recommender) -> None:
    assert archive.status()["words_only"] == len(ARTICLES)


def test_a_quoted_phrase_finds_a_caption_after_the_passages_that_hold_it(
    archive: Recommender,
) -> None:
    assert ids(archive.search('"oude kerk"')) == ["Tiel#2"]
    hits = archive.search('water "de"')
    assert [hit.words_only for hit in hits] == sorted(hit.words_only for hit in hits)
    assert {hit.passage_id for hit in hits} >= {"Tiel#1", "Tiel#2"}
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)


def test_captions_come_last_where_hits_are_to_differ_too(archive: Recommender) -> None:
    hits = archive.search('water "de"', k=30, diverse=True)
    flags = [hit.words_only for hit in hits]
    assert flags == sorted(flags)
    assert any(flags)
    assert not any(hit.words_only for hit in archive.search('water "de"', k=2, diverse=True))


@pytest.mark.parametrize("ranking", ["meaning", "hybrid"])
def test_meaning_never_finds_a_caption(archive: Recommender, ranking: str) -> None:
    hits = archive.search("boot kerk", k=100, ranking=ranking)  # type: ignore[arg-type]
    assert len(hits) == archive.snapshot.row_count
    assert Role.CAPTION not in {hit.role for hit in hits}
    assert not archive.search('"oude kerk"', ranking="meaning")


def test_a_caption_is_no_evidence_and_resembles_nothing(archive: Recommender) -> None:
    for answer in archive.related("Tiel", k=5, min_strength=0):
        named = {id for pair in answer.evidence for id in (pair.passage_id, pair.other_passage_id)}
        assert not named & {"Tiel#2", "Arnhem#2", "Zwolle#2"}
    assert "Arnhem#2" not in ids(archive.similar("Tiel#1", k=100))
    with pytest.raises(NotFound, match="is a caption and is not encoded"):
        archive.similar("Tiel#2")


def test_words_that_are_kept_change_nothing_in_meaning(
    archive: Recommender, tmp_path: Path
) -> None:
    dropped = built(tmp_path, ARTICLES, caption="drop")
    for ranking in ("meaning", "hybrid"):
        answers = [
            [(hit.passage_id, hit.score, hit.strength) for hit in one.search("boot", k=9)]
            for one in (archive, dropped)
        ]
        assert answers[0] == answers[1], ranking
    assert np.array_equal(
        archive.snapshot.vectors(range(archive.snapshot.row_count)),
        dropped.snapshot.vectors(range(dropped.snapshot.row_count)),
    )


def test_another_policy_cuts_anew_and_encodes_what_it_must(tmp_path: Path) -> None:
    built(tmp_path, ARTICLES)
    ENCODER.asked.clear()
    dropped = built(tmp_path, ARTICLES, caption="drop")
    assert not ENCODER.asked
    assert not dropped.search("boot", ranking="words")
    ENCODER.asked.clear()
    built(tmp_path, ARTICLES, caption="encode")
    assert set(ENCODER.asked) == {row["text"].split("\n\n")[1] for row in ARTICLES}


def test_filters_hold_for_captions(archive: Recommender) -> None:
    only = Filters(where={"id": "Arnhem"})
    assert ids(archive.search("boot", ranking="words", filters=only)) == ["Arnhem#2"]
    dutch = Filters(languages="nl")
    assert len(archive.search("boot", ranking="words", filters=dutch)) == 2
    assert not archive.search('"oude kerk"', filters=Filters(languages="en"))


def test_of_articles_a_caption_counts_as_any_of_their_passages(archive: Recommender) -> None:
    both = archive.search('"oude kerk" "dijk van Tiel"', by="article")
    assert ids(both) == ["Tiel#3"]
    assert ids(archive.search('"oude kerk"', by="article")) == ["Tiel#2"]
    left = archive.search("water -boot", by="article")
    assert [hit.article_id for hit in left] == ["Zwolle"]
    assert {hit.article_id for hit in archive.search("water -boot", k=9)} == {
        "Tiel",
        "Arnhem",
        "Zwolle",
    }


def test_a_removed_article_takes_its_caption_along(tmp_path: Path) -> None:
    built(tmp_path, ARTICLES)
    changed = [{**ARTICLES[1], "title": "Water"}, ARTICLES[2], article("Grave", "Foto: Eva Bos")]
    later = built(tmp_path, changed)
    assert len(later.snapshot.segments) > 1
    assert ids(later.search("boot", ranking="words")) == ["Arnhem#2"]
    assert ids(later.search('"nieuwe kerk"')) == ["Arnhem#2"]
    assert not verify(tmp_path / "vectors").problems


def test_merged_segments_hold_the_captions_of_all(tmp_path: Path) -> None:
    for count in range(1, 7):
        rows = [article(f"plaats{n}", CAPTION.format(f"{n}e")) for n in range(count)]
        found = built(tmp_path, rows)
    assert len(found.snapshot.segments) < 6
    assert not verify(tmp_path / "vectors").problems
    for number in range(6):
        assert ids(found.search(f'"{number}e kerk"')) == [f"plaats{number}#2"]


def test_a_long_table_is_kept_in_parts(tmp_path: Path) -> None:
    table = "\n".join(f"rij {n} | waarde {n}" for n in range(400))
    found = built(tmp_path, [article("Tiel", table)])
    hits = found.search("rij", ranking="words", k=50)
    assert len(hits) > 1
    assert all(len(hit.text) <= 2_000 and hit.role is Role.TABLE for hit in hits)
    text = ARTICLES[0]["text"].split("\n\n")[0] + "\n\n" + table
    assert all(hit.text == text[hit.start : hit.end] for hit in hits)


def test_the_words_file_is_checked_and_made_again(tmp_path: Path) -> None:
    found = built(tmp_path, ARTICLES)
    path = found.snapshot.segments[0].folder / WORDS_ONLY_FILE
    path.write_bytes(b"\0" * path.stat().st_size)
    assert WORDS_ONLY_FILE in " ".join(verify(tmp_path / "vectors").problems)
    assert verify(tmp_path / "vectors", repair=True).repaired
    again = Recommender.open(tmp_path / "vectors", encoder=ENCODER)
    assert ids(again.search("boot", ranking="words")) == ["Tiel#2", "Arnhem#2"]


def test_why_a_caption_is_an_answer_is_said(archive: Recommender) -> None:
    [hit] = archive.search('"oude kerk"', explain=True)
    assert hit.explanation is not None
    words = {part.name: part.words for part in hit.explanation.parts}
    assert words["meaning"] == "a caption is kept for word search only"
    assert words["words"] == "shares oude, kerk with the query; it follows all hits with a vector"
