"""Group the articles of an archive into stories over time and languages.

Two articles are linked if `related` says that one is a copy, a translation or an update of the
other, or tells the same story. Each article may be linked to a later one, so a story may last for
months. A wrong link would join two stories. So two groups are joined only if many of the pairs
between them that are near in time are linked (`LINKED_SHARE`). In an archive of 40 languages with
labelled events, 89% of the pairs within one story are of one event; if single links joined groups,
23% would be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from recommender.answers.archive import Archive
from recommender.answers.editorial import Editorial, Rules
from recommender.answers.filters import check_listing, where_of
from recommender.answers.options import RelatedOptions, StoriesOptions
from recommender.answers.recency import day_of_month
from recommender.answers.related import Related
from recommender.answers.related_batch import RelatedBatches
from recommender.answers.relation import STORY_DAYS
from recommender.arrays import Positions
from recommender.types import (
    UNKNOWN_LANGUAGE,
    Article,
    ArticleRef,
    OnProgress,
    Story,
    StoryArticle,
)

# The relations that link the articles of a story.
STORY_RELATIONS = frozenset({"copy", "translation", "update", "same story"})
# Two groups are one story if this share of the pairs between them that are near in time is linked.
LINKED_SHARE = 0.4
# An article is linked to at most so many others.
LINKS = 20
# `related` is asked for batches of so many articles, and only the links are kept.
ASKED_AT_ONCE = 256
# Stories are followed back from the newest articles, to so many times as many articles.
FOLLOWED = 5


@dataclass(frozen=True, slots=True)
class Link:
    """The relation of an article to another, and their score, as `related` gives both."""

    relation: str
    score: float


Links = dict[int, dict[int, Link]]


def find_stories(
    snapshot: Archive, options: StoriesOptions, on_progress: OnProgress | None = None
) -> tuple[int, list[Story]]:
    """Return the number of stories, and the `k` latest ones.

    Raises `QueryError` for a filter that cannot be used.
    """
    check_listing(options.filters, snapshot)
    positions = snapshot.positions(where_of(snapshot, options.filters, UNKNOWN_LANGUAGE))
    newest = positions[np.argsort(-snapshot.columns.dates_of(positions), kind="stable")]
    links = _links(snapshot, newest, options, on_progress or (lambda *_: None))
    linked = list(links)
    dates = dict(zip(linked, snapshot.columns.dates_of(linked).tolist(), strict=True))
    days = {one: day_of_month(date) for one, date in dates.items()}
    groups = [one for one in grouped(links, days) if len(one) >= options.least]
    if options.newest:
        asked = set(newest[: options.newest].tolist())
        groups = [one for one in groups if not asked.isdisjoint(one)]
    groups.sort(key=lambda one: (-max(dates[at] for at in one), -len(one), one))
    return len(groups), [_story(snapshot, links, one) for one in groups[: options.k]]


def _links(
    snapshot: Archive, newest: Positions, options: StoriesOptions, on_progress: OnProgress
) -> Links:
    """Return the links of the newest articles, and of those that they lead to.

    Editors' rules say what is recommended, not what is one story, so they are ignored.
    """
    asking = RelatedOptions(
        k=LINKS, filters=options.filters, include_copies=True, translations="show"
    )
    batches = RelatedBatches(snapshot, asking, Rules(Editorial(), snapshot))
    count = options.newest or len(newest)
    waiting, most = newest[:count].tolist(), FOLLOWED * count
    links: Links = {}
    asked = set(waiting)
    done = 0
    while waiting:
        batch, waiting = waiting[:ASKED_AT_ONCE], waiting[ASKED_AT_ONCE:]
        for one, answers in batches.relations(batch).items():
            for other, link in _story_links(snapshot, one, answers):
                _add(links, one, other, link)
                if other not in asked and len(asked) < most:
                    asked.add(other)
                    waiting.append(other)
        done += len(batch)
        on_progress("group", done, len(asked))
    return links


def _story_links(
    snapshot: Archive, one: int, answers: Sequence[Related]
) -> Iterator[tuple[int, Link]]:
    """Yield the position of each article of the story; copies of an answer are as near as it is.

    A text that is repeated after weeks is a form, such as a notice: it links to no story.
    """
    found = [
        (position, Link(answer.relation, answer.score))
        for answer in answers
        if answer.relation in STORY_RELATIONS
        for position in (answer.position, *answer.copies)
    ]
    dates = snapshot.columns.dates_of([one, *(position for position, _ in found)]).tolist()
    own, *days = map(day_of_month, dates)
    for (position, link), day in zip(found, days, strict=True):
        if not own or not day or abs(day - own) <= STORY_DAYS:
            yield position, link


def _add(links: Links, one: int, other: int, link: Link) -> None:
    """Link two articles; `link` has the relation of the other to the first.

    Both may have been found from either side: the higher score counts. An update has one direction.
    """
    forth, back = links.setdefault(one, {}), links.setdefault(other, {})
    known = forth.get(other)
    score = link.score if known is None else max(known.score, link.score)
    seen_back = "same story" if link.relation == "update" else link.relation
    forth[other] = Link(link.relation, score)
    back[one] = Link(back[one].relation if one in back else seen_back, score)


@dataclass
class _Group:
    """Articles of one story so far, their days, and how many links lead to each other group."""

    articles: list[int]
    days: list[int]
    links: Counter[int] = field(default_factory=Counter)


def grouped(links: Links, days: dict[int, int]) -> list[list[int]]:
    """Return the groups of at least two articles, each in order of position.

    `days` has the number of each article's day, 0 if it is not known. The strongest links join
    first, so that the order of the articles does not matter.
    """
    group_of = {one: one for one in links}
    groups = {
        one: _Group([one], [days[one]], Counter(dict.fromkeys(links[one], 1))) for one in links
    }
    refused: set[tuple[int, int, int]] = set()
    for one, other in _strongest_first(links):
        first, second = sorted((group_of[one], group_of[other]))
        if first == second:
            continue
        size = len(groups[first].articles) + len(groups[second].articles)
        if (first, second, size) in refused:
            continue
        if not _belong(groups[first], groups[second], groups[first].links[second]):
            refused.add((first, second, size))
            continue
        kept, gone = first, second
        if len(groups[first].articles) < len(groups[second].articles):
            kept, gone = second, first
        _join(groups, group_of, kept, gone)
    return [sorted(one.articles) for one in groups.values() if len(one.articles) > 1]


def _strongest_first(links: Links) -> list[tuple[int, int]]:
    pairs = [(one, other) for one, found in links.items() for other in found if one < other]
    return sorted(pairs, key=lambda pair: (-links[pair[0]][pair[1]].score, pair))


def _belong(one: _Group, other: _Group, linked: int) -> bool:
    """Return whether enough pairs that are near in time are linked, or of all if none is near."""
    few, many = sorted((one, other), key=lambda group: len(group.articles))
    theirs = np.array(many.days)
    expected = 0
    for day in few.days:
        near = (theirs == 0) | (np.abs(theirs - day) <= STORY_DAYS) | (day == 0)
        expected += min(int(np.count_nonzero(near)), LINKS)  # an article has no more links
    expected = expected or len(few.days) * min(len(theirs), LINKS)
    return linked >= LINKED_SHARE * expected


def _join(groups: dict[int, _Group], group_of: dict[int, int], kept: int, gone: int) -> None:
    """Move the articles and links of a group into another."""
    into, lost = groups[kept], groups.pop(gone)
    into.articles += lost.articles
    into.days += lost.days
    for one in lost.articles:
        group_of[one] = kept
    for other, count in lost.links.items():
        if other != kept:
            into.links[other] += count
            groups[other].links[kept] += count
            del groups[other].links[gone]
    del into.links[gone]


def _story(snapshot: Archive, links: Links, group: Sequence[int]) -> Story:
    """Return a story with its articles named, in the order of time."""
    inside = set(group)
    own = {one: {at: link for at, link in links[one].items() if at in inside} for one in group}
    articles = dict(zip(group, snapshot.articles(group), strict=True))
    central = max(group, key=lambda one: (sum(link.score for link in own[one].values()), -one))
    ordered = sorted(group, key=lambda one: (not articles[one].date, articles[one].date, one))
    dates = [articles[one].date for one in ordered if articles[one].date]
    return Story(
        title=articles[central].title,
        central=articles[central].id,
        first=dates[0] if dates else "",
        last=dates[-1] if dates else "",
        languages=_counted(articles[one].language for one in ordered),
        articles=tuple(_named(articles, one, own) for one in ordered),
    )


def _named(articles: dict[int, Article], one: int, links: Links) -> StoryArticle:
    """Return an article of a story, with the one that it is closest to and their relation."""
    closest = max(links[one], key=lambda other: (links[one][other].score, -other))
    return StoryArticle(
        **ArticleRef.fields_of(articles[one]),
        relation=links[closest][one].relation,
        tied_to=articles[closest].id,
        score=links[closest][one].score,
    )


def _counted(languages: Iterable[str]) -> dict[str, int]:
    found = Counter(languages)
    return dict(sorted(found.items(), key=lambda one: (-one[1], one[0])))
