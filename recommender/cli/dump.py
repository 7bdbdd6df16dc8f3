"""Hold `recommender dump`, which writes the index as tables that other programs read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from recommender.cli.app import IndexOption, app, print_text, reporting_what_is_done
from recommender.cli.options import index_folder
from recommender.render.text_layout import counted


@app.command()
def dump(
    file: Annotated[
        Path, typer.Argument(help="A new file: .db or .sqlite for SQLite, or .parquet.")
    ],
    index: IndexOption = None,
) -> None:
    """Write all articles, passages and vectors of the index into one file."""
    from recommender.export.dump import dump as write_dump
    from recommender.store.snapshot import open_live

    found = write_dump(open_live(index_folder(index)), file)
    with reporting_what_is_done():
        counts = f"{counted(found.articles, 'article')}, {counted(found.passages, 'passage')}"
        print_text(f"wrote {file}: {counts}\n")
