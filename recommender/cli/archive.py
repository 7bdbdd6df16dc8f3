"""Hold the commands that look at all articles, or at their order: stories, duplicates, before."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from recommender.answers.option_help import HELP
from recommender.answers.options import (
    LEAST_SHARE,
    MAX_LISTED,
    PREDECESSORS,
    BeforeOptions,
    DuplicatesOptions,
    StoriesOptions,
)
from recommender.cli.app import FormatOption, IndexOption, app, print_answer, print_notices
from recommender.cli.input import read_draft_from
from recommender.cli.options import (
    AsOfOption,
    ConfidenceOption,
    CountOption,
    LanguagesOption,
    ListLanguagesOption,
    MinStrengthOption,
    QuietOption,
    SinceOption,
    UntilOption,
    WhereOption,
    filters_from,
    open_index,
    warn_of_rules,
)
from recommender.cli.progress import progress
from recommender.errors import ArticleNotFound
from recommender.render.formats import Format


@app.command()
def stories(
    k: Annotated[
        int, typer.Option("-k", min=1, max=MAX_LISTED, help="How many stories to return.")
    ] = 20,
    newest: Annotated[
        int,
        typer.Option(min=0, help=HELP["newest"]),
    ] = 1_000,
    least: Annotated[int, typer.Option(min=2, help=HELP["least"])] = 2,
    languages: ListLanguagesOption = "any",
    since: SinceOption = "",
    until: UntilOption = "",
    as_of: AsOfOption = "",
    where: WhereOption = None,
    quiet: QuietOption = False,
    index: IndexOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Group articles into stories over time and languages, the latest story first.

    An article is in at most one story. Each article takes as long as a call of related.

    Example: recommender stories --since 2022-12 -k 5
    """
    filters = filters_from(languages, since, until, as_of, where)
    options = StoriesOptions(k=k, filters=filters, newest=newest, least=least)
    from recommender.render.groups import Stories

    with open_index(index) as recommender, progress(quiet) as on_progress:
        answer = recommender.stories(options=options, on_progress=on_progress)
    print_answer(Stories(answer), format)
    print_notices(answer.notices)


@app.command()
def duplicates(
    k: Annotated[
        int, typer.Option("-k", min=1, max=MAX_LISTED, help="How many groups to return.")
    ] = 20,
    share: Annotated[
        float,
        typer.Option(min=LEAST_SHARE, max=1, help=HELP["share"]),
    ] = 0.6,
    parts: Annotated[
        bool,
        typer.Option("--parts/--no-parts", help=HELP["parts"]),
    ] = True,
    languages: ListLanguagesOption = "any",
    since: SinceOption = "",
    until: UntilOption = "",
    as_of: AsOfOption = "",
    where: WhereOption = None,
    quiet: QuietOption = False,
    index: IndexOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Report articles that hold the same text: copies, near copies, and parts of longer texts.

    Each article of a group is compared with the earliest one.

    Example: recommender duplicates --share 0.8
    """
    filters = filters_from(languages, since, until, as_of, where)
    options = DuplicatesOptions(k=k, filters=filters, share=share, parts=parts)
    from recommender.render.groups import Copies

    with open_index(index) as recommender, progress(quiet) as on_progress:
        answer = recommender.duplicates(options=options, on_progress=on_progress)
    print_answer(Copies(answer), format)
    print_notices(answer.notices)


@app.command()
def before(
    draft: Annotated[
        Path, typer.Argument(help="A draft: a file of any format, - for input, or an article.")
    ],
    k: CountOption = PREDECESSORS,
    languages: LanguagesOption = "any",
    since: SinceOption = "",
    until: UntilOption = "",
    as_of: AsOfOption = "",
    where: WhereOption = None,
    confidence: ConfidenceOption = None,
    min_strength: MinStrengthOption = None,
    index: IndexOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """List earlier articles on the subject of a draft or an article, the oldest first.

    Without --until or --as-of, the list ends at the date of the draft, if it has one. A DRAFT that
    is not a file is the name of an article.

    Example: recommender before draft.md --since 2020
    """
    options = BeforeOptions(
        k=k,
        filters=filters_from(languages, since, until, as_of, where),
        confidence=confidence,
        min_strength=min_strength,
    )
    is_file = str(draft) == "-" or draft.is_file()
    asked = read_draft_from(draft) if is_file else str(draft)
    from recommender.answers.naming import shown
    from recommender.render.groups import Before

    with open_index(index) as recommender:
        try:
            answer = recommender.before(asked, options=options.related())
        except ArticleNotFound as error:
            name = shown(str(draft))
            why = str(error).removeprefix(f"{name}: ")
            what = "a folder" if draft.is_dir() else "not a file here"
            raise ArticleNotFound(f"{name}: is {what}, and {why}") from error
        warn_of_rules(recommender)
    print_answer(Before(answer), format)
    print_notices(answer.notices)
