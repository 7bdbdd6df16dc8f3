"""Read the article of a web page: its main content, without menus and comments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from configparser import ConfigParser
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple

from recommender import clock
from recommender.articles import medium, notion, substack
from recommender.articles.binary import checked_text
from recommender.articles.charset import Decoded, decode_page
from recommender.articles.files import SourceFile, need
from recommender.articles.formats.page_dates import date_in_page, use_our_months
from recommender.articles.formats.page_parts import main_part, page_blocks
from recommender.articles.formats.page_status import page_publication
from recommender.articles.formats.page_text import shown_blocks, shown_title
from recommender.articles.front_matter import FrontMatter, read_front_matter
from recommender.articles.markup import (
    Placed,
    blocks_of_html,
    check_depth,
    check_inline,
    drop_gutters,
    joined_text,
    lists_joined,
    placed_blocks,
    tree_of_html,
    with_reasons,
)
from recommender.articles.packed import unpacked_bytes
from recommender.articles.publication import PUBLIC, Publication
from recommender.articles.shortcodes import without_generator_marks
from recommender.errors import SourceError
from recommender.settings import Settings
from recommender.text.blocks import opening
from recommender.text.date_fields import parse_date
from recommender.text.dates import date_in_name
from recommender.text.folding import without_invisible
from recommender.types import UNKNOWN_LANGUAGE, Article, Found, Notice, NoticeKind, Refusal, Role

MAX_PAGE_BYTES = 8 * 1024 * 1024
# For a page with less text, the extractor tries other ways, which lose the blocks of the text.
SHORT_CHARACTERS = 350
# The text that its usual way finds counts if it is at least this share of what the others find.
MIN_SHORT_SHARE = 0.5
SOFT_HYPHEN = "\u00ad"
_PAGE_END = re.compile(r"</html\s*>", re.I)
_LANGUAGE = re.compile(r"""<html[^>]{0,500}?\slang\s*=\s*["']?([\w-]{2,35})""", re.I)


def read_file(file: SourceFile, settings: Settings) -> Iterator[Found]:
    """Yield the page's article, or why there is none."""
    try:
        page = decoded(unpacked_bytes(file))
        found = _found_in(file, page.text)
        yield noted(found, page) if isinstance(found, Article) else found
    except SourceError as error:
        yield Refusal(file.name, str(error))


def _found_in(file: SourceFile, html: str) -> Found:
    post = substack.post_of(file)
    if medium.is_page(html):
        return medium.read_page(file.id, file.name, html)
    if post:
        return substack.post_article(post, file, html)
    return notion.with_properties(page_article(file.id, file.name, notion.text_of(html)), html)


def decoded(data: bytes, charset: str = "") -> Decoded:
    """Return a page as text, as a browser reads it; `charset` is the encoding that came with it.

    Raises `SourceError` if it is too large, or is not text.
    """
    if len(data) > MAX_PAGE_BYTES:
        raise SourceError(f"has {len(data):,} bytes, the most for a page is {MAX_PAGE_BYTES:,}")
    page = decode_page(data, charset)
    return page._replace(text=checked_text(page.text))


def noted(article: Article, page: Decoded) -> Article:
    """Return the article, with a notice if the encoding of its page was guessed."""
    if not page.guess:
        return article
    reason = f"guessed, of a page that declares none: {page.guess}"
    notice = Notice(article.path, NoticeKind.ENCODING, reason)
    return replace(article, notices=[*article.notices, notice])


class _Parsed(NamedTuple):
    """A page as a tree, what the extractor found in it, and what it says of its publication.

    The tree and the result are None if a parser failed.
    """

    tree: Any
    page: Any
    told: Publication


def page_article(id: str, name: str, html: str) -> Article:
    """Return the article of a page; `name` is its path. Raises `SourceError` if it has none."""
    front = read_front_matter(html, lines=False)
    if front.fields:
        return _templated_article(id, name, front)
    html = _as_one_page(html)
    parsed = _parsed(html)
    article = _extracted_article(id, name, html, parsed) if parsed.page is not None else None
    return _published(article or _shown_article(id, name, html), parsed.told)


def _parsed(html: str) -> _Parsed:
    """Parse a page and extract its main content."""
    trafilatura = need("trafilatura", "html")
    use_our_months()
    told = PUBLIC
    try:
        check_depth(html)
        tree = trafilatura.load_html(html)
        if tree is None:  # a part of a page, without the tags around a page
            tree = tree_of_html(html)
        check_inline(tree)
        drop_gutters(tree)
        if tree is not None:  # an empty page has none
            told = page_publication(tree)  # before the extractor removes parts of it
        return _Parsed(tree, _extracted(trafilatura, tree), told)
    except (SourceError, ValueError, TypeError, RecursionError, AssertionError):
        return _Parsed(None, None, told)


def _extracted_article(id: str, name: str, html: str, parsed: _Parsed) -> Article | None:
    """Return the article that the extractor found in a page; None if it found no text."""
    page, tree = parsed.page, parsed.tree
    blocks = page_blocks(placed_blocks(page.body), tree) if page.body is not None else []
    # A soft hyphen only says where a browser may break a word.
    blocks = [one._replace(text=one.text.replace(SOFT_HYPHEN, "")) for one in blocks]
    text, marks = joined_text(with_reasons(blocks))
    if not text:
        return None
    title = _title(page.title or "", tree, blocks)
    repeats = [one for one in blocks[:2] if one.text.split() == title.split()]
    if len(repeats) == 2 and repeats[1].role == Role.SUBHEAD:  # the first is in the head
        del blocks[1]
        text, marks = joined_text(with_reasons(blocks))
    declared = _LANGUAGE.search(html[:5_000])
    language = declared[1] if declared else page.language or UNKNOWN_LANGUAGE
    date = parse_date(page.date or "") or date_in_page(tree, language, [one.text for one in blocks])
    return Article(
        id=id,
        title=title or opening(text),
        text=text,
        language=language,
        date=date or date_in_name(name),
        author=page.author or "",
        source=page.sitename or "",
        url=page.url or "",
        path=name,
        marks=marks,
    )


def _published(article: Article, told: Publication) -> Article:
    """Return the article of a page with what the page says of its publication."""
    if told == PUBLIC:
        return article
    notices = [*article.notices, *told._replace(unknown="").notices(article.path)]
    return replace(article, notices=notices, **told.limits())


def _shown_article(id: str, name: str, html: str) -> Article:
    """Return all that a page shows as its article, because nothing else was found in it."""
    blocks = lists_joined(shown_blocks(html))
    text, marks = joined_text(blocks)
    if not text:
        raise SourceError("has no article: the page shows no text")
    declared = _LANGUAGE.search(html[:5_000])
    return Article(
        id=id,
        title=shown_title(html) or opening(text),
        text=text,
        language=declared[1] if declared else UNKNOWN_LANGUAGE,
        date=date_in_name(name),
        path=name,
        marks=marks,
    )


def _templated_article(id: str, name: str, front: FrontMatter) -> Article:
    """Return the article of a page with front matter, which a generator has not yet made."""
    fields = front.article_fields(name, date_in_name(name))
    text, marks = joined_text(blocks_of_html(without_generator_marks(front.body)))
    if not text:
        raise SourceError("has no text below its front matter")
    title, language = fields.pop("title"), fields.pop("language")
    return Article(
        id=id,
        title=title or opening(text),
        text=text,
        language=language or UNKNOWN_LANGUAGE,
        path=name,
        marks=marks,
        **fields,
    )


def _as_one_page(html: str) -> str:
    """Return a page without each `</html>` before the last one. Browsers ignore those as well."""
    last = html.lower().rfind("</html")
    return _PAGE_END.sub("", html[:last]) + html[last:] if last > 0 else html


def _extracted(trafilatura: Any, tree: Any) -> Any:
    """Return what the extractor finds in a page, by its usual way if that finds enough.

    Its ways for short texts give one paragraph, with the headline and the byline in it.
    """
    today = f"{clock.now():%Y-%m-%d}"
    page = trafilatura.bare_extraction(tree, options=_options(True, today))
    if page is None:
        page = trafilatura.extract_metadata(tree)
        page.body = main_part(tree)
        return page
    if len(page.text or "") > SHORT_CHARACTERS:
        return page
    plain = trafilatura.bare_extraction(tree, options=_options(False, today))
    if plain is not None and len(plain.text or "") >= MIN_SHORT_SHARE * len(page.text or ""):
        page.body = plain.body
    return page


@lru_cache(maxsize=4)
def _options(with_metadata: bool, today: str) -> Any:
    """Return the extractor's options: with metadata, or for a short text.

    `today` is the last date that a page may have. The options are kept: making them would take a
    tenth of the time of a page.
    """
    from trafilatura.settings import DEFAULT_CONFIG, Extractor

    dates: Any = {"original_date": True, "extensive_search": True, "max_date": today}
    return Extractor(
        output_format="python",
        comments=False,
        with_metadata=with_metadata,
        config=DEFAULT_CONFIG if with_metadata else _without_least_sizes(),
        date_params=dates,
    )


def _without_least_sizes() -> ConfigParser:
    """Return the extractor's settings without a least size, so that no text is short."""
    from trafilatura.settings import use_config

    config: ConfigParser = use_config()
    config.set("DEFAULT", "MIN_EXTRACTED_SIZE", "1")
    config.set("DEFAULT", "MIN_OUTPUT_SIZE", "1")
    return config


def _title(found: str, tree: Any, blocks: Sequence[Placed]) -> str:
    """Return a title as it stands in the page. The extractor drops the joiners in its words."""
    title = " ".join(found.split())
    written: Iterable[str] = (
        "".join(one.itertext()) for one in tree.iter("h1", "h2", "title", "{*}h1", "{*}title")
    )
    for text in [*(one.text for one in blocks[:2]), *written]:
        text = " ".join(text.split())
        if without_invisible(text) == without_invisible(title):
            return text.replace(SOFT_HYPHEN, "")
    return title.replace(SOFT_HYPHEN, "")
