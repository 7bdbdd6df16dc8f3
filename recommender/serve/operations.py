"""List what the API answers: one record for each endpoint, from which routes and schema follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from recommender.answers.answer import RelatedAnswer
from recommender.answers.comparison import Comparison
from recommender.answers.options import (
    BeforeOptions,
    DuplicatesOptions,
    ListOptions,
    RelatedOptions,
    SearchOptions,
    SimilarOptions,
    StoriesOptions,
)
from recommender.answers.status import status_of
from recommender.errors import NotFound, QueryError, TooLarge
from recommender.export.options import check_link
from recommender.export.pages import entries_of, export_record, fragment_of
from recommender.render.answers import Hits, Related
from recommender.render.article import Shown
from recommender.render.listing import Listed
from recommender.serve.archive import Edition
from recommender.serve.archive_answers import before, before_drafts, duplicates, stories
from recommender.serve.drafts import liked, named_in
from recommender.serve.parameters import check_known
from recommender.serve.problems import refusal_of
from recommender.serve.questions import (
    FIELDS,
    LIMIT,
    PAGED,
    SNAPSHOT,
    Json,
    Operation,
    Own,
    Page,
    Question,
    asked,
    check_not,
    with_evidence,
)
from recommender.types import ArticleRef, Hit, Recommendation

MAX_BATCH = 100
# Every page of a list can be asked for, but only those of the first answers of a ranking.
MAX_OFFSET = 100_000_000

# The facts of `status` that name no file of this machine, with their JSON types.
STATUS_FIELDS = {
    **dict.fromkeys(("snapshot", "created", "recommender"), "string"),
    **dict.fromkeys(("articles", "passages", "words_only", "bytes"), "integer"),
    **dict.fromkeys(("left_out", "notices"), "integer"),
    **dict.fromkeys(("languages", "roles", "unpublished"), "object"),
    **dict.fromkeys(("encoder", "recipe", "search"), "object"),
}


def search(edition: Edition, question: Question) -> Json:
    """Answer `search`."""
    text = question.text("q")
    page = Page.of(question, edition, SearchOptions().k, Hit)
    options = asked(question, SearchOptions, page, "q")
    return page.cut(Hits(edition.recommender.answer_search(text, options=options)).json(), "hits")


def similar(edition: Edition, question: Question) -> Json:
    """Answer `similar`."""
    id = question.text("id")
    page = Page.of(question, edition, SimilarOptions().k, Hit)
    options = asked(question, SimilarOptions, page, "id")
    [id] = question.named(edition, [id])
    return page.cut(Hits(edition.recommender.answer_similar(id, options=options)).json(), "hits")


def related(edition: Edition, question: Question) -> Json:
    """Answer `related` for articles of the index."""
    ids = question.texts("id")
    page, options = _related_options(edition, question, "id")
    return _related(edition, question, page, question.named(edition, ids), options)


def related_to_drafts(edition: Edition, question: Question) -> Json:
    """Answer `related` for drafts and articles of the index together."""
    like, unlike = liked(question), named_in(question, "unlike")
    page, options = _related_options(edition, question, "like", "unlike")
    options = replace(options, unlike=tuple(question.named(edition, unlike)))
    return _related(edition, question, page, question.named(edition, like), options)


def _related_options(
    edition: Edition, question: Question, *own: str
) -> tuple[Page, RelatedOptions]:
    page = Page.of(question, edition, RelatedOptions().k, Recommendation)
    options: RelatedOptions = asked(question, RelatedOptions, page, "evidence", *own)
    if isinstance(options.unlike, Sequence):  # a request names them in a list
        options = replace(options, unlike=tuple(question.named(edition, options.unlike)))
    return page, options


def _related(
    edition: Edition, question: Question, page: Page, articles: Sequence[Any], options: Any
) -> Json:
    answer = edition.recommender.answer_related(articles, options=options)
    return _related_page(question, page, answer)


def _related_page(question: Question, page: Page, answer: RelatedAnswer) -> Json:
    return page.cut(with_evidence(question, Related(answer).json()), "recommendations")


def related_batch(edition: Edition, question: Question) -> list[Json]:
    """Answer `related` for each of several articles; an id that cannot be used gives a problem."""
    ids = question.texts("ids")
    if len(ids) > MAX_BATCH or not all(isinstance(one, str) for one in ids):
        raise TooLarge(f"ids may hold {MAX_BATCH} ids, each a text; send the others next")
    page, options = _related_options(edition, question, "ids")
    named = {id: _named(edition, question, id) for id in dict.fromkeys(ids)}
    batches = edition.recommender.related_batches(options=options)
    found = dict.fromkeys(one for one in named.values() if isinstance(one, str))
    answers = batches.answers(list(found))
    return [
        _related_page(question, page, answers[one]) if isinstance(one := named[id], str) else one
        for id in ids
    ]


def _named(edition: Edition, question: Question, name: str) -> str | Json:
    """Return the id of the article that a name means to the client, or why it means none."""
    try:
        [id] = question.named(edition, [name])
    except (NotFound, QueryError) as error:
        refused = refusal_of(error)
        return {
            "id": name,
            "status": refused.status,
            "code": refused.code,
            "detail": refused.detail,
        }
    return str(id)


def related_fragment(edition: Edition, question: Question) -> str:
    """Answer `related` with the list in HTML that an export writes, for a site to include."""
    check_not(question, "evidence", "fields")
    link = question.text_or("link", "")
    check_link(link)
    page, options = _related_options(edition, question, "id", "link")
    ids = question.named(edition, question.texts("id"))
    answer = edition.recommender.answer_related(ids, options=options)
    return fragment_of(entries_of(export_record(answer), link)[page.offset :]).decode()


def explained(edition: Edition, question: Question) -> Json:
    """Answer which passages of two articles correspond, and by which sentences."""
    names = [question.text(name) for name in ("a", "b")]
    check_known(question.values, "a", "b")
    recommender = edition.recommender
    found = recommender.compare(*question.named(edition, names), explain=True)
    return {
        "snapshot": recommender.name,
        "a": asdict(_ref(found.one.article)),
        "b": asdict(_ref(found.other.article)),
        "relation": found.relation,
        "strength": found.strength,
        "pairs": _pairs(found),
    }


def _pairs(found: Comparison) -> list[Json]:
    return [
        {
            **asdict(pair),
            "sentences": [asdict(one) for one in match.sentences],
            "other_sentences": [asdict(one) for one in match.other_sentences],
        }
        for pair, match in zip(found.pairs, found.matches, strict=True)
    ]


def _ref(article: Any) -> ArticleRef:
    return ArticleRef(**ArticleRef.fields_of(article))


def one_article(edition: Edition, question: Question) -> Json:
    """Answer `show`."""
    id = question.text("id")
    check_known(question.values, "id")
    [id] = question.named(edition, [id])
    return Shown(edition.recommender.show(id)).json()


def listed(edition: Edition, question: Question) -> Json:
    """Answer `list`."""
    words = question.text_or("words", "")
    page = Page.of(question, edition, ListOptions().k, ArticleRef, MAX_OFFSET)
    first = replace(page, offset=0)
    options = replace(asked(question, ListOptions, first, "words"), offset=page.offset)
    found = edition.recommender.list_articles(words, options=options)
    answer = first.cut(Listed(found).json(), "articles")
    return answer | {"offset": page.offset, "more": found.total > page.k}


def status(edition: Edition, question: Question) -> Json:
    """Answer `status`, without the names of files of this machine."""
    check_known(question.values)
    snapshot = edition.recommender.snapshot
    facts = status_of(snapshot, published_only=not question.is_desk)
    facts["left_out"] = len(facts["left_out"])
    facts["notices"] = sum(one["count"] for one in facts["notices"])
    return {name: facts[name] for name in STATUS_FIELDS}


_ID = Own(
    "id",
    "The id, address, path or title of an article, or of a paragraph of it.",
    "000_1010306ca34bd51d",
)
_IDS = replace(_ID, help="The name of an article; several are taken together.", is_repeatable=True)
_PASSAGE = Own("id", "The id of a passage, or of an article.", "000_1010306ca34bd51d#4")
_TEXT = Own("q", "What to look for, in any language.", "gevechten om Bachmoet")
_WORDS = Own(
    "words", "Words that a title, an id or an address holds.", "bachmoet", is_required=False
)
_EVIDENCE = Own(
    "evidence",
    "How many pairs of passages to return, 0 to 3.",
    "1",
    "integer",
    is_required=False,
)
_LINK = Own(
    "link",
    "The address for articles without one; {id} stands for the id.",
    "/archive/{id}",
    is_required=False,
)
_A, _B = (Own(name, "The name of an article.", "000_1010306ca34bd51d") for name in "ab")

OPERATIONS = (
    Operation(
        "/v1/search",
        "Find the passages that match a text, in any language.",
        "SearchAnswer",
        search,
        "q=gevechten+om+Bachmoet&limit=2&fields=title,passage_id,confidence",
        (_TEXT, *PAGED),
        SearchOptions,
    ),
    Operation(
        "/v1/articles/related",
        "Find the articles that are related to one or several.",
        "RelatedAnswer",
        related,
        "id=000_1010306ca34bd51d&limit=2&evidence=1",
        (_IDS, _EVIDENCE, *PAGED),
        RelatedOptions,
    ),
    Operation(
        "/v1/articles/related.html",
        "Return the related articles as a list in HTML, to include in a page of a site.",
        "Fragment",
        related_fragment,
        "id=000_1010306ca34bd51d&limit=3&link=/archive/%7Bid%7D",
        (_IDS, _LINK, LIMIT),
        RelatedOptions,
        media="text/html",
    ),
    Operation(
        "/v1/related",
        "Find the articles that are related to a draft, which is not kept.",
        "RelatedAnswer",
        related_to_drafts,
        '{"like": [{"title": "Gevechten om Bachmoet", "text": "Het leger vecht om Bachmoet."}], '
        '"limit": 2}',
        (_EVIDENCE, *PAGED),
        RelatedOptions,
        "POST",
    ),
    Operation(
        "/v1/related:batch",
        f"Find the related articles of up to {MAX_BATCH} articles, as a line of JSON for each.",
        "RelatedAnswer",
        related_batch,
        '{"ids": ["000_1010306ca34bd51d", "en-bakhmut-battle"], "limit": 2}',
        (_EVIDENCE, LIMIT, FIELDS),
        RelatedOptions,
        "POST",
        "application/x-ndjson",
    ),
    Operation(
        "/v1/passages/similar",
        "Find passages of other articles that are similar to one.",
        "SearchAnswer",
        similar,
        "id=000_1010306ca34bd51d%234&limit=2",
        (_PASSAGE, *PAGED),
        SimilarOptions,
    ),
    Operation(
        "/v1/explain",
        "Return the passages of two articles that correspond, and the sentences that match.",
        "Comparison",
        explained,
        "a=000_1010306ca34bd51d&b=en-bakhmut-battle",
        (_A, replace(_B, example="en-bakhmut-battle")),
    ),
    Operation(
        "/v1/articles/one",
        "Return an article, or one paragraph of it.",
        "Article",
        one_article,
        "id=000_1010306ca34bd51d%234",
        (_ID,),
    ),
    Operation(
        "/v1/articles",
        "List articles, the newest first.",
        "ListAnswer",
        listed,
        "words=bachmoet&limit=2&fields=title,date",
        (_WORDS, *PAGED),
        ListOptions,
    ),
    Operation(
        "/v1/articles/before",
        "List what was published before on the subject of an article, the oldest first.",
        "BeforeAnswer",
        before,
        "id=en-world-cup-final&evidence=1",
        (_IDS, _EVIDENCE, LIMIT, SNAPSHOT, FIELDS),
        BeforeOptions,
    ),
    Operation(
        "/v1/before",
        "List what was published before on the subject of a draft, which is not kept.",
        "BeforeAnswer",
        before_drafts,
        '{"like": [{"title": "Gevechten om Bachmoet", "text": "Het leger vecht om Bachmoet.", '
        '"date": "2023-01"}], "limit": 2}',
        (_EVIDENCE, LIMIT, SNAPSHOT, FIELDS),
        BeforeOptions,
        "POST",
    ),
    Operation(
        "/v1/stories",
        "Group articles into stories over time and languages, the latest story first.",
        "StoriesAnswer",
        stories,
        "limit=2&newest=30",
        PAGED,
        StoriesOptions,
        is_long=True,
    ),
    Operation(
        "/v1/duplicates",
        "Return groups of articles that hold the same text, the largest first.",
        "DuplicatesAnswer",
        duplicates,
        "limit=2&share=0.8",
        PAGED,
        DuplicatesOptions,
        is_long=True,
    ),
    Operation(
        "/v1/status",
        "Describe the index: what it holds, and how it was made.",
        "Status",
        status,
        "",
    ),
)
