"""Tell by the name of a field what it says of publication, in any language.

The names are data: `data/status_fields.toml`.
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

    STATUS = "status"  # a word for a status; other words say nothing
    SET = "set"  # a flag: set, the article has the status of the meaning
    SHOWN = "shown"  # a flag: not set, it has that status
    FROM = "from"  # the time from which it may be seen; what is no time says nothing
    UNTIL = "until"  # the time from which it may be seen no more; a flag if it has a status
    EMBARGO = "embargo"  # as FROM; what is no time has no end
    ROBOTS = "robots"  # what search engines are asked


class Meaning(NamedTuple):
    """What a field says; `status` is of flags, and published for times that are no flags."""

    says: Says
    status: Status = Status.PUBLISHED


# Names of fields in lower case, without spaces, hyphens and underscores.
STATUS = {"status", "poststatus", "articlestatus", "publicationstatus", "publishstatus"}
STATUS |= {"pubstatus", "visibility", "publishedstatus", "publishingstatus", "contentstatus"}
STATUS |= {"publicationstate", "publishstate", "entrystatus", "storystatus", "pagestatus"}
# Names that may mean something else, a state of a country too: only words for a status count.
MAYBE_STATUS = {"state", "workflowstate", "workflowstatus", "workflow", "moderationstate"}
MAYBE_STATUS |= {"reviewstate", "reviewstatus", "statut", "estado", "estatus", "stato", "stav"}
MAYBE_STATUS |= {"currentstate", "editorialstatus", "approvalstatus", "itemstatus", "articlestate"}
# Of these no number or flag counts either: a level 0 may be open to all, or to nobody.
WORDS_ONLY = {"access", "accesslevel", "privacy", "stage"}
MAYBE_STATUS |= WORDS_ONLY
MAYBE_STATUS |= set(
    map(plain_name, ("статус", "状态", "ステータス", "상태", "durum", "الحالة", "وضعیت"))
)
# A flag, a date, or a word for the status.
PUBLISHED = {"published", "ispublished", "publish", "dgpublish", "currentlypublished"}
PUBLISHED |= {"gepubliceerd", "publicado", "pubblicato", "publicerad", "publisert", "publiceret"}
PUBLISHED |= set(
    map(plain_name, ("veröffentlicht", "publié", "opublikowane", "опубликовано", "опубліковано"))
)
PUBLISHED |= {"已发布"}
# What each flag says of an article when it is set, by any text, and when it is not.
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
# What is not switched off need not be published.
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
# Hugo says there whether a page is made, Sanity whether an id is that of a draft.
BUILD, SANITY_ID = "build", "id"
# Databases set the time of publication of a record only when it is published. The others tell that
# a field is such a time; only a status or a flag that says "published" counts more.
_RECORD_TIMES = {"createdat", "updatedat", "createdon", "updatedon", "createdtime", "updatedtime"}
_RECORD_TIMES |= {"created", "updated", "modified", "modifiedat", "modifiedon", "createddate"}
_RECORD_TIMES |= {"updateddate", "modifieddate"}
# The first that there is.
_PUBLISHED_TIMES = ("publishedat", "firstpublishedat", "publishedon", "publisheddate")
SET_ONCE_PUBLIC = "set once public"
# What names say beside one of those that tell whose they are: in other rows `live` tells a live
# blog, and `starttime` when something takes place.
_BESIDE: tuple[tuple[frozenset[str], Mapping[str, str]], ...] = (
    (  # Wagtail
        frozenset(("hasunpublishedchanges", "firstpublishedat", "goliveat", "liverevision")),
        {"live": "published"},
    ),
    # TYPO3
    (frozenset(("crdate", "tstamp")), {"starttime": "publishat", "endtime": "expires"}),
    # Superdesk, which forgets a text at its expiry; readers do not
    (frozenset(("familyid", "uniquename", "anpacategory", "schedulesettings")), {"expiry": ""}),
)
# A page of Eleventy without an address is not written.
NO_ADDRESS = "permalink"
KNOWN = STATUS | MAYBE_STATUS | FLAGS.keys() | FROM | UNTIL
KNOWN |= {BUILD, SANITY_ID, SET_ONCE_PUBLIC, NO_ADDRESS}

_STATUSES = (Status.DRAFT, Status.PRIVATE, Status.TRASHED, Status.EXPIRED, Status.PROTECTED)
# What has a draft, or was one, is none.
_PREFIX = re.compile(r"(?:is|in|(?:was|has)(?!drafts?$))(?=.)")
# No longer name says anything: those of hostile files may be as long as the file.
MAX_NAME_CHARACTERS = 200
_BETWEEN = re.compile(r"[./\[\]]+")
# What people add to the name of a column: "Draft (Y/N)", "Published?", "Status*".
_ADDED = re.compile(r"\([^()]*\)|[?!*#]+$")
_ROBOTS = {"robots", "metarobots", "robotsmeta", "seorobots"}


@lru_cache(maxsize=4_096)
def own_name(plain: str) -> str:
    """Return the name of a field itself, as of `meta.status`, `status.name` and `draft(y/n)`."""
    plain = _ADDED.sub("", plain) or plain
    first, *others = [part for part in _BETWEEN.split(plain) if part] or [plain]
    if others and others[-1] in _table()["holders"]["parts"]:
        others.pop()
    while others and is_holder(first):
        first, *others = others
    return first if not others else plain


@lru_cache(maxsize=4_096)
def meaning_of(plain: str) -> Meaning | None:
    """Return what a field of a plain name (`plain_name`) says, None if that is nothing."""
    name = plain.strip("@:").rpartition(":")[2]
    return _named(name) or _named(_PREFIX.sub("", name, count=1))


@lru_cache(maxsize=4_096)
def telling_fields(names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return those of the names that say something of publication, each with its plain form."""
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
    """Return whether one of the names is that of a status, or of a flag, whatever it holds."""
    words = {Says.STATUS, Says.SET, Says.SHOWN}
    return any(
        plain in STATUS | MAYBE_STATUS | FLAGS.keys()
        or is_holder(plain)
        or ((meaning := meaning_of(plain)) is not None and meaning.says in words)
        for _, plain in telling_fields(names)
    )


@lru_cache(maxsize=4_096)
def is_holder(plain: str) -> bool:
    """Return whether systems keep fields in an object of this plain name, apart from the text."""
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
    """Return the names that stand in the data as they are; those that stand later count more."""
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
    """Return the forms of names for a status, for a time, and for when something went."""
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
