"""The options of a build: one object, which the keyword arguments of `build` make."""

from __future__ import annotations

import inspect
from dataclasses import fields
from pathlib import Path

import pytest
from support.stand_in import HashEncoder

from recommender import build
from recommender.builder.options import BuildKeywords, BuildOptions
from recommender.settings import Settings


def test_every_option_is_a_keyword_of_build() -> None:
    assert set(BuildKeywords.__annotations__) == {one.name for one in fields(BuildOptions)}


def test_a_keyword_overrides_its_option(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Het water stijgt.")
    options = BuildOptions(settings=Settings(index_kind="exact"), full=True)
    index, encoder = tmp_path / "vectors", HashEncoder()
    build(tmp_path / "a.txt", into=index, model=encoder, options=options)
    again = build(tmp_path / "a.txt", into=index, model=encoder, options=options)
    assert again.reasons == ("asked for with --full",)
    same = build(tmp_path / "a.txt", into=index, model=encoder, options=options, full=False)
    assert not same.published


def test_an_unknown_keyword_is_refused(tmp_path: Path) -> None:
    assert "keywords" in inspect.signature(build).parameters
    with pytest.raises(TypeError, match="fulll"):
        build(tmp_path, into=tmp_path / "vectors", fulll=True)
