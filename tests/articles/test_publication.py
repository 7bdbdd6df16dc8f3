"""Only what the public may see is built; the rest is counted by reason and is no refusal."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from articles.conftest import Read, zipped
from support.clock import set_clock

from recommender.articles.publication import Publication, publication
from recommender.articles.status_words import status_of
from recommender.types import Article, Notice, NoticeKind, Refusal

TEXT = "The ferry to the island was taken out of service on Monday for a check of its engines."


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, "2023-05-10T12:00:00+00:00")


def row(**fields: Any) -> str:
    return json.dumps({"id": "a", "title": "Ferry", "text": TEXT, **fields})


def outcome(found: list[Article | Refusal | Notice]) -> list[str]:
    """Say of each thing that was read what became of it."""
    assert not [one for one in found if isinstance(one, Refusal)], found
    return ["built" if isinstance(one, Article) else one.reason for one in found]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "built"),
        ({"status": "published"}, "built"),
        ({"status": "Publish"}, "built"),
        ({"status": "En revisión"}, "pending"),
        ({"workflow_state": "draft"}, "draft"),
        ({"moderation_state": "Needs review"}, "pending"),
        ({"estado": "Borrador"}, "draft"),
        ({"state": "Ohio"}, "built"),
        ({"state": "published"}, "built"),
        ({"headless": True}, "private"),
        ({"build": {"render": "never", "list": "never"}}, "private"),
        ({"_build": {"list": "never"}}, "built"),
        ({"build": 17}, "built"),
        ({"id": "drafts.5f1"}, "draft"),
        ({"_id": "drafts.5f1", "_type": "post"}, "draft"),
        ({"status": ""}, "built"),
        ({"status": None}, "built"),
        ({"status": 1}, "built"),
        ({"status": "draft"}, "draft"),
        ({"Status": "Auto-Draft"}, "draft"),
        ({"post_status": "In Progress"}, "draft"),
        ({"status": 0}, "draft"),
        ({"status": "0"}, "draft"),
        ({"status": "Entwurf"}, "draft"),
        ({"status": "черновик"}, "draft"),
        ({"status": "下書き"}, "draft"),
        ({"status": "private"}, "private"),
        ({"visibility": "hidden"}, "private"),
        ({"visibility": "public"}, "built"),
        ({"status": "pending review"}, "pending"),
        ({"status": "future"}, "scheduled"),
        ({"status": "scheduled", "date": "2022-12-20"}, "scheduled"),
        ({"status": "trash"}, "trashed"),
        ({"status": "deleted"}, "trashed"),
        ({"deleted_at": "2022-12-20"}, "trashed"),
        ({"deleted_at": None}, "built"),
        ({"status": "first draft"}, "draft"),
        ({"status": "en borrador"}, "draft"),
        ({"status": "im Entwurf"}, "draft"),
        ({"status": "Do not publish"}, "private"),
        ({"status": "niet publiceren"}, "private"),
        ({"status": "Vertraulich"}, "private"),
        ({"status": "final"}, "built"),
        ({"publishable": False}, "draft"),
        ({"publishable": "yes"}, "built"),
        ({"legal_hold": True}, "draft"),
        ({"acl": "private"}, "private"),
        ({"acl": "public-read"}, "built"),
        ({"sensitivity": "Confidential"}, "private"),
        ({"withdrawal_date": "2022-12-20"}, "expired"),
        ({"kill_date": "2031-12-20"}, "built"),
        ({"publishedAt": None}, "built"),
        ({"publishedAt": None, "createdAt": "2022-12-20T09:00:00Z"}, "draft"),
        ({"published_at": "", "updated_at": "2022-12-20 09:00:00"}, "draft"),
        ({"published_at": "NULL", "updated_at": "2022-12-20 09:00:00"}, "draft"),
        ({"published_at": r"\N", "created_at": "2022-12-20 09:00:00"}, "draft"),
        ({"published_at": "-", "created_at": "2022-12-20 09:00:00"}, "draft"),
        ({"first_published_at": None, "updatedAt": "2022-12-20"}, "draft"),
        ({"publishedAt": "2022-12-20T09:00:00Z", "createdAt": "2022-12-19T09:00:00Z"}, "built"),
        ({"publishedAt": None, "createdAt": "2022-12-20", "status": "published"}, "built"),
        ({"publishedAt": None, "createdAt": "2022-12-20", "draft": False}, "built"),
        ({"publishedAt": None, "createdAt": "2022-12-20", "state": "Ohio"}, "draft"),
        ({"publishedAt": None, "createdAt": "2022-12-20", "stage": "second"}, "draft"),
        ({"publishedAt": None, "createdAt": "2022-12-20", "stage": "PUBLISHED"}, "built"),
        ({"publishedAt": None, "createdAt": "2022-12-20", "private": False}, "draft"),
        ({"publishedAt": None, "createdAt": "2022-12-20", "hidden": True}, "private"),
        ({"publishedAt": None, "createdAt": "2022-12-20", "visibility": "public"}, "draft"),
        ({"publishedAt": None, "createdAt": "2022-12-20", "status": "breaking"}, "draft"),
        ({"publishedAt": None, "createdAt": "2022-12-20", "published": True}, "built"),
        ({"publishedAt": None, "createdAt": "2022-12-20", "deletedAt": None}, "draft"),
        ({"publishedAt": None, "createdAt": "2022-12-20", "stage": 1}, "draft"),
        ({"publishedAt": "2022-12-20", "createdAt": "2022-12-20", "private": False}, "built"),
        ({"published_at": "2022-12-20", "created_at": "x", "first_published_at": None}, "built"),
        ({"published_at": None, "created_at": "x", "first_published_at": "2022-12-20"}, "draft"),
        ({"post_password": "sesame"}, "protected"),
        ({"post_password": ""}, "built"),
        ({"draft": True}, "draft"),
        ({"draft": "true"}, "draft"),
        ({"draft": "yes"}, "draft"),
        ({"draft": False}, "built"),
        ({"draft": "false"}, "built"),
        ({"published": False}, "draft"),
        ({"published": "no"}, "draft"),
        ({"published": 0}, "draft"),
        ({"published": True}, "built"),
        ({"published": "2022-12-20"}, "built"),
        ({"is_published": "FALSE"}, "draft"),
        ({"private": True}, "private"),
        ({"public": False}, "private"),
        ({"expiryDate": "2023-01-01"}, "expired"),
        ({"expires_at": "2023-05-10T11:00:00Z"}, "expired"),
        ({"expiryDate": "2024-01-01"}, "built"),
        ({"status": "published", "visibility": "private"}, "private"),
        ({"status": "published", "draft": True}, "draft"),
        ({"embargo": True}, "scheduled"),
        ({"embargo": False}, "built"),
        ({"embargo": "2023-05-10T11:00:00+00:00"}, "built"),
        *(({"embargo": word}, "built") for word in ("-", "n.v.t.", "geen", "0000-00-00", "N/A")),
        *(({"deleted_at": word}, "built") for word in ("NaT", "nan", "0001-01-01T00:00:00", "-")),
        *(({"status": word}, "built") for word in ("n/a", "-", "NULL")),
        *(({"published": word}, "draft") for word in ("ONWAAR", "Nein", "нет", "否", "✖", "Off")),
        *(({"published": word}, "built") for word in ("WAAR", "oui", "да", "✔", "x", "On")),
        *(({"draft": word}, "built") for word in ("nee", "FAUX", "нет")),
        *(({"draft": word}, "draft") for word in ("WAHR", "sí", "x")),
        ({"gepubliceerd": "nee"}, "draft"),
        ({"gepubliceerd": "2022-12-20"}, "built"),
        ({"status": "Draft - waiting for photos"}, "draft"),
        ({"status": "DRAFT v2"}, "draft"),
        ({"status": "Concept (eindredactie)"}, "draft"),
        ({"status": "2. In review / legal"}, "pending"),
        ({"status": "📝 Draft"}, "draft"),
        ({"status": "✅ Published"}, "built"),
        ({"status": "Published (edited)"}, "built"),
        ({"status": "Not published yet"}, "draft"),
        ({"status": "Ready to publish"}, "pending"),
        ({"status": "Embargo until 6 pm"}, "scheduled"),
        ({"stage": "Draft day in Oslo"}, "built"),
        ({"stage": "🟡 Draft"}, "draft"),
        ({"state": "spiked"}, "trashed"),
        ({"currentState": "DRAFT"}, "draft"),
        ({"Published Status": "Unpublished"}, "draft"),
        ({"publicationState": "draft"}, "draft"),
        ({"enabled": False}, "draft"),
        ({"enabled": True, "publishedAt": None, "createdAt": "2022-12-20"}, "draft"),
        ({"unlisted": True}, "private"),
        ({"expired": True}, "expired"),
        ({"live": False}, "built"),
        ({"live": False, "has_unpublished_changes": True}, "draft"),
        ({"live": True, "expire_at": "2023-01-01T00:00:00Z"}, "expired"),
        ({"publish_down": "2023-01-01 00:00:00"}, "expired"),
        ({"publish_down": "0000-00-00 00:00:00"}, "built"),
        ({"starttime": 1_900_000_000}, "built"),
        ({"crdate": 1_600_000_000, "starttime": 0, "endtime": 0}, "built"),
        ({"crdate": 1_600_000_000, "starttime": 0, "endtime": 1_600_000_001}, "expired"),
        ({"_hiddenAfterDateTime": "2023-01-01T00:00:00"}, "expired"),
        ({"publicationEndDate": "2023-01-01"}, "expired"),
        ({"permalink": False}, "private"),
        ({"permalink": "https://x.example/1"}, "built"),
        ({"Published On": "", "Created On": "2022-12-20"}, "draft"),
        ({"_id": "versions.r1.p7", "_type": "post"}, "draft"),
        ({"id": "versions.2"}, "built"),
    ],
    ids=str,
)
def test_a_row_says_whether_it_is_published(
    read: Read, fields: dict[str, Any], expected: str
) -> None:
    assert outcome(read("a.jsonl", row(**fields))) == [expected]


@pytest.mark.parametrize(
    "fields",
    [
        {"embargo": "2023-05-10T14:00:00+01:00"},
        {"embargoed": "2024-01-01"},
        {"embargo_until": "Wed, 10 May 2023 14:00:00 GMT"},
        {"publishDate": "2023-05-11"},
        {"published": "2030-01-01"},
        {"date": "2023-05-10T12:00:01Z"},
        {"date": "2023-06"},
        {"date": "2024"},
        {"date": "11 May 2023"},
        {"publish_up": "2024-01-01 10:00:00"},
        {"go_live_at": "2024-01-01T10:00:00Z"},
        {"scheduledFor": "2024-01-01T10:00"},
        {"tstamp": 1_600_000_000, "starttime": 1_900_000_000},
        {"date": "2023-05-10 16:00:00 UTC+02:00"},
        {"status": "published", "date": "2024-01-01"},
    ],
    ids=str,
)
def test_what_is_public_later_is_built_and_counted_as_scheduled(
    read: Read, fields: dict[str, Any]
) -> None:
    found = read("a.jsonl", row(**fields))
    assert outcome(found) == ["built", "scheduled"]
    assert isinstance(found[0], Article)
    assert found[0].embargo


def test_a_schedule_that_was_late_when_the_file_was_written_is_not_public(
    read: Read, tmp_path: Path
) -> None:
    scheduled = row(status="scheduled", date="2023-05-10T11:00:00Z")
    assert outcome(read("a.jsonl", scheduled)) == ["scheduled"]
    early = 1_683_000_000  # the second of May
    path = tmp_path / "source" / "a.jsonl"
    os.utime(path, (early, early))
    assert outcome(read("b.jsonl", row(id="b"))) == ["built", "built"]


def test_all_is_built_for_those_who_want_it(read: Read) -> None:
    rows = [row(id="a", status="draft"), row(id="b", date="2030"), row(id="c")]
    found = read("a.jsonl", "\n".join(rows), include_unpublished=True)
    assert [str(one.status_now) for one in found if isinstance(one, Article)] == [
        "draft",
        "scheduled",
        "published",
    ]
    assert len(found) == 3


def test_a_draft_takes_no_id(read: Read) -> None:
    assert outcome(read("a.jsonl", row(draft=True) + "\n" + row())) == ["draft", "built"]


def test_a_status_that_is_not_known_is_built_and_named(read: Read) -> None:
    notice, article = read("a.jsonl", row(status="breaking"))
    assert isinstance(article, Article)
    assert isinstance(notice, Notice)
    assert (notice.kind, notice.example) == (NoticeKind.STATUS, "breaking")


def test_what_is_published_is_stored_as_before(read: Read) -> None:
    [article] = read("a.jsonl", row(status="published", date="2022-12-20T10:00:00Z"))
    assert isinstance(article, Article)
    assert not {"status", "embargo", "expires", "notices"} & article.record().keys()


def test_words_for_a_status_are_found_in_any_case() -> None:
    assert [status_of(word) for word in ("PUBLISH", "In review", "no such word")] == [
        "published",
        "pending",
        None,
    ]


def test_the_latest_start_and_the_earliest_end_count() -> None:
    found = publication({"embargo": "2023-06-01", "publishDate": "2023-07-01", "expires": "2025"})
    assert (found.embargo, found.expires) == ("2023-07-01", "2025")


@pytest.mark.parametrize(
    ("name", "content", "status"),
    [
        ("a.md", "---\ntitle: Ferry\ndraft: true\n---\n", "draft"),
        ("a.mdx", "---\ntitle: Ferry\nstatus: private\n---\n\n<Later />\n", "private"),
        ("a.adoc", ":status: draft\n", "draft"),
        ("a.rst", ":title: Ferry\n:status: draft\n", "draft"),
        ("a.org", "#+TITLE: Ferry\n#+STATUS: draft\n", "draft"),
    ],
)
def test_a_file_of_a_draft_without_text_is_no_refusal(
    read: Read, name: str, content: str, status: str
) -> None:
    notice = Notice(name, NoticeKind.UNPUBLISHED, status, withdraws="a")
    assert read(name, content) == [notice]
    [refusal] = read(name, content.replace(status, "published").replace("draft: true", "x: y"))
    assert refusal == Refusal(name, "is empty")


def test_what_lies_in_a_folder_of_drafts_is_a_draft(read: Read) -> None:
    found = read("_drafts/a.md", f"---\ntitle: Ferry\n---\n\n{TEXT}\n")
    assert outcome(found) == ["draft"]
    found = read("drafts/b.md", TEXT, {"draft-laws/c.md": TEXT})
    assert outcome(found) == ["draft", "built", "draft"]


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("Drafts 2026", "draft"),
        ("2021/entwürfe-3", "draft"),
        ("Deleted Items", "trashed"),
        ("Gelöschte Elemente (2)", "trashed"),
        ("[Gmail]/Spam", "trashed"),
        ("embargo", "scheduled"),
        ("Embargo 2026", "scheduled"),
        ("Not for publication", "private"),
        ("draft", "draft"),
        ("draft 2026", "built"),
        ("NBA drafts", "built"),
        ("concept", "built"),
        ("cuba-embargo", "built"),
        ("bin", "trashed"),
        ("bin 3", "built"),
        ("embargo-1973", "built"),
        ("Embargo 1973-74", "built"),
        ("embargo 2021", "built"),
        ("Embargo 2022", "scheduled"),
        ("embargo 12", "scheduled"),
        ("Drafts 1973", "draft"),
        ("2026", "built"),
    ],
)
def test_the_name_of_a_folder_may_have_a_number(read: Read, folder: str, expected: str) -> None:
    assert outcome(read(f"{folder}/a.md", f"# Ferry\n\n{TEXT}\n")) == [expected]


def test_a_packed_folder_and_a_box_of_mails_are_folders_too(read: Read) -> None:
    mail = f"From a Mon May  1 10:00:00 2023\nMessage-ID: <a>\nSubject: Ferry\n\n{TEXT}\n"
    more = {"drafts.md": TEXT, "Ferries.mbox": mail.replace("<a>", "<b>")}
    found = read("Deleted Items.mbox", mail, {"Drafts 2.zip": zipped({"a.md": TEXT}), **more})
    assert outcome(found) == ["trashed", "draft", "built", "built"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("bin.zip", "built"),
        ("news/Bin.ZIP", "built"),
        ("Recycle Bin.zip", "trashed"),
        ("draft.zip", "draft"),
        ("embargo-1973.zip", "built"),
        ("Embargo.zip", "scheduled"),
    ],
)
def test_the_name_of_a_packed_folder_may_be_an_ordinary_one(
    read: Read, name: str, expected: str
) -> None:
    assert outcome(read(name, zipped({"a.md": TEXT}))) == [expected]


def test_a_box_of_deleted_mails_may_be_a_bin(read: Read) -> None:
    mail = f"From a Mon May  1 10:00:00 2023\nMessage-ID: <a>\nSubject: Ferry\n\n{TEXT}\n"
    assert outcome(read("Bin.mbox", mail)) == ["trashed"]


def test_what_lies_in_a_folder_under_embargo_comes_out_at_its_time(read: Read) -> None:
    [found, _] = read("embargo/a.jsonl", row(publish_at="2031-01-01T10:00"))
    assert isinstance(found, Article)
    assert (found.status, found.embargo) == ("", "2031-01-01T10:00:00")


NOTHING = [
    "-",
    "--",
    "–",
    "n/a",
    "N.A.",
    "NaN",
    "nil",
    "0000-00-00 00:00:00",
    r"\N",
    " ",
    "not set",
]
NOTHING_AT_ALL: list[Any] = [*NOTHING, None, float("nan"), [], {}, [None], {"$date": None}, ["n/a"]]


@pytest.mark.parametrize("value", NOTHING_AT_ALL, ids=repr)
@pytest.mark.parametrize("name", ["embargo", "publish_date", "expires", "draft", "deleted_at"])
def test_a_placeholder_says_nothing(name: str, value: Any) -> None:
    assert publication({name: value}) == publication({})


@pytest.mark.parametrize("value", ["TBD", "until further notice", "?", ["later"], {"$date": 1e30}])
def test_an_unreadable_embargo_has_no_end(value: Any) -> None:
    told = publication({"embargo": value})
    assert told.status == "scheduled"
    assert [one.kind for one in told.notices("a")] == [NoticeKind.DATE]


@pytest.mark.parametrize(
    ("value", "start"),
    [
        ("12/01/2026", "2026-12-01"),
        ("01-12-2026 06:00", "2026-12-01T06:00:00"),
        ("03/04/2031", "2031-04-03"),
        ("end of December 2026", "2027-01"),
        ("mid-June 2027", "2027-07"),
        ("2026-W49", "2027-01"),
        ("3/4/27", "2027-04-03"),
        ("03-04-27 06:00", "2027-04-03T06:00:00"),
        ("3.4.31", "2031-04-03"),
        ("2027年6月底", "2027-07"),
        ("27-04-03", "2027-04-03"),
        ("27/04/03 06:00", "2027-04-03T06:00:00"),
        ("2027-04-03/2027-04-09", "2027-04-09"),
        ("1 April 2027 to 3 April 2027", "2027-04-03"),
    ],
)
def test_an_embargo_of_an_unclear_day_lasts_as_long_as_it_may(
    monkeypatch: pytest.MonkeyPatch, value: str, start: str
) -> None:
    set_clock(monkeypatch, "2026-11-30T12:00:00+00:00")
    told = publication({"embargo": value})
    assert (told.status, told.embargo, told.unread) == ("", start, value)
    assert publication({"publish_date": value}).embargo != start


@pytest.mark.parametrize("value", ["30/06/10", "30-06-10", "3.4.98", "03/04/98"])
def test_an_embargo_of_a_past_year_of_two_digits_is_over(value: str) -> None:
    assert publication({"embargo": value}).embargo[:4] in ("2010", "1998")


@pytest.mark.parametrize(
    "value",
    [
        "2027",
        "2027-06",
        "June 2027",
        "junio de 2027",
        "13/06/2027",
        "2027年6月",
        "2027년 6월",
        "июнь 2027 г.",
    ],
)
def test_an_embargo_of_a_clear_time_is_no_notice(value: str) -> None:
    told = publication({"embargo": value})
    assert told.embargo[:4] == "2027"
    assert not told.notices("a")
    assert publication({"embargo": "2999-01-01"}) == Publication("scheduled")


UNREADABLE = {
    "row": ("a.jsonl", json.dumps({"id": "a", "text": TEXT, "embargo": "after the vote"})),
    "front matter": ("a.md", f"---\ntitle: A\nembargo: after the vote\n---\n{TEXT}"),
    "lines": ("a.txt", f"EMBARGO until after the vote\n\n{TEXT}"),
    "page": (
        "a.html",
        '<html><head><title>A</title><meta name="embargo" content="after the vote"></head>'
        f"<body><article><h1>A</h1><p>{TEXT}</p></article></body></html>",
    ),
    "feed": (
        "a.rss",
        "<rss><channel><item><guid>a</guid><embargoDate>after the vote</embargoDate>"
        f"<description>{TEXT}</description></item></channel></rss>",
    ),
    "JSON Feed": (
        "a.json",
        json.dumps(
            {
                "version": "https://jsonfeed.org/version/1.1",
                "items": [{"id": "a", "content_text": TEXT, "embargo": "after the vote"}],
            }
        ),
    ),
    "agency": (
        "a.json",
        json.dumps({"uri": "a", "headline": "A", "body_text": TEXT, "embargoed": "after the vote"}),
    ),
}


@pytest.mark.parametrize(("name", "content"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_an_unreadable_embargo_is_named(read: Read, name: str, content: str) -> None:
    found = read(name, content)
    assert not [one for one in found if isinstance(one, Article)]
    told = [(one.kind, one.example) for one in found if isinstance(one, Notice)]
    assert (NoticeKind.DATE, "after the vote") in told
    assert [kind for kind, _ in told].count(NoticeKind.UNPUBLISHED) == 1
