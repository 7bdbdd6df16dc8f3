"""The language of articles: declared ones win unless clearly wrong."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from support.stand_in import HashEncoder

from recommender import Recommender, add, build, remove
from recommender.answers.article_vectors import StoredArticleVectors, language_in
from recommender.store.layout import current_name
from recommender.store.manifest import read_manifest
from recommender.text import language as detection
from recommender.text.function_words import words_only_within
from recommender.text.language import detect_language, languages_within, settle_language
from recommender.types import Article, LanguageDoubt

DUTCH = (
    "Het is zeer onwaarschijnlijk dat het leger nog enige vooruitgang boekt in zijn pogingen om "
    "de stad in te nemen, zo zeggen de onderzoekers in hun nieuwste rapport over de strijd, die "
    "nu al vijf maanden duurt en aan beide kanten veel levens heeft gekost."
)
ENGLISH = (
    "We have never seen the river this high, and we do hope that it will not rise any more before "
    "the end of the week."
)
CHINESE = (
    "连续多日的暴雨之后，鄱阳湖的水位还在上涨，守堤的村民已经三天没有合眼，镇上的小学也停了课，" * 2
)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (DUTCH, "nl"),
        ("Der Bundestag hat die Preisbremsen für Gas und Strom beschlossen.", "de"),
        ("تتواصل المعارك العنيفة حول مدينة باخموت في شرق أوكرانيا", "ar"),
        ("连续多日的暴雨之后，鄱阳湖的水位还在上涨。", "zh"),
        ("Kort", "und"),
        ("12345 67890 !!!", "und"),
        ("", "und"),
    ],
)
def test_a_text_is_in_the_language_it_reads_as(text: str, language: str) -> None:
    assert detect_language(text) == language


@pytest.mark.parametrize(
    ("part", "language"),
    [
        ("“We have never seen the river this high, and we do hope it will not rise again.”", "en"),
        ("„Wir haben den Fluss noch nie so hoch gesehen, und er soll nicht weiter steigen.“", "de"),
        ("Het water steeg in de nacht tot aan de dijk, zo zeggen de mensen die er wonen.", "nl"),
        ("Die rivier het in die nag tot by die dyk gestyg, sê die mense wat daar woon.", "nl"),
        ("“We will rise.”", "nl"),
    ],
)
def test_a_part_is_in_another_language_only_where_that_is_clear(part: str, language: str) -> None:
    around = [DUTCH, f"{DUTCH} En zo is het."]
    assert languages_within([*around, part], "nl") == ["nl", "nl", language]


def test_parts_in_other_scripts_are_told_apart_both_ways() -> None:
    assert languages_within([CHINESE, ENGLISH, CHINESE], "zh") == ["zh", "en", "zh"]
    assert languages_within([ENGLISH, CHINESE, ENGLISH], "en") == ["en", "zh", "en"]


@pytest.mark.parametrize(
    ("part", "language"),
    [
        ("“我们已经就文本达成一致，剩下的只是几天的时间，没有人愿意空手离开。”", "zh"),
        ("«Мы договорились о тексте, осталось несколько дней.»", "ru"),
        ("لقد توصلنا إلى نص مشترك بعد مفاوضات طويلة، ونأمل أن يوقع عليه الطرفان قريبا.", "ar"),
    ],
)
def test_another_script_takes_fewer_letters(part: str, language: str) -> None:
    assert languages_within([DUTCH, DUTCH, part], "nl") == ["nl", "nl", language]


def test_each_part_of_an_article_in_no_one_language_has_its_own() -> None:
    assert languages_within([DUTCH, ENGLISH, CHINESE], "und") == ["nl", "en", "zh"]


def test_parts_in_a_language_that_the_detector_does_not_know_are_left_alone() -> None:
    assert languages_within([ENGLISH, DUTCH], "sco") == ["sco", "sco"]


def test_what_is_no_language_is_none() -> None:
    key = "iQCVAwUBNs9iWKiRn0nSNFD5AQHvrwQAhB69XmhH0465wpt+GABaU2ipBLQhUHX7 VHGc9bL6F72JEMEfvn58S9Y"
    assert languages_within([ENGLISH, key], "en") == ["en", "en"]


def test_a_quote_in_another_language_is_centred_and_shown_in_its_own(tmp_path: Path) -> None:
    row = {"id": "a", "text": f"{DUTCH}\n\n{DUTCH} Meer niet.\n\n“{ENGLISH}”", "language": "nl"}
    other = {"id": "b", "text": f"{ENGLISH}\n\n{ENGLISH} No more.", "language": "en"}
    encoder = HashEncoder(8, 500)
    for rows in ([row, other], [row, other, {**row, "id": "c"}]):
        (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
        report = build(tmp_path / "rows.jsonl", into=tmp_path / "index", model=encoder)
        found = Recommender.open(tmp_path / "index", encoder=encoder)
        snapshot = found.snapshot
        [quote] = [hit for hit in found.search(ENGLISH, plain=True) if hit.passage_id == "a#3"]
        assert (quote.language, quote.passage_language) == ("nl", "en")
        position = snapshot.find("a")
        assert position is not None
        side = StoredArticleVectors(snapshot, position)
        assert [language_in(side, f"a#{number}") for number in (1, 3)] == ["nl", "en"]
        rows_of_a = list(snapshot.rows(position))
        keys = snapshot.languages_of(np.array(rows_of_a))
        assert keys == ["nl-Latn", "nl-Latn", "en-Latn"]
        own = snapshot.space.center(snapshot.vectors(rows_of_a[2:]), ["en"])
        assert np.allclose(snapshot.centered(rows_of_a[2:]), own)
        languages = [paragraph.language for paragraph in found.show("a").paragraphs]
        assert languages == ["", "", "en"]
        assert report.languages["nl"] == len(rows) - 1


def test_a_declared_language_wins_over_a_near_relation() -> None:
    assert settle_language(Article("a", "t", DUTCH, "af")) == ("af", "")


def test_a_declared_language_that_is_clearly_wrong_is_replaced_and_reported() -> None:
    language, note = settle_language(Article("a", "t", DUTCH, "fr"))
    assert (language, note) == ("nl", "declared as fr, but is clearly nl")


def test_the_chances_of_many_paragraphs_of_one_article_are_not_all_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(detection, "KEPT_SAMPLES", 100)
    kept = detection._KeptChances()
    samples = [f"{ENGLISH} {number % 250}".encode() for number in range(300)]
    found = list(kept.of(samples))
    assert len(kept._kept) <= 100
    each = [detection._KeptChances().of([sample]) for sample in samples]
    assert [one.tolist() for one in found] == [one.tolist() for [one] in each]


def test_a_few_words_of_the_declared_language_hide_no_other() -> None:
    quoting = "The words het, een and van open most sentences of the Dutch that she wrote. "
    rest = "She was a teacher who had lived with her family in the old house near the harbour."
    language, note = settle_language(Article("a", "t", quoting + 3 * rest, "nl"))
    assert (language, note) == ("en", "declared as nl, but is clearly en")


@pytest.mark.parametrize(
    ("declared", "other"), [("ja", "ja"), ("zh", "zh"), ("ko", "ja"), ("en", "ja")]
)
def test_a_script_of_its_own_names_the_language_that_is_declared(declared: str, other: str) -> None:
    text = 16 * ("橋は月曜日まで閉鎖されます。" if other == "ja" else "这座桥将关闭到星期一。")
    assert settle_language(Article("a", "t", text, declared))[0] == other


def test_function_words_that_only_near_relations_share_name_the_language() -> None:
    assert "og" not in words_only_within("da", frozenset({"da"}))
    danish = words_only_within("da", frozenset({"da", "nb", "sv"}))
    assert "og" in danish
    assert "och" not in danish
    assert words_only_within("qq", frozenset({"qq"})) == frozenset()


def test_a_build_names_the_articles_whose_declared_language_is_wrong(tmp_path: Path) -> None:
    rows = [
        {"id": "right", "text": DUTCH, "language": "nl", "language_note": 7},
        {"id": "wrong", "text": DUTCH, "language": "fr"},
    ]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    report = build(tmp_path / "rows.jsonl", into=tmp_path / "index", model=HashEncoder(8, 500))
    doubt = LanguageDoubt("wrong", "declared as fr, but is clearly nl")
    assert report.language_doubts == (doubt,)
    assert report.languages == {"nl": 2}


def test_a_doubt_is_kept_until_its_article_changes(tmp_path: Path) -> None:
    index, encoder = tmp_path / "index", HashEncoder(8, 500)

    def doubted() -> list[str]:
        return [one.article_id for one in read_manifest(index / current_name(index)).doubts]

    rows = [{"id": id, "text": f"{DUTCH} {id}.", "language": "fr"} for id in ("a", "b", "c")]
    build(rows, into=index, model=encoder)
    assert doubted() == ["a", "b", "c"]
    add({"id": "d", "text": DUTCH, "language": "fr"}, into=index, model=encoder)
    add({**rows[0], "language": "nl"}, into=index, model=encoder)
    remove("b", into=index)
    assert doubted() == ["d", "c"]
    build([{**rows[0], "language": "nl"}, rows[2]], into=index, model=encoder, replace=True)
    assert doubted() == ["c"]
    build([{**rows[2], "language": "nl"}], into=index, model=encoder, replace=True)
    assert doubted() == []


def test_a_short_text_does_not_overrule_what_is_declared() -> None:
    assert settle_language(Article("a", "t", "Het is koud vandaag.", "fr")) == ("fr", "")
