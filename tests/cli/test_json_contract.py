"""The JSON of every answer has the fields and types that programs rely on."""

from __future__ import annotations

from typing import Any

import pytest
from support.json_contract import contract, shape, written_contract


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return contract(tmp_path_factory.mktemp("contract"))


@pytest.mark.parametrize("answer", written_contract())
def test_an_answer_has_the_fields_of_the_contract(found: dict[str, Any], answer: str) -> None:
    assert found[answer] == written_contract()[answer], (
        "a field changed; programs rely on it. If that is meant, run: "
        "python tests/support/json_contract.py"
    )


def test_the_contract_holds_every_answer(found: dict[str, Any]) -> None:
    assert list(found) == list(written_contract())


def test_a_list_has_one_shape_with_the_fields_of_all() -> None:
    assert shape([{"a": 1, "b": []}, {"a": 1.5, "b": ["x"], "c": None}]) == [
        {"a": "integer or number", "b": ["string"], "c": "null"}
    ]
    assert shape({"languages": {"nl": 3, "en": 4}}) == {"languages": {"*": "integer"}}
