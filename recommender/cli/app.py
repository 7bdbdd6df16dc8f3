"""What every command shares: the application, common options, how answers and errors are told."""

from __future__ import annotations

import io
import os
import shutil
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from recommender.errors import RecommenderError, StorageError
from recommender.render.formats import Answer, Format, render
from recommender.render.text_layout import Page, one_line, to_json
from recommender.version import __version__

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="""Find related articles and passages in an archive, whatever its languages.

    Start with recommender build FOLDER, then ask: search for a text,
    similar for a paragraph, related for an article.
    """,
    rich_markup_mode=None,
)


def _remember(format: Format) -> Format:
    """Note the format asked for, so that an error can be told in it."""
    global _error_format
    _error_format = format
    return format


def tell_errors_as_json() -> None:
    """Tell an error as JSON whatever the answer's format is."""
    _remember(Format.JSON)


_error_format = Format.TEXT

IndexOption = Annotated[
    Path | None,
    typer.Option("--index", "-i", help="Folder of the index.", show_default="vectors"),
]
FormatOption = Annotated[
    Format, typer.Option("--format", "-f", help="How to print the answer.", callback=_remember)
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


def main() -> None:
    """Run the command line; an error that a user can act on is one line and an exit code."""
    _open_streams()
    try:
        app()
    except RecommenderError as error:
        fail(error)


def _open_streams() -> None:
    """Make printing safe where a stream is closed, or cannot spell every character."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def print_answer(answer: Answer, format: Format) -> None:
    """Write an answer to standard output as it was asked for."""
    color = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    width = shutil.get_terminal_size((80, 24)).columns
    try:
        sys.stdout.write(render(answer, format, Page(width, color)))
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or it is tried again at exit
        raise StorageError(f"the answer cannot be written: {error.strerror}") from error


def fail(error: RecommenderError) -> NoReturn:
    """Tell an error in one line, or as JSON, and end with its exit code."""
    message = str(error)
    if _error_format in (Format.JSON, Format.JSONL):
        facts = {"error": {"kind": error.kind, "message": message}}
        print(to_json(facts), file=sys.stderr)
    else:
        lines = "\n".join(one_line(line) for line in message.splitlines())
        print(f"recommender: {lines}", file=sys.stderr)
    sys.exit(error.exit_code)
