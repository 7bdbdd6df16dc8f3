"""Read one article from an Org file; its keywords give the fields."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from recommender.articles.files import SourceFile
from recommender.articles.formats.org_blocks import OrgBlocks
from recommender.articles.front_matter import FrontMatter, read_front_matter
from recommender.articles.markup import blocks_of_html
from recommender.articles.status_fields import telling_fields
from recommender.articles.status_words import lines_of, plain_name
from recommender.articles.written import not_included, read_written, written_article
from recommender.settings import Settings
from recommender.types import Article, Found, Notice, Status

# Exporters put this before the names of properties.
_EXPORT = re.compile(r"^export_(?:hugo_)?", re.IGNORECASE)
# A first heading with such a word is not written yet, or was dropped. If the file has a title, the
# word only marks a task.
_UNDONE = {"TODO", "DRAFT", "CANCELLED"}
_HIDING_TAGS = {"private", "unpublished", "nopublish"}
# As a tag, this word for a draft is more likely a subject.
_OTHER_TAG = "concept"


def read_file(file: SourceFile, settings: Settings) -> Iterator[Found]:
    """Yield the file's article, or the refusal of it."""
    return read_written(file, _article)


def _article(file: SourceFile, source: str) -> Article | Notice:
    front = read_front_matter(source, lines=False)
    walk = OrgBlocks()
    html = walk.html(front.body.splitlines())
    # Exporters for sites put a prefix before their fields: HUGO_DRAFT.
    named = {plain_name(name): value for name, value in walk.keywords.items()}
    plain = {name.removeprefix("hugo"): value for name, value in named.items()} | named
    name, _, value = walk.keywords.get("property", "").partition(" ")
    given = {name: value, **walk.properties}
    properties = {plain_name(_EXPORT.sub("", name)): value for name, value in given.items()}
    hidden = {"status": Status.DRAFT} if _has_mark(walk) else {}
    fields = {**_telling(properties), **plain, **hidden, **front.fields}
    merged = FrontMatter(fields, "", front.problem)
    return written_article(file, merged, blocks_of_html(html), not_included(file, walk.included))


def _has_mark(walk: OrgBlocks) -> bool:
    """Return whether a file is hidden, by its tags or by the word and tags of its title."""
    tags = re.split("[:\\s]+", walk.keywords.get("filetags", "").lower())
    if "title" not in walk.keywords:  # the first heading is the title
        tags += [mark.lower() for mark in walk.marks]
        if _UNDONE.intersection(walk.marks):
            return True
    hiding = _HIDING_TAGS.union(lines_of("draft")) - {_OTHER_TAG}
    return not hiding.isdisjoint(tags)


def _telling(properties: Mapping[str, str]) -> dict[str, str]:
    """Return the properties about publication. Others belong to the heading."""
    return {name: value for name, value in properties.items() if telling_fields((name,))}
