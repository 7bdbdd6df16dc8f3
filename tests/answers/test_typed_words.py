"""Phrases and words are found however people type them."""

from __future__ import annotations

import pytest
from support.archive import Archive
from support.stand_in import WordEncoder

from recommender import Recommender

ROWS = {
    "soft": ("nl", "De gemeente\u00adraad stemt over de binnen\u00advaart\u00adschippers."),
    "width": ("nl", "Ｄｅ brug bij\u200b Zalt\u200bbommel blijft dicht tot ２０２７."),
    "accents": ("fr", "Son résumé de la soirée à l’Élysée a déçu."),
    "turkish": ("tr", "İSTANBUL Boğazı'nda IŞIK yok."),
    "greek": ("el", "ΑΘΗΝΑ: ΚΛΕΙΣΤΟΣ ΔΡΟΜΟΣ"),
    "arabic": ("ar", "أُغْلِقَتِ المَدْرَسَةُ فِي القـــاهرة سنة ٢٠٢٢"),
    "hebrew": ("he", "שָׁלוֹם לַתַּלְמִידִים"),
    "traditional": ("zh-Hant", "市議會決定關閉北面的船閘兩年"),
    "simplified": ("zh-Hans", "台风过后，学校停课"),
    "polish": ("pl", "Most w Łodzi zamknięty"),
}
ARCHIVE = Archive(
    rows=[
        *({"id": id, "language": language, "text": text} for id, (language, text) in ROWS.items()),
        *({"id": f"other{n}", "language": "en", "text": f"Nothing of it {n}."} for n in range(30)),
    ],
    encoder=WordEncoder("nothing", max_tokens=50),
)
TYPED = {
    "soft": ["gemeenteraad", "binnenvaartschippers", "GEMEENTERAAD", "gemeente\u00adraad"],
    "width": ["Zaltbommel", "2027", "de brug", "２０２７"],
    "accents": ["resume", "résumé", "soiree", "l'Elysee", "RÉSUMÉ"],
    "turkish": ["istanbul", "İstanbul", "işik", "ışık", "bogazi"],
    "greek": ["Αθήνα", "αθηνα", "κλειστός δρόμος"],
    "arabic": ["اغلقت", "المدرسة", "المدرسه", "القاهرة", "2022"],
    "hebrew": ["שלום", "שָׁלוֹם", "לתלמידים"],
    "traditional": ["市议会", "關閉", "关闭", "船闸两年"],
    "simplified": ["颱風", "台风", "學校停課"],
    "polish": ["lodzi", "Łodzi", "zamkniety"],
}


@pytest.mark.parametrize("article", TYPED)
def test_a_phrase_is_found_however_it_is_typed(archive: Recommender, article: str) -> None:
    for typed in TYPED[article]:
        assert [hit.article_id for hit in archive.search(f'"{typed}"')] == [article], typed


@pytest.mark.parametrize("article", TYPED)
def test_words_are_found_however_they_are_typed(archive: Recommender, article: str) -> None:
    for typed in TYPED[article]:
        hits = archive.search(typed, ranking="words")
        assert hits[0].article_id == article, typed


def test_texts_are_shown_as_they_were_written(archive: Recommender) -> None:
    [hit] = archive.search('"gemeenteraad"', explain=True)
    assert hit.text == ROWS["soft"][1]
    [french] = archive.search('"resume"', explain=True)
    assert french.explanation is not None
    words = next(part.words for part in french.explanation.parts if part.name == "words")
    assert words.startswith("shares résumé with the query")


def test_excluded_words_are_left_out_however_they_are_typed(archive: Recommender) -> None:
    for typed, article in (("resume", "accents"), ("Αθηνα", "greek"), ("学校停课", "simplified")):
        every = {hit.article_id for hit in archive.search("nothing", k=50, confidence="loose")}
        found = {
            hit.article_id for hit in archive.search(f"nothing -{typed}", k=50, confidence="loose")
        }
        assert every - found == {article}
