"""What stands above a text says that it is not an article for the public, or not yet."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from articles.conftest import Read, zipped
from support.clock import set_clock

from recommender.types import Article, Notice, NoticeKind

BODY = (
    "The ferry to the island was taken out of service on Monday for a check of its engines.\n\n"
    "The ferryman waits for parts that have to come from abroad, the harbour master says.\n"
)
HIDDEN = {
    "Status: draft": "draft",
    "**Status:** Draft (v2), by Ada": "draft",
    "Status: concept": "draft",
    "| Status | Entwurf |": "draft",
    "状态：草稿": "draft",
    "Статус: черновик": "draft",
    "Κατάσταση: Πρόχειρο": "draft",
    "स्थिति: मसौदा": "draft",
    "DURUM: YAYINDAN KALDIRILDI": "draft",
    "Статус: на согласовании": "pending",
    "ΠΡΟΧΕΙΡΟ": "draft",
    "Status: scheduled for 1 January 2031": "scheduled",
    "Status: Scheduled for Monday 6 am": "scheduled",
    "Статус: отложенная публикация": "scheduled",
    "Publicatiestatus: ingetrokken": "trashed",
    "Status: withdrawn": "trashed",
    "Status: in review": "pending",
    "Draft: yes": "draft",
    "Gepubliceerd: nee": "draft",
    "DRAFT": "draft",
    "Draft": "draft",
    "DRAFT v2": "draft",
    "*** CONCEPT 12-03-2023 ***": "draft",
    "DRAFT - NOT FOR PUBLICATION": "draft",
    "草稿": "draft",
    "مسودة": "draft",
    "Not for publication": "private",
    "NIET PUBLICEREN": "private",
    "Nicht zur Veröffentlichung!": "private",
    "请勿发布": "private",
    "STRICTLY CONFIDENTIAL": "private",
    "Do not publish until further notice": "private",
    "EMBARGO": "scheduled",
    "Embargo until further notice": "scheduled",
    "EMBARGO until 2031-01-01 06:00": "scheduled",
    "EMBARGO until 2031 June": "scheduled",
    "EMBARGO 1-5 June 2031": "scheduled",
    "EMBARGO from 1 June to 5 June 2031": "scheduled",
    "Sous embargo du 1er au 5 juin 2031": "scheduled",
    "Embargoed until 1 January 2031, 06:00": "scheduled",
    "ONDER EMBARGO TOT 1 JANUARI 2031": "scheduled",
    "Sperrfrist: 1. Januar 2031, 06:00 Uhr": "scheduled",
    "Sous embargo jusqu’au 1er janvier 2031": "scheduled",
    "解禁日時：2031年1月1日": "scheduled",
    "Niet publiceren vóór 1 januari 2031": "scheduled",
    "NIET PUBLICEREN VÓÓR 5 MEI": "private",
    "Embargo until 1800": "scheduled",
    "EMBARGO UNTIL 1930 GMT": "scheduled",
    "Embargo: 18.00 uur": "scheduled",
    "EMBARGO: Monday 6am": "scheduled",
    "SPERRFRIST: Montag, 6 Uhr": "scheduled",
    "EMBARGO 0600": "scheduled",
    "Эмбарго до 18:00 5 мая": "scheduled",
    "Embargo ends: Monday": "scheduled",
    "Embargo t/m 10 mei 2023": "scheduled",
    "Sperrfrist: 10.05.2023, 18.00 Uhr": "scheduled",
    "EMBARGO DATE: 1 January 2031": "scheduled",
    "EMBARGOED - NOT FOR PUBLICATION BEFORE MONDAY": "scheduled",
    "FOR RELEASE: 1 January 2031": "scheduled",
    "Hold until 1 January 2031": "scheduled",
    "解禁时间：2031年1月1日": "scheduled",
    "[EMBARGO] Ferry stops": "scheduled",
    "(Embargo: 1 januari 2031)": "scheduled",
    "Status: embargoed until 1 January 2031": "scheduled",
    "Vertrouwelijk – onder embargo tot 1 januari 2031": "private",
    "PRIVATE AND CONFIDENTIAL": "private",
    "禁止发布": "private",
    "草稿，请勿发布": "draft",
    "Version: draft 2": "draft",
    "Draft for review": "draft",
    "Draft of 5 May 2023": "draft",
    "Concept d.d. 5 mei 2023": "draft",
    "Entwurf, Stand 5. Mai 2023": "draft",
    "[WIP] Ferry stops": "draft",
    "EMBARGO TBC": "scheduled",
    "Embargo: to be confirmed": "scheduled",
    "Sperrfrist: folgt": "scheduled",
    "EMBARGO (nader te bepalen)": "scheduled",
    "EMBARGO: after the vote": "scheduled",
    "ONDER EMBARGO: na de stemming": "scheduled",
    "Classification: Confidential": "private",
    "Rubricering: strikt vertrouwelijk": "private",
    "| Einstufung | Vertraulich |": "private",
    "SECRET - NOT FOR PUBLICATION": "private",
    "Memo on ferries – NIET PUBLICEREN": "private",
    "Ferry stops – DRAFT": "draft",
    "Ferry stops - CONCEPT v2": "draft",
    # Headlines that nothing tells from remarks.
    "Fantasy football – DRAFT": "draft",
    "Peugeot shows its new car – CONCEPT": "draft",
    "EMBARGO: na de oorlog": "scheduled",
    "Draft law on ferries (2nd reading) – NOT FOR PUBLICATION": "private",
    "Memo on ferries — STRICTLY CONFIDENTIAL": "private",
}
PUBLIC = [
    "Embargo until 1 January 2020",
    "Embargo on Russian oil widens",
    "Embargo for Cuba ends",
    "Embargo to hit Iran hard",
    "Embargo voor Russische olie gaat in",
    "Эмбарго до предела",
    "机密：委员会的报告说了什么",
    "سري: ما ورد في التقرير",
    "Embargo: what it means for Russia",
    "Embargo 2031 comes closer, says Iran",
    "Embargo until 2030, says Iran",
    "Embargo bis 2030 verlängert",
    "Embargo for 2027",
    "Embargo from 1990 on",
    "Embargo between Iran and Cuba",
    "Embargo ends",
    "Embargo lifts as ships sail",
    "Embargo: 1973",
    "Embargo: talks resume in May",
    "Gesperrt",
    "Gesperrt: Brücke über die Elbe",
    "解禁",
    "【解禁】ボジョレー・ヌーボー",
    "Hold the line",
    "Version: a song that was drafted twice",
    "Do not publish or perish, say scientists",
    "Concept album tops the chart",
    "CONCEPT ALBUM TOPS THE CHART",
    "Concept: a house of paper",
    "DRAFT BEER: a history",
    "Draft law on ferries passes",
    "(Concept) art is back",
    "Confidential report leaks",
    "CONFIDENCIAL",
    "Vertraulich: Was im Bericht steht",
    "Status: in progress",
    "Status: scheduled for 1 January 2022",
    "स्थिति: लंबित",
    "Статус: отклонено",
    "Status: published",
    "State: hidden",
    "Status: Approved by the council",
    "Published: 2 March 2021",
    "Embargo: after Iran, Cuba is next",
    "Embargo unknown to most, says Iran",
    "EMBARGO: lifted",
    "Classification: Mammals",
    "Classification: restricted",
    "Secret",
    "SECRET",
    "KILLED",
    "Ahmed Ali (killed)",
    "RETRACTED: Ferries and the tide",
    "A night of picks – NBA DRAFT",
    "NBA – DRAFT",
    "Everything you need to know – DRAFT 2026",
    "Classification: Confidential (declassified 1998)",
    "EMBARGO: AFTER IRAN, CUBA",
    "A house of paper – concept",
    "Pills for the ferryman – para uso interno",
]
# In reStructuredText a bar begins a verse.
NAMES = ["a.txt", "a.org", "a.rst", "a.eml"]
UNPUBLISHED = NoticeKind.UNPUBLISHED
TITLES = ["[DRAFT] Ferry stops", "Ferry stops (concept)", "DRAFT – Ferry stops", "【草稿】渡轮停航"]


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, "2023-05-10T12:00:00+00:00")


def _outcome(found: Sequence[object]) -> str:
    hidden = [one.reason for one in found if isinstance(one, Notice) and one.kind is UNPUBLISHED]
    statuses = [str(one.status_now) for one in found if isinstance(one, Article)]
    return str((statuses or hidden)[0])


@pytest.mark.parametrize(
    ("line", "name"),
    [(line, name) for line in HIDDEN for name in NAMES if name != "a.rst" or line[0] != "|"],
)
def test_a_remark_above_a_text_withholds_it(read: Read, line: str, name: str) -> None:
    head = "Subject: Ferry stops\nContent-Type: text/plain; charset=utf-8\n\n"
    written = {"a.eml": f"{head}{line}\n\n{BODY}"}.get(name, f"{line}\n\nFerry stops\n\n{BODY}")
    assert _outcome(read(name, written)) == HIDDEN[line]


@pytest.mark.parametrize("title", TITLES)
def test_a_title_may_hold_the_remark(read: Read, title: str) -> None:
    assert _outcome(read("a.md", f"# {title}\n\n{BODY}")) == "draft"


def test_a_line_break_below_the_title_may_be_lost(read: Read) -> None:
    assert _outcome(read("a.md", f"Ferry stops\nStatus: draft\n\n{BODY}")) == "draft"


@pytest.mark.parametrize("line", PUBLIC)
def test_a_sentence_with_such_words_is_no_remark(read: Read, line: str) -> None:
    for written in (f"{line}\n\n{BODY}", f"Ferry stops\n\n{line}\n\n{BODY}"):
        assert _outcome(read("a.txt", written)) == "published"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ferry_CONCEPT_v2.txt", "draft"),
        ("DRAFT ferry.md", "draft"),
        ("ferry (draft).txt", "draft"),
        ("ferry.draft.md", "draft"),
        ("Ferry_EMBARGO.txt", "scheduled"),
        ("EMBARGO 5 mei - Ferry stops.txt", "scheduled"),
        ("VERTROUWELIJK - Ferry.txt", "private"),
        ("Ferry_NIET_PUBLICEREN.txt", "private"),
        ("Ferry (embargo).txt", "scheduled"),
        ("Report NBA DRAFT.txt", "published"),
        ("Iran OIL EMBARGO.txt", "published"),
        ("Cuba-embargo.txt", "published"),
        ("草稿.txt", "published"),
        ("drafts/ferry.txt", "draft"),
        ("2021/Concepten/ferry.txt", "draft"),
        ("_private/ferry.txt", "private"),
        ("Trash/ferry.txt", "trashed"),
        ("draft-law-passes.txt", "published"),
        ("LA CONFIDENTIAL review.txt", "published"),
        ("NBA-DRAFT.TXT", "published"),
        ("nba-draft.md", "published"),
        ("NBA DRAFT picks.txt", "published"),
        ("private-equity/ferry.txt", "published"),
    ],
)
def test_a_file_may_be_named_for_what_it_is(read: Read, name: str, expected: str) -> None:
    assert _outcome(read(name, f"Ferry stops\n\n{BODY}")) == expected


def test_a_packed_text_is_read_as_one_that_is_not(read: Read) -> None:
    packed = zipped({"a.txt": f"Status: draft\n\n{BODY}", "b_CONCEPT.txt": BODY, "c.txt": BODY})
    found = read("news.zip", packed)
    assert [one.id for one in found if isinstance(one, Article)] == ["news.zip/c"]


def test_a_remark_further_down_is_text(read: Read) -> None:
    written = f"Ferry stops\n\n{BODY * 4}\nStatus: draft\n"
    assert _outcome(read("a.txt", written)) == "published"


def test_everything_is_built_if_that_is_asked_for(read: Read) -> None:
    [article] = read("a.txt", f"Status: draft\n\n{BODY}", include_unpublished=True)
    assert isinstance(article, Article)
    assert article.status == "draft"
