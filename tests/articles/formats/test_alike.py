"""The labelled articles of the tests, written in further formats: no word lost, roles kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.formats import Example, examples, words
from support.kept_words import lost_words
from support.more_formats import MORE_WRITERS

from recommender.articles.files import SourceFile
from recommender.articles.read import found_in
from recommender.passages.make import POLICIES, Policy
from recommender.passages.paragraphs import cut
from recommender.settings import DEFAULTS
from recommender.types import Article, Role

EXAMPLES = examples()
LEAST_ACCURACY = 0.95


def article_of(example: Example, suffix: str, folder: Path) -> Article:
    path = folder / f"a.{suffix}"
    path.write_bytes(MORE_WRITERS[suffix](example))
    [article] = found_in(SourceFile(path, path.name), DEFAULTS)
    assert isinstance(article, Article), article
    return article


@pytest.mark.parametrize("suffix", MORE_WRITERS)
def test_no_word_is_lost_and_no_running_text_is_left_out(suffix: str, tmp_path: Path) -> None:
    for example in EXAMPLES:
        article = article_of(example, suffix, tmp_path)
        assert words(article.title) == words(example.title)
        below = "\n".join(one.text for one in example.paragraphs[1:])
        assert lost_words(below, [article]) == [], example.name
        roles = {words(one.text): one.role for one in cut(article)}
        for one in example.paragraphs:
            if one.role == "body":
                assert POLICIES[Role(roles[words(one.text)])] is Policy.ENCODE, one.text


@pytest.mark.parametrize("suffix", MORE_WRITERS)
def test_the_roles_are_an_editors_in_nearly_all_paragraphs(suffix: str, tmp_path: Path) -> None:
    wrong, labelled = [], 0
    for example in EXAMPLES:
        roles = {
            words(one.text): str(one.role) for one in cut(article_of(example, suffix, tmp_path))
        }
        labelled += len(example.paragraphs)
        wrong += [
            f"{example.name}: {one.text[:60]!r} is {one.role}, found {roles.get(words(one.text))}"
            for one in example.paragraphs
            if roles.get(words(one.text)) != one.role
        ]
    assert 1 - len(wrong) / labelled >= LEAST_ACCURACY, "\n".join(wrong)
