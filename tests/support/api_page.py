"""Write docs/api.md from the endpoints of the service: python tests/support/api_page.py."""

from __future__ import annotations

from pathlib import Path

from recommender.serve.reference import Described, described

PAGE = Path(__file__).parents[2] / "docs" / "api.md"
HEAD = """# The API, endpoint by endpoint

This page is generated from the endpoints themselves, as are `/docs` and `/openapi.json` of a
running service. [Service](service.md) explains how to start it, and what errors look like.
`$TOKEN` stands for the secret that an endpoint needs.
"""


def page() -> str:
    """Return the page."""
    return "\n".join([HEAD, *(_section(one) for one in described())])


def _section(one: Described) -> str:
    needs = f" It needs {one.token}." if one.token else ""
    lines = [f"## {one.method} {one.path}", "", f"{one.summary}{needs}", ""]
    if one.command:
        lines += ["<!-- not run: a test runs these against a service -->"]
        lines += ["```sh", one.command, "```", ""]
    if one.parameters:
        lines += ["| parameter | takes |", "|---|---|"]
        lines += [f"| `{name}` | {help} |" for name, help in one.parameters] + [""]
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
