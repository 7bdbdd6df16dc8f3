"""Hold `recommender init`, which writes a settings file with every setting explained."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from recommender.cli.app import app, print_text, reporting_what_is_done
from recommender.settings import SETTINGS_FILE, settings_text
from recommender.system.disk import unwritable


@app.command()
def init(
    source: Annotated[
        str, typer.Argument(help="The folder of your articles.", show_default="none")
    ] = "",
) -> None:
    """Write recommender.toml into the current folder, with every setting and what it does.

    An existing file is not changed.
    """
    try:
        text = settings_text(source)
        with Path(SETTINGS_FILE).open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError as error:
        raise typer.BadParameter(f"{SETTINGS_FILE} is there already; edit it") from error
    except OSError as error:
        raise unwritable(SETTINGS_FILE, error) from error
    next_step = "recommender build" if source else f"set source in {SETTINGS_FILE}"
    with reporting_what_is_done():
        print_text(f"wrote {SETTINGS_FILE}; next: {next_step}\n")
