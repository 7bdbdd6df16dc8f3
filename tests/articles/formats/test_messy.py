"""Articles as newsrooms hand them over: roles against an editor's labels, and no text lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.formats import Example, Labelled, words
from support.kept_words import lost_words
from support.messy import MESSY_WRITERS, messy

from recommender.articles.files import SourceFile
from recommender.articles.read import found_in
from recommender.passages.make import POLICIES, Policy
from recommender.passages.paragraphs import cut
from recommender.settings import DEFAULTS
from recommender.types import Article, Paragraph, Role

pytestmark = pytest.mark.process

EXAMPLES = {one.name: one for one in messy()}
LEAST_ACCURACY = 0.95


@pytest.fixture(scope="module")
def articles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Article]:
    folder = tmp_path_factory.mktemp("messy")
    return {name: article_of(one, folder) for name, one in EXAMPLES.items()}


def article_of(example: Example, folder: Path) -> Article:
    suffix, write = MESSY_WRITERS[example.name.rpartition(".")[2]]
    path = folder / f"{example.name}{suffix}"
    path.write_bytes(write(example))
    [article] = list(found_in(SourceFile(path, path.name), DEFAULTS))
    assert isinstance(article, Article), article
    return article


def paragraphs_of(article: Article) -> dict[str, Paragraph]:
    return {words(one.text): one for one in cut(article)}


def _is_author(one: Labelled, article: Article) -> bool:
    """Return whether a byline is kept as a field, as agencies give it."""
    return one.role == "byline" and bool(article.author) and article.author in one.text


def test_there_are_five_of_each_kind() -> None:
    kinds = [name.rpartition(".")[2] for name in EXAMPLES]
    assert {kind: kinds.count(kind) for kind in MESSY_WRITERS} == dict.fromkeys(MESSY_WRITERS, 5)


def test_the_roles_are_an_editors_in_nearly_all_paragraphs(articles: dict[str, Article]) -> None:
    wrong, labelled = [], 0
    for name, example in EXAMPLES.items():
        found = paragraphs_of(articles[name])
        for one in example.paragraphs:
            labelled += 1
            there = found.get(words(one.text))
            if there is None and _is_author(one, articles[name]):
                continue
            if there is None or there.role != one.role:
                shown = there.role if there else "absent"
                wrong.append(f"{name}: {one.text[:60]!r} is {one.role}, found {shown}")
    assert 1 - len(wrong) / labelled >= LEAST_ACCURACY, f"of {labelled}:\n" + "\n".join(wrong)


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_running_text_is_lost(name: str, articles: dict[str, Article]) -> None:
    found = paragraphs_of(articles[name])
    below = [one for one in EXAMPLES[name].paragraphs[1:] if not _is_author(one, articles[name])]
    assert lost_words("\n".join(one.text for one in below), [articles[name]]) == []
    for one in below:
        if one.role == "body":
            assert POLICIES[Role(found[words(one.text)].role)] is Policy.ENCODE, one.text
