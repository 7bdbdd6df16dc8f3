"""A word alone, such as a name, is answered first with what holds it, in whatever language."""

from __future__ import annotations

from pathlib import Path

import pytest

from recommender import Recommender, build

TEXTS = {
    "nl-ferry": "Veerpont Culemborg vaart weer\n\nNa twee weken reparatie vaart de pont weer.",
    "nl-museum": "Museum toont klokken\n\nHet museum opent vrijdag een zaal met staande klokken.",
    "nl-skating": "Schaatsbaan open\n\nDe ijsbaan gaat zaterdag open voor leden en bezoekers.",
    "nl-library": "Bibliotheek krijgt nieuw dak\n\nDe bibliotheek sluit drie maanden.",
    "de-mill": "Mühle in Brüggen brennt\n\nDie alte Wassermühle stand am Abend in Flammen.",
    "de-bakery": "Bäckerei schließt\n\nNach neunzig Jahren schließt die Bäckerei am Markt.",
    "de-bridge": "Brücke gesperrt\n\nDie Brücke über die Leine bleibt bis Mai gesperrt.",
    "fr-theatre": "Un théâtre rouvre à Vézelay\n\nLa salle rouvre après deux ans de travaux.",
    "fr-market": "Le marché déménage\n\nLe marché du samedi se tiendra devant la gare.",
    "fr-choir": "Une chorale cherche des voix\n\nLa chorale répète chaque mardi soir.",
    "pl-school": "Szkoła w Kórniku\n\nNowa szkoła przyjmie dwustu uczniów we wrześniu.",
    "pl-tram": "Tramwaj wraca\n\nPo remoncie torów tramwaj wraca na dawną trasę.",
    "tr-olive": "Ayvalık zeytin topluyor\n\nÜreticiler bu yıl bol ürün bekliyor.",
    "tr-fair": "Kitap fuarı açıldı\n\nFuar pazar gününe kadar sürecek.",
    "ar-well": "بئر جديدة في تيميمون\n\nتزود البئر أربع قرى بالماء منذ يوم الأحد.",
    "ar-cheese": "مصنع الجبن يتوسع\n\nيشتري المصنع الحليب من مئة مزارع.",
    "zh-lake": "洱海水位回升\n\n连续降雨之后，湖水比去年高出一米。",
    "zh-kites": "风筝节开幕\n\n来自各地的爱好者在海边放飞风筝。",
    "ru-ice": "Лёд на Онеге\n\nСпасатели просят рыбаков не выходить на лёд.",
    "ru-bees": "Пчеловоды собрали мёд\n\nВ этом году мёда вдвое больше прошлогоднего.",
    "en-otters": "Otters return to Wensleydale\n\nA family of otters was seen near the weir.",
    "en-cinema": "Cinema saved\n\nVolunteers bought the old cinema with small gifts.",
    "id-rice": "Petani Tabanan panen padi\n\nHujan datang tepat waktu dan hasilnya baik.",
    "fi-sauna": "Sauna avattiin Porvoossa\n\nYleinen sauna on auki joka perjantai.",
}
HELD = {
    "Culemborg": "nl-ferry",
    "Brüggen": "de-mill",
    "Bruggen": "de-mill",
    "Vézelay": "fr-theatre",
    "Kórniku": "pl-school",
    "Ayvalık": "tr-olive",
    "تيميمون": "ar-well",
    "洱海": "zh-lake",
    "Онеге": "ru-ice",
    "wensleydale": "en-otters",
    "Tabanan": "id-rice",
    "Porvoossa": "fi-sauna",
    "zeytin": "tr-olive",
}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Recommender:
    folder: Path = tmp_path_factory.mktemp("words")
    for id, text in TEXTS.items():
        (folder / f"{id}.txt").write_text(text, encoding="utf-8")
    build(folder, into=folder / "vectors")
    return Recommender.open(folder / "vectors")


@pytest.mark.model
@pytest.mark.parametrize("by", ["passage", "article"])
def test_what_holds_a_word_alone_comes_first(archive: Recommender, by: str) -> None:
    found = {word: [hit.article_id for hit in archive.search(word, by=by)][:1] for word in HELD}
    assert found == {word: [article] for word, article in HELD.items()}


@pytest.mark.model
def test_a_word_that_the_archive_does_not_hold_has_no_such_answer(archive: Recommender) -> None:
    for word in ("Zierikzee", "Trondheim", "函館", "Самарканд"):
        assert all(hit.score < 1 for hit in archive.search(word, confidence="loose")), word


@pytest.mark.model
def test_function_words_alone_find_nothing_for_being_held(archive: Recommender) -> None:
    for word in ("after", "op", "sur"):
        assert not archive.search(word), word


@pytest.mark.model
def test_several_words_are_answered_by_meaning_and_words_together(archive: Recommender) -> None:
    hits = archive.search("otters near the weir")
    assert hits[0].article_id == "en-otters"
    assert all(hit.score < 1 for hit in hits)
