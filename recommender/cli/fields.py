"""Hold the option that names the columns of rows, for the commands that read articles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

import typer

from recommender.settings import Settings, check_fields

FieldOption = Annotated[
    list[str] | None,
    typer.Option(
        "--field",
        help="The column of a row that holds a field, such as title=headline; may be repeated.",
    ),
]


def with_fields(settings: Settings, fields: Sequence[str] | None) -> Settings:
    """Return the settings with the columns in `fields` (`title=headline`) over their own."""
    pairs = [field.partition("=") for field in fields or ()]
    if wrong := [name for name, equals, column in pairs if not (name and equals and column)]:
        raise typer.BadParameter(f"{wrong[0]}: write --field FIELD=COLUMN")
    columns = {name: column for name, _, column in pairs}
    check_fields(columns, "--field")
    return replace(settings, fields={**settings.fields, **columns})
