"""Describe each endpoint to people, with its parameters and a command of curl."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from recommender.serve.actions import ACTIONS, Action
from recommender.serve.openapi import openapi
from recommender.serve.operations import OPERATIONS
from recommender.serve.questions import Operation

ADDRESS = "http://127.0.0.1:8080"
TOKENS = {
    "read": "",
    "desk": "the token of the desk",
    "write": "the token for writing",
    "signature": "a signature with the token for writing",
}


@dataclass(frozen=True, slots=True)
class Described:
    """An endpoint: its parameters as pairs of a name and what it takes, and an example.

    `token` says which one it needs, empty for that of readers. `command` is empty for an endpoint
    that nobody asks by hand.
    """

    method: str
    path: str
    summary: str
    token: str
    parameters: tuple[tuple[str, str], ...]
    command: str


def described() -> list[Described]:
    """Return every endpoint, those that read first."""
    paths: dict[str, Any] = openapi()["paths"]

    def of(one: Operation | Action, token: str, command: str) -> Described:
        found = paths[one.path][one.method.lower()]
        parameters = tuple(_parameters(found))
        return Described(one.method, one.path, one.summary, token, parameters, command)

    reading = [of(one, "", _question(one)) for one in OPERATIONS]
    return [*reading, *(of(one, TOKENS[one.needs], _action(one)) for one in ACTIONS)]


def _parameters(found: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for one in found.get("parameters", ()):
        yield one["name"], _help(one["schema"], one.get("description", ""))
    schema = found.get("requestBody", {}).get("content", {}).get("application/json", {})
    for part in schema.get("schema", {}).get("anyOf", [schema.get("schema", {})]):
        for name, inner in part.get("properties", {}).items():
            yield name, _help(inner, inner.get("description", ""))


def _help(schema: dict[str, Any], description: str) -> str:
    return " ".join(filter(None, [_kind(schema), description])) or "A text."


def _kind(schema: dict[str, Any]) -> str:
    """Return what a schema takes, in words."""
    if "enum" in schema:
        return f"{', '.join(schema['enum'])}."
    words = {"array": "A list.", "object": "An object.", "boolean": "true or false."}
    words |= {"integer": "A whole number.", "number": "A number."}
    return words.get(schema.get("type", ""), "")


def _question(one: Operation) -> str:
    if one.method == "GET":
        query = f"?{one.example}" if one.example else ""
        return f"curl -s '{ADDRESS}{one.path}{query}'"
    return f"curl -s -H 'Content-Type: application/json' -d '{one.example}' {ADDRESS}{one.path}"


def _action(one: Action) -> str:
    if one.needs == "signature" or "{" in one.path:
        return ""
    token = "" if one.needs == "read" else '-H "Authorization: Bearer $TOKEN" '
    method = "" if one.method == "GET" else f"-X {one.method} "
    query = f"?{one.query}" if one.query else ""
    rest = f" {one.example}" if one.example else ""
    return f"curl -s {method}{token}'{ADDRESS}{one.path}{query}'{rest}"
