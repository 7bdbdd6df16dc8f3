"""Blocks that recur across an archive are learned, reviewed and left out."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from support.stand_in import WordEncoder

from recommender import Recommender, build
from recommender.errors import SettingsError, StorageError
from recommender.passages.boilerplate import (
    BOILERPLATE_FILE,
    Learner,
    Recurrence,
    block_keys,
    block_of,
    fingerprint,
    keys_to_count,
    list_text,
    needed,
    read_list,
)
from recommender.types import Article

Source = Callable[[Mapping[str, str | bytes]], Path]
CLOSING = "Dit was het nieuws van week {}; mail de redactie als u vragen heeft."
BODY = "Het water steeg in plaats {} tot aan de dijk, zo zeggen de mensen die er wonen: {}."


def issues_of(issues: int = 8) -> dict[str, str | bytes]:
    words = ["een", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen", "tien"]
    return {
        f"{number}.txt": f"{BODY.format(words[number], words[-number])}\n\n{CLOSING.format(number)}"
        for number in range(issues)
    }


def articles(issues: int) -> list[Article]:
    return [Article(name, "", str(text), "nl") for name, text in issues_of(issues).items()]


def learn(articles: Iterable[Article]) -> list[Recurrence]:
    """Return the blocks that recur, learned as a build learns them."""
    learner: Learner[Article] = Learner()
    for article in articles:
        counted = keys_to_count(block_keys(article), fingerprint(article.title))
        learner.add(article.language, article.id, ((key, article) for key in counted))
    return learner.learned(lambda key, article: block_of(article, key))


def test_a_block_that_recurs_but_for_its_number_is_learned() -> None:
    [found] = learn(articles(8))
    assert (found.articles, found.language) == (8, "nl")
    assert found.text.startswith("Dit was het nieuws van week")


def test_a_block_in_fewer_articles_than_needed_is_not() -> None:
    assert learn(articles(5)) == []
    assert [needed(count) for count in (5, 40, 400, 1_000_000)] == [6, 6, 20, 1000]


def test_a_block_that_one_article_repeats_is_not() -> None:
    assert learn([Article("a", "", "\n\n".join(["Refrein van het lied."] * 20), "nl")]) == []


def test_a_number_is_what_a_short_block_says() -> None:
    assert fingerprint("Linux 2.6") != fingerprint("Linux 3.2")
    assert fingerprint(CLOSING.format(1)) == fingerprint(CLOSING.format(52).upper())
    assert fingerprint("***") == fingerprint("12") == fingerprint("x" * 2_000) == 0


@pytest.mark.parametrize(
    "block",
    [
        "Don’t — read: the «Straße 12» of Café Ångström, İstanbul; 3rd edition, ﬁne print",
        "Мост 12 закрыт_до понедельника из-за ремонта, говорит округ Ⅷ и ещё ٤٢ человека",
        "橋は月曜日まで閉鎖されます。　ﾊｼ 12",
        "Don’t 12",
        "Ⅷ_x²-1b",
    ],
)
def test_only_letters_count_and_in_a_short_block_digits(block: str) -> None:
    letters = "".join(re.findall(r"[^\W\d_]", block))
    counted = letters if len(letters) >= 40 else "".join(re.findall(r"\w", block))
    expected = unicodedata.normalize("NFKC", counted.casefold()).encode()
    digest = hashlib.blake2b(expected, digest_size=8).digest()
    assert fingerprint(block) == int.from_bytes(digest, "little")


def test_what_is_learned_is_left_out_until_a_person_says_keep(
    source: Source, tmp_path: Path
) -> None:
    encoder = WordEncoder("dijk", "redactie", max_tokens=40)
    folder, into = source(issues_of()), tmp_path / "vectors"
    report = build(folder, into=into, model=encoder)
    assert report.roles["boilerplate"] == 8
    assert not any("redactie" in text for text in encoder.asked)

    path = into / BOILERPLATE_FILE
    path.write_text(path.read_text("utf-8").replace("drop\t", "keep\t"), "utf-8")
    report = build(folder, into=into, model=encoder)
    assert "boilerplate" not in report.roles
    assert [one.verdict for one in read_list(path)] == ["keep"]
    with Recommender.open(into, encoder=encoder) as recommender:
        assert "redactie" in recommender.search("redactie", k=1)[0].text


def test_an_article_that_is_nothing_but_a_recurring_block_keeps_it(
    source: Source, tmp_path: Path
) -> None:
    encoder = WordEncoder("dijk", max_tokens=40)
    folder = source({f"{number}.txt": BODY.format("Tiel", "allen") for number in range(8)})
    report = build(folder, into=tmp_path / "vectors", model=encoder)
    assert (report.passages, report.left_out) == (8, ())


def test_a_line_of_a_person_leaves_out_a_block_that_does_not_recur(
    source: Source, tmp_path: Path
) -> None:
    encoder = WordEncoder("dijk", max_tokens=40)
    folder, into = source(issues_of(2)), tmp_path / "vectors"
    into.mkdir()
    (into / BOILERPLATE_FILE).write_text(f"always\t{CLOSING.format(0)}\n", "utf-8")
    assert build(folder, into=into, model=encoder).roles["boilerplate"] == 2
    assert [one.verdict for one in read_list(into / BOILERPLATE_FILE)] == ["always"]


def test_an_unchanged_archive_is_still_unchanged(source: Source, tmp_path: Path) -> None:
    encoder = WordEncoder("dijk", max_tokens=40)
    folder, into = source(issues_of()), tmp_path / "vectors"
    build(folder, into=into, model=encoder)
    assert not build(folder, into=into, model=encoder).published


def test_the_list_reads_back_as_it_was_written(tmp_path: Path) -> None:
    found = learn(articles(8))
    (tmp_path / BOILERPLATE_FILE).write_text(list_text(found), "utf-8")
    assert read_list(tmp_path / BOILERPLATE_FILE) == found


@pytest.mark.parametrize("space", ["\n", "\t", "\u2028", "\x85", "\x1c"])
def test_white_space_in_a_name_breaks_no_line_of_the_list(tmp_path: Path, space: str) -> None:
    [found] = learn(articles(8))
    odd = replace(found, example=f"een{space}twee", language=f"nl{space}x")
    (tmp_path / BOILERPLATE_FILE).write_text(list_text([odd]), "utf-8")
    assert read_list(tmp_path / BOILERPLATE_FILE) == [
        replace(found, example="een twee", language="nl x")
    ]


def test_a_line_that_is_none_is_an_error_with_its_place(tmp_path: Path) -> None:
    (tmp_path / BOILERPLATE_FILE).write_text("# a comment\nperhaps\tthis\n", "utf-8")
    with pytest.raises(SettingsError, match=r"boilerplate.tsv:2: is not a line of this list"):
        read_list(tmp_path / BOILERPLATE_FILE)


@pytest.mark.parametrize("below", ["", "vectors"])
def test_an_index_in_place_of_a_file_is_an_error_that_says_what_to_do(
    source: Source, tmp_path: Path, below: str
) -> None:
    file = tmp_path / "file"
    file.write_text("not a folder")
    with pytest.raises(StorageError, match="is a file or lies below one; name a folder"):
        build(source(issues_of(2)), into=file / below, model=WordEncoder("dijk"))
