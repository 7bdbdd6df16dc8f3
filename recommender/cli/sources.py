"""Hold the commands that show how source files are read: inspect and boilerplate."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from recommender.articles.sources import NAME_FILES
from recommender.cli.app import FormatOption, IndexOption, app, print_answer
from recommender.cli.build_output import EXIT_LEFT_OUT, left_out_lines, notice_lines
from recommender.cli.fields import FieldOption, with_fields
from recommender.cli.input import from_input
from recommender.cli.options import index_folder
from recommender.errors import SourceError
from recommender.render.formats import Format
from recommender.settings import load_settings
from recommender.types import Notice, Refusal


@app.command()
def inspect(
    source: Annotated[
        list[Path], typer.Argument(help="Files or folders of articles, or - for input.")
    ],
    model: Annotated[
        str | None, typer.Option(help="Count tokens as this model does.", show_default="bundled")
    ] = None,
    field: FieldOption = None,
    index: IndexOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Show how articles are cut, and why.

    Example: recommender inspect seeds/000_1010306ca34bd51d.txt
    """
    from recommender.articles.notices import Notices
    from recommender.encoders.load import load_encoder
    from recommender.passages.inspect import Inspection
    from recommender.passages.inspect import inspect as look_at
    from recommender.render.inspection import Inspected

    settings = with_fields(load_settings(), field)
    found = list(
        look_at(
            from_input(source),
            load_encoder(model or settings.model or None),
            settings=settings,
            index=index_folder(index),
        )
    )
    if not found:
        raise SourceError(f"{', '.join(map(str, source))}: no article in it; {NAME_FILES}")
    print_answer(Inspected([one for one in found if isinstance(one, Inspection)]), format)
    notices = Notices()
    for one in found:
        if isinstance(one, Notice):
            notices.add(one)
    for line in notice_lines(notices.counts()):
        print(line, file=sys.stderr)
    refused = [one for one in found if isinstance(one, Refusal)]
    for line in left_out_lines(refused):
        print(line, file=sys.stderr)
    if refused:
        raise typer.Exit(EXIT_LEFT_OUT)


@app.command()
def boilerplate(
    k: Annotated[int, typer.Option("-k", min=1, help="How many blocks to show.")] = 50,
    index: IndexOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """List the recurring blocks that are left out.

    The list is a file beside the index. If you change `drop` to `keep` in it, the next build keeps
    the block.
    """
    from recommender.passages.boilerplate import BOILERPLATE_FILE, read_list
    from recommender.render.inspection import Recurring
    from recommender.store.layout import current_name

    folder = index_folder(index)
    current_name(folder)  # raises if there is no index
    path = folder / BOILERPLATE_FILE
    print_answer(Recurring(read_list(path)[:k], str(path)), format)
