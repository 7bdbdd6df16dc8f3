"""Hold the options and steps that commands share."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recommender.answers.option_help import COPIES_OF_ARTICLE, HELP, LISTED_LANGUAGES
from recommender.answers.options import MAX_K, MAX_STRENGTH, By, Fallback, Ranking, Translations
from recommender.engines.address import is_address
from recommender.errors import RecommenderError, SettingsError
from recommender.render.text_layout import one_line
from recommender.settings import load_settings
from recommender.types import Confidence, Filters

if TYPE_CHECKING:
    from recommender.answers.recommender import Recommender

MAX_WARNINGS = 10

CountOption = Annotated[int, typer.Option("-k", min=1, max=MAX_K, help=HELP["k"])]
ByOption = Annotated[
    By,
    typer.Option(help=HELP["by"]),
]
RankingOption = Annotated[
    Ranking,
    typer.Option(help=HELP["ranking"]),
]
PlainOption = Annotated[bool, typer.Option("--plain", help=HELP["plain"])]
QueryLanguageOption = Annotated[
    str,
    typer.Option(help=HELP["query_language"], show_default="detected from the text"),
]
LanguagesOption = Annotated[
    str,
    typer.Option(help=HELP["languages"]),
]
SinceOption = Annotated[str, typer.Option(help=HELP["since"])]
UntilOption = Annotated[str, typer.Option(help=HELP["until"])]
AsOfOption = Annotated[str, typer.Option(help=HELP["as_of"])]
WhereOption = Annotated[
    list[str] | None,
    typer.Option(
        help=f"{HELP['where']} May be repeated. "
        "Reads the record of every article that passes the other filters."
    ),
]
ConfidenceOption = Annotated[
    Confidence | None,
    typer.Option(
        help=HELP["confidence"],
        show_default="likely, or loose for under 20 articles",
    ),
]
MinStrengthOption = Annotated[
    float | None,
    typer.Option(
        min=0,
        max=MAX_STRENGTH,
        help=HELP["min_strength"],
    ),
]
HalfLifeOption = Annotated[
    float,
    typer.Option(
        min=0,
        help=HELP["half_life"],
    ),
]
DiverseOption = Annotated[bool, typer.Option("--diverse", help=HELP["diverse"])]
EachCopyOption = Annotated[bool, typer.Option("--include-copies", help=HELP["include_copies"])]
CopiesOption = Annotated[bool, typer.Option("--include-copies", help=COPIES_OF_ARTICLE)]
TranslationsOption = Annotated[
    Translations,
    typer.Option(help=HELP["translations"]),
]
FallbackOption = Annotated[
    Fallback,
    typer.Option(help=HELP["fallback"]),
]
ListLanguagesOption = Annotated[str, typer.Option(help=LISTED_LANGUAGES)]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")]
ExactOption = Annotated[
    bool,
    typer.Option(
        "--exact", help="Compare with every stored vector: slower, and needs no index file."
    ),
]
ExplainOption = Annotated[
    bool,
    typer.Option(
        "--explain",
        help=f"{HELP['explain']} Loads the model.",
    ),
]


def index_folder(index: str | None) -> Path:
    """Return the folder that was named, or that of the settings.

    Raises `SettingsError` for the address of an engine: the command needs the files.
    """
    place = index or load_settings().index
    if is_address(place):
        raise SettingsError(
            "this command needs the index itself; give --index the folder that was published"
        )
    return Path(place)


def open_index(index: str | None, exact: bool = False, *, will_encode: bool = False) -> Recommender:
    """Open the index that was named, or the one of the settings.

    If its model `will_encode` a text, it is loaded in another thread while answers are imported.
    """
    settings = load_settings()
    if will_encode:
        _load_ahead(index or settings.index)
    from recommender.answers.recommender import Recommender

    return Recommender.open(
        index or settings.index, editorial=settings.editorial or None, exact=exact
    )


def _load_ahead(place: str) -> None:
    """Begin to load the model of the index at a place, unless that may take long."""
    if is_address(place):
        return
    from recommender.encoders.load import is_ready, load_ahead
    from recommender.store.layout import current_name
    from recommender.store.manifest import read_manifest

    folder = Path(place)
    with suppress(RecommenderError):  # the command finds the same error
        model = read_manifest(folder / current_name(folder)).encoder.model
        if is_ready(model):
            load_ahead(model)


def warn_of_rules(recommender: Recommender) -> None:
    """Report on standard error the lines of the editors' file that are not rules, and why."""
    warnings = recommender.rules.warnings()
    for line in warnings[:MAX_WARNINGS]:
        print(f"recommender: {one_line(line)}", file=sys.stderr)
    if len(warnings) > MAX_WARNINGS:
        print(f"recommender: and {len(warnings) - MAX_WARNINGS:,} more", file=sys.stderr)


def filters_from(
    languages: str, since: str, until: str, as_of: str, where: Sequence[str] | None
) -> Filters:
    """Return the filters of a command."""
    pairs = [one.partition("=") for one in where or ()]
    if wrong := [name + equals for name, equals, _ in pairs if not (name and equals)]:
        raise typer.BadParameter(f"{wrong[0]}: write --where FIELD=VALUE")
    wanted = {name: value for name, _, value in pairs}
    return Filters(languages=languages, since=since, until=until, as_of=as_of, where=wanted)
