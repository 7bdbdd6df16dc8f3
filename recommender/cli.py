"""The `recommender` command: arguments -> one library call -> render."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

import typer

from recommender.errors import QueryError, RecommenderError, SourceError
from recommender.render import (
    Answer,
    Facts,
    Format,
    Hits,
    Page,
    Related,
    Shown,
    one_line,
    render,
    to_json,
)
from recommender.settings import load_settings
from recommender.version import __version__

if TYPE_CHECKING:
    from recommender.recommend import Recommender
    from recommender.types import Hit

EXIT_LEFT_OUT = 3
STDIN = "-"
MAX_INPUT_BYTES = 1_000_000

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="""Find related articles and passages in an archive, whatever its languages.

    Start with [bold]recommender build FOLDER[/bold], then ask: [bold]search[/bold] for a text,
    [bold]similar[/bold] for a paragraph, [bold]related[/bold] for an article.
    """,
    rich_markup_mode="rich",
)


def _remember(format: Format) -> Format:
    """Note the format asked for, so that an error can be told in it."""
    global _error_format
    _error_format = format
    return format


_error_format = Format.TEXT

IndexOption = Annotated[
    Path | None,
    typer.Option("--index", "-i", help="Folder of the index.", show_default="vectors"),
]
FormatOption = Annotated[
    Format, typer.Option("--format", "-f", help="How to print the answer.", callback=_remember)
]
CountOption = Annotated[int, typer.Option("-k", min=1, max=1_000, help="How many to return.")]
ByOption = Annotated[
    Literal["passage", "article"],
    typer.Option(help="Return passages, or the best passage of each article."),
]


def _print_version(asked: bool) -> None:
    if asked:
        print(f"recommender {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None: ...


@app.command()
def build(
    source: Annotated[
        list[Path] | None,
        typer.Argument(help="Files and folders of articles (.txt, .jsonl).", show_default="seeds"),
    ] = None,
    into: Annotated[
        Path | None, typer.Option(help="Folder to put the index in.", show_default="vectors")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            help="A sentence-transformers model: a folder, or a hub name.",
            show_default="the bundled multilingual-e5-small",
        ),
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Encode everything anew.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
    format: FormatOption = Format.TEXT,
) -> None:
    """Read the articles, encode their paragraphs and publish the index.

    The index that was there stays live until the new one is whole. Exit code 3: published, with
    files left out; each is named with the reason.
    """
    from recommender.build import build as build_index
    from recommender.progress import progress

    settings = load_settings()
    with progress(quiet) as on_progress:
        report = build_index(
            source or [Path(settings.source)],
            into=into or Path(settings.index),
            model=model or settings.model or None,
            full=full,
            on_progress=on_progress,
        )
    _print(Facts.of_report(report), format)
    for refusal in report.left_out:
        print(f"left out: {one_line(refusal.place)}: {one_line(refusal.reason)}", file=sys.stderr)
    if report.left_out:
        raise typer.Exit(EXIT_LEFT_OUT)


@app.command()
def search(
    text: Annotated[
        str | None, typer.Argument(help="What to look for, in any language; - reads it from input.")
    ] = None,
    file: Annotated[Path | None, typer.Option(help="Read the text from this file.")] = None,
    k: CountOption = 10,
    by: ByOption = "passage",
    index: IndexOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Find the passages that match a text best, in every language of the archive.

    Example: recommender search "gevechten om Bachmoet" -k 3
    """
    query = _query(text, file)
    with _open(index) as recommender:
        hits = recommender.search(query, k=k, by=by)
        _print(_hits({"text": query}, recommender, hits), format)


@app.command()
def similar(
    passage_id: Annotated[str, typer.Argument(help="A passage, as in ARTICLE#4.")],
    k: CountOption = 10,
    by: ByOption = "passage",
    index: IndexOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Find the passages of other articles that are most like one paragraph.

    Example: recommender similar "000_1010306ca34bd51d#4"
    """
    with _open(index) as recommender:
        hits = recommender.similar(passage_id, k=k, by=by)
        _print(_hits({"passage_id": passage_id}, recommender, hits), format)


@app.command()
def related(
    article_id: Annotated[str, typer.Argument(help="An article's id.")],
    k: CountOption = 5,
    index: IndexOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Find the articles a reader of this one should see, with the passages that tie them.

    Example: recommender related 000_1010306ca34bd51d -k 3
    """
    with _open(index) as recommender:
        found = recommender.related(article_id, k=k)
        article = recommender.article(article_id)
        _print(Related(article, recommender.name, recommender.encoder_name, found), format)


@app.command()
def show(
    id: Annotated[str, typer.Argument(help="An article's or a passage's id.")],
    index: IndexOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Show an article with the role of each paragraph, or one paragraph of it."""
    with _open(index) as recommender:
        _print(Shown(recommender.show(id)), format)


@app.command()
def status(index: IndexOption = None, format: FormatOption = Format.TEXT) -> None:
    """Say what the index holds, which model made it, and when."""
    with _open(index) as recommender:
        _print(Facts(recommender.status()), format)


def main() -> None:
    """Run the command line; an error that a user can act on is one line and an exit code."""
    try:
        app()
    except RecommenderError as error:
        _fail(error)


def _open(index: Path | None) -> Recommender:
    from recommender.recommend import Recommender

    return Recommender.open(index or load_settings().index)


def _hits(query: Mapping[str, Any], recommender: Recommender, hits: Sequence[Hit]) -> Answer:
    return Hits(query, recommender.name, recommender.encoder_name, hits)


def _query(text: str | None, file: Path | None) -> str:
    """Return the text to search for, from the one place that was named."""
    from recommender.articles.files import decode

    if (text is None) == (file is None):
        raise typer.BadParameter("give a text, or --file FILE, or - to read it from input")
    if file is None and text != STDIN:
        return text or ""
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


def _print(answer: Answer, format: Format) -> None:
    color = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    width = shutil.get_terminal_size((80, 24)).columns
    sys.stdout.write(render(answer, format, Page(width, color)))
    sys.stdout.flush()


def _fail(error: RecommenderError) -> NoReturn:
    message = str(error)
    if _error_format in (Format.JSON, Format.JSONL):
        facts = {"error": {"kind": error.kind, "message": message}}
        print(to_json(facts), file=sys.stderr)
    else:
        lines = "\n".join(one_line(line) for line in message.splitlines())
        print(f"recommender: {lines}", file=sys.stderr)
    sys.exit(error.exit_code)
