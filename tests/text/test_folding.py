"""Words compare as people type them, and letters that are different stay so."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from recommender.text.folding import folded
from recommender.text.words import grams_of, pattern_of, words_of

# Spellings of one word, by what differs.
ALIKE = {
    "capitals": ("Bachmoet", "BACHMOET"),
    "soft hyphens": ("gemeenteraad", "gemeente\u00adraad", "ge\u00admeen\u00adte\u00adraad"),
    "zero-width": ("binnenvaart", "binnen\u200bvaart", "binnen\u2060vaart", "\ufeffbinnenvaart"),
    "accents": ("resume", "résumé", "re\u0301sume\u0301", "RÉSUMÉ", "resumé"),
    "an accent too many": ("Bachmoet", "Báchmoet", "Bachmoët"),
    "letters with a stroke": ("lodz", "Łódź", "LODZ"),
    "a Danish o": ("kobenhavn", "København"),
    "ligatures": ("oeuvre", "œuvre", "Œuvre"),
    "German": ("strasse", "Straße", "STRASSE", "STRAẞE"),
    "Vietnamese": ("viet nam", "Việt Nam"),
    "Turkish": ("istanbul", "İstanbul", "İSTANBUL", "ISTANBUL", "ıstanbul"),
    "Greek": ("αθηνα", "Αθήνα", "ΑΘΗΝΑ", "ΑΘΉΝΑ"),
    "Greek sigma": ("οδος", "οδός", "ΟΔΟΣ", "οδοσ"),
    "Greek of old": ("αθηναι", "Ἀθῆναι"),
    "Russian stress": ("замок", "за\u0301мок"),
    "Russian yo": ("елка", "ёлка"),
    "Ukrainian apostrophes": ("п'ять", "п’ять", "пʼять"),
    "Arabic vowels": ("كتاب", "كِتَابٌ", "كتـــاب"),
    "Arabic alef": ("احمد", "أحمد", "آحمد", "ٱحمد"),
    "Arabic endings": ("مدرسه", "مدرسة"),
    "Persian": ("سه‌شنبه", "سهشنبه", "سه\u200cشنبه"),
    "Persian yeh and kaf": ("کتابی", "كتابي"),
    "Arabic digits": ("2022", "٢٠٢٢", "۲۰۲۲", "２０２２"),
    "Hebrew": ("שלום", "שָׁלוֹם"),
    "Hebrew acronyms": ("צהל", 'צה"ל', "צה״ל"),
    "Hebrew geresh": ("צק", "צ'ק", "צ׳ק"),
    "Hebrew hyphens": ("בית-ספר", "בית־ספר"),
    "Hindi nasals": ("हिंदी", "हिन्दी"),
    "Hindi moons": ("चांद", "चाँद"),
    "Hindi dots below": ("जरूर", "ज़रूर", "ज\u093cरूर"),
    "Thai order": ("น้ำ", "น\u0e49\u0e4dา", "น\u0e4d\u0e49า"),
    "Catalan": ("collegi", "col·legi", "coŀlegi"),
    "Icelandic": ("thor", "Þór"),
    "Azerbaijani": ("eliyev", "Əliyev"),
    "Hausa": ("daki", "ɗaki"),
    "dashes": ("covid-19", "covid–19", "covid−19", "covid‑19"),
    "quotation marks": ('de "sluis" dicht', "de “sluis” dicht", "de „sluis” dicht"),
    "okina": ("hawai'i", "Hawaiʻi", "Hawai’i"),
    "full width": ("f-16", "Ｆ－１６", "F‑16"),
    "half width": ("ガス", "ｶﾞｽ"),
    "Chinese": ("北闸关闭两年", "北閘關閉兩年"),
}
# Words that are not one.
DIFFERENT = [
    ("мой", "мои"),
    ("їжак", "іжак"),
    ("हिन्दी", "हिन्द"),
    ("가나", "거나"),
    ("ガス", "カス"),
    ("น้ำ", "นำ"),
    ("כתב", "כתבה"),
    ("北京", "南京"),
    ("जन्म", "जंम"),
    ("ড়", "ড"),
    ("ה'", "הה"),
]


@pytest.mark.parametrize("kind", ALIKE)
def test_spellings_of_one_word_are_folded_into_one(kind: str) -> None:
    first, *others = ALIKE[kind]
    for other in others:
        assert folded(other) == folded(first)
        assert words_of(other) == words_of(first)
        assert pattern_of(first).search(folded(f"x {other} y"))
        assert pattern_of(other).search(folded(f"x {first} y"))


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_letters_stay_different(one: str, other: str) -> None:
    assert folded(one) != folded(other)


def test_folding_again_changes_nothing_of_any_character() -> None:
    wrong = []
    for code in range(sys.maxunicode + 1):
        letter = chr(code)
        if unicodedata.category(letter) not in ("Cs", "Cn", "Co"):
            once = folded(letter)
            wrong += [letter] if folded(once) != once else []
    assert wrong == []


def test_what_is_folded_has_words_and_parts_as_before() -> None:
    text = "L’été à Łódź, İstanbul 北閘關閉 مدرسة"
    assert words_of(text) == words_of(folded(text))
    assert grams_of(words_of(text)) == grams_of(words_of(folded(text)))
