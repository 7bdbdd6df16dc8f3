"""A choice is kept for the machine that it was made on, as far as programs may use it."""

from __future__ import annotations

import pytest

from recommender.encoders.openvino.choose import INSTRUCTION_VARIABLES, note_path


@pytest.mark.model
def test_a_choice_with_fewer_instructions_is_not_that_of_the_whole_processor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in INSTRUCTION_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    whole = note_path("int8", "a")
    assert note_path("int8", "a") == whole
    assert len({whole, note_path("auto", "a"), note_path("int8", "b")}) == 3
    for name in INSTRUCTION_VARIABLES:
        with monkeypatch.context() as held:
            held.setenv(name, "AVX2")
            assert note_path("int8", "a") != whole
            held.setenv(name, "")
            assert note_path("int8", "a") == whole
