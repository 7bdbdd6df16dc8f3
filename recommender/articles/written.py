"""Make the article of a text in a light markup: its fields, its title and its blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from recommender.articles.files import SourceFile
from recommender.articles.front_matter import FrontMatter
from recommender.articles.left_out import emptied
from recommender.articles.markup import Block, joined_text
from recommender.articles.packed import text_of_file
from recommender.errors import SourceError
from recommender.text.blocks import opening
from recommender.text.dates import date_in_name
from recommender.types import UNKNOWN_LANGUAGE, Article, Found, Notice, NoticeKind, Refusal, Role

MAX_CHARACTERS = 2 * 1024 * 1024


def read_written(
    file: SourceFile, article_of: Callable[[SourceFile, str], Article | Notice]
) -> Iterator[Found]:
    """Yield the article or notice that a function makes of a file's text, or a refusal."""
    try:
        source = text_of_file(file)
        if len(source) > MAX_CHARACTERS:
            raise SourceError(f"has over {MAX_CHARACTERS:,} characters; split it")
        yield article_of(file, source)
    except SourceError as error:
        yield Refusal(file.name, str(error))


def written_article(
    file: SourceFile,
    front: FrontMatter,
    blocks: Sequence[Block],
    notices: Sequence[Notice] = (),
) -> Article | Notice:
    """Return the article of a file; a heading at its start is its title, or repeats the title.

    A draft without text is a notice. Raises `SourceError` for any other one without text.
    """
    fields = front.article_fields(file.name, date_in_name(file.name))
    title = fields.pop("title")
    blocks = list(blocks)
    if blocks and blocks[0][1] == Role.SUBHEAD and (not title or blocks[0][0] == title):
        title = blocks[0][0]
        blocks[0] = (title, str(Role.TITLE), "opens the text")
    text, marks = joined_text(blocks)
    if not text:
        return emptied(file, fields["status"], "is empty")
    fields["notices"] = [*fields["notices"], *notices]
    return Article(
        id=file.id,
        title=title or opening(text),
        text=text,
        language=fields.pop("language") or UNKNOWN_LANGUAGE,
        path=file.name,
        marks=marks,
        **fields,
    )


def not_included(file: SourceFile, names: Sequence[str]) -> list[Notice]:
    """Return the notice of files that a text includes; they are not read."""
    if not names:
        return []
    reason = "include: the files that a text includes are not read"
    return [Notice(file.name, NoticeKind.FIELD, reason, names[0][:80])]
