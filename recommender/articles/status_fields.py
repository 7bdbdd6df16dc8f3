"""Recognise fields about publication by their names, in any language.

Many of the names are in `data/status_fields.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any, NamedTuple

from recommender.articles.status_words import plain_name, words_of
from recommender.system.package_data import data_file
from recommender.types import Status


class Says(StrEnum):
    """How the value of a field is read."""

    STATUS = "status"  # a word for a status; other words mean nothing
    SET = "set"  # a flag; if it is set, the article has the status of the meaning
    SHOWN = "shown"  # a flag; if it is not set, the article has that status
    FROM = "from"  # the time from which it is public; other values mean nothing
    UNTIL = "until"  # the time from which it is not public; a flag if there is a status
    EMBARGO = "embargo"  # as FROM, but another value is an embargo without an end
    ROBOTS = "robots"  # what a page asks of search engines


class Meaning(NamedTuple):
    """What a field says; `status` is what a flag means, and `PUBLISHED` for other fields."""

    says: Says
    status: Status = Status.PUBLISHED


# All names here are in lower case, without spaces, hyphens and underscores.
STATUS = {"status", "poststatus", "articlestatus", "publicationstatus", "publishstatus"}
STATUS |= {"pubstatus", "visibility", "publishedstatus", "publishingstatus", "contentstatus"}
STATUS |= {"publicationstate", "publishstate", "entrystatus", "storystatus", "pagestatus"}
# These names may mean something else, such as a state of a country. Only words for a status count.
MAYBE_STATUS = {"state", "workflowstate", "workflowstatus", "workflow", "moderationstate"}
MAYBE_STATUS |= {"reviewstate", "reviewstatus", "statut", "estado", "estatus", "stato", "stav"}
MAYBE_STATUS |= {"currentstate", "editorialstatus", "approvalstatus", "itemstatus", "articlestate"}
# For these, numbers and flags do not count: a level 0 may be open to everyone, or to nobody.
WORDS_ONLY = {"access", "accesslevel", "privacy", "stage"}
MAYBE_STATUS |= WORDS_ONLY
MAYBE_STATUS |= set(
    map(plain_name, ("статус", "状态", "ステータス", "상태", "durum", "الحالة", "وضعیت"))
)
# These hold a flag, a date, or a word for a status.
PUBLISHED = {"published", "ispublished", "publish", "dgpublish", "currentlypublished"}
PUBLISHED |= {"gepubliceerd", "publicado", "pubblicato", "publicerad", "publisert", "publiceret"}
PUBLISHED |= set(
    map(plain_name, ("veröffentlicht", "publié", "opublikowane", "опубликовано", "опубліковано"))
)
PUBLISHED |= {"已发布"}
# The status of an article if a flag is set, which any text does, and if it is not set.
FLAGS = {
    **dict.fromkeys(("draft", "isdraft", "unpublished"), (Status.DRAFT, "")),
    **dict.fromkeys(("disabled", "isdisabled"), (Status.DRAFT, "")),
    **dict.fromkeys(("private", "isprivate", "hidden", "headless"), (Status.PRIVATE, "")),
    **dict.fromkeys(("ishidden", "unlisted", "isunlisted"), (Status.PRIVATE, "")),
    **dict.fromkeys(PUBLISHED, ("", Status.DRAFT)),
    **dict.fromkeys(("enabled", "isenabled", "isactive"), ("", Status.DRAFT)),
    **dict.fromkeys(("public", "ispublic"), ("", Status.PRIVATE)),
    **dict.fromkeys(("deleted", "isdeleted", "deletedat", "trashed"), (Status.TRASHED, "")),
    **dict.fromkeys(("password", "postpassword"), (Status.PROTECTED, "")),
    **dict.fromkeys(("expired", "isexpired"), (Status.EXPIRED, "")),
}
FLAGS |= {f"is{name}": said for name, said in FLAGS.items()}
# If one of these flags is set, the article still need not be published.
SWITCHES = {"enabled", "isenabled", "isactive"}
FROM = {"embargo", "embargoed", "embargountil", "embargodate", "embargoeduntil", "embargoedto"}
FROM |= {"embargodatetime", "embargoenddate", "embargoend", "embargoexpires", "embargoexpiry"}
FROM |= {"publishdate", "publishat", "publishon", "publishedat", "publishedon", "publishup"}
FROM |= {"publishfrom", "publishedfrom", "publishstart", "publishstartdate", "publicationstart"}
FROM |= {"publicationstartdate", "publicationfrom", "scheduledat", "scheduledfor", "scheduledate"}
FROM |= {"scheduleddate", "scheduledpublishdate", "scheduledpublishat", "golive", "goliveat"}
FROM |= {"golivedate", "liveat", "livefrom", "visiblefrom", "onlinefrom", "releaseat", "notbefore"}
FROM |= {"hiddenbeforedatetime"}
UNTIL = {"expirydate", "expires", "expiresat", "expireson", "expiry", "expirationdate"}
UNTIL |= {"expireat", "expireon", "expiredate", "expirydatetime", "expirationtime"}
UNTIL |= {"unpublishdate", "unpublishat", "unpublishon", "publishdown", "publishend"}
UNTIL |= {"publishenddate", "publishuntil", "publisheduntil", "publicationend", "publicationuntil"}
UNTIL |= {"publicationenddate", "offlineat", "offlineon", "offlinedate", "onlineuntil"}
UNTIL |= {"liveuntil", "visibleuntil", "takedownat", "takedowndate", "hiddenafterdatetime"}
# Hugo states in `build` whether a page is rendered. In Sanity, the id of a draft shows it.
BUILD, SANITY_ID = "build", "id"
# Beside one of these names, a field is the record of a database, and its time of publication is set
# only once it is published. Only a status or a flag that says "published" counts more.
_RECORD_TIMES = {"createdat", "updatedat", "createdon", "updatedon", "createdtime", "updatedtime"}
_RECORD_TIMES |= {"created", "updated", "modified", "modifiedat", "modifiedon", "createddate"}
_RECORD_TIMES |= {"updateddate", "modifieddate"}
# The first of these that a record has is its time of publication.
_PUBLISHED_TIMES = ("publishedat", "firstpublishedat", "publishedon", "publisheddate")
SET_ONCE_PUBLIC = "set once public"
# What some names mean beside one of the names of a system. In other rows, `live` means a live blog,
# and `starttime` the time of an event.
_BESIDE: tuple[tuple[frozenset[str], Mapping[str, str]], ...] = (
    (  # Wagtail
        frozenset(("hasunpublishedchanges", "firstpublishedat", "goliveat", "liverevision")),
        {"live": "published"},
    ),
    # TYPO3
    (frozenset(("crdate", "tstamp")), {"starttime": "publishat", "endtime": "expires"}),
    # Superdesk, which deletes its own copy of a text at `expiry`; the text stays public
    (frozenset(("familyid", "uniquename", "anpacategory", "schedulesettings")), {"expiry": ""}),
)
# If this is false, Eleventy does not write a page.
NO_ADDRESS = "permalink"
KNOWN = STATUS | MAYBE_STATUS | FLAGS.keys() | FROM | UNTIL
KNOWN |= {BUILD, SANITY_ID, SET_ONCE_PUBLIC, NO_ADDRESS}

_STATUSES = (Status.DRAFT, Status.PRIVATE, Status.TRASHED, Status.EXPIRED, Status.PROTECTED)
# `hasDraft` and `wasDraft` do not mean a draft.
_PREFIX = re.compile(r"(?:is|in|(?:was|has)(?!drafts?$))(?=.)")
# Longer names mean nothing. In a hostile file, a name may be as long as the file.
MAX_NAME_CHARACTERS = 200
_BETWEEN = re.compile(r"[./\[\]]+")
# People add such signs to the names of columns: "Draft (Y/N)", "Published?", "Status*".
_ADDED = re.compile(r"\([^()]*\)|[?!*#]+$")
_ROBOTS = {"robots", "metarobots", "robotsmeta", "seorobots"}


@lru_cache(maxsize=4_096)
def own_name(plain: str) -> str:
    """Return a field's own name: `status` for `meta.status` and `status.name`."""
    plain = _ADDED.sub("", plain) or plain
    first, *others = [part for part in _BETWEEN.split(plain) if part] or [plain]
    if others and others[-1] in _table()["holders"]["parts"]:
        others.pop()
    while others and is_holder(first):
        first, *others = others
    return first if not others else plain


@lru_cache(maxsize=4_096)
def meaning_of(plain: str) -> Meaning | None:
    """Return what a field with a plain name (`plain_name`) says; None if it says nothing."""
    name = plain.strip("@:").rpartition(":")[2]
    return _named(name) or _named(_PREFIX.sub("", name, count=1))


@lru_cache(maxsize=4_096)
def telling_fields(names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return the names of fields about publication, each with its plain form."""
    short = (name for name in names if len(name) <= MAX_NAME_CHARACTERS)
    plain = {name: own_name(plain_name(name)) for name in short}
    every = set(plain.values())
    if every & _RECORD_TIMES:
        deciding = next((one for one in _PUBLISHED_TIMES if one in every), "")
        plain = {
            name: SET_ONCE_PUBLIC if known == deciding else known for name, known in plain.items()
        }
    for signs, meanings in _BESIDE:
        if every & signs:
            plain = {name: meanings.get(known, known) for name, known in plain.items()}
    return tuple(
        (name, known)
        for name, known in plain.items()
        if known in KNOWN or is_holder(known) or meaning_of(known) is not None
    )


@lru_cache(maxsize=4_096)
def tells_status(names: tuple[str, ...]) -> bool:
    """Return whether one of the names is that of a status or a flag."""
    words = {Says.STATUS, Says.SET, Says.SHOWN}
    return any(
        plain in STATUS | MAYBE_STATUS | FLAGS.keys()
        or is_holder(plain)
        or ((meaning := meaning_of(plain)) is not None and meaning.says in words)
        for _, plain in telling_fields(names)
    )


@lru_cache(maxsize=4_096)
def is_holder(plain: str) -> bool:
    """Return whether systems keep the fields of an article in an object with this plain name."""
    return plain.lstrip("@") in _table()["holders"]["names"]


def _named(name: str) -> Meaning | None:
    if name in _ROBOTS:
        return Meaning(Says.ROBOTS)
    return _known().get(name) or _put_together(name)


def _put_together(name: str) -> Meaning | None:
    status, times, when = _patterns()
    if status.fullmatch(name):
        return Meaning(Says.STATUS)
    if found := times.fullmatch(name):
        return Meaning(Says.FROM if found["from"] else Says.UNTIL)
    return Meaning(Says.UNTIL, Status.EXPIRED) if when.fullmatch(name) else None


@cache
def _known() -> dict[str, Meaning]:
    """Return the meanings of whole names. Of a name with several meanings, the last one counts."""
    table = _table()
    said_otherwise = set(table["set"]["none"])
    known = {
        word: Meaning(Says.SET, status)
        for status in _STATUSES
        for word in words_of(status)
        if word not in said_otherwise
    }
    for says in (Says.SET, Says.SHOWN):
        for status, names in table[says].items():
            if status != "none":
                known |= dict.fromkeys(names, Meaning(says, Status(status)))
    known |= dict.fromkeys(table["status"]["names"], Meaning(Says.STATUS))
    known |= dict.fromkeys(table["times"]["starts"], Meaning(Says.FROM))
    known |= dict.fromkeys(table["times"]["ends"], Meaning(Says.UNTIL))
    return known | dict.fromkeys(table["times"]["embargoes"], Meaning(Says.EMBARGO))


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    """Return patterns of names: for a status, for a start or an end, for the time of a removal."""
    table = _table()
    status, times = table["status"], table["times"]
    gone, when = _any(times["gone"]), _any(times["when"])
    return (
        re.compile(
            f"(?:{_any(status['subjects'])})?(?:{_any(status['nouns'])})(?:{_any(status['behind'])})?"
        ),
        re.compile(
            f"(?:{_any(times['subjects'])})(?:(?P<from>{_any(times['from'])})|{_any(times['until'])})"
        ),
        re.compile(f"(?:{gone})(?:{when})|date(?:{gone})"),
    )


def _any(words: list[str]) -> str:
    return "|".join(map(re.escape, words))


@cache
def _table() -> dict[str, dict[str, Any]]:
    table = tomllib.loads(data_file("status_fields.toml").read_text("utf-8"))
    return {kind: {key: _plain(names) for key, names in of.items()} for kind, of in table.items()}


def _plain(names: list[str]) -> list[str]:
    return [plain_name(name) for name in names]
