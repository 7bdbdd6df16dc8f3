"""Show pages for work on an issue: a draft and its predecessors, stories, the archive's state."""

from __future__ import annotations

from collections import Counter
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from recommender.answers.options import RelatedOptions, StoriesOptions
from recommender.serve.access import Access
from recommender.serve.archive import Edition
from recommender.serve.drafts import draft_of
from recommender.serve.pages.frame import Frame, form_of
from recommender.serve.pages.pictures import bars, timeline
from recommender.serve.pages.reading import confidence_of
from recommender.serve.reference import described
from recommender.types import Filters, Recommendation, Story

PREDECESSORS = 12
NEWEST = 30
LISTED = 50


async def draft_page(frame: Frame, request: Request) -> Response:
    """Take a draft, and show what was published on its subject."""
    form = await form_of(request) if request.method == "POST" else {}
    is_desk = request.state.access is Access.DESK
    found: list[Recommendation] | None = None
    fields = {name: form.get(name, "") for name in ("title", "text")}
    if fields["text"].strip():
        draft = draft_of(
            {name: value for name, value in fields.items() if value},
            "draft",
            frame.service.options.limits,
        )
        options = RelatedOptions(k=PREDECESSORS, filters=Filters(published_only=not is_desk))
        found = await frame.service.answer(
            lambda edition: edition.recommender.related(draft, options=options)
        )
    return frame.page(
        request,
        "draft.html",
        fields=fields,
        found=found,
        line=timeline(found or ()),
        confidence_of=confidence_of,
    )


async def stories_page(frame: Frame, request: Request) -> Response:
    """Show the stories of the newest articles, each in the order of time."""
    is_desk = request.state.access is Access.DESK
    stories = await frame.service.answer(lambda edition: stories_of(edition, is_desk=is_desk))
    return frame.page(
        request,
        "stories.html",
        stories=[(story, timeline(story.articles)) for story in stories],
    )


def stories_of(edition: Edition, *, is_desk: bool) -> tuple[Story, ...]:
    """Return the stories of the newest articles that may be shown."""
    options = StoriesOptions(k=NEWEST, newest=NEWEST, filters=Filters(published_only=not is_desk))
    return edition.recommender.stories(options=options).stories


async def health_page(frame: Frame, request: Request) -> Response:
    """Show what the archive holds, and what was left out and why."""
    state = await frame.service.answer(state_of)
    return frame.page(request, "health.html", **state)


async def docs_page(frame: Frame, request: Request) -> Response:
    """Show the endpoints of the API."""
    return frame.page(request, "api.html", endpoints=described())


def state_of(edition: Edition) -> dict[str, Any]:
    """Return the facts of a snapshot and the bars of its languages and years."""
    snapshot = edition.recommender.snapshot
    status = edition.recommender.status()
    years: Counter[str] = Counter()
    for date, count in snapshot.date_counts().items():
        if date:
            years[str(date // 10_000)] += count
    languages = sorted(status["languages"].items(), key=lambda one: (-one[1], one[0]))
    return {
        "facts": status,
        "left_out": status["left_out"][:LISTED],
        "by_language": bars(languages),
        "by_year": bars(sorted(years.items())[-30:]),
    }
