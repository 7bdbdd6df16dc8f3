"""Find the words that make a date of a query the beginning or the end of a period: `since 2019`.

A word that may also mean "of", "in" or "for" is no limit: *from 2019*, *by 2030*, Dutch *voor*,
Russian *от*.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal, NamedTuple

import regex

Kind = Literal["since", "after", "before", "until"]

_WORDS: dict[Kind, str] = {
    "since": (
        r"since|sinds|vanaf|seit|ab|depuis|[àa] partir de|desde|dal|sedan|siden|od|с|со|з"
        r"|sejak|kể từ|מאז|منذ|از"
    ),
    "after": (
        r"after|na|nach|apr[èe]s|despu[ée]s|depois|dopo|efter|etter|po|nakon|după|после|після|след"
        r"|μετά|setelah|sesudah|selepas|sau|אחרי|بعد|پس از"
    ),
    "before": (
        r"before|vóór|vor|avant|antes|prima|före|før|przed|před|pred|prije|înainte|перед|преди"
        r"|πριν|sebelum|trước|לפני|قبل|پیش از"
    ),
    "until": (
        r"until|till|up to|tot(?: en met)?|bis|jusqu['’](?:en|[àa])|hasta|at[ée]|fino"
        r"|do(?!\s+ano)|до|μέχρι|hingga|sampai|עד|حتى|تا"
    ),
}
# A word that is a limit in these languages only, and others that mean something else in some.
_ONLY_IN = {"na": frozenset(("nl", "af")), "sau": frozenset(("vi",))}
_NOT_IN = {"do": frozenset(("en", "pt", "gl")), "po": frozenset(("en", "de", "es", "fr", "it"))}
# What may stand between such a word and the date.
_ARTICLES = (
    r"(?:\s+(?:the|year|de|het|jaar|dem|der|den|jahr|des|del|du|di|les?|las?|l['’]année|el|los|a[ñn]o"
    r"|al|il|gli|år(?:et)?|rok(?:u|iem|em)|roce|godine|года|году|годом|року|anul|tahun|năm|το|שנת))*"
)
_LIMIT_BEFORE = regex.compile(
    r"(?<!\w)(?:"
    + "|".join(f"(?P<{kind}>{words})" for kind, words in _WORDS.items())
    + rf"){_ARTICLES}\s*$",
    regex.IGNORECASE,
)
# 前 and 後 also begin words for a part of a year (前半, 前三季度) or for "about" (前後).
_LIMIT_AFTER = regex.compile(
    r"\s?(?:(?P<since>以来|以來|以降|起(?!\p{L})|から|부터)|(?P<after>以后|以後|之后|之後|[后後](?![半期])|이후)"
    r"|(?P<before>之前|前(?![后後半期\d一二三四五六七八九十两兩几幾])|이전)|(?P<until>以前|まで|까지))"
)


class Limit(NamedTuple):
    """How a date limits the time, and the query's text before and after it without such words."""

    kind: Kind
    before: str
    after: str


def find_limit(before: str, after: str, language: str = "") -> Limit | None:
    """Return how a date limits the time, by the text before and after it; None if it does not."""
    if match := _LIMIT_AFTER.match(after):
        return Limit(_kind(match), before, after[match.end() :])
    match = _LIMIT_BEFORE.search(before)
    if match is None:
        return None
    kind = _kind(match)
    word = match[kind].lower()
    if language not in _ONLY_IN.get(word, {language}) or language in _NOT_IN.get(word, ()):
        return None
    return Limit(kind, before[: match.start()], after)


def limited(kind: Kind, first: str, last: str) -> tuple[str, str]:
    """Return the first and the last date of a period that dates limit, "" where it is open."""
    match kind:
        case "since":
            return first, ""
        case "after":
            return day_beside(last, 1), ""
        case "before":
            return "", day_beside(first, -1)
        case "until":
            return "", last


def day_beside(day: str, step: Literal[1, -1]) -> str:
    """Return the year, the month or the day after a date or before it, as precise as the date."""
    year, month, of_month = (*map(int, day.split("-")), 0, 0)[:3]
    if of_month:
        return (date(year, month, of_month) + timedelta(days=step)).isoformat()
    if month:
        year, month = divmod(12 * year + month - 1 + step, 12)
        return f"{year:04}-{month + 1:02}"
    return f"{year + step:04}"


def _kind(match: regex.Match[str]) -> Kind:
    return next(kind for kind in _WORDS if match[kind])
