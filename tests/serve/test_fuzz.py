"""Whatever a program sends, made from the description of the API, is answered or refused."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from starlette.testclient import TestClient
from support.service import BASE, DESK_TOKEN, WRITE_TOKEN, MakeClient

from recommender.serve.actions import ACTIONS
from recommender.serve.openapi import openapi
from recommender.serve.operations import OPERATIONS

schemathesis = pytest.importorskip("schemathesis")

EXAMPLES = 40
TOKENS = {"desk": DESK_TOKEN, "write": WRITE_TOKEN}
NEEDED = {(one.method, one.path): TOKENS.get(one.needs, "") for one in ACTIONS}
LABELS = [f"{one.method} {one.path}" for one in (*OPERATIONS, *ACTIONS)]
QUIET = settings(
    max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)


@pytest.fixture
def service(make_client: MakeClient, tmp_path: Path) -> TestClient:
    """A client of a service in which everything is allowed."""
    clicks = tmp_path / "clicks.sqlite"
    return make_client(desk_token=DESK_TOKEN, write_token=WRITE_TOKEN, clicks=clicks)


@pytest.fixture(scope="module")
def endpoints() -> dict[str, Any]:
    """Return the endpoints of the description by their method and path."""
    found = schemathesis.openapi.from_dict(openapi()).get_all_operations()
    return {one.ok().label: one.ok() for one in found}


def signed(body: Any) -> dict[str, Any]:
    """Return a message as Ghost sends it."""
    content, when = json.dumps(body).encode(), str(int(time.time() * 1000))
    mac = hmac.new(WRITE_TOKEN.encode(), content + when.encode(), hashlib.sha256).hexdigest()
    return {"content": content, "headers": {"X-Ghost-Signature": f"sha256={mac}, t={when}"}}


def sent(client: TestClient, case: Any) -> Any:
    """Send a case with the token that its endpoint needs and return the answer."""
    made = case.as_transport_kwargs(base_url=BASE)
    given = {name: value for name, value in made.get("headers", {}).items() if value is not None}
    headers = {name: value for name, value in given.items() if name in ("If-Match", "Content-Type")}
    if token := NEEDED.get((made["method"], case.operation.path)):
        headers["Authorization"] = f"Bearer {token}"
    asked = {"params": made.get("params") or {}, "headers": headers}
    if "json" in made:
        asked["content"] = json.dumps(made["json"]).encode()
        if case.operation.path == "/v1/hooks/ghost":
            asked |= signed(made["json"])
    elif isinstance(made.get("data"), bytes | str):
        asked["content"] = made["data"]
    return client.request(made["method"], made["url"], **asked)


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["POSITIVE", "NEGATIVE"])
@pytest.mark.parametrize("label", LABELS)
def test_no_request_makes_the_service_fail(
    service: TestClient, endpoints: dict[str, Any], label: str, mode: str, log: list[str]
) -> None:
    strategy = endpoints[label].as_strategy(schemathesis.GenerationMode[mode])

    @QUIET
    @given(case=strategy)
    def run(case: Any) -> None:
        try:
            answer = sent(service, case)
        except (UnicodeError, TypeError):  # the client can send no such header or address
            return
        assert answer.status_code < 500, (answer.status_code, answer.text, log[-3:])
        if answer.status_code >= 400:
            assert answer.json()["code"]

    with suppress(Unsatisfiable):  # nothing can be wrong with a request without parameters
        run()
