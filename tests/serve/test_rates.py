"""An address that sends too much is refused, others are not; nothing grows without end."""

from __future__ import annotations

import pytest
from support.service import MakeClient

from recommender.serve.options import Limits
from recommender.serve.rates import BURST_SECONDS, MAX_ADDRESSES, Rates, client_address


def test_a_bucket_empties_and_fills_again_with_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    rates = Rates(2)
    for _ in range(2 * BURST_SECONDS):
        assert rates.wait_of("192.0.2.1") == 0
    assert rates.wait_of("192.0.2.1") == 0.5
    assert rates.wait_of("192.0.2.2") == 0
    now += 0.5
    assert rates.wait_of("192.0.2.1") == 0
    assert rates.wait_of("192.0.2.1") > 0


def test_a_network_of_one_client_is_one_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.monotonic", lambda: 0.0)
    rates = Rates(0.2)
    assert rates.wait_of("2001:db8::1") == 0
    assert rates.wait_of("2001:db8::2") > 0
    assert rates.wait_of("2001:db8:0:1::2") == 0
    assert rates.wait_of("no address") == 0


def test_addresses_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    rates = Rates(1)
    for number in range(MAX_ADDRESSES + 100):
        rates.wait_of(f"client {number}")
    assert len(rates._left) == MAX_ADDRESSES


def test_only_a_proxy_is_believed() -> None:
    sent = ["6.6.6.6, 7.7.7.7"]
    assert client_address("10.0.0.1", sent, is_behind_proxy=False) == "10.0.0.1"
    assert client_address("10.0.0.1", sent, is_behind_proxy=True) == "7.7.7.7"
    assert client_address("10.0.0.1", [], is_behind_proxy=True) == "10.0.0.1"


@pytest.mark.parametrize(
    ("sent", "address"),
    [
        (["6.6.6.6", "7.7.7.7"], "7.7.7.7"),  # a proxy that adds a line of its own
        (["7.7.7.7:50123"], "7.7.7.7"),
        (["6.6.6.6, [2001:db8::1]:50123"], "2001:db8::1"),
        (["[2001:db8::1]"], "2001:db8::1"),
        (["2001:db8::1"], "2001:db8::1"),
        (["6.6.6.6, "], "10.0.0.1"),
    ],
)
def test_the_address_is_the_last_one_without_its_port(sent: list[str], address: str) -> None:
    assert client_address("10.0.0.1", sent, is_behind_proxy=True) == address


def test_another_line_of_the_header_is_no_way_round_the_bound(make_client: MakeClient) -> None:
    client = make_client(limits=Limits(rate=0.001), is_behind_proxy=True)
    statuses = [
        client.get(
            "/healthz",
            headers=[("X-Forwarded-For", f"6.6.6.{one}"), ("X-Forwarded-For", "7.7.7.7")],
        ).status_code
        for one in range(3)
    ]
    assert statuses == [200, 429, 429]


def test_what_is_no_address_takes_little_room() -> None:
    rates = Rates(1)
    rates.wait_of("x" * 30_000)
    assert max(map(len, rates._left)) <= 64


def test_the_service_says_when_to_come_again(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = make_client(limits=Limits(rate=0.001))
    assert client.get("/healthz").status_code == 200
    answer = client.get("/v1/status")
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_requests")
    assert int(answer.headers["retry-after"]) > 1
