"""Find related articles and passages in archives of any language.

from recommender import Recommender, build

build("seeds/", into="vectors/")
with Recommender.open("vectors/") as recommender:
    recommender.search("gevechten rond Bachmoet")
    recommender.related("000_1010306ca34bd51d")
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from recommender.version import __version__

if TYPE_CHECKING:
    from recommender.answers.answer import ListAnswer, RelatedAnswer, SearchAnswer
    from recommender.answers.async_recommender import AsyncRecommender
    from recommender.answers.drafts import read_draft
    from recommender.answers.group_answers import BeforeAnswer, DuplicatesAnswer, StoriesAnswer
    from recommender.answers.options import (
        DuplicatesOptions,
        ListOptions,
        RelatedOptions,
        SearchOptions,
        SimilarOptions,
        StoriesOptions,
    )
    from recommender.answers.recommender import Recommender
    from recommender.builder.build import build
    from recommender.builder.build_async import build_async
    from recommender.builder.write import add, remove, update
    from recommender.errors import RecommenderError
    from recommender.types import (
        Article,
        ArticleRef,
        BuildReport,
        Evidence,
        Filters,
        Hit,
        Paragraph,
        Passage,
        Recommendation,
        Refusal,
        Role,
    )

__all__ = [
    "Article",
    "ArticleRef",
    "AsyncRecommender",
    "BeforeAnswer",
    "BuildReport",
    "DuplicatesAnswer",
    "DuplicatesOptions",
    "Evidence",
    "Filters",
    "Hit",
    "ListAnswer",
    "ListOptions",
    "Paragraph",
    "Passage",
    "Recommendation",
    "Recommender",
    "RecommenderError",
    "Refusal",
    "RelatedAnswer",
    "RelatedOptions",
    "Role",
    "SearchAnswer",
    "SearchOptions",
    "SimilarOptions",
    "StoriesAnswer",
    "StoriesOptions",
    "__version__",
    "add",
    "build",
    "build_async",
    "read_draft",
    "remove",
    "update",
]

_HOMES = {
    "build": "builder.build",
    "add": "builder.write",
    "remove": "builder.write",
    "update": "builder.write",
    "build_async": "builder.build_async",
    "AsyncRecommender": "answers.async_recommender",
    "Recommender": "answers.recommender",
    "BeforeAnswer": "answers.group_answers",
    "DuplicatesAnswer": "answers.group_answers",
    "DuplicatesOptions": "answers.options",
    "StoriesAnswer": "answers.group_answers",
    "StoriesOptions": "answers.options",
    "ListAnswer": "answers.answer",
    "ListOptions": "answers.options",
    "RelatedAnswer": "answers.answer",
    "RelatedOptions": "answers.options",
    "SearchAnswer": "answers.answer",
    "SearchOptions": "answers.options",
    "SimilarOptions": "answers.options",
    "read_draft": "answers.drafts",
    "RecommenderError": "errors",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that `--help` loads no FAISS."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"recommender.{_HOMES.get(name, 'types')}"), name)
    globals()[name] = value
    return value
