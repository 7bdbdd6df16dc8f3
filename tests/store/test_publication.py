"""What the public may see by the clock: each time is read once, whatever time is asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from support.clock import set_clock

from recommender import clock
from recommender.store.publication import Limited, Publications
from recommender.types import Status, status_at

DAY, NEXT = "2023-05-10", "2023-05-11T08:30:00+02:00"
LIMITS = [
    ("draft", "", ""),
    ("draft", NEXT, ""),
    ("", NEXT, ""),
    ("", "", NEXT),
    ("", DAY, NEXT),
    ("", NEXT, DAY),
    ("", "unreadable", ""),
    ("", "", "unreadable"),
    ("", "9999-12-31", "0001"),
]
MOMENTS = [clock.start_of(DAY), clock.start_of(NEXT)]
AROUND = [
    *(at + timedelta(microseconds=step) for at in MOMENTS for step in (-1, 0, 1)),
    datetime(1, 1, 3, tzinfo=UTC),
    datetime(9999, 12, 29, tzinfo=UTC),
]


@pytest.mark.parametrize("times", [AROUND, AROUND[::-1]], ids=["forward", "back"])
def test_it_says_at_every_time_what_each_article_says(
    monkeypatch: pytest.MonkeyPatch, times: list[datetime]
) -> None:
    publications = Publications(Limited(10 + n, *one) for n, one in enumerate(LIMITS))
    for moment in times:
        set_clock(monkeypatch, moment.isoformat())
        statuses = {10 + n: status_at(*one) for n, one in enumerate(LIMITS)}
        hidden = {one: name for one, name in statuses.items() if name is not Status.PUBLISHED}
        assert publications.withheld().tolist() == sorted(hidden), moment
        assert publications.now().as_set == hidden.keys()
        assert publications.counts().total() == len(hidden)
        assert set(publications.counts()) == {str(name) for name in hidden.values()}
        for status in Status:
            having = [one for one, name in hidden.items() if name is status]
            assert publications.having(str(status)).tolist() == having


def test_the_next_release_is_the_first_of_those_that_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    later = "2023-05-12"
    waiting = Publications([Limited(0, "", later, ""), Limited(1, "", NEXT, "")])
    set_clock(monkeypatch, "2023-05-10T12:00:00+00:00")
    assert waiting.next_release() == NEXT
    set_clock(monkeypatch, "2023-05-11T12:00:00+00:00")
    assert waiting.next_release() == later
    set_clock(monkeypatch, "2023-05-13T12:00:00+00:00")
    assert waiting.next_release() == ""


def test_times_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    start_of = clock.start_of
    monkeypatch.setattr(clock, "start_of", lambda one: (read.append(one), start_of(one))[1])
    publications = Publications(Limited(n, "", "", "2099-01-01T10:00") for n in range(50))
    before = publications.now()
    for moment in ("2098-01-01T00:00:00+00:00", "2099-02-01T00:00:00+00:00"):
        set_clock(monkeypatch, moment)
        publications.withheld()
        publications.having("expired")
    assert read == ["2099-01-01T10:00"]
    assert len(publications.withheld()) == 50
    assert before.id != publications.now().id
