"""Read whole numbers in Han characters: 二十八, 二八, 廿八, 一百零五."""

from __future__ import annotations

_DIGITS = {digit: at for at, digit in enumerate("〇一二三四五六七八九")} | {"零": 0, "○": 0}
_SHORT_FORMS = {"廿": "二十", "卅": "三十"}
_UNITS = {"百": 100, "十": 10}

# What a regular expression accepts between brackets: digits, units and short forms.
HAN_DIGITS = "".join(_DIGITS)
HAN_NUMBERS = "".join((*_DIGITS, *_UNITS, *_SHORT_FORMS))


def han_number(written: str) -> int:
    """Return the number below 1,000 that `HAN_NUMBERS` make, or the years of four `HAN_DIGITS`.

    Digits may stand before their units (二十八) or alone (二八).
    """
    for short, full in _SHORT_FORMS.items():
        written = written.replace(short, full)
    value = 0
    for sign, unit in _UNITS.items():
        count, found, written = written.rpartition(sign)
        if found:
            value += unit * (_in_a_row(count) or 1)
    return value + _in_a_row(written)


def _in_a_row(digits: str) -> int:
    value = 0
    for digit in digits:
        value = 10 * value + _DIGITS.get(digit, 0)
    return value


def may_hold_number(text: str) -> bool:
    """Return whether a text has a digit of any script, or the Han character for ten."""
    return any(map(str.isdecimal, text)) or "十" in text
