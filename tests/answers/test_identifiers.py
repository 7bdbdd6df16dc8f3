"""What names one thing by its digits is answered by what holds it, or by nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.archive import Archive
from support.stand_in import WordEncoder

from recommender import Filters, Recommender, build

SUBJECTS = ("mail server", "web browser", "kernel", "printer", "database")
ADVISORIES = {
    f"flaw{n}": f"Security update\n\nCVE-2031-{1000 + 7 * n}: the {SUBJECTS[n % 5]} can be stopped "
    f"by a crafted file. Version {n}.2 mends it."
    for n in range(30)
}
OTHERS = {
    "flight": "Toestel vermist\n\nVan vlucht MH 370 met 239 mensen aan boord is geen spoor.",
    "korean": "실종된 여객기\n\n말레이시아항공 MH370편의 잔해를 찾는 작업이 끝났다.",
    "other-flight": "Toestel neergestort\n\nVlucht MH17 met 298 mensen aan boord stortte neer.",
    "standard": "Keurmerk\n\nDe gemeente haalt opnieuw het certificaat ISO 9001 voor kwaliteit.",
    "other-standard": "Keurmerk\n\nDe haven haalt het certificaat ISO 14001 voor het milieu.",
    "council": "Stemming\n\nDe VN-Veiligheidsraad nam resolutie 2334 over de nederzettingen aan.",
    "strike": "Staking\n\nOp 7 maart 2031 staakt het personeel van de haven.",
    "vote": "Wahl\n\nGewählt wird am 7. März 2031 in allen Ländern.",
    "numeric": "Havenstaking\n\nDe havenarbeiders leggen op 07/03/2031 het werk neer.",
    "ruling": "Data an de VS\n\nDas Gericht entschied in der Sache C-311/18 gegen die Firma.",
}
DATED = {"strike", "vote", "numeric"}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Recommender:
    folder: Path = tmp_path_factory.mktemp("identifiers")
    for id, text in {**ADVISORIES, **OTHERS}.items():
        (folder / f"{id}.txt").write_text(text, encoding="utf-8")
    build(folder, into=folder / "vectors")
    return Recommender.open(folder / "vectors")


@pytest.mark.model
@pytest.mark.parametrize(
    ("query", "articles"),
    [
        ("CVE-2031-1070", {"flaw10"}),
        ("cve 2031 1070", None),  # as words of their own, they name nothing
        ("CVE-2031-1071", set()),
        ("CVE-2030-1070", set()),
        ("MH370", {"flight", "korean"}),
        ("mh-370", {"flight", "korean"}),
        ("MH371", set()),
        ("ISO 9001", {"standard"}),
        ("ISO 9002", set()),
        ("UN 2334", {"council"}),
        ("UN 2335", set()),
        ("C-311/18", {"ruling"}),
        ("C-311/19", set()),
        ("9001", {"standard"}),
        ("9002", set()),
    ],
)
def test_only_what_holds_it_answers(
    archive: Recommender, query: str, articles: set[str] | None
) -> None:
    for ranking in ("hybrid", "meaning"):
        found = {hit.article_id for hit in archive.search(query, ranking=ranking, k=20)}
        if articles is not None:
            assert found <= articles
        if ranking == "hybrid" and articles:
            assert found == articles


@pytest.mark.model
def test_an_empty_list_says_why(archive: Recommender) -> None:
    answer = archive.answer_search("MH371")
    assert answer.notices == ("no answer holds MH371; list searches ids and titles for it",)
    assert answer.nearest is None
    assert archive.answer_search("MH370").notices == ()
    assert archive.answer_search("9002").notices == ()


@pytest.mark.model
def test_what_lacks_it_is_shown_as_loose(archive: Recommender) -> None:
    hits = archive.search("CVE-2031-1071", confidence="loose")
    assert len(hits) == 10
    assert {hit.confidence for hit in hits} == {"loose"}


@pytest.mark.model
def test_beside_other_words_what_lacks_it_is_not_sure(archive: Recommender) -> None:
    hits = archive.search("printer flaw CVE-2031-1021", confidence="loose", k=20)
    assert {hit.article_id for hit in hits if hit.confidence == "sure"} <= {"flaw3"}
    assert hits[0].article_id == "flaw3"


@pytest.mark.model
def test_filters_may_leave_nothing_to_read(archive: Recommender) -> None:
    assert (
        archive.search("CVE-2031-1070", filters=Filters(languages="vi"), confidence="loose") == []
    )


@pytest.mark.model
@pytest.mark.parametrize(
    ("query", "date"), [("7 maart 2031", "2031-03-07"), ("март 2031", "2031-03")]
)
def test_a_date_is_answered_by_what_holds_it_and_by_how_to_list_it(
    archive: Recommender, query: str, date: str
) -> None:
    for k in (10, 40):
        answer = archive.answer_search(query, k=k)
        assert {hit.article_id for hit in answer.hits} <= {*DATED, *ADVISORIES}
        assert [date in notice for notice in answer.notices] == [True]
    assert archive.answer_search("staking in maart 2031").notices == ()


@pytest.mark.model
def test_a_date_is_held_however_it_is_written(archive: Recommender) -> None:
    hits = archive.search("7 March 2031", by="article", k=20)
    assert {hit.article_id for hit in hits} >= DATED


def test_who_searches_for_the_address_or_id_of_an_article_is_told_to_name_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        {"id": "news/bridge", "url": "https://example.org/2031/bridge", "text": "The bridge."},
        {"id": "either/or", "text": "A book.", "embargo": "2099-01-01"},
        {"id": "nl-bridge_2031", "text": "De brug."},
        {"id": "bridge", "text": "One more bridge."},
        {"id": "2031", "text": "A year."},
        {"id": "hush-2031", "text": "A secret.", "embargo": "2099-01-01"},
        *({"id": f"other{n}", "text": f"Other {n}."} for n in range(30)),
    ]
    archive = Archive(rows=rows, encoder=WordEncoder("bridge")).open_in(tmp_path)
    for name in (
        "https://example.org/2031/bridge",
        "www.example.org/2031/bridge#top",
        "news/bridge",
        *("nl-bridge_2031", "nl-bridge_2031#0", "other7"),
    ):
        [notice] = archive.answer_search(name).notices
        assert "is the name of an article" in notice
    monkeypatch.setattr("recommender.answers.ids.suggestions", None)  # they take long to find
    for text in (
        *("https://example.org/2031/dike", "either/or", "bridge", "the news/bridge", "x/"),
        *("news/bri", "\ud800/bridge", "hush-2031", "nl-bridge", "nl-bridge_2031 other7"),
    ):
        assert archive.answer_search(text).notices == ()
