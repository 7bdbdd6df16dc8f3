"""Hold the commands that answer from an index: search, similar, related, list, show, status."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recommender.answers.option_help import HELP
from recommender.answers.options import (
    MAX_LISTED,
    ListOptions,
    RelatedOptions,
    SearchOptions,
    SimilarOptions,
)
from recommender.cli.app import (
    FormatOption,
    IndexOption,
    TextCommand,
    app,
    print_answer,
    print_notices,
    print_problems,
)
from recommender.cli.options import (
    AsOfOption,
    ByOption,
    ConfidenceOption,
    CopiesOption,
    CountOption,
    DiverseOption,
    EachCopyOption,
    ExactOption,
    ExplainOption,
    FallbackOption,
    HalfLifeOption,
    LanguagesOption,
    ListLanguagesOption,
    MinStrengthOption,
    PlainOption,
    QueryLanguageOption,
    RankingOption,
    SinceOption,
    TranslationsOption,
    UntilOption,
    WhereOption,
    filters_from,
    open_index,
    warn_of_rules,
)
from recommender.render.answers import Hits, Related
from recommender.render.article import Shown
from recommender.render.facts import Facts
from recommender.render.formats import Format
from recommender.render.listing import Listed

if TYPE_CHECKING:
    from recommender.types import Article


@app.command(cls=TextCommand)
def search(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="TEXT",
            help="What to look for, in any language; - reads it from input.",
            show_default=False,
        ),
    ] = None,
    file: Annotated[Path | None, typer.Option(help="Read the text from this file.")] = None,
    k: CountOption = 10,
    by: ByOption = "passage",
    ranking: RankingOption = "hybrid",
    plain: PlainOption = False,
    query_language: QueryLanguageOption = "",
    languages: LanguagesOption = "any",
    since: SinceOption = "",
    until: UntilOption = "",
    as_of: AsOfOption = "",
    where: WhereOption = None,
    confidence: ConfidenceOption = None,
    min_strength: MinStrengthOption = None,
    half_life: HalfLifeOption = 0,
    diverse: DiverseOption = False,
    include_copies: EachCopyOption = False,
    exact: ExactOption = False,
    explain: ExplainOption = False,
    index: IndexOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Find the passages that match a text, in any language.

    A "quoted phrase" must occur, a -word must not; in text from a file or from input, these marks
    are ordinary text. A half-life counts from the date of --as-of, or from today.

    Example: recommender search "gevechten om Bachmoet" -k 3
    """
    text = " ".join(words) if words else None
    query = _query(text, file)
    options = SearchOptions(
        k=k,
        by=by,
        ranking=ranking,
        plain=plain or query != text,
        query_language=query_language,
        filters=filters_from(languages, since, until, as_of, where),
        confidence=confidence,
        min_strength=min_strength,
        half_life=half_life,
        diverse=diverse,
        explain=explain,
        include_copies=include_copies,
    )
    with open_index(index, exact, will_encode=True) as recommender:
        answer = recommender.answer_search(query, options=options)
        print_answer(Hits(answer), format)
    print_notices(answer.notices)


@app.command()
def similar(
    passage_id: Annotated[str, typer.Argument(help="A passage, such as ARTICLE#4; or an article.")],
    k: CountOption = 10,
    by: ByOption = "passage",
    languages: LanguagesOption = "any",
    since: SinceOption = "",
    until: UntilOption = "",
    as_of: AsOfOption = "",
    where: WhereOption = None,
    confidence: ConfidenceOption = None,
    min_strength: MinStrengthOption = None,
    half_life: HalfLifeOption = 0,
    diverse: DiverseOption = False,
    include_copies: EachCopyOption = False,
    exact: ExactOption = False,
    explain: ExplainOption = False,
    index: IndexOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Find passages of other articles that are similar to a paragraph.

    Example: recommender similar "000_1010306ca34bd51d#4"
    """
    options = SimilarOptions(
        k=k,
        by=by,
        filters=filters_from(languages, since, until, as_of, where),
        confidence=confidence,
        min_strength=min_strength,
        half_life=half_life,
        diverse=diverse,
        explain=explain,
        include_copies=include_copies,
    )
    with open_index(index, exact, will_encode=explain) as recommender:
        answer = recommender.answer_similar(passage_id, options=options)
        print_answer(Hits(answer), format)
    print_notices(answer.notices)


@app.command()
def related(
    article_id: Annotated[
        list[str] | None,
        typer.Argument(
            help="An article, by its id, address, path or title; several are taken together."
        ),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            help="Read an article that is not in the index from this file; - reads input."
        ),
    ] = None,
    unlike: Annotated[
        list[str] | None,
        typer.Option(help=f"{HELP['unlike']} May be repeated."),
    ] = None,
    k: CountOption = 5,
    languages: LanguagesOption = "any",
    since: SinceOption = "",
    until: UntilOption = "",
    as_of: AsOfOption = "",
    where: WhereOption = None,
    confidence: ConfidenceOption = None,
    min_strength: MinStrengthOption = None,
    half_life: HalfLifeOption = 0,
    diverse: DiverseOption = False,
    explain: ExplainOption = False,
    include_copies: CopiesOption = False,
    translations: TranslationsOption = "fold",
    fallback: FallbackOption = "none",
    exact: ExactOption = False,
    index: IndexOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Find the articles that are related to one or several, and say why.

    An article from a file is cut like those of the index. Only --file and --explain load the model.

    Example: recommender related 000_1010306ca34bd51d -k 3
    """
    options = RelatedOptions(
        unlike=unlike or (),
        k=k,
        filters=filters_from(languages, since, until, as_of, where),
        include_copies=include_copies,
        translations=translations,
        fallback=fallback,
        confidence=confidence,
        min_strength=min_strength,
        half_life=half_life,
        diverse=diverse,
        explain=explain,
    )
    if not article_id and file is None:
        raise typer.BadParameter("give an article's id, or --file FILE")
    drafts = [_draft(file)] if file else []
    with open_index(index, exact, will_encode=explain or bool(drafts)) as recommender:
        answer = recommender.answer_related([*drafts, *(article_id or ())], options=options)
        warn_of_rules(recommender)
        print_answer(Related(answer), format)
    print_notices(answer.notices)


def _query(text: str | None, file: Path | None) -> str:
    """Return the text to search for; most is given as it is."""
    if text is not None and text != "-" and file is None:
        return text
    from recommender.cli.input import read_query

    return read_query(text, file)


def _draft(file: Path) -> Article:
    from recommender.cli.input import read_draft_from  # few ask with a file

    return read_draft_from(file)


@app.command(name="list")
def list_articles(
    words: Annotated[
        list[str] | None,
        typer.Argument(help="Words, or parts of words, of the title, id, address or path."),
    ] = None,
    k: Annotated[
        int, typer.Option("-k", min=1, max=MAX_LISTED, help="How many articles to list.")
    ] = 20,
    languages: ListLanguagesOption = "any",
    since: SinceOption = "",
    until: UntilOption = "",
    as_of: AsOfOption = "",
    where: WhereOption = None,
    index: IndexOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """List articles by their titles, ids, addresses or paths, newest first.

    Example: recommender list bakhmut --since 2022-12
    """
    options = ListOptions(k=k, filters=filters_from(languages, since, until, as_of, where))
    with open_index(index) as recommender:
        answer = recommender.list_articles(" ".join(words or ()), options=options)
        print_answer(Listed(answer), format)
    print_notices(answer.notices)


@app.command()
def show(
    id: Annotated[str, typer.Argument(help="An article, or a passage such as ARTICLE#4.")],
    index: IndexOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Show an article, or one paragraph of it, with the roles of paragraphs."""
    with open_index(index) as recommender:
        print_answer(Shown(recommender.show(id)), format)


@app.command()
def status(index: IndexOption = None, format: FormatOption = Format.TEXT) -> None:
    """Describe the index: what it holds, which model made it, and when."""
    with open_index(index) as recommender:
        print_answer(Facts(recommender.status(), frozenset({"recipe"})), format)
        print_problems(recommender.snapshot.warnings())
