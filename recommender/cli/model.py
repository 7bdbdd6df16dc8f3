"""Hold the commands that download a model from the hub; no others use the network."""

from __future__ import annotations

from typing import Annotated

import typer

from recommender.cli.app import FormatOption, Group, app, print_answer
from recommender.render.facts import Facts
from recommender.render.formats import Format

models = typer.Typer(cls=Group, no_args_is_help=True)
app.add_typer(models, name="model")


@models.callback()
def _model() -> None:
    """Download models from the hub.

    A model that an index or a settings file names is only looked up on this machine.
    """


@models.command()
def download(
    name: Annotated[str, typer.Argument(help="Its name on the hub, such as owner/model.")],
    format: FormatOption = Format.TEXT,
) -> None:
    """Download a sentence-transformers model, unless it is on this machine."""
    print_answer(Facts({"model": name, "folder": _folder_of(name)}), format)


def download_asked(name: str | None) -> None:
    """Download the model that `--model` names; one that a settings file names is not fetched."""
    if not name:
        raise typer.BadParameter("--download needs --model NAME")
    _folder_of(name)


def _folder_of(name: str) -> str:
    from recommender.encoders.hub import download_model

    return str(download_model(name))
