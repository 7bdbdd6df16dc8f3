"""Find the time of day that words name: "18 Uhr", "6.30 pm", "0001 GMT", "午後6時"."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import NamedTuple

_UNITS = r"uhr|uur|u|h|hrs|hours|heures|horas|час(?:ов|а)?|годин[аи]?|ч"
_HALF = r"(?P<half>[ap])\.?\s?m\b\.?"
_EASTERN_HALF = r"(?P<half>午前|午後|上午|下午|오전|오후)\s?"
_START = r"(?<![\d.:/+-])"
_CLOCK = rf"{_START}(?P<hour>\d{{1,2}})[:.h](?P<minute>[0-5]\d)(?!\d|[./-]\d|\.\s)(?::[0-5]\d)?"
# ET and PT are those of winter: rather an hour too late than too early.
_ZONE_HOURS = {
    "GMT": 0,
    "UTC": 0,
    "BST": 1,
    "CET": 1,
    "MEZ": 1,
    "CEST": 2,
    "MESZ": 2,
    "EST": -5,
    "EDT": -4,
    "ET": -5,
    "PST": -8,
    "PDT": -7,
    "PT": -8,
    "JST": 9,
    "KST": 9,
    "MSK": 3,
}
_ZONES = "|".join(_ZONE_HOURS)
_ZONE = re.compile(rf"(?<![^\W\d])(?:{_ZONES})(?![^\W\d_])")
# The first form that a text holds is read.
_FORMS = tuple(
    re.compile(form, re.I)
    for form in (
        rf"{_CLOCK}\s?{_HALF}",
        rf"{_START}(?P<hour>\d{{1,2}})\s?{_HALF}",
        rf"{_EASTERN_HALF}(?P<hour>\d{{1,2}})\s?[時时點点시:]\s?(?P<minute>[0-5]\d)?",
        rf"(?<!\d)(?P<hour>[0-2]\d)(?P<minute>[0-5]\d)(?=\s?(?:{_ZONES}|{_UNITS})(?![^\W\d_]))",
        rf"{_START}(?P<hour>0\d)(?P<minute>[0-5]\d)(?![\d.:/-])",
        _CLOCK,
        rf"{_START}(?P<hour>\d{{1,2}})\s?(?:{_UNITS})(?![^\W\d_])",
        r"(?<!\d)(?P<hour>\d{1,2})\s?[時时點点시]\s?(?P<minute>[0-5]\d)?",
        r"(?<![^\W\d_])(?:ore|kl|klo|klokken|klockan|godz)[.\s]\s?(?P<hour>\d{1,2})(?![\d.:/])",
        r"(?<![^\W\d_])(?P<noon>noon|midday|mittags?|midi|mediodía|mezzogiorno|полдень)(?![^\W\d_])",
    )
)
# What stands for a sign of a time that was found.
NO_TIME = "\x00"
_AFTERNOON = {"p", "午後", "下午", "오후"}


class TimeOfDay(NamedTuple):
    """Minutes since the day began, and the zone that is named with them."""

    minutes: int
    zone: timezone | None

    def on(self, day: str) -> datetime:
        """Return the time on a day (`2022-12-28`); 24 o'clock is on the next one."""
        start = datetime.combine(date.fromisoformat(day), time(), self.zone)
        return start + timedelta(minutes=self.minutes)


def find_time_of_day(text: str) -> TimeOfDay | None:
    """Return the time of day that a text names, None if it names none."""
    found = _found(text)
    return _time_of(found, text) if found else None


def find_times_of_day(text: str) -> tuple[list[TimeOfDay], str]:
    """Return all times of day that a text names, and the text with signs of `NO_TIME` for them."""
    times = []
    while found := _found(text):
        if time := _time_of(found, text):
            times.append(time)
        text = f"{text[: found.start()]}{NO_TIME * len(found[0])}{text[found.end() :]}"
    return times, text


def _found(text: str) -> re.Match[str] | None:
    return next(filter(None, (form.search(text) for form in _FORMS)), None)


def _time_of(found: re.Match[str], text: str) -> TimeOfDay | None:
    parts = found.groupdict()
    hour = 12 if parts.get("noon") else int(parts["hour"])
    if half := parts.get("half"):
        hour = hour % 12 + 12 * (half.lower() in _AFTERNOON)
    minutes = 60 * hour + int(parts.get("minute") or 0)
    return TimeOfDay(minutes, _zone_of(text)) if minutes <= 24 * 60 else None


def _zone_of(text: str) -> timezone | None:
    found = _ZONE.search(text)
    if found is None:
        return None
    hours = _ZONE_HOURS[found[0]]
    return timezone(timedelta(hours=hours)) if hours else UTC
