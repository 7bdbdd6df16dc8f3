"""Check what agents give to tools, and say in the product's words what a tool wants instead."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import TextContent, Tool
from pydantic import ValidationError

from recommender.errors import QueryError
from recommender.serve.parameters import unknown

Schema = Mapping[str, Any]
# So many characters of a wrong value are repeated.
REPEATED = 80


class ToolServer(MCPServer[Any]):
    """A server whose tools name each argument that they cannot use, and what they want there."""

    async def list_tools(self) -> list[Tool]:
        """Return the tools; their schemas say no name twice, since agents read every word."""
        return [
            one.model_copy(
                update={
                    "input_schema": _without_titles(one.input_schema),
                    "output_schema": _without_titles(one.output_schema),
                }
            )
            for one in await super().list_tools()
        ]

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> Any:
        """Call a tool; raise `ToolError` for one that there is not, and for wrong arguments."""
        schemas: dict[str, Schema] = {one.name: one.input_schema for one in await self.list_tools()}
        if name not in schemas:
            raise ToolError(
                f"unknown_tool: {name[:REPEATED]!r} is not a tool here; known: {', '.join(schemas)}"
            )
        known = schemas[name]["properties"]
        for given in arguments:
            if given not in known:
                error = unknown(given, list(known))
                raise ToolError(f"{error.code}: {error}")
        try:
            return _compact(await super().call_tool(name, arguments, context))
        except ToolError as error:
            if isinstance(error.__cause__, ToolError):
                raise error.__cause__ from None  # in our words, without those of the library
            if not isinstance(error.__cause__, ValidationError):
                raise
            wrong = [str(one["loc"][0]) for one in error.__cause__.errors() if one["loc"]]
            raise ToolError(_told(wrong, arguments, known)) from None


def _without_titles(schema: Any) -> Any:
    """Return a schema without the titles that are made of names; a property may be called so."""
    if isinstance(schema, list):
        return [_without_titles(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: _without_titles(one)
        for name, one in schema.items()
        if name != "title" or not isinstance(one, str)
    }


def _compact(result: Any) -> Any:
    """Return an answer whose text, its content once more, has no needless lines and spaces."""
    text = json.dumps(result.structured_content, ensure_ascii=False, separators=(",", ":"))
    return result.model_copy(update={"content": [TextContent(type="text", text=text)]})


def _told(wrong: list[str], arguments: Mapping[str, Any], known: Schema) -> str:
    """Return what is wrong with each of the arguments, and what is wanted there."""
    told = "; ".join(
        f"{name} {_given(name, arguments)}; give {wanted(known.get(name, {}))}"
        for name in dict.fromkeys(wrong)
    )
    return f"{QueryError.code}: {told}"


def _given(name: str, arguments: Mapping[str, Any]) -> str:
    if name not in arguments:
        return "is missing"
    value = arguments[name]
    if isinstance(value, str) and len(value) > REPEATED:
        return f"has {len(value):,} characters"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return f"is {text[:REPEATED]}{'…' if len(text) > REPEATED else ''}"


def wanted(schema: Schema) -> str:
    """Return in words which values a schema takes, with an example."""
    if choices := schema.get("enum"):
        return f"one of {', '.join(map(str, choices))}"
    least, most = schema.get("minimum"), schema.get("maximum")
    match schema.get("type"):
        case "integer":
            words = f"a whole number{_range(least, most)}"
        case "number":
            words = f"a number{_range(least, most)}"
        case _:
            limit = schema.get("maxLength")
            words = "a text" + (" that is not empty" if schema.get("minLength") else "")
            words += f" of at most {limit:,} characters" if limit else ""
    example = next(iter(schema.get("examples", ())), schema.get("default"))
    return words + (f", such as {json.dumps(example, ensure_ascii=False)}" if example else "")


def _range(least: float | None, most: float | None) -> str:
    if least is not None and most is not None:
        return f" from {least:,} to {most:,}"
    return f" of {least:,} or more" if least is not None else ""
