"""The options of a question: one object with one set of limits, the same at every edge."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest
from support.project import USERS_ARTICLE

from recommender import Filters, Recommender, RelatedOptions, SearchOptions, SimilarOptions
from recommender.answers.options import RelatedKeywords, SearchKeywords, SimilarKeywords
from recommender.cli import ask
from recommender.cli import export as export_command
from recommender.errors import QueryError
from recommender.export.options import ExportOptions

COMMANDS = {
    SearchOptions: ask.search,
    SimilarOptions: ask.similar,
    RelatedOptions: ask.related,
    ExportOptions: export_command.export,
}
KEYWORDS = {
    SearchOptions: SearchKeywords,
    SimilarOptions: SimilarKeywords,
    RelatedOptions: RelatedKeywords,
}
# Parameters of a command that are no options of the question: what is asked, of which index, and
# how the answer is printed.
NOT_OPTIONS = {
    *("words", "file", "passage_id", "article_id", "folder", "index", "exact", "format"),
    *("processes", "quiet"),
}
# Public articles only is what an export is for; on the command line of an answer there is no need.
WITHOUT_FLAG = {"published_only"}
# Options of one question, which a batch refuses.
OF_ONE_QUESTION = {"unlike", "explain"}
# Where a command has another word for an option, since `-k` is a letter.
WORDS = {"top": "k"}


def names(options: type[Any]) -> set[str]:
    """Return the options that a person can give: those of `filters` one by one."""
    found = {one.name for one in fields(options)} - {"filters"}
    return found | {one.name for one in fields(Filters)} - WITHOUT_FLAG


@pytest.mark.parametrize("options", COMMANDS)
def test_every_option_is_a_flag_of_its_command(options: type[Any]) -> None:
    parameters = set(inspect.signature(COMMANDS[options]).parameters) - NOT_OPTIONS
    flags = {WORDS.get(one, one) for one in parameters}
    without = OF_ONE_QUESTION if options is ExportOptions else set()
    assert flags == names(options) - without


@pytest.mark.parametrize("options", KEYWORDS)
def test_every_option_is_a_keyword_of_its_method(options: type[Any]) -> None:
    assert set(KEYWORDS[options].__annotations__) == {one.name for one in fields(options)}


@pytest.mark.parametrize("options", COMMANDS)
def test_the_command_has_the_defaults_of_the_object(options: type[Any]) -> None:
    parameters = inspect.signature(COMMANDS[options]).parameters
    for word, one in parameters.items():
        default = getattr(options(), WORDS.get(word, word), None)
        if word not in NOT_OPTIONS and hasattr(options, WORDS.get(word, word)):
            assert (one.default or None) == (default or None), word


def test_an_export_has_every_option_of_related_and_the_link() -> None:
    assert {one.name for one in fields(ExportOptions)} == {
        *(one.name for one in fields(RelatedOptions)),
        "link",
    }


@pytest.mark.parametrize("options", [SearchOptions, SimilarOptions, RelatedOptions, ExportOptions])
@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"k": 0}, "k is 0; give a number from 1 to 1,000"),
        ({"k": 1_001}, "k is 1001; give a number from 1 to 1,000"),
        ({"min_strength": -1}, "min-strength is -1; give a number from 0 to 100"),
        ({"min_strength": 100.5}, r"min-strength is 100\.5; give a number from 0 to 100"),
        ({"min_strength": float("nan")}, "min-strength is nan"),
        ({"half_life": -0.5}, r"half-life is -0\.5; give a number of days, or 0 for none"),
        ({"half_life": float("inf")}, "half-life is inf"),
    ],
)
def test_a_number_out_of_bounds_is_refused_when_the_object_is_made(
    options: Callable[..., object], values: dict[str, float], message: str
) -> None:
    with pytest.raises(QueryError, match=message):
        options(**values)


@pytest.mark.parametrize(
    ("options", "values", "message"),
    [
        (SearchOptions, {"ranking": "best"}, "ranking is 'best'; give one of hybrid, meaning"),
        (SearchOptions, {"by": "page"}, "by is 'page'; give one of passage, article"),
        (RelatedOptions, {"fallback": "random"}, "fallback is 'random'; give one of none, newest"),
        (RelatedOptions, {"translations": "all"}, "translations is 'all'; give one of fold, show"),
        (RelatedOptions, {"confidence": "high"}, "confidence is 'high'; give one of loose, likely"),
        (SearchOptions, {"confidence": ""}, "confidence is ''; give one of loose, likely, sure"),
        (SimilarOptions, {"by": "page"}, "by is 'page'; give one of passage, article"),
        (ExportOptions, {"explain": True}, "a batch has no explain and no unlike"),
        (ExportOptions, {"unlike": "a"}, "a batch has no explain and no unlike"),
    ],
)
def test_a_choice_that_there_is_not_is_refused(
    options: Callable[..., object], values: dict[str, Any], message: str
) -> None:
    with pytest.raises(QueryError, match=message):
        options(**values)


@pytest.mark.parametrize(
    ("keyword", "message"),
    [
        ("since", r"since is a filter; write filters=Filters\(since=...\)"),
        ("languages", r"languages is a filter; write filters=Filters\(languages=...\)"),
        ("limit", r"limit is not an option; the options are .*\bk\b"),
    ],
)
@pytest.mark.parametrize("ask", ["search", "similar", "related"])
def test_a_keyword_that_is_no_option_is_named(
    seeds: Recommender, ask: str, keyword: str, message: str
) -> None:
    with pytest.raises(TypeError, match=message):
        getattr(seeds, ask)(USERS_ARTICLE, **{keyword: "2022"})
