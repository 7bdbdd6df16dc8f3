"""Decide whether the public may see an article, by the fields that its source gives.

The status decides whether an article is built. Times decide when it is shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from recommender import clock
from recommender.articles.fields import text_of
from recommender.articles.status_fields import (
    BUILD,
    FLAGS,
    FROM,
    KNOWN,
    MAYBE_STATUS,
    NO_ADDRESS,
    PUBLISHED,
    SANITY_ID,
    SET_ONCE_PUBLIC,
    STATUS,
    SWITCHES,
    WORDS_ONLY,
    Meaning,
    Says,
    is_holder,
    meaning_of,
    telling_fields,
)
from recommender.articles.status_words import (
    is_no_value,
    status_of,
    status_of_folder,
    status_within,
    truth,
)
from recommender.settings import Settings
from recommender.text.date_fields import moment
from recommender.text.last_moments import last_moment
from recommender.types import Article, Found, Notice, NoticeKind, Status

# Some systems write this day for a time that was never set.
_NO_END = "1970-01-01"
# Years after 2099 are not read. As a start, such a day means never.
_NEVER = re.compile(r"\s*(?:2[1-9]|[3-9]\d)\d\d-[01]\d-[0-3]\d")
# Fields are read from objects within objects up to this depth.
MAX_DEPTH = 4
# At most this many statuses of a list are read.
MOST_STATUSES = 20
# What separates a file from its folder or packed folder, and a mail from its mailbox.
_IN_FOLDER = re.compile(r"/|\.mbox:", re.I)
_SANITY_DRAFT = re.compile(r"drafts\.|versions\.[^.]+\.")

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
    """What the fields of a source say about publication.

    `unknown` is a word for a status that is not known. `unread` is an embargo without a readable
    time, or of an unclear day.
    """

    status: str = ""
    embargo: str = ""
    expires: str = ""
    unknown: str = ""
    unread: str = ""

    def starting(self, start: str) -> Publication:
        """Return this with the time of an article's date as its start. A day alone is no start."""
        if len(start) <= len("2022-12-28"):
            return self
        return self._replace(embargo=max(self.embargo, start, key=_order))

    def joined(self, other: Publication) -> Publication:
        """Return this joined with `other`: the first status, the latest start, the earliest end."""
        if self is PUBLIC or other is PUBLIC:  # as most are
            return other if self is PUBLIC else self
        return Publication(
            self.status or other.status,
            max(self.embargo, other.embargo, key=_order),
            min(filter(None, (self.expires, other.expires)), key=_order, default=""),
            self.unknown or other.unknown,
            self.unread or other.unread,
        )

    def limits(self) -> dict[str, Any]:
        """Return these limits as fields of an `Article`."""
        return {"status": self.status, "embargo": self.embargo, "expires": self.expires}

    def notices(self, place: str) -> list[Notice]:
        """Return a notice of an unknown status, and of an embargo that cannot be read."""
        found = []
        if self.unknown:
            reason = "is not a known status; taken as published"
            found.append(Notice(place, NoticeKind.STATUS, reason, self.unknown))
        if self.unread:
            reason = "of an embargo not understood; withheld as long as it may last"
            found.append(Notice(place, NoticeKind.DATE, reason, self.unread))
        return found


PUBLIC = Publication()


def publication(fields: Mapping[str, Any], depth: int = 0) -> Publication:
    """Return what the fields of a source say about publication. Their names may be in any case.

    Of several statuses, the first counts; of several times, the latest start and the earliest end.
    Fields in an object of their own count as well.
    """
    told = telling_fields(tuple(fields))
    if not told:
        return PUBLIC
    found = PUBLIC
    for name, plain in told:
        value = fields[name]
        if isinstance(value, Mapping) and is_holder(plain) and "name" not in value:
            inner = publication(_texts_only(value), depth + 1) if depth < MAX_DEPTH else PUBLIC
            found = found.joined(inner._replace(unknown=""))
        if plain in KNOWN:
            found = found.joined(_of_field(plain, value))
        elif (meaning := meaning_of(plain)) is not None:
            found = found.joined(_of_meaning(meaning, _plain_value(value)))
    is_unset = any(plain == SET_ONCE_PUBLIC and _is_unset(fields[name]) for name, plain in told)
    if is_unset and not found.status and not any(_is_public(one, fields[it]) for it, one in told):
        return found._replace(status=Status.DRAFT, unknown="")
    return found


def is_article_type(name: str) -> bool:
    """Return whether records of this type of a content management system may be articles."""
    plain = name.strip().lower().replace("-", "_")
    return plain not in _NO_ARTICLES and not plain.startswith(_NO_ARTICLE_PREFIXES)


def judged(article: Article, written: Path, settings: Settings) -> Iterator[Found]:
    """Yield an article if it is built, and a notice if the public may not see it now.

    `written` is the file of the article. If a scheduled article's time is later than the file, it
    becomes public at that time. If the time had passed when the file was written, the article stays
    withheld. With `include_unpublished` everything is built.
    """
    if not article.status and _IN_FOLDER.search(article.path):
        article = replace(article, status=_status_of_place(article.path))
    article = _with_times(article, written)
    status = article.status_now
    if status is Status.PUBLISHED or settings.include_unpublished:
        yield article
        return
    is_built = status is Status.SCHEDULED and not article.status
    if is_built:
        yield article  # answers withhold it until its time
    until = article.embargo if is_built else ""
    yield Notice(article.path, NoticeKind.UNPUBLISHED, str(status), until)


def _status_of_place(path: str) -> str:
    """Return the status of files in a folder for drafts or for deleted files."""
    folders = _IN_FOLDER.split(path)[:-1]
    return str(next(filter(None, map(status_of_folder, folders)), ""))


def _with_times(article: Article, written: Path) -> Article:
    """Return the article without times that have passed."""
    is_ahead = bool(article.date) and clock.can_be_ahead(article.date)
    if not (article.status or article.embargo or is_ahead):
        return article
    embargo = article.embargo
    if not embargo.startswith(
        article.date
    ):  # an embargo on the day of the date has the time as well
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
    """Return the meaning of a field whose plain name is one of `KNOWN`."""
    if plain == SET_ONCE_PUBLIC:
        return PUBLIC if _is_unset(value) else _of_field("publishedat", value)
    if plain == BUILD:
        return _of_build(value)
    if not isinstance(value, str) and is_no_value(value):
        return PUBLIC
    if plain in STATUS:
        return _of_status(value)
    if plain in MAYBE_STATUS:
        return _of_maybe_status(plain, value)
    if plain == SANITY_ID:
        is_draft = isinstance(value, str) and _SANITY_DRAFT.match(value)
        return Publication(Status.DRAFT) if is_draft else PUBLIC
    if plain == NO_ADDRESS:
        return Publication(Status.PRIVATE) if value is False else PUBLIC
    return _of_flag(plain, value) if plain in FLAGS else _of_time(plain, value)


def _of_build(value: Any) -> Publication:
    """Return the meaning of Hugo's options for a page: a page that is not rendered is private."""
    render = value.get("render") if isinstance(value, Mapping) else None
    return Publication(Status.PRIVATE) if render in ("never", False) else PUBLIC


def _of_maybe_status(plain: str, value: Any) -> Publication:
    """Return the meaning of a field that is a status only if it holds a word for one.

    A `state` of ON may be Ontario.
    """
    if plain in WORDS_ONLY and _is_number(value):
        return PUBLIC
    is_known = isinstance(value, list | dict) or status_of(value) is not None
    return _of_status(value)._replace(unknown="") if is_known else PUBLIC


def _of_time(plain: str, value: Any) -> Publication:
    """Return the meaning of a field that holds the time of a start or of an end."""
    flag = truth(value)
    if flag is False:
        return PUBLIC
    if plain in FROM:
        read = last_moment if plain.startswith("embargo") else moment
        return _embargo(value, bool(flag), read)
    return Publication(expires=_end_of(value))


def _of_meaning(meaning: Meaning, value: Any) -> Publication:
    """Return what a field says whose meaning was recognised by the parts of its name."""
    if is_no_value(value):
        return PUBLIC
    says, flag = meaning.says, truth(value)
    if says is Says.EMBARGO:
        return PUBLIC if flag is False else _embargo(value, bool(flag), last_moment)
    if says is Says.STATUS:
        return _of_field("state", value)
    if says is Says.ROBOTS:
        words = text_of(value).lower().replace(",", " ").split()
        return PUBLIC if {"noindex", "none"}.isdisjoint(words) else Publication(Status.PRIVATE)
    if flag is None:
        return _of_other_value(meaning, value)
    is_set = flag is (says is not Says.SHOWN)
    is_public = meaning.status is Status.PUBLISHED
    return Publication("" if is_public else meaning.status) if is_set else PUBLIC


def _of_other_value(meaning: Meaning, value: Any) -> Publication:
    """Return what a field says that holds no flag, but a time, a password or a word.

    A field named for a removal may hold the time of it. The article is gone from then on.
    """
    if meaning.status is Status.PROTECTED:  # any text is a password
        return Publication(meaning.status)
    if meaning.says is Says.SHOWN:
        start = _starting(value)
        is_day = len(start.embargo) >= len("2022-12-28") or bool(start.status)
        return start if is_day else _of_field("state", value)
    if meaning.says is Says.FROM or meaning.status is Status.SCHEDULED:
        return _starting(value)
    is_gone = meaning.status in (Status.TRASHED, Status.EXPIRED)
    is_end = meaning.says is Says.UNTIL or is_gone
    return Publication(expires=_end_of(value)) if is_end else PUBLIC


def _end_of(value: Any) -> str:
    """Return the time from which an article is gone. 1970-01-01 means that none was set."""
    time = moment(value)
    return "" if time.startswith(_NO_END) else time


def _plain_value(value: Any) -> Any:
    """Return the value in an object or a list of one value. Some systems wrap values so."""
    for _ in range(MAX_DEPTH):
        if isinstance(value, Mapping) and len(value) == 1:
            value = next(iter(value.values()))
        elif isinstance(value, list) and len(value) == 1:
            value = value[0]
        else:
            break
    return value


def _texts_only(fields: Mapping[Any, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in fields.items() if isinstance(name, str)}


def _is_unset(value: Any) -> bool:
    return value is None or truth(value) is False


def _is_public(plain: str, value: Any) -> bool:
    """Return whether a field says that an article is published.

    Words about access do not say so, nor does a flag that it is not private.
    """
    if plain in STATUS | MAYBE_STATUS and plain != "visibility":
        return _is_public_status(plain, _word_of(value))
    if plain not in KNOWN and (meaning := meaning_of(plain)) is not None:
        return meaning.says is Says.STATUS and status_of(_word_of(value)) is Status.PUBLISHED
    is_flag = plain in FLAGS and plain not in SWITCHES and value is not None
    return is_flag and _is_public_flag(plain, value)


def _is_public_status(plain: str, word: Any) -> bool:
    if plain in MAYBE_STATUS and str(word).strip().isdigit():  # the number of a stage may be any
        return False
    return status_of(word) is Status.PUBLISHED or (plain in STATUS and truth(word) is True)


def _is_public_flag(plain: str, value: Any) -> bool:
    when_set, when_not = FLAGS[plain]
    if when_set == Status.DRAFT:
        return truth(value) is False
    return bool(when_not) and truth(value) is not False and not _of_flag(plain, value).status


def _of_status(value: Any) -> Publication:
    value = _plain_value(value)
    if isinstance(value, list) and (hidden := _first_hidden(value)) is not None:
        return Publication(hidden)
    if isinstance(value, Mapping) and (inner := publication(_texts_only(value))).status:
        return inner
    value = _word_of(value)
    if is_no_value(value):
        return PUBLIC
    found = status_of(value)
    if found is None and (flag := truth(value)) is not None:  # a check box
        found = Status.PUBLISHED if flag else Status.DRAFT
    found = found or status_within(str(value))
    if found is None:
        return Publication(unknown=str(value)[:80])
    return Publication("" if found is Status.PUBLISHED else found)


def _word_of(value: Any) -> Any:
    return text_of(value) if isinstance(value, list | dict) else value


def _first_hidden(words: list[Any]) -> Status | None:
    """Return the first status of a list that is not public, as of "featured" and "draft"."""
    found = (status_of(one) for one in words[:MOST_STATUSES] if isinstance(one, str))
    return next((one for one in found if one not in (None, Status.PUBLISHED)), None)


def _is_number(value: Any) -> bool:
    value = _plain_value(value)
    return isinstance(value, int | float) or str(value).strip().lstrip("-").isdigit()


def _of_flag(plain: str, value: Any) -> Publication:
    value = _plain_value(value)
    flag = truth(value)
    if flag is None and plain in PUBLISHED:
        start = _starting(value)
        return start if start != PUBLIC else _of_status(value)
    is_gone = flag is not False and not (flag is None and moment(value).startswith(_NO_END))
    return Publication(str(FLAGS[plain][0 if is_gone else 1]))


def _embargo(value: Any, is_flag: bool, read: Callable[[Any], str]) -> Publication:
    """Return the meaning of an embargo. `read` finds the moment at which it ends."""
    if is_flag:
        return Publication(Status.SCHEDULED)
    return embargo(read(value), value)


def embargo(start: str, written: Any) -> Publication:
    """Return an embargo until `start`. Without a start, it has no end."""
    text = text_of(written) or str(written)
    is_clear = start == moment(written) if start else _NEVER.match(text) is not None
    unread = "" if is_clear else text[:80]
    return Publication("" if start else Status.SCHEDULED, start, unread=unread)


def _starting(value: Any) -> Publication:
    """Return the meaning of the time from which an article is public. Other values mean nothing."""
    start = moment(value)
    is_never = not start and isinstance(value, str | date) and _NEVER.match(str(value)) is not None
    return Publication(Status.SCHEDULED if is_never else "", start)


def _order(moment_text: str) -> float:
    """Return the start of a moment, for comparison. No moment comes before all others."""
    try:
        return clock.start_of(moment_text).timestamp() if moment_text else float("-inf")
    except (ValueError, OverflowError):
        return float("-inf")
