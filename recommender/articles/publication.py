"""Decide whether the public may see an article, by the fields that its source gives.

Status decides what is built, times decide when it is shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from recommender import clock
from recommender.articles.fields import text_of
from recommender.articles.status_words import (
    is_no_value,
    plain_name,
    status_of,
    status_within,
    truth,
)
from recommender.errors import SourceError
from recommender.settings import Settings
from recommender.text.date_fields import moment
from recommender.types import Article, Found, Notice, NoticeKind, Status

# Names of fields in lower case, without spaces, hyphens and underscores.
_STATUS = {"status", "poststatus", "articlestatus", "publicationstatus", "publishstatus"}
_STATUS |= {"pubstatus", "visibility", "publishedstatus", "publishingstatus", "contentstatus"}
_STATUS |= {"publicationstate", "publishstate", "entrystatus", "storystatus", "pagestatus"}
# Names that may mean something else, a state of a country too: only words for a status count.
_MAYBE_STATUS = {"state", "workflowstate", "workflowstatus", "workflow", "moderationstate", "stage"}
_MAYBE_STATUS |= {"reviewstate", "reviewstatus", "statut", "estado", "estatus", "stato", "stav"}
_MAYBE_STATUS |= {"currentstate", "editorialstatus", "approvalstatus", "itemstatus", "articlestate"}
_MAYBE_STATUS |= {"access", "accesslevel", "privacy"}
_MAYBE_STATUS |= {"статус", "状态", "狀態", "ステータス", "상태", "durum", "الحالة", "وضعیت"}
# A flag, a date, or a word for the status.
_PUBLISHED = {"published", "ispublished", "publish", "dgpublish", "currentlypublished"}
_PUBLISHED |= {"gepubliceerd", "veröffentlicht", "publié", "publicado", "pubblicato", "publicerad"}
_PUBLISHED |= {"publisert", "publiceret", "opublikowane", "опубликовано", "опубліковано", "已发布"}
# What each flag says of an article when it is set, by any text, and when it is not.
_FLAGS = {
    **dict.fromkeys(("draft", "isdraft", "unpublished"), (Status.DRAFT, "")),
    **dict.fromkeys(("disabled", "isdisabled"), (Status.DRAFT, "")),
    **dict.fromkeys(("private", "isprivate", "hidden", "headless"), (Status.PRIVATE, "")),
    **dict.fromkeys(("ishidden", "unlisted", "isunlisted"), (Status.PRIVATE, "")),
    **dict.fromkeys(_PUBLISHED, ("", Status.DRAFT)),
    **dict.fromkeys(("enabled", "isenabled", "isactive"), ("", Status.DRAFT)),
    **dict.fromkeys(("public", "ispublic"), ("", Status.PRIVATE)),
    **dict.fromkeys(("deleted", "isdeleted", "deletedat", "trashed"), (Status.TRASHED, "")),
    **dict.fromkeys(("password", "postpassword"), (Status.PROTECTED, "")),
    **dict.fromkeys(("expired", "isexpired"), (Status.EXPIRED, "")),
}
# What is not switched off need not be published.
_SWITCHES = {"enabled", "isenabled", "isactive"}
_FROM = {"embargo", "embargoed", "embargountil", "embargodate", "embargoeduntil", "embargoedto"}
_FROM |= {"embargodatetime", "embargoenddate", "embargoend", "embargoexpires", "embargoexpiry"}
_FROM |= {"publishdate", "publishat", "publishon", "publishedat", "publishedon", "publishup"}
_FROM |= {"publishfrom", "publishedfrom", "publishstart", "publishstartdate", "publicationstart"}
_FROM |= {"publicationstartdate", "publicationfrom", "scheduledat", "scheduledfor", "scheduledate"}
_FROM |= {"scheduleddate", "scheduledpublishdate", "scheduledpublishat", "golive", "goliveat"}
_FROM |= {"golivedate", "liveat", "livefrom", "visiblefrom", "onlinefrom", "releaseat", "notbefore"}
_FROM |= {"hiddenbeforedatetime"}
_UNTIL = {"expirydate", "expires", "expiresat", "expireson", "expiry", "expirationdate"}
_UNTIL |= {"expireat", "expireon", "expiredate", "expirydatetime", "expirationtime"}
_UNTIL |= {"unpublishdate", "unpublishat", "unpublishon", "publishdown", "publishend"}
_UNTIL |= {"publishenddate", "publishuntil", "publisheduntil", "publicationend", "publicationuntil"}
_UNTIL |= {"publicationenddate", "offlineat", "offlineon", "offlinedate", "onlineuntil"}
_UNTIL |= {"liveuntil", "visibleuntil", "takedownat", "takedowndate", "hiddenafterdatetime"}
# Hugo says there whether a page is made, Sanity whether an id is that of a draft.
_BUILD, _SANITY_ID = "build", "id"
# Databases set the time of publication of a record only when it is published. The others tell that
# a field is such a time; only a status or a flag that says "published" counts more.
_RECORD_TIMES = {"createdat", "updatedat", "createdon", "updatedon"}
_PUBLISHED_TIMES = ("publishedat", "firstpublishedat", "publishedon")  # the first that there is
_SET_ONCE_PUBLIC = "set once public"
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
_NO_ADDRESS = "permalink"
_KNOWN = _STATUS | _MAYBE_STATUS | _FLAGS.keys() | _FROM | _UNTIL
_KNOWN |= {_BUILD, _SANITY_ID, _SET_ONCE_PUBLIC, _NO_ADDRESS}
_SANITY_DRAFT = re.compile(r"drafts\.|versions\.[^.]+\.")
# The folder in which Jekyll keeps drafts.
_DRAFTS_FOLDER = "_drafts"

# Types of WordPress and its plugins that hold no text for readers.
_NO_ARTICLES = {"attachment", "nav_menu_item", "revision", "custom_css", "customize_changeset"}
_NO_ARTICLES |= {"oembed_cache", "user_request", "shop_order", "shop_coupon", "scheduled_action"}
_NO_ARTICLES |= {"feedback", "flamingo_contact", "flamingo_inbound", "menu", "menu_item", "media"}
_NO_ARTICLES |= {"guest_author", "reply", "shop_order_refund", "product_variation", "popup"}
_NO_ARTICLES |= {"wpforms", "mc4wp_form", "nf_sub", "gf_form", "tablepress_table", "ml_slider"}
_NO_ARTICLES |= {"amp_validated_url", "polylang_mo", "cookielawinfo", "spucpt", "wpcode", "blocks"}
_NO_ARTICLES |= {"ct_template", "oceanwp_library", "bricks_template", "ngg_gallery", "pretty_link"}
_NO_ARTICLES |= {"redirect_rule", "jet_engine", "email_template", "fusion_template"}
_NO_ARTICLE_PREFIXES = ("wp_", "acf_", "elementor_", "wpcf7_", "vc_", "et_pb_", "fl_", "jp_pay_")


class Publication(NamedTuple):
    """What the fields of a source say; `unknown` is a word that is no status we know."""

    status: str = ""
    embargo: str = ""
    expires: str = ""
    unknown: str = ""

    def starting(self, start: str) -> Publication:
        """Return the same of an article that is dated; a day alone is told by its `date`."""
        if len(start) <= len("2022-12-28"):
            return self
        return self._replace(embargo=max(self.embargo, start, key=_order))

    def joined(self, other: Publication) -> Publication:
        """Return what both say: the first status, the latest start and the earliest end."""
        return Publication(
            self.status or other.status,
            max(self.embargo, other.embargo, key=_order),
            min(filter(None, (self.expires, other.expires)), key=_order, default=""),
            self.unknown or other.unknown,
        )

    def limits(self) -> dict[str, Any]:
        """Return the fields of an `Article`."""
        return {"status": self.status, "embargo": self.embargo, "expires": self.expires}

    def notices(self, place: str) -> list[Notice]:
        """Return a notice of a status that is not known."""
        reason = "is no known status; taken as published"
        return [Notice(place, NoticeKind.STATUS, reason, self.unknown)] if self.unknown else []


PUBLIC = Publication()


def publication(fields: Mapping[str, Any]) -> Publication:
    """Return what the fields of a source say of its publication, whatever the case of their names.

    Of several that say that it is not public the first one counts; of several times the latest
    start and the earliest end.
    """
    told = telling_fields(tuple(fields))
    if not told:
        return PUBLIC
    found = PUBLIC
    for name, plain in told:
        found = found.joined(_of_field(plain, fields[name]))
    is_unset = any(plain == _SET_ONCE_PUBLIC and _is_unset(fields[name]) for name, plain in told)
    if is_unset and not found.status and not any(_is_public(one, fields[it]) for it, one in told):
        return found._replace(status=Status.DRAFT, unknown="")
    return found


@lru_cache(maxsize=4_096)
def telling_fields(names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return those of the names that say something of publication, each with its plain form."""
    plain = {name: plain_name(name) for name in names}
    every = set(plain.values())
    if every & _RECORD_TIMES:
        deciding = next((one for one in _PUBLISHED_TIMES if one in every), "")
        plain = {
            name: _SET_ONCE_PUBLIC if known == deciding else known for name, known in plain.items()
        }
    for signs, meanings in _BESIDE:
        if every & signs:
            plain = {name: meanings.get(known, known) for name, known in plain.items()}
    return tuple((name, known) for name, known in plain.items() if known in _KNOWN)


def is_left_out(status: str, settings: Settings) -> bool:
    """Tell whether what has a status is not even read further: nothing can make it public."""
    return status not in ("", Status.SCHEDULED) and not settings.include_unpublished


def read_or_left_out(
    read: Callable[[], Article], place: str, status: str, settings: Settings
) -> Article | Notice:
    """Return what `read` gives; what cannot be read and is not public anyway is a notice."""
    try:
        return read()
    except SourceError:
        if is_left_out(status, settings):
            return Notice(place, NoticeKind.UNPUBLISHED, status)
        raise


def is_article_type(name: str) -> bool:
    """Tell whether a type of a content management system may be an article."""
    plain = name.strip().lower().replace("-", "_")
    return plain not in _NO_ARTICLES and not plain.startswith(_NO_ARTICLE_PREFIXES)


def judged(article: Article, written: Path, settings: Settings) -> Iterator[Found]:
    """Yield an article if it is built, and a notice if the public may not see it now.

    What is scheduled becomes public at its time, if that is after its file was `written`: what was
    late when the file was written is not public by its word. With `include_unpublished` everything
    is built.
    """
    if not article.status and _DRAFTS_FOLDER in article.path.split("/")[:-1]:
        article = replace(article, status=Status.DRAFT)
    article = _with_times(article, written)
    status = article.status_now
    if status is Status.PUBLISHED or settings.include_unpublished:
        yield article
        return
    if status is Status.SCHEDULED and not article.status:
        yield article  # built, and withheld by the clock
    yield Notice(article.path, NoticeKind.UNPUBLISHED, str(status), article.embargo)


def _with_times(article: Article, written: Path) -> Article:
    """Return the article with the times that matter yet."""
    is_ahead = bool(article.date) and clock.can_be_ahead(article.date)
    if not (article.status or article.embargo or is_ahead):
        return article
    embargo = article.embargo
    if not embargo.startswith(article.date):  # of the same day it has the time as well
        embargo = max(embargo, article.date, key=_order)
    if article.status == Status.SCHEDULED and embargo and _is_after(embargo, written):
        article = replace(article, status="")
    return replace(article, embargo="" if clock.has_begun(embargo) else embargo)


def _is_after(embargo: str, written: Path) -> bool:
    try:
        return clock.start_of(embargo).timestamp() > written.stat().st_mtime
    except (OSError, ValueError):
        return False


def _of_field(plain: str, value: Any) -> Publication:
    if plain == _SET_ONCE_PUBLIC:
        return PUBLIC if _is_unset(value) else _of_field("publishedat", value)
    if plain == _BUILD:
        render = value.get("render") if isinstance(value, Mapping) else None
        return Publication(Status.PRIVATE) if render in ("never", False) else PUBLIC
    if not isinstance(value, str) and is_no_value(value):
        return PUBLIC
    if plain in _STATUS:
        return _of_status(value)
    if plain in _MAYBE_STATUS:  # ON is Ontario too
        is_known = isinstance(value, list | dict) or status_of(value) is not None
        return _of_status(value)._replace(unknown="") if is_known else PUBLIC
    if plain == _SANITY_ID:
        is_draft = isinstance(value, str) and _SANITY_DRAFT.match(value)
        return Publication(Status.DRAFT) if is_draft else PUBLIC
    if plain == _NO_ADDRESS:
        return Publication(Status.PRIVATE) if value is False else PUBLIC
    if plain in _FLAGS:
        return _of_flag(plain, value)
    flag = truth(value)
    if plain in _FROM:
        return PUBLIC if flag is False else Publication(*_embargo(value, bool(flag)))
    return PUBLIC if flag is False else Publication(expires=moment(value))


def _is_unset(value: Any) -> bool:
    return value is None or truth(value) is False


def _is_public(plain: str, value: Any) -> bool:
    """Tell whether a field says by its own word that an article is published.

    What may see what is published once it is, and that it is not private, says nothing of that.
    """
    if plain in _STATUS | _MAYBE_STATUS and plain != "visibility":
        word = text_of(value) if isinstance(value, list | dict) else value
        if plain in _MAYBE_STATUS and str(word).strip().isdigit():  # of a stage it may be any
            return False
        return status_of(word) is Status.PUBLISHED or (plain in _STATUS and truth(word) is True)
    if plain not in _FLAGS or plain in _SWITCHES or value is None:
        return False
    when_set, when_not = _FLAGS[plain]
    if when_set == Status.DRAFT:
        return truth(value) is False
    return bool(when_not) and truth(value) is not False and not _of_flag(plain, value).status


def _of_status(value: Any) -> Publication:
    value = text_of(value) if isinstance(value, list | dict) else value
    if is_no_value(value):
        return PUBLIC
    found = status_of(value)
    if found is None and (flag := truth(value)) is not None:  # a box that is ticked
        found = Status.PUBLISHED if flag else Status.DRAFT
    found = found or status_within(str(value))
    if found is None:
        return Publication(unknown=str(value)[:80])
    return Publication("" if found is Status.PUBLISHED else found)


def _of_flag(plain: str, value: Any) -> Publication:
    flag = truth(value)
    if flag is None and plain in _PUBLISHED:
        start = moment(value)
        return Publication(embargo=start) if start else _of_status(value)
    return Publication(str(_FLAGS[plain][1 if flag is False else 0]))


def _embargo(value: Any, is_flag: bool) -> tuple[str, str]:
    """Return the status and the start that an embargo means; one without a time has no end."""
    start = "" if is_flag else moment(value)
    return ("", start) if start else (Status.SCHEDULED, "")


def _order(moment_text: str) -> float:
    """Return when a moment begins, for comparing; nothing comes first."""
    try:
        return clock.start_of(moment_text).timestamp() if moment_text else float("-inf")
    except (ValueError, OverflowError):
        return float("-inf")
