"""The labelled articles of the tests, written in further formats: no word lost, roles kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.export_formats import EXPORT_WRITERS, PAGE_WRITERS, PLAIN_WRITERS
from support.formats import Example, examples, words
from support.kept_words import lost_words
from support.messy import MESSY_WRITERS
from support.more_formats import MORE_WRITERS

from recommender.articles.files import SourceFile, suffix_of
from recommender.articles.read import READERS, found_in
from recommender.passages.make import POLICIES, Policy
from recommender.passages.paragraphs import cut
from recommender.settings import DEFAULTS
from recommender.types import Article, Role

pytestmark = pytest.mark.slow

EXAMPLES = examples()
LEAST_ACCURACY = 0.95
WRITERS = {
    **{f"more.{suffix}": write for suffix, write in MORE_WRITERS.items()},
    **EXPORT_WRITERS,
    **PAGE_WRITERS,
    **PLAIN_WRITERS,
}
# A page is read without what speaks of the site, and a crawler's text has no roles to keep.
LEFT_OUT_OF_PAGES = ("boilerplate", "credit")
# Suffixes that are read as another that has a writer.
ALIKE = {
    **dict.fromkeys((".markdown", ".mdown", ".mkd", ".mdwn", ".qmd"), ".md"),
    ".asciidoc": ".adoc",
    ".rest": ".rst",
    ".htm": ".html",
    ".ott": ".odt",
    ".docm": ".docx",
    ".dotx": ".docx",
    ".dotm": ".docx",
    ".xlsm": ".xlsx",
    ".ndjson": ".jsonl",
    ".arc": ".warc",
    ".rdf": ".xml",
    ".wxr": ".xml",
    ".nitf": ".xml",
    ".newsml": ".xml",
}


def article_of(example: Example, name: str, folder: Path) -> Article:
    path = folder / name
    path.write_bytes(WRITERS[name](example))
    [article] = found_in(SourceFile(path, path.name), DEFAULTS)
    assert isinstance(article, Article), article
    return article


def test_each_format_is_written_here_or_as_newsrooms_do() -> None:
    written = {suffix_of(Path(name)) for name in WRITERS}
    written |= {suffix for suffix, _ in MESSY_WRITERS.values()}
    plain = {one for one in READERS if one.count(".") == 1}
    assert {ALIKE.get(one, one) for one in plain} <= written


@pytest.mark.parametrize("name", WRITERS)
def test_no_word_is_lost_and_no_running_text_is_left_out(name: str, tmp_path: Path) -> None:
    for example in EXAMPLES:
        article = article_of(example, name, tmp_path)
        assert words(article.title) == words(example.title)
        is_page = name in PAGE_WRITERS
        below = [
            one for one in example.paragraphs[1:] if not (is_page and one.role in LEFT_OUT_OF_PAGES)
        ]
        assert lost_words("\n".join(one.text for one in below), [article]) == [], example.name
        roles = {words(one.text): one.role for one in cut(article)}
        for one in below:
            if one.role == "body":
                assert POLICIES[Role(roles[words(one.text)])] is Policy.ENCODE, one.text


@pytest.mark.parametrize("name", sorted(WRITERS.keys() - {"text.wet"}))
def test_the_roles_are_an_editors_in_nearly_all_paragraphs(name: str, tmp_path: Path) -> None:
    wrong, labelled = [], 0
    for example in EXAMPLES:
        roles = {words(one.text): str(one.role) for one in cut(article_of(example, name, tmp_path))}
        kept = [
            one
            for one in example.paragraphs
            if not (name in PAGE_WRITERS and one.role in LEFT_OUT_OF_PAGES)
        ]
        labelled += len(kept)
        wrong += [
            f"{example.name}: {one.text[:60]!r} is {one.role}, found {roles.get(words(one.text))}"
            for one in kept
            if roles.get(words(one.text)) != one.role
        ]
    assert 1 - len(wrong) / labelled >= LEAST_ACCURACY, "\n".join(wrong)
