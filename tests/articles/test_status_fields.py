"""Fields say what is published under names of many systems and languages; others say nothing."""

from __future__ import annotations

import time
from typing import Any

import pytest
from support.clock import set_clock

from recommender.articles.publication import PUBLIC, publication
from recommender.types import Status
from recommender.types.articles import status_at


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, "2023-05-10T12:00:00+00:00")


def status(fields: dict[str, Any]) -> str:
    told = publication(fields)
    return str(status_at(told.status, told.embargo, told.expires))


HIDDEN: list[tuple[str, dict[str, Any]]] = [
    *(
        ("draft", {name: False})
        for name in ("visible", "isVisible", "online", "active", "approved")
    ),
    *(("draft", {name: "nee"}) for name in ("zichtbaar", "actief", "vrijgegeven", "is_online")),
    *(("draft", {name: "nein"}) for name in ("sichtbar", "aktiv", "freigegeben")),
    *(("draft", {name: "ja"}) for name in ("concept", "Entwurf", "is_concept", "kladde")),
    *(
        ("draft", {name: True})
        for name in ("brouillon", "черновик", "مسودة", "草稿", "下書き", "_draft")
    ),
    *(
        ("draft", {"status": word})
        for word in ("niet online", "noch nicht veröffentlicht", "Not live")
    ),
    *(
        ("draft", {"status": word})
        for word in ("غير منشور", "не опубликовано", "unreleased", "editing")
    ),
    *(("draft", {"status": value}) for value in ({"published": False}, [{"value": False}])),
    *(
        ("draft", {"status": word})
        for word in (
            "अप्रकाशित",
            "Μη δημοσιευμένο",
            "已下架",
            "임시저장",
            "Снят с публикации",
            "Nháp",
        )
    ),
    *(
        ("draft", {"status": word})
        for word in (
            "YAYINDAN KALDIRILDI",
            "ΠΡΟΧΕΙΡΟ",
            "De\u0301publie\u0301",
            "ड्राफ़्ट",
            "Upubliceret",
        )
    ),
    *(
        ("pending", {"status": word})
        for word in ("İncelemede", "На модерации", "待发布", "İNCELEMEDE")
    ),
    *(
        ("draft", {name: "TASLAK"})
        for name in ("YAYIN DURUMU", "κατάσταση", "ΚΑΤΑΣΤΑΣΗ", "trạng thái")
    ),
    *(("private", {name: "nein"}) for name in ("o\u0308ffentlich", "OFFENTLICH")),
    *(
        ("draft", {name: value})
        for name, value in (("منشور", "لا"), ("publikováno", "ne"), ("yayında", "hayır"))
    ),
    *(("draft", {name: False}) for name in ("公開", "공개", "Udgivet", "ΔΗΜΟΣΙΕΥΜΕΝΟ", "प्रकाशित")),
    ("draft", {"status": ["featured", "draft"]}),
    *(("draft", {"status": value}) for value in ({"code": "draft"}, {"machine_name": "draft"})),
    *(
        ("draft", {holder: {"status": "draft"}})
        for holder in ("meta", "frontmatter", "publication")
    ),
    *(
        ("draft", {holder: {"draft": True}})
        for holder in ("params", "extra", "_meta", "properties")
    ),
    *(
        ("draft", {name: "draft"})
        for name in ("doc_status", "post state", "statusLabel", "lifecycle")
    ),
    *(("draft", {name: "draft"}) for name in ("meta.status", "attributes/state", "wp:status")),
    ("draft", {"status.name": "Draft"}),
    *(("draft", {name: "no"}) for name in ("Published?", "Published (yes/no)", "Visible*")),
    ("draft", {"Status (newsroom)": "Concept"}),
    ("scheduled", {"Embargo (UTC)": "2023-06-01 06:00"}),
    ("draft", {"publicatiestatus": "concept"}),
    ("draft", {"workflow": {"step": {"codename": "draft"}}}),
    ("draft", {"cq:lastReplicationAction": "Deactivate"}),
    ("draft", {"published": {"value": False}}),
    ("draft", {"published": "0.0"}),
    ("draft", {"published_at": None, "created": "2022-12-20"}),
    ("pending", {"workflow": {"status": {"name": "In review"}}}),
    ("private", {"visibility": "staff"}),
    ("private", {"zichtbaarheid": "privé"}),
    ("private", {"settings": {"visibility": "hidden"}}),
    ("private", {"öffentlich": "nein"}),
    *(("private", {name: True}) for name in ("noindex", "exclude_from_search", "hide", "blocked")),
    *(
        ("private", {"robots": value})
        for value in ("noindex, nofollow", ["NOINDEX"], "none,follow")
    ),
    ("private", {"seo": {"noindex": True}}),
    ("private", {"invisible": True}),
    *(
        ("trashed", {name: True})
        for name in ("withdrawn", "is_retracted", "in_trash", "taken_down")
    ),
    *(("trashed", {name: "ja"}) for name in ("verwijderd", "ingetrokken", "zurückgezogen")),
    *(("trashed", {"status": word}) for word in ("ingetrokken", "retiré", "已撤回", "مسحوب", -1)),
    *(
        ("expired", {name: "2022-01-01"})
        for name in ("withdrawn_at", "dateDeleted", "retracted_on")
    ),
    *(
        ("expired", {name: "2022-01-01"})
        for name in ("unpublishedAt", "archived_at", "verwijderd op")
    ),
    *(("expired", {name: "2022-01-01"}) for name in ("expiration", "valid_until", "gültig_bis")),
    *(("expired", {name: "2022-01-01"}) for name in ("zichtbaar_tot", "availableUntil", "offTime")),
    ("expired", {"archived": True}),
    *(("expired", {name: True}) for name in ("withdrawn_at", "unpublishedAt", "archived_on")),
    ("expired", {"moderation_state": "archived"}),
    *(("scheduled", {name: "2023-06-01"}) for name in ("embargo_till", "Sperrfrist", "hold_until")),
    *(
        ("scheduled", {name: "2023-06-01"})
        for name in ("release_date", "available_from", "effective")
    ),
    *(
        ("scheduled", {name: "2023-06-01"})
        for name in ("online_vanaf", "sichtbar ab", "visible_desde")
    ),
    ("scheduled", {"embargo_till": "2023-05-10T21:30:00+09:00"}),
    *(("scheduled", {name: True}) for name in ("under_embargo", "isEmbargoed", "is_scheduled")),
    *(("scheduled", {name: "9999-12-31"}) for name in ("hold_until", "release_date", "published")),
    *(("scheduled", {name: "2023-06-01"}) for name in ("released", "online", "visible")),
    ("scheduled", {"publishing": {"embargo": "2023-06-01"}}),
    ("protected", {"has_password": True}),
    *(("protected", {name: "1bX?"}) for name in ("password", "Passwort", "mot de passe")),
    ("draft", {"expires_at": True, "remove_at": "yes", "status": "draft"}),
]


@pytest.mark.parametrize(("expected", "fields"), HIDDEN, ids=str)
def test_what_is_not_public_is_known_whatever_says_it(
    expected: str, fields: dict[str, Any]
) -> None:
    assert status(fields) == expected


SHOWN: list[dict[str, Any]] = [
    {"visible": True, "online": "ja", "actief": 1, "archived": False, "withdrawn": None},
    {"visible": None, "active": "", "online": "-"},
    {
        "concept": "A city without cars",
        "hold": "the door",
        "show": "The Late Show",
        "release": "v2",
    },
    {
        "featured": False,
        "updated": False,
        "review": True,
        "preview": True,
        "killed": 1,
        "team": True,
    },
    {"status": "unchanged"},
    {"visibility": "members", "access": "subscribers", "premium": True},
    {"comment_status": "draft", "translation_status": "draft", "payment_status": "pending"},
    {"author": {"status": "inactive"}, "image": {"published": False}, "comments": {"draft": True}},
    {"publication": {"name": "The Courier", "active": False}},
    {"meta": {"description": "draft day", "status": "breaking"}},
    {"start_date": "2031-01-01", "end_date": "2022-01-01", "event_date": "2031-01-01"},
    {"available_from": "Amazon", "visible_to": "admins", "schedule": "weekly", "effective": "now"},
    {"archivedAt": "1970-01-01T00:00:00Z", "deletedAt": "1970-01-01T00:00:00Z"},
    {"robots": "index, follow", "noindex": False, "hide_title": True, "show_comments": False},
    {"embargo_till": "2023-05-10T20:30:00+09:00", "valid_until": "2024"},
    {"published_at": "2022-12-20", "created": "2022-12-19"},
    {"publish_date": None, "created_at": "2022-12-20"},
    {"published_at": None, "created_at": "2022-12-20", "document_state": "published"},
    {"invisible": False, "has_draft": True, "hasDrafts": True, "was_draft": "yes"},
    {"access": 0, "access_level": "0", "privacy": False, "stage": [0], "state": 1},
    {"online": "2023-01-02", "visible": "2022-12-01T10:00:00Z", "show": "2048"},
    {"access": "non-premium", "visibility": "non-members"},
    {"remove_at": "yes", "expiration": True},
    {"tags": ["draft"], "island": True, "statusbar": "draft"},
    {"公開": "2022-12-20", "julkaistu": "2022-12-20", "udgivet": "Gyldendal", "publicat": "da"},
    {"konsep": "Kota tanpa mobil", "प्रारूप": "html", "下線": True, "स्थिति": "दिल्ली"},
]


@pytest.mark.parametrize("fields", SHOWN, ids=str)
def test_what_only_looks_so_says_nothing(fields: dict[str, Any]) -> None:
    assert status(fields) == Status.PUBLISHED


def test_objects_within_objects_have_an_end() -> None:
    fields: dict[str, Any] = {"draft": True}
    for _ in range(3_000):
        fields = {"meta": fields}
    assert publication(fields) == PUBLIC


def test_names_as_long_as_a_file_take_no_time() -> None:
    began = time.process_time()
    assert publication({"?" * 300_000 + "x": 1, "draft": True}).status == Status.DRAFT
    assert time.process_time() - began < 2
