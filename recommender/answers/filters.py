"""Turn filters into the conditions that articles must meet (`Where`); refuse wrong values."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from numbers import Real

import numpy as np

from recommender.answers.archive import Archive, Scope
from recommender.errors import BadDate, BadLanguage, QueryError
from recommender.store.records import date_number
from recommender.text.language_tags import language_key
from recommender.types import UNKNOWN_LANGUAGE, Filters, Where

ANY, SAME, OTHER = "any", "same", "other"
LANGUAGES = "languages"


def check_filters(filters: Filters, archive: Archive) -> None:
    """Raise `QueryError` for a date or a language that is not written correctly."""
    if not isinstance(filters, Filters):
        raise QueryError(f"filters are {filters!r:.80}; give Filters(languages='nl')")
    limits = {"since": filters.since, "until": filters.until, "as_of": filters.as_of}
    for name, value in limits.items():
        _check_date(name, value)
    _check_where(filters.where)
    if not isinstance(filters.languages, str):
        raise BadLanguage(f"languages {filters.languages!r:.80} must be text, as nl,en")
    if filters.since and filters.until and date_number(filters.since) > _end(filters.until):
        raise QueryError(f"since {filters.since} is later than until {filters.until}; swap them")
    _language_test(filters, UNKNOWN_LANGUAGE, archive)


def up_to_article(filters: Filters, date: str) -> Filters:
    """Return filters that end at the date of an article.

    Raises `QueryError` if they begin later.
    """
    _check_date("since", filters.since)
    if filters.since and date_number(filters.since) > _end(date):
        raise QueryError(
            f"since {filters.since} is later than the article, which is of {date}; give an earlier "
            "since, or until"
        )
    return replace(filters, until=date)


def check_listing(filters: Filters, archive: Archive) -> None:
    """Raise `QueryError` as `check_filters` does, and for a filter that needs a question."""
    check_filters(filters, archive)
    if filters.languages in (SAME, OTHER):
        raise QueryError(
            f"languages {filters.languages!r} is compared with a question; a list has none: write "
            f"{ANY} or codes such as nl,en"
        )


def where_of(archive: Archive, filters: Filters, language: str) -> Where:
    """Return the conditions of filters on articles.

    `language` is the language of the question, as the answering space calls it (`nl-Latn`).
    """
    tags = None
    if filters.languages != ANY:
        speaks = _language_test(filters, language, archive)
        tags = frozenset(tag for tag in archive.tags if speaks(tag))
    return Where(
        tags=tags,
        since=date_number(filters.since),
        until=_end(filters.until) if filters.until else 0,
        as_of=_end(filters.as_of) if filters.as_of else 0,
        fields=tuple((str(name), str(value)) for name, value in filters.where.items()),
        published_only=filters.published_only,
    )


def why_none_passes(archive: Archive, filters: Filters, language: str) -> str:
    """Return why no article passes the filters; empty if some do.

    `language` is the language of the question, as the answering space calls it (`nl-Latn`).
    """
    where = where_of(archive, filters, language)
    if where.is_open or not archive.scope(where).is_empty:
        return ""
    if where.tags is not None and not where.tags:
        found = filters.languages if filters.languages not in (SAME, OTHER) else "such a language"
        return f"no article is in {found}; the index has {', '.join(archive.tags) or 'none'}"
    advice = "; the JSON of show has the fields of an article" if where.fields else ""
    return f"no article passes the filters{advice}"


def allowed_rows(archive: Archive, filters: Filters, language: str) -> Scope:
    """Return the rows of the articles that pass all filters (`where_of`)."""
    scope: Scope = archive.scope(where_of(archive, filters, language))
    return scope


def rows_of_period(
    archive: Archive, filters: Filters, language: str, since: str, until: str
) -> Scope:
    """Return those of `allowed_rows` whose articles are of a date from `since` to `until`.

    One of them may be "", as in filters.
    """
    where = where_of(archive, filters, language)
    where = replace(where, since=max(where.since, date_number(since)))
    if until:
        where = replace(where, until=min(where.until or _end(until), _end(until)))
    scope: Scope = archive.scope(where)
    return scope


def rows_of_others(
    archive: Archive, language: str, positions: Sequence[int], filters: Filters
) -> Scope:
    """Return the rows that may be answers to the articles at `positions`: not their own."""
    every = allowed_rows(archive, filters, language)
    return every.without_articles(np.array(positions, np.int64))


def _end(date: str) -> int:
    """Return the last day of a date's period as yyyymmdd; every month's last day counts as 31."""
    year, month, day = [*map(int, date.split("-")), 0, 0][:3]
    if not day or day == monthrange(year, month)[1]:
        day = 31
    return year * 10_000 + (month or 12) * 100 + day


def _check_where(where: object) -> None:
    """Raise `QueryError` unless names of fields are text, and values text or numbers."""
    if not isinstance(where, Mapping):
        raise QueryError(f"where {where!r:.80} must map fields to values, as {{'section': 'news'}}")
    for field, value in where.items():
        if not isinstance(field, str) or not isinstance(value, str | Real):
            raise QueryError(f"where {field!r:.80}: {value!r:.80}; write 'section': 'news'")


def _check_date(name: str, value: str) -> None:
    if not value:
        return
    if not isinstance(value, str):
        raise BadDate(f"{name} {value!r:.80} is not text; write it as '2022' or '2022-12-28'")
    from recommender.text.dates import is_date  # to load it takes longer than many an answer does

    if not is_date(value):
        raise BadDate(f"{name} {value!r} is not a date; write it as 2022, 2022-12 or 2022-12-28")


def _language_test(filters: Filters, language: str, archive: Archive) -> Callable[[str], bool]:
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
        check_language(LANGUAGES, code, archive)
    return lambda tag: any(_is_of(tag, code) for code in wanted)


def check_comparable(filters: Filters, language: str) -> None:
    """Raise `BadLanguage` if a filter compares with the language of a question without one."""
    if filters.languages in (SAME, OTHER) and language == UNKNOWN_LANGUAGE:
        raise BadLanguage(
            f"languages {filters.languages!r} is compared with the query's language, and the query "
            "is too short to detect its language; give it with --query-language (query_language=)"
        )


def check_language(name: str, code: str, archive: Archive) -> None:
    """Raise `BadLanguage` for a value of an option that is not a language code."""
    import langcodes

    if code == UNKNOWN_LANGUAGE or langcodes.tag_is_valid(code):
        return
    known = f"{SAME}, {OTHER}, {ANY} or codes such as nl,en" if name == LANGUAGES else "one as nl"
    raise BadLanguage(
        f"{name} {code!r} is not a language code; write {known}; the index has "
        f"{', '.join(archive.tags) or 'none'}"
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
