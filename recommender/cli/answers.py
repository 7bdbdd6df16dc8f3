"""The commands that answer from an index."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from recommender.cli.edge import FormatOption, IndexOption, app, print_answer
from recommender.errors import QueryError, SourceError
from recommender.render import Answer, Facts, Format, Hits, Related, Shown
from recommender.settings import load_settings
from recommender.types import Filters

if TYPE_CHECKING:
    from recommender.recommend import Recommender
    from recommender.types import Hit

STDIN = "-"
MAX_INPUT_BYTES = 1_000_000

CountOption = Annotated[int, typer.Option("-k", min=1, max=1_000, help="How many to return.")]
ByOption = Annotated[
    Literal["passage", "article"],
    typer.Option(help="Return passages, or the best passage of each article."),
]
LanguagesOption = Annotated[
    str,
    typer.Option(help="Answer in the same language, in an other, in any, or in these: nl,en."),
]
SinceOption = Annotated[
    str, typer.Option(help="Only articles from then on: 2022, 2022-12 or 2022-12-28.")
]
UntilOption = Annotated[str, typer.Option(help="Only articles up to and including then.")]
AsOfOption = Annotated[str, typer.Option(help="Only articles that surely existed then.")]
WhereOption = Annotated[
    list[str] | None,
    typer.Option(
        help="Only articles with this value in a field, as in section=sport; may be given again. "
        "Reads the record of every article that passes the other filters."
    ),
]


@app.command()
def search(
    text: Annotated[
        str | None, typer.Argument(help="What to look for, in any language; - reads it from input.")
    ] = None,
    file: Annotated[Path | None, typer.Option(help="Read the text from this file.")] = None,
    k: CountOption = 10,
    by: ByOption = "passage",
    ranking: Annotated[
        Literal["hybrid", "meaning"],
        typer.Option(help="Rank by meaning and by words within a language, or by meaning alone."),
    ] = "hybrid",
    languages: LanguagesOption = "any",
    since: SinceOption = "",
    until: UntilOption = "",
    as_of: AsOfOption = "",
    where: WhereOption = None,
    index: IndexOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Find the passages that match a text, in any language.

    Example: recommender search "gevechten om Bachmoet" -k 3
    """
    query = _query(text, file)
    filters = _filters(languages, since, until, as_of, where)
    with _open(index) as recommender:
        hits = recommender.search(query, k=k, by=by, ranking=ranking, filters=filters)
        print_answer(_hits({"text": query}, recommender, hits), format)


@app.command()
def similar(
    passage_id: Annotated[str, typer.Argument(help="A passage, as in ARTICLE#4.")],
    k: CountOption = 10,
    by: ByOption = "passage",
    languages: LanguagesOption = "any",
    since: SinceOption = "",
    until: UntilOption = "",
    as_of: AsOfOption = "",
    where: WhereOption = None,
    index: IndexOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Find passages of other articles that are like a paragraph.

    Example: recommender similar "000_1010306ca34bd51d#4"
    """
    filters = _filters(languages, since, until, as_of, where)
    with _open(index) as recommender:
        hits = recommender.similar(passage_id, k=k, by=by, filters=filters)
        print_answer(_hits({"passage_id": passage_id}, recommender, hits), format)


@app.command()
def related(
    article_id: Annotated[str, typer.Argument(help="An article's id.")],
    k: CountOption = 5,
    languages: LanguagesOption = "any",
    since: SinceOption = "",
    until: UntilOption = "",
    as_of: AsOfOption = "",
    where: WhereOption = None,
    include_copies: Annotated[
        bool, typer.Option("--include-copies", help="Also return copies of the article itself.")
    ] = False,
    index: IndexOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Find the articles that are related to one, and say why.

    Example: recommender related 000_1010306ca34bd51d -k 3
    """
    filters = _filters(languages, since, until, as_of, where)
    with _open(index) as recommender:
        found = recommender.related(article_id, k=k, filters=filters, include_copies=include_copies)
        article = recommender.article(article_id)
        print_answer(Related(article, recommender.name, recommender.encoder_name, found), format)


@app.command()
def show(
    id: Annotated[str, typer.Argument(help="An article's or a passage's id.")],
    index: IndexOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Show an article, or one paragraph of it, with the roles."""
    with _open(index) as recommender:
        print_answer(Shown(recommender.show(id)), format)


@app.command()
def status(index: IndexOption = None, format: FormatOption = Format.TEXT) -> None:
    """Say what the index holds, which model made it, and when."""
    with _open(index) as recommender:
        print_answer(Facts(recommender.status(), frozenset({"recipe"})), format)


def _open(index: Path | None) -> Recommender:
    from recommender.recommend import Recommender

    return Recommender.open(index or load_settings().index)


def _filters(
    languages: str, since: str, until: str, as_of: str, where: Sequence[str] | None
) -> Filters:
    pairs = [one.partition("=") for one in where or ()]
    if wrong := [name + equals for name, equals, _ in pairs if not (name and equals)]:
        raise typer.BadParameter(f"{wrong[0]}: write --where FIELD=VALUE")
    wanted = {name: value for name, _, value in pairs}
    return Filters(languages=languages, since=since, until=until, as_of=as_of, where=wanted)


def _hits(query: Mapping[str, Any], recommender: Recommender, hits: Sequence[Hit]) -> Answer:
    return Hits(query, recommender.name, recommender.encoder_name, hits)


def _query(text: str | None, file: Path | None) -> str:
    """Return the text to search for, from the one place that was named."""
    if (text is None) == (file is None):
        raise typer.BadParameter("give a text, or --file FILE, or - to read it from input")
    if file is None and text != STDIN:
        return text or ""
    from recommender.articles.files import decode

    try:
        data = sys.stdin.buffer.read(MAX_INPUT_BYTES) if file is None else _head(file)
    except OSError as error:
        raise QueryError(f"{file}: cannot be read: {error.strerror}") from error
    try:
        return decode(data)
    except SourceError as error:
        raise QueryError(f"{file or 'the input'}: {error}") from error


def _head(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(MAX_INPUT_BYTES)
