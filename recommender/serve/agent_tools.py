"""Answer the tools of agents: each asks the library once, and makes a small answer of what it says.

The descriptions of tools and arguments are what an agent reads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Annotated, Any, TypeVar

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from recommender.answers.comparison import compare
from recommender.answers.ids import check_paragraph, place_of
from recommender.answers.options import (
    LEAST_SHARE,
    BeforeOptions,
    DuplicatesOptions,
    ListOptions,
    RelatedOptions,
    SearchOptions,
    StoriesOptions,
    Translations,
)
from recommender.answers.status import status_of
from recommender.errors import QueryError, RecommenderError
from recommender.serve.access import Access
from recommender.serve.agent_answers import (
    LISTED,
    Compared,
    Found,
    Groups,
    Listed,
    News,
    Read,
    Status,
    of_copies,
    of_hit,
    of_list,
    of_news,
    of_recommendation,
    of_stories,
    pair_of,
    part_of,
    versions_of,
)
from recommender.serve.archive import Archive, Edition
from recommender.serve.archive_answers import kept
from recommender.serve.drafts import draft_of
from recommender.serve.options import Limits
from recommender.serve.problems import Refused, refusal_of
from recommender.types import Article, Filters, StoredArticle

MOST = 20
Answer = TypeVar("Answer")
# Calls what it is given, here or on one of the threads for answers.
Run = Callable[[Callable[[], Any]], Any]

Count = Annotated[int, Field(ge=1, le=MOST, description="How many articles to return.")]
GroupCount = Annotated[int, Field(ge=1, le=MOST, description="How many groups to return.")]
ID = "en-levee-breach-short"
Name = Annotated[
    str,
    Field(
        max_length=2_000,
        examples=[ID],
        description="The id, address or title of an article, or the id of a passage of it.",
    ),
]
OrName = Annotated[
    str, Field(max_length=2_000, examples=[ID], description="The id of an article, or empty.")
]
Text = Annotated[
    str,
    Field(
        min_length=1, max_length=2_000, examples=["flooded homes"], description="In any language."
    ),
]
Languages = Annotated[
    str,
    Field(
        max_length=200, examples=["nl,en"], description="any, or codes of languages such as nl,en."
    ),
]


def _day(description: str) -> Any:
    """Return the constraints of a date, with what it means."""
    about = f"{description}: 2022, 2022-12 or 2022-12-28; empty: any."
    return Field(max_length=10, examples=["2022-12-28"], description=about)


Since = Annotated[str, _day("The first day")]
Until = Annotated[str, _day("The last day")]
Before = Annotated[str, _day("The last day to look at")]
Versions = Annotated[
    Translations,
    Field(
        description="fold: translations of one text are one answer, which lists them in also_in; "
        "hide: one answer without that list; show: an answer for each."
    ),
]
Share = Annotated[
    float,
    Field(
        ge=LEAST_SHARE, le=1, description="The least share of each text that the other must hold."
    ),
]
Newest = Annotated[int, Field(ge=1, le=1_000, description="How many articles to look at.")]
Words = Annotated[
    str,
    Field(
        max_length=2_000,
        examples=["flood"],
        description="Words in a title, an id or an address; empty: any.",
    ),
]
Offset = Annotated[int, Field(ge=0, le=100_000, description="How many articles to pass over.")]
FromParagraph = Annotated[int, Field(ge=0, description="The paragraph to begin with.")]
FromCharacter = Annotated[
    int, Field(ge=0, description="The character of the paragraph to begin with.")
]
Draft = Annotated[
    str,
    Field(
        max_length=30_000,
        examples=["The river rose again last night."],
        description="The text, with blank lines between paragraphs.",
    ),
]
Title = Annotated[
    str,
    Field(max_length=2_000, examples=["The river rises"], description="The title, or empty."),
]
Watch = Annotated[str, Field(max_length=2_000, description="The name of a saved search, or empty.")]


@dataclass(frozen=True)
class Reader:
    """Answers questions of agents from the newest snapshot."""

    archive: Archive
    run: Run
    run_long: Run

    def answer(self, ask: Callable[[Edition], Answer], *, is_long: bool = False) -> Answer:
        """Return what `ask` returns; raise `ToolError` with what a client may know of an error.

        `is_long` says that it looks at the whole archive.
        """
        with suppress(RecommenderError):  # the snapshot that was opened goes on answering
            self.archive.refresh()
        try:
            run = self.run_long if is_long else self.run
            found: Answer = run(lambda: ask(self.archive.edition))
        except (RecommenderError, Refused) as error:
            refused = refusal_of(error)
            ids = [one["article_id"] for one in refused.suggestions]
            similar = ", ".join(id for id in ids if id not in refused.detail)
            hint = f" Similar ids: {similar}" if similar else ""
            raise ToolError(f"{refused.code}: {refused.detail}{hint}") from None
        return found


class Tools:
    """The tools of the server; each reads the archive and nothing else."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def every(self) -> Sequence[Callable[..., Any]]:
        """Return the tools."""
        return (
            self.search_archive,
            self.list_articles,
            self.related_articles,
            self.related_to_draft,
            self.read_article,
            self.compare,
            self.timeline,
            self.published_before,
            self.duplicates,
            self.stories,
            self.news,
            self.archive_status,
        )

    def search_archive(
        self,
        text: Text,
        k: Count = 5,
        languages: Languages = "any",
        since: Since = "",
        until: Until = "",
    ) -> Found:
        """Find articles on a subject by meaning and words, in any language."""
        filters = _filters(languages, since, until)
        options = SearchOptions(k=k, by="article", filters=filters)

        def ask(edition: Edition) -> Found:
            answer = edition.recommender.answer_search(text, options=options)
            hits = [of_hit(one) for one in answer.hits]
            return Found(answer.snapshot, hits, list(answer.notices))

        return self._reader.answer(ask)

    def list_articles(
        self,
        words: Words = "",
        k: Count = 10,
        offset: Offset = 0,
        languages: Languages = "any",
        since: Since = "",
        until: Until = "",
    ) -> Listed:
        """List articles, the newest first: all of them, or those with some words in their names."""
        filters = _filters(languages, since, until)
        options = ListOptions(k=k, offset=offset, filters=filters)

        def ask(edition: Edition) -> Listed:
            return of_list(edition.recommender.list_articles(words, options=options))

        return self._reader.answer(ask)

    def related_articles(self, id: Name, k: Count = 5, translations: Versions = "fold") -> Found:
        """Find articles that are related to an article of the archive, and how they relate."""

        def ask(edition: Edition) -> Found:
            return _related(edition, edition.named(id), k, translations)

        return self._reader.answer(ask)

    def related_to_draft(
        self, text: Draft, title: Title = "", k: Count = 5, translations: Versions = "fold"
    ) -> Found:
        """Find what was published on the subject of a text that is not in the archive."""

        def ask(edition: Edition) -> Found:
            return _related(edition, _draft(text, title), k, translations)

        return self._reader.answer(ask)

    def read_article(
        self, id: Name, paragraph: FromParagraph = 0, offset: FromCharacter = 0
    ) -> Read:
        """Read a part of an article, from its beginning or from a paragraph on.

        With the id of a passage, it begins there. Go on with next_paragraph and next_offset.
        """

        def ask(edition: Edition) -> Read:
            snapshot = edition.recommender.snapshot
            place = place_of(snapshot, edition.named(id))
            stored = snapshot.stored(place.position)
            first = paragraph or place.number or 0
            if first > max((one.number for one in stored.paragraphs), default=0):
                check_paragraph(f"{stored.article.id}#{first}", stored, first)
            return part_of(stored, first, offset)

        return self._reader.answer(ask)

    def compare(self, a: Name, b: Name) -> Compared:
        """Compare two articles: how they relate and which passages correspond."""

        def ask(edition: Edition) -> Compared:
            found = compare(edition.recommender.snapshot, edition.named(a), edition.named(b))
            pairs = sorted(found.pairs, key=lambda one: -one.score)[:LISTED]
            return Compared(found.relation, round(found.strength, 1), [pair_of(it) for it in pairs])

        return self._reader.answer(ask)

    def timeline(
        self, text: Text, k: Count = 10, languages: Languages = "any", since: Since = ""
    ) -> Found:
        """Find articles on a subject and return them by date, the oldest first.

        Articles without a date come last.
        """
        found = self.search_archive(text, k, languages, since)
        in_order = sorted(found.articles, key=lambda one: (not one.date, one.date))
        return replace(found, articles=in_order)

    def published_before(
        self, text: Draft = "", id: OrName = "", title: Title = "", date: Before = "", k: Count = 10
    ) -> Found:
        """Find what was published before on the subject of a draft or an article, oldest first.

        Give the text of a draft or the id of an article. Without a date, the article has its own.
        """

        def ask(edition: Edition) -> Found:
            options = BeforeOptions(k=k, filters=_filters("any", "", date)).related()
            named = _draft_or_id(edition, text, id, title)
            found = edition.recommender.before(named, options=options).recommendations
            return Found(edition.recommender.name, [of_recommendation(one) for one in found])

        return self._reader.answer(ask)

    def duplicates(
        self, k: GroupCount = 10, share: Share = 0.6, since: Since = "", until: Until = ""
    ) -> Groups:
        """Find groups of articles that hold the same text, the largest groups first."""
        filters = _filters("any", since, until)
        options = DuplicatesOptions(k=k, filters=filters, share=share)

        def ask(edition: Edition) -> Groups:
            found = kept(edition, options, edition.recommender.duplicates)
            return Groups(found.snapshot, found.total, of_copies(found.groups))

        return self._reader.answer(ask, is_long=True)

    def stories(
        self, k: GroupCount = 5, newest: Newest = 200, since: Since = "", until: Until = ""
    ) -> Groups:
        """Group the newest articles into stories over time and languages, the latest first."""
        filters = _filters("any", since, until)
        options = StoriesOptions(k=k, filters=filters, newest=newest)

        def ask(edition: Edition) -> Groups:
            found = kept(edition, options, edition.recommender.stories)
            return Groups(found.snapshot, found.total, of_stories(found.stories))

        return self._reader.answer(ask, is_long=True)

    def news(self, context: Context, watch: Watch = "", k: Count = 10) -> News:
        """Return the last news of the editors' saved searches, or of one of them by its name."""
        if not _is_editors(context):
            raise ToolError("desk_token_needed: This needs the token of the desk.")

        def ask(edition: Edition) -> News:
            hidden = edition.withheld()
            find = edition.recommender.snapshot.find
            every = edition.recommender.last_news()
            shown = [one for one in every if find(one.article_id) not in hidden]
            found = [of_news(one) for one in shown if watch in ("", one.watch)]
            return News(edition.recommender.name, found[:k])

        return self._reader.answer(ask)

    def archive_status(self) -> Status:
        """Say what the archive holds: how many articles, in which languages."""

        def ask(edition: Edition) -> Status:
            facts = status_of(edition.recommender.snapshot, published_only=True)
            names = ("snapshot", "created", "articles", "passages", "languages")
            return Status(*(facts[name] for name in names))

        return self._reader.answer(ask)


def _is_editors(context: Context) -> bool:
    """Return whether the desk asks: over HTTP by its token; on input and output it is the user."""
    request = context.request_context.request
    return request is None or request.state.access is Access.DESK


def _draft_or_id(edition: Edition, text: str, id: str, title: str) -> Article | str:
    """Return a text as a draft, or the id of an article that may be seen."""
    if bool(text) == bool(id):
        raise QueryError("give the text of a draft, or the id of an article")
    if id:
        return edition.named(id)
    return _draft(text, title)


def _draft(text: str, title: str) -> Article:
    return draft_of({"title": title[:500], "text": text}, "draft", Limits())


def _filters(languages: str, since: str, until: str) -> Filters:
    return Filters(languages=languages, since=since, until=until, published_only=True)


def _related(edition: Edition, article: Any, k: int, translations: Translations) -> Found:
    filters = Filters(published_only=True)
    options = RelatedOptions(k=k, filters=filters, translations=translations)
    answer = edition.recommender.answer_related(article, options=options)
    found = [of_recommendation(one) for one in answer.recommendations]
    return Found(answer.snapshot, found, list(answer.notices), also_in=versions_of(answer.also_in))


def stored_of(edition: Edition, name: str) -> StoredArticle:
    return edition.recommender.show(edition.article_id(name))


def paragraph_of(edition: Edition, passage_id: str) -> str:
    """Return the text of the paragraph that the id of a passage names."""
    stored = edition.recommender.show(edition.named(passage_id))
    return "\n\n".join(one.text for one in stored.paragraphs)
