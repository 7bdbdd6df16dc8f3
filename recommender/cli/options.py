"""Hold the options and steps that commands share."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recommender.answers.options import MAX_K, MAX_STRENGTH, By, Fallback, Ranking, Translations
from recommender.engines.address import is_address
from recommender.errors import RecommenderError, SettingsError
from recommender.render.text_layout import one_line
from recommender.settings import load_settings
from recommender.types import Confidence, Filters

if TYPE_CHECKING:
    from recommender.answers.recommender import Recommender

MAX_WARNINGS = 10

CountOption = Annotated[int, typer.Option("-k", min=1, max=MAX_K, help="How many to return.")]
ByOption = Annotated[
    By,
    typer.Option(help="Return passages, or the best passage of each article."),
]
RankingOption = Annotated[
    Ranking,
    typer.Option(help="Rank by meaning and, within a language, by words; or by one of them alone."),
]
PlainOption = Annotated[
    bool, typer.Option("--plain", help="Read quotation marks and dashes as ordinary text.")
]
QueryLanguageOption = Annotated[
    str,
    typer.Option(
        help="The language of the text, such as nl.", show_default="detected from the text"
    ),
]
LanguagesOption = Annotated[
    str,
    typer.Option(help="Answer in the same language, in other ones, in any, or in these: nl,en."),
]
SinceOption = Annotated[
    str, typer.Option(help="Only articles from this date on: 2022, 2022-12 or 2022-12-28.")
]
UntilOption = Annotated[str, typer.Option(help="Only articles up to and including this date.")]
AsOfOption = Annotated[str, typer.Option(help="Only articles that certainly existed on this date.")]
WhereOption = Annotated[
    list[str] | None,
    typer.Option(
        help="Only articles with this value in a field, such as section=sport; may be repeated. "
        "Reads the record of every article that passes the other filters."
    ),
]
ConfidenceOption = Annotated[
    Confidence | None,
    typer.Option(
        help="Show only answers of this confidence or more.",
        show_default="likely, or loose for under 20 articles",
    ),
]
MinStrengthOption = Annotated[
    float | None,
    typer.Option(
        min=0,
        max=MAX_STRENGTH,
        help="For scripts: show all answers of this strength (0 to 100) or more, however sure.",
    ),
]
HalfLifeOption = Annotated[
    float,
    typer.Option(
        min=0,
        help="Days between the dates that halve a score; 0 ignores dates.",
    ),
]
DiverseOption = Annotated[
    bool, typer.Option("--diverse", help="Prefer answers that differ from the answers before them.")
]
EachCopyOption = Annotated[
    bool, typer.Option("--include-copies", help="Also return copies of a better answer.")
]
CopiesOption = Annotated[
    bool, typer.Option("--include-copies", help="Also return copies of the article itself.")
]
TranslationsOption = Annotated[
    Translations,
    typer.Option(help="Fold translations of one text into one answer, show or hide them."),
]
FallbackOption = Annotated[
    Fallback,
    typer.Option(help="Fill short lists with the newest articles of the same section."),
]
ListLanguagesOption = Annotated[str, typer.Option(help="Only articles in these languages: nl,en.")]
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
        help="Say why: the matching sentences and the parts of the score. Loads the model.",
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
