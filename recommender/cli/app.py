"""Hold what every command shares: the application, common options, printing answers and errors."""

from __future__ import annotations

import errno
import io
import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from recommender.errors import RecommenderError, StorageError, without_passwords
from recommender.render.formats import Format, Renderable, render
from recommender.render.text_layout import Page, one_line, to_json
from recommender.system.disk import refused, unwritable
from recommender.system.memory import check_memory, memory_low
from recommender.version import __version__

# The key of the format of errors in the notes of a context, which nested contexts share.
_ERROR_FORMAT = "recommender.error_format"
_ARGUMENTS = "recommender.arguments"
# No first sentence is so long, in characters.
_WHOLE = 1_000
_FORMAT_OPTIONS = ("--format", "-f", "--log-format")
_FORMAT_VALUE = re.compile(r"(?:--format=|--log-format=|-f)(\w+)")
_FULL = {errno.ENOSPC, errno.EDQUOT}
_NO_NUMBER = re.compile(r"(.*) is not (?:in the range .*|a valid \w+(?: range)?\.)$", re.S)
_NO_CHOICE = re.compile(r"(.*) is not one of .*$", re.S)
# The errors of a command line; typer names only one kind.
_USAGE: type[Any] = typer.BadParameter.__mro__[1]
# The help of a group that is called without arguments is not an error.
_PAGE = "NoArgsIsHelpError"
_TEXT = re.compile(r"-(?:\d|[^-\s]\S*\s)")


class Group(TyperGroup):
    """Name commands in the help with the whole first sentence of each, however narrow it is."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the names of the commands and what they do."""
        found = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        rows = [(name, one.get_short_help_str(_WHOLE)) for name, one in found if one is not None]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


class Commands(Group):
    """Run a command; an error that a user can act on is printed, and ends with its exit code."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run the command line; a page of help that cannot be written is an error in one line."""
        try:
            return super().main(*args, **kwargs)
        except StorageError as error:
            sys.exit(f"recommender: {error}")
        except OSError as error:
            if error.errno not in _FULL:
                raise
            _forget_output()
            sys.exit(f"recommender: {unwritable('standard output', error)}")

    def make_context(self, info_name: Any, args: Any, parent: Any = None, **extra: Any) -> Any:
        """Read the arguments before the name of the command; keep all arguments for errors."""
        given = list(args)
        try:
            context = super().make_context(info_name, args, parent, **extra)
        except _USAGE as error:
            if error.ctx is None or type(error).__name__ == _PAGE:
                raise
            error.ctx.meta[_ARGUMENTS] = given
            _print_usage(error.ctx, error)
            raise typer.Exit(error.exit_code) from error
        context.meta[_ARGUMENTS] = given
        return context

    def invoke(self, ctx: Any) -> Any:
        """Run the command that the arguments name."""
        try:
            return self._invoke(ctx)
        except RecommenderError as error:
            print_error(ctx, error.kind, error.code, str(error))
            ctx.exit(error.exit_code)
        except _USAGE as error:
            if type(error).__name__ == _PAGE:
                raise
            _print_usage(ctx, error)
            ctx.exit(error.exit_code)

    def _invoke(self, ctx: Any) -> Any:
        """Run the command; a refusal of the system becomes an error with a next step."""
        try:
            return super().invoke(ctx)
        except MemoryError as error:
            raise memory_low(error) from error
        except BrokenPipeError:
            raise
        except OSError as error:
            raise refused(error) from error


def _print_usage(ctx: Any, error: Any) -> None:
    """Print what is wrong with a command line, and what to type instead."""
    if isinstance(error, typer.BadParameter):
        _say_plainly(error)
    message = " ".join(error.format_message().split()).removeprefix("Invalid value: ").rstrip(".")
    root = ctx.find_root().command_path  # the arguments of the process
    path = f"{ctx.command_path} {ctx.invoked_subcommand or ''}".strip()
    path = path if error.ctx is None else error.ctx.command_path
    command = f"recommender{path.removeprefix(root)}"
    text = _mistaken_option(error, ctx.meta[_ARGUMENTS])
    if text:
        message += f"; put -- before a text or an id that begins with a dash: {command} -- {text}"
    see = f" See: {command} -h" if message.endswith("?") else f"; see: {command} -h"
    print_error(ctx, "usage", "bad_usage", message + see)


def _mistaken_option(error: Any, arguments: Sequence[str]) -> str:
    """Return the argument that was taken for an option and may be a text, for a shell."""
    option = getattr(error, "option_name", "")
    if type(error).__name__ != "NoSuchOption" or option.startswith("--") or error.ctx is None:
        return ""
    if all(one.param_type_name != "argument" for one in error.ctx.command.params):
        return ""
    found = next((one for one in arguments if one.startswith(option)), "")
    return shlex.quote(found) if found else ""


def _say_plainly(error: typer.BadParameter) -> None:
    """Let an error of a number or a choice say what may be given: `-k is 0; give ...`."""
    found = _NO_NUMBER.match(error.message) or _NO_CHOICE.match(error.message)
    wanted = _wanted(error.param)
    if found is not None and wanted and error.param is not None:
        error.message = f"{max(error.param.opts, key=len)} is {found[1]}; give {wanted}."
        error.param = None  # or else the option is named twice


def _wanted(param: Any) -> str:
    """Return which values an option takes; empty if it is not of a number or a choice."""
    kind = getattr(param, "type", None)
    if choices := getattr(kind, "choices", None):
        return f"one of {', '.join(str(getattr(one, 'value', one)) for one in choices)}"
    least, most = getattr(kind, "min", None), getattr(kind, "max", None)
    if least is None:
        return ""
    number = "a whole number" if str(getattr(kind, "name", "")).startswith("int") else "a number"
    bounds = f"of {least:g} or more" if most is None else f"from {least:g} to {most:,}"
    return f"{number} {bounds}"


class TextCommand(TyperCommand):
    """A command whose text may begin with a dash, as in `-10 degrees` or `-Wagner Bakhmut`.

    An argument with a space in it, or a negative number, is text and no option, unless it follows
    an option, whose value it may be.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments, those that are text after all others."""
        end = args.index("--") if "--" in args else len(args)
        pairs = zip(["", *args], args[:end], strict=False)
        texts = [one for before, one in pairs if _TEXT.match(one) and not before.startswith("-")]
        if texts:
            options = [one for one in args[:end] if one not in texts]
            args = [*options, "--", *texts, *args[end + 1 :]]
        return list(super().parse_args(ctx, args))


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="""Find related articles and passages in an archive of any language.

    Start with recommender build FOLDER, then ask: search for a text,
    similar for a paragraph, related for an article.
    """,
    rich_markup_mode=None,
)


def remember_format(context: typer.Context, format: Format) -> Format:
    """Keep the format asked for, so that an error is printed in it too."""
    context.meta.setdefault(_ERROR_FORMAT, format)
    check_memory()  # here, so that this error is printed in that format too
    return format


def print_errors_as_json(context: typer.Context) -> None:
    """Print an error as JSON whatever the format of the answer is."""
    context.meta[_ERROR_FORMAT] = Format.JSON


def named(text: str) -> str:
    """Return the name of a place; raise `BadParameter` for an empty one.

    An empty one comes from a script whose variable is not set. It must not mean another place.
    """
    if not text.strip():
        raise typer.BadParameter("is empty; name a place, or leave the option out")
    return text


def folder_named(text: str) -> Path:
    """Return the folder of a name; raise `BadParameter` for an empty one."""
    return Path(named(text))


def folder_option(*names: str, help: str) -> Any:
    """Return the option that names the folder in which a command writes an index."""
    return typer.Option(
        *names, help=help, show_default="vectors", parser=folder_named, metavar="FOLDER"
    )


IndexOption = Annotated[
    str | None,
    typer.Option(
        *("--index", "-i"),
        parser=named,
        help="Folder of the index, or the address of an engine.",
        show_default="vectors",
        metavar="PLACE",
    ),
]
FormatOption = Annotated[
    Format,
    typer.Option(
        *("--format", "-f"),
        help="How to print the answer.",
        callback=remember_format,
        is_eager=True,  # before an option is read that may be wrong
    ),
]


def _print_version(asked: bool) -> None:
    if asked:
        print_text(f"recommender {__version__}\n")
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


def open_streams() -> None:
    """Make printing safe if a stream is closed, or cannot spell every character."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115  # for good
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def print_answer(answer: Renderable, format: Format) -> None:
    """Print an answer in the format that was asked for."""
    color = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    width = shutil.get_terminal_size((80, 24)).columns
    print_text(render(answer, format, Page(width, color)))


def print_notices(notices: Sequence[str]) -> None:
    """Print on standard error what else there is to say of an answer."""
    for notice in notices:
        print(f"recommender: {one_line(notice)}", file=sys.stderr)


def print_text(text: str) -> None:
    """Print a text; raise `StorageError` if it cannot be written, as on a full disk."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        _forget_output()
        raise unwritable("standard output", error) from error


def _forget_output() -> None:
    """Let what cannot be written go nowhere; else it is tried again when the process ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


@contextmanager
def reporting_what_is_done() -> Iterator[None]:
    """Make a report that cannot be written a warning, since the reported work is done."""
    try:
        yield
    except StorageError as error:
        with suppress(OSError):  # standard error may go to the same full disk
            print(f"recommender: the work is done, but {error}", file=sys.stderr)


def print_problems(problems: Iterable[str]) -> None:
    """Name each problem on a line of standard error."""
    for problem in problems:
        print(one_line(problem), file=sys.stderr)


def print_error(context: typer.Context, kind: str, code: str, message: str) -> None:
    """Print an error on standard error: a line for people, or JSON if that was asked for."""
    message = without_passwords(message)  # a mistaken command line may hold one
    if _wants_json(context):
        facts = {"error": {"kind": kind, "code": code, "message": message}}
        print(to_json(facts), file=sys.stderr)
    else:
        lines = "\n".join(one_line(line) for line in message.splitlines())
        print(f"recommender: {lines}", file=sys.stderr)


def _wants_json(context: typer.Context) -> bool:
    """Return whether errors are JSON: by the format that was read, else by the arguments."""
    found = context.meta.get(_ERROR_FORMAT) or _format_of(context.meta.get(_ARGUMENTS, ()))
    return found in (Format.JSON, Format.JSONL)


def _format_of(arguments: Sequence[str]) -> str:
    """Return the format that arguments ask for which could not be read, empty for none."""
    options = list(arguments[: arguments.index("--")] if "--" in arguments else arguments)
    found = ""
    for one, following in zip(options, [*options[1:], ""], strict=True):
        if one in _FORMAT_OPTIONS:
            found = following
        elif (match := _FORMAT_VALUE.match(one)) is not None:
            found = match[1]
    return found.lower()
