"""Flag the rows of a snapshot that pass filters; the search looks at no others."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from recommender.arrays import Mask, Positions
from recommender.errors import BadDate, BadLanguage, QueryError
from recommender.store.records import date_number
from recommender.store.segment import Segment
from recommender.store.snapshot import Snapshot
from recommender.text.language import language_key
from recommender.types import UNKNOWN_LANGUAGE, Filters

ANY, SAME, OTHER = "any", "same", "other"
LANGUAGES = "languages"


def check_filters(filters: Filters, snapshot: Snapshot) -> None:
    """Raise `QueryError` for a date or a language that is not written as one."""
    limits = {"since": filters.since, "until": filters.until, "as_of": filters.as_of}
    for name, value in limits.items():
        _check_date(name, value)
    if filters.since and filters.until and date_number(filters.since) > _end(filters.until):
        raise QueryError(f"since {filters.since} is later than until {filters.until}; swap them")
    _language_test(filters, UNKNOWN_LANGUAGE, snapshot)


def check_listing(filters: Filters, snapshot: Snapshot) -> None:
    """Raise `QueryError` as `check_filters` does, and for a filter that needs a question."""
    check_filters(filters, snapshot)
    if filters.languages in (SAME, OTHER):
        raise QueryError(
            f"languages {filters.languages!r} is compared with a question; a list has none: write "
            f"{ANY} or codes such as nl,en"
        )


def allowed_rows(snapshot: Snapshot, filters: Filters, language: str) -> Mask | None:
    """Return one flag a row that passes all filters; None if all rows do.

    `language` is the language of the question, as the answering space calls it (`nl-Latn`).
    Languages and dates are columns. `where` reads the record of each article that passes those.
    """
    if replace(filters, published_only=False) == Filters() and not len(
        _withheld(snapshot, filters)
    ):
        return snapshot.columns.live_rows
    return snapshot.columns.rows_of_articles(articles_passing(snapshot, filters, language))


def articles_passing(
    snapshot: Snapshot, filters: Filters, language: str, among: Mask | None = None
) -> Mask:
    """Return one flag an article that passes all filters, and is flagged in `among` if given."""
    shown = snapshot.columns.live_articles.copy()
    shown[_withheld(snapshot, filters)] = False
    if among is not None:
        shown &= among
    speaks = _language_test(filters, language, snapshot)
    masks = [np.empty(0, np.bool_)]
    ends = np.cumsum([len(segment) for segment in snapshot.segments])[:-1]
    for segment, live in zip(snapshot.segments, np.split(shown, ends), strict=True):
        flags = live & _in_time(segment.articles["date"].astype(np.int64), filters)
        spoken = np.array([speaks(tag) for tag in segment.languages], dtype=np.bool_)
        if len(flags):
            flags &= spoken[segment.article_languages]
        if filters.where:
            _keep_matching(segment, flags, filters.where)
        masks.append(flags)
    return np.concatenate(masks)


def _withheld(snapshot: Snapshot, filters: Filters) -> Positions:
    """Return the articles that no answer may hold now."""
    columns = snapshot.columns
    return columns.publications.withheld() if filters.published_only else columns.withheld


def _in_time(dates: npt.NDArray[np.int64], filters: Filters) -> npt.NDArray[np.bool_]:
    """Return which dates (yyyymmdd, 00 where unknown) pass.

    An article with only a month may be of any day in it. `since` and `until` keep it if one of
    these days passes, `as_of` if all do.
    """
    flags = np.ones(len(dates), dtype=np.bool_)
    ends = dates + np.where(dates % 10_000 == 0, 1231, np.where(dates % 100 == 0, 31, 0))
    if filters.since:
        flags &= ends >= date_number(filters.since)
    if filters.until:
        flags &= dates <= _end(filters.until)
    if filters.as_of:
        flags &= ends <= _end(filters.as_of)
    if filters.since or filters.until or filters.as_of:
        flags &= dates > 0
    return flags


def _end(date: str) -> int:
    """Return the last day of a date's period as yyyymmdd; every month's last day counts as 31."""
    year, month, day = [*map(int, date.split("-")), 0, 0][:3]
    if not day or day == monthrange(year, month)[1]:
        day = 31
    return year * 10_000 + (month or 12) * 100 + day


def _check_date(name: str, value: str) -> None:
    if not value:
        return
    from recommender.text.dates import is_date  # it takes longer to load than many an answer

    if not is_date(value):
        raise BadDate(f"{name} {value!r} is not a date; write it as 2022, 2022-12 or 2022-12-28")


def _language_test(filters: Filters, language: str, snapshot: Snapshot) -> Callable[[str], bool]:
    """Return a function that says whether articles of a language tag pass."""
    match filters.languages:
        case "any":
            return lambda _: True
        case "same":
            return lambda tag: _base(tag) == _base(language)
        case "other":
            return lambda tag: _base(tag) != _base(language)
    wanted = [one.strip() for one in filters.languages.split(",")]
    for code in wanted:
        check_language(LANGUAGES, code, snapshot)
    return lambda tag: any(_is_of(tag, code) for code in wanted)


def check_comparable(filters: Filters, language: str) -> None:
    """Raise `BadLanguage` if a filter compares with the language of a question that has none."""
    if filters.languages in (SAME, OTHER) and language == UNKNOWN_LANGUAGE:
        raise BadLanguage(
            f"languages {filters.languages!r} is compared with the query's language, and the query "
            "is too short to tell; name it with --query-language (query_language=)"
        )


def check_language(name: str, code: str, snapshot: Snapshot) -> None:
    """Raise `BadLanguage` for a value of an option that is no language code."""
    import langcodes

    if code == UNKNOWN_LANGUAGE or langcodes.tag_is_valid(code):
        return
    there = sorted({tag for segment in snapshot.segments for tag in segment.languages})
    known = f"{SAME}, {OTHER}, {ANY} or codes such as nl,en" if name == LANGUAGES else "one as nl"
    raise BadLanguage(
        f"{name} {code!r} is no language code; write {known}; the index has "
        f"{', '.join(there) or 'none'}"
    )


def _is_of(tag: str, code: str) -> bool:
    """Return whether an article's tag falls under a code: `nl-BE` is `nl`, `zh-TW` is `zh-Hant`."""
    if UNKNOWN_LANGUAGE in (tag, code):
        return tag == code
    import langcodes

    asked = langcodes.Language.get(code)
    found = langcodes.Language.get(tag)
    return (
        _base(tag) == _base(code)
        and (not asked.script or language_key(tag) == language_key(code))
        and (not asked.territory or found.territory == asked.territory)
    )


def _base(tag: str) -> str:
    """Return the language of a tag without script and region, as the answering space calls it."""
    return language_key(tag).partition("-")[0]


def _keep_matching(
    segment: Segment, flags: npt.NDArray[np.bool_], where: Mapping[str, str]
) -> None:
    """Clear the flags of articles whose fields have other values than those asked for."""
    for position in np.flatnonzero(flags).tolist():
        record = segment.article(position).record()
        fields = {**record["metadata"], **record}
        flags[position] = all(_is_equal(fields.get(name), value) for name, value in where.items())


def _is_equal(found: Any, wanted: str) -> bool:
    """Return whether a field is a value, or is a list that holds it; case does not count."""
    values = found if isinstance(found, list) else [found]
    return any(str(value).casefold() == wanted.casefold() for value in values if value is not None)


def rows_of_others(
    snapshot: Snapshot, language: str, positions: Sequence[int], filters: Filters
) -> Mask:
    """Return one flag a row that may answer articles at `positions`: none of their own rows."""
    mask = allowed_rows(snapshot, filters, language)
    allowed = np.ones(snapshot.all_row_count, dtype=np.bool_) if mask is None else mask.copy()
    for position in positions:
        rows = snapshot.rows(position)
        allowed[rows.start : rows.stop] = False
    return allowed
