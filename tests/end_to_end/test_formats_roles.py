"""Roles in files of every format, against an editor's labels."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.formats import Example, examples, words

from recommender.articles.read import read_articles
from recommender.passages.make import POLICIES, Policy
from recommender.passages.paragraphs import cut
from recommender.types import Article, Paragraph, Role

pytestmark = pytest.mark.process

EXAMPLES = {example.name: example for example in examples()}
LEAST_ACCURACY = 0.95
# A reader may leave out as no part of the article what would be left out for its role.
MAY_BE_ABSENT = {"boilerplate", "credit"}


def cut_of(example: Example, folder: Path) -> list[Paragraph]:
    (folder / example.name).write_bytes(example.content())
    [article] = read_articles([folder / example.name])
    assert isinstance(article, Article), article
    return list(cut(article))


def role_by_words(paragraphs: list[Paragraph]) -> dict[str, str]:
    return {words(one.text): str(one.role) for one in paragraphs}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """The roles that the rules give, by the words of the paragraph, of each article."""
    folder = tmp_path_factory.mktemp("formats")
    return {name: role_by_words(cut_of(one, folder)) for name, one in EXAMPLES.items()}


def test_the_roles_are_an_editors_in_nearly_all_paragraphs(
    found: dict[str, dict[str, str]],
) -> None:
    wrong = [
        f"{name}: {one.text[:60]!r} is {one.role}, found {role}"
        for name, example in EXAMPLES.items()
        for one in example.paragraphs
        for role in [found[name].get(words(one.text), "absent")]
        if role != one.role and not (role == "absent" and one.role in MAY_BE_ABSENT)
    ]
    labelled = sum(len(example.paragraphs) for example in EXAMPLES.values())
    assert 1 - len(wrong) / labelled >= LEAST_ACCURACY, "\n".join(wrong)


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_running_text_is_left_out(name: str, found: dict[str, dict[str, str]]) -> None:
    for one in EXAMPLES[name].paragraphs:
        if one.role == "body":
            assert POLICIES[Role(found[name][words(one.text)])] is Policy.ENCODE, one.text
