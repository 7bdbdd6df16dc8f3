"""What an installation brings along is listed, and nothing with a licence that nobody looked at."""

from __future__ import annotations

import json

import pytest
from support.sbom import (
    PROJECT,
    REASONS,
    Component,
    components,
    cyclonedx,
    is_permissive,
    table,
    unnamed,
)


def test_every_licence_is_permissive_or_named_with_its_reason() -> None:
    found, _ = components()
    assert unnamed(found) == []
    names = {one.name for one in found}
    assert {"numpy", "faiss-cpu", "typer", "click"} <= names  # what those need in turn, too
    assert PROJECT not in names
    assert "pytest" not in names


def test_no_reason_is_left_for_a_package_that_needs_none() -> None:
    listed = {one.name: one for one in components()[0]}
    assert [name for name in REASONS if name in listed and listed[name].is_permissive] == []


@pytest.mark.parametrize(
    ("licence", "is_so"),
    [
        ("MIT", True),
        ("Apache-2.0 WITH LLVM-exception AND BSD-3-Clause", True),
        ("GPL-3.0-only", False),
        ("MIT AND GPL-3.0-only", False),
        ("not stated", False),
        ("", False),
    ],
)
def test_all_parts_of_a_licence_have_to_be_permissive(licence: str, is_so: bool) -> None:
    assert is_permissive(licence) == is_so


def test_one_choice_is_enough() -> None:
    assert Component("a", "1", "GPL-2.0-only OR (MIT)").is_permissive


def test_a_licence_that_nobody_named_is_told() -> None:
    found = [Component("a", "1", "GPL-3.0-only"), Component("b", "2", "MIT")]
    assert unnamed(found) == [
        "a: GPL-3.0-only is not permissive; name the reason, or do without it"
    ]
    assert "NOT NAMED" in table(found)
    bill = json.loads(cyclonedx(found))
    assert [one["purl"] for one in bill["components"]] == ["pkg:pypi/a@1", "pkg:pypi/b@2"]
