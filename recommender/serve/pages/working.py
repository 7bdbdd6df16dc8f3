"""Show pages for work on an issue: a draft and its predecessors, stories, the archive's state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from recommender.answers.group_answers import BeforeAnswer
from recommender.answers.options import BeforeOptions, DuplicatesOptions, StoriesOptions
from recommender.answers.recommender import Recommender
from recommender.answers.status import counts_of, status_of
from recommender.engines.address import is_address
from recommender.engines.history import history as list_versions
from recommender.errors import QueryError, SnapshotError, TooLarge
from recommender.serve.access import Access
from recommender.serve.archive import Edition
from recommender.serve.archive_answers import is_kept, kept
from recommender.serve.drafts import draft_of
from recommender.serve.pages.frame import Frame, form_of
from recommender.serve.pages.pictures import bars, timeline
from recommender.serve.pages.reading import confidence_of
from recommender.serve.problems import refusal_of
from recommender.serve.reference import described
from recommender.store.history import history
from recommender.types import Filters

Answer = TypeVar("Answer")

NEWEST = 30
LISTED = 50
# So many copies of a text are seen at once.
SHOWN_COPIES = 8


async def draft_page(frame: Frame, request: Request) -> Response:
    """Take a draft, and show what was published before on its subject."""
    form = await form_of(request) if request.method == "POST" else {}
    fields = {name: form.get(name, "") for name in ("title", "text")}
    answer, refused = None, None
    if fields["text"].strip():
        try:
            answer = await _predecessors(frame, request, fields)
        except (QueryError, TooLarge) as error:  # what was pasted stays on the page
            refused = refusal_of(error)
    found = answer and answer.recommendations
    return frame.page(
        request,
        "draft.html",
        refused.status if refused else 200,
        fields=fields,
        refused=refused,
        said=frame.said(request, refused),
        found=found,
        nearest=answer and answer.nearest,
        line=timeline(found or ()),
        confidence_of=confidence_of,
    )


async def _predecessors(frame: Frame, request: Request, fields: Mapping[str, str]) -> BeforeAnswer:
    """Return what was published on the subject of a draft, the oldest first."""
    given = {name: value for name, value in fields.items() if value}
    draft = draft_of(given, "draft", frame.service.options.limits)
    options = BeforeOptions(filters=_seen_by(request)).related()
    return await frame.service.answer(
        lambda edition: edition.recommender.before(draft, options=options)
    )


def _seen_by(request: Request) -> Filters:
    return Filters(published_only=request.state.access is not Access.DESK)


async def _kept(
    frame: Frame, options: Any, method: Callable[[Recommender], Callable[..., Answer]]
) -> Answer:
    """Return the answer of a method about the whole archive: at once if it is kept."""
    edition = frame.service.archive.edition
    found: Answer = await frame.service.answer(
        lambda edition: kept(edition, options, method(edition.recommender)),
        is_long=not is_kept(edition, options),
    )
    return found


async def stories_page(frame: Frame, request: Request) -> Response:
    """Show the stories of the newest articles, each in the order of time."""
    options = StoriesOptions(k=NEWEST, newest=NEWEST, filters=_seen_by(request))
    answer = await _kept(frame, options, lambda recommender: recommender.stories)
    stories = [(story, timeline(story.articles)) for story in answer.stories]
    return frame.page(request, "stories.html", stories=stories)


async def duplicates_page(frame: Frame, request: Request) -> Response:
    """Show the articles that hold the same text, the largest groups first."""
    options = DuplicatesOptions(k=LISTED, filters=_seen_by(request))
    answer = await _kept(frame, options, lambda recommender: recommender.duplicates)
    return frame.page(
        request, "duplicates.html", groups=answer.groups, total=answer.total, most=SHOWN_COPIES
    )


async def health_page(frame: Frame, request: Request) -> Response:
    """Show what the archive holds, what was left out and why, and what the last builds changed."""
    is_desk = request.state.access is Access.DESK
    state = await frame.service.answer(lambda edition: state_of(edition, is_desk=is_desk))
    builds: list[dict[str, Any]] = []
    if is_desk or not frame.service.archive.edition.withheld():  # they count what is not public
        builds = await frame.service.answer(lambda _: last_builds(frame.service.options.index))
    return frame.page(request, "health.html", builds=builds, **state)


def last_builds(index: Path | str) -> list[dict[str, Any]]:
    """Return what the last builds and writes changed, the newest first."""
    listed = list_versions if is_address(index) else history
    with suppress(SnapshotError):  # damage is the business of a build; what answers is open
        return [one for one in listed(index) if "added" in one]
    return []


async def docs_page(frame: Frame, request: Request) -> Response:
    """Show the endpoints of the API."""
    return frame.page(request, "api.html", endpoints=described())


def state_of(edition: Edition, *, is_desk: bool) -> dict[str, Any]:
    """Return the facts of a snapshot and the bars of its languages and years."""
    snapshot = edition.recommender.snapshot
    status = status_of(snapshot, published_only=not is_desk)
    years: Counter[str] = Counter()
    for date, count in counts_of(snapshot, published_only=not is_desk).dates.items():
        if date:
            years[str(date // 10_000)] += count
    languages = sorted(status["languages"].items(), key=lambda one: (-one[1], one[0]))
    return {
        "facts": status,
        "left_out": status["left_out"][:LISTED],
        "doubts": snapshot.manifest.doubts[:LISTED],
        "by_language": bars(languages),
        "by_year": bars(sorted(years.items())[-30:]),
    }
