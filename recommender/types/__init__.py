"""Define the nouns of the data path: articles, passages, answers, reports."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recommender.types.answers import (
        ArticleRef,
        Confidence,
        Evidence,
        Excluded,
        Explanation,
        Filters,
        Hit,
        Match,
        Recommendation,
        ScorePart,
        Sentences,
        Translation,
        shown_strength,
    )
    from recommender.types.articles import (
        UNKNOWN_LANGUAGE,
        Article,
        CutArticle,
        Found,
        Mark,
        Paragraph,
        Passage,
        Role,
        Status,
        StoredArticle,
        status_at,
    )
    from recommender.types.groups import Duplicate, Duplicates, Sameness, Story, StoryArticle
    from recommender.types.news import NewsItem
    from recommender.types.notices import LanguageDoubt, Notice, NoticeCount, NoticeKind, Refusal
    from recommender.types.reports import BuildReport, ExportReport, OnProgress
    from recommender.types.where import Where

__all__ = [
    "UNKNOWN_LANGUAGE",
    "Article",
    "ArticleRef",
    "BuildReport",
    "Confidence",
    "CutArticle",
    "Duplicate",
    "Duplicates",
    "Evidence",
    "Excluded",
    "Explanation",
    "ExportReport",
    "Filters",
    "Found",
    "Hit",
    "LanguageDoubt",
    "Mark",
    "Match",
    "NewsItem",
    "Notice",
    "NoticeCount",
    "NoticeKind",
    "OnProgress",
    "Paragraph",
    "Passage",
    "Recommendation",
    "Refusal",
    "Role",
    "Sameness",
    "ScorePart",
    "Sentences",
    "Status",
    "StoredArticle",
    "Story",
    "StoryArticle",
    "Translation",
    "Where",
    "shown_strength",
    "status_at",
]

_NAMES = {
    "answers": (
        "ArticleRef",
        "Confidence",
        "Evidence",
        "Excluded",
        "Explanation",
        "Filters",
        "Hit",
        "Match",
        "Recommendation",
        "ScorePart",
        "Sentences",
        "Translation",
        "shown_strength",
    ),
    "articles": (
        "UNKNOWN_LANGUAGE",
        "Article",
        "CutArticle",
        "Found",
        "Mark",
        "Paragraph",
        "Passage",
        "Role",
        "Status",
        "StoredArticle",
        "status_at",
    ),
    "groups": (
        "Duplicate",
        "Duplicates",
        "Sameness",
        "Story",
        "StoryArticle",
    ),
    "news": ("NewsItem",),
    "notices": (
        "LanguageDoubt",
        "Notice",
        "NoticeCount",
        "NoticeKind",
        "Refusal",
    ),
    "reports": (
        "BuildReport",
        "ExportReport",
        "OnProgress",
    ),
    "where": ("Where",),
}
_HOMES = {name: module for module, names in _NAMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import a noun when it is first used: to define all takes longer than many an answer does."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"recommender.types.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
