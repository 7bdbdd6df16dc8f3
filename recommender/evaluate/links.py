"""Make questions of the links of editors: an article should find the articles it links to.

The source is read again, since an index keeps texts without their markup. Links are taken from the
paragraphs of pages (HTML), from Markdown, and from the HTML in rows (JSON Lines). A link leads to
an article by its address or by its path. A target of very many articles is not related to them.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from recommender.articles.charset import decode_page
from recommender.articles.files import SourceFile, decode, find_files
from recommender.articles.markup import tree_of_html
from recommender.articles.packed import opened, unpacked_bytes
from recommender.errors import SourceError
from recommender.evaluate.questions import LabelledQuestion
from recommender.settings import DEFAULTS, Settings
from recommender.store.names import ArticleNames, Field, address_key, is_address, path_key
from recommender.store.snapshot import Snapshot
from recommender.types import Article

TASK = "links"
PAGES, MARKDOWN, ROWS = (".html", ".htm", ".xhtml"), (".md", ".markdown"), (".jsonl",)
SUFFIXES = tuple(one + packing for one in (*PAGES, *MARKDOWN, *ROWS) for packing in ("", ".gz"))
# A target of more than this share of the articles is a page of the site; at least so many are
# allowed.
MOST_SHARE, FEW = 0.05, 3
MAX_LINKS = 200

_HREF = re.compile(
    r"""<a\b[^<>]{0,1000}?\bhref\s*=\s*(?:"([^"<>]*)"|'([^'<>]*)'|([^\s"'<>=`]+))""", re.IGNORECASE
)
# Endings of an address that do not change the page it leads to.
_ENDING = re.compile(r"(?:/index)?\.(?:html?|xhtml|php|aspx?)$|/index$")
_MARKDOWN = re.compile(r"(?<!!)\[[^\[\]]{0,300}\]\(\s*<?([^()\[\]\s<>]{1,2000})")


def linked_questions(
    snapshot: Snapshot, sources: Sequence[Path], settings: Settings = DEFAULTS
) -> list[LabelledQuestion]:
    """Return a question for each live article whose text links to others of the index.

    Raises `SourceError` for a source that does not exist. Files that cannot be read are skipped:
    the build has named them.
    """
    found: dict[int, set[int]] = {}
    for id, links in _links_of(sources, settings):
        position = snapshot.find(id)
        if position is not None:
            article = snapshot.article(position)
            targets = {one for link in links for one in _targets(snapshot, article, link)}
            found.setdefault(position, set()).update(targets - {position})
    pointed = Counter(target for targets in found.values() for target in targets)
    most = max(FEW, MOST_SHARE * len(found))
    questions = []
    for position, targets in sorted(found.items()):
        relevant = {snapshot.article(one).id: 1.0 for one in targets if pointed[one] <= most}
        if relevant:
            article = snapshot.article(position)
            question = LabelledQuestion(TASK, article.id, article.language, relevant)
            questions.append(question)
    return questions


def _links_of(sources: Sequence[Path], settings: Settings) -> Iterator[tuple[str, list[str]]]:
    """Yield the id of each article of the source and the addresses that its text links to."""
    for file in find_files(sources, SUFFIXES, settings):
        if not isinstance(file, SourceFile):
            continue
        suffix = file.suffix.removesuffix(".gz")
        try:
            if suffix in ROWS:
                yield from _links_of_rows(file, settings)
            elif suffix in PAGES:
                yield file.id, _links_of_page(decode_page(unpacked_bytes(file), "").text)
            else:
                yield file.id, links_in(decode(unpacked_bytes(file)))
        except (SourceError, UnicodeError):
            continue


def _links_of_rows(file: SourceFile, settings: Settings) -> Iterator[tuple[str, list[str]]]:
    name = settings.fields.get("id", "id")
    with opened(file) as stream:
        for line in stream:
            try:
                row = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(row, Mapping) and isinstance(row.get(name), str | int):
                texts = (value for value in row.values() if isinstance(value, str))
                yield str(row[name]), links_in("\n".join(texts))


def _links_of_page(html: str) -> list[str]:
    """Return the links of a page's paragraphs: those of menus stand in lists."""
    tree = tree_of_html(html)
    anchors: list[Any] = tree.xpath("//p//a[@href]") if tree is not None else []
    return [str(one.get("href")) for one in anchors[:MAX_LINKS]]


def links_in(text: str) -> list[str]:
    """Return the targets of the links of a text, in HTML or Markdown."""
    found = [unescape(one[1] or one[2] or one[3] or "") for one in _HREF.finditer(text)]
    found += [one[1] for one in _MARKDOWN.finditer(text)]
    return [one for one in found if one][:MAX_LINKS]


def _targets(snapshot: Snapshot, article: Article, link: str) -> list[int]:
    """Return the one article that a link in an article leads to, or none."""
    names = snapshot.derived.names
    try:
        address = urljoin(article.url, link.strip()) if article.url else link.strip()
        parts = urlsplit(address)._replace(fragment="")
        path = urlsplit(link.strip()).path
    except ValueError:
        return []
    found = names.equal(Field.ADDRESS, address_key(parts.geturl()))
    found = found or _at_address(names, address_key(parts._replace(query="").geturl()))
    if not found and path and not is_address(link):
        folder = "" if path.startswith("/") else posixpath.dirname(article.path)
        place = path_key(posixpath.normpath(posixpath.join(folder, path.lstrip("/"))))
        found = names.equal(Field.PATH, place) or names.equal(Field.ID, place)
    return found if len(found) == 1 else []


def _at_address(names: ArticleNames, key: str) -> list[int]:
    """Return the articles at an address without parameters, whether it ends in `.html` or not."""
    bare = _ENDING.sub("", key)
    keys = (key, bare, *(bare + ending for ending in (".html", ".htm", ".php", "/index.html")))
    return next(filter(None, (names.equal(Field.ADDRESS, one) for one in keys)), [])
