"""Articles are grouped into stories: over time, and not by weak links."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.archive import Archive
from support.stand_in import WordEncoder

from recommender import Filters, Recommender, RelatedOptions, StoriesOptions
from recommender.answers.editorial import Editorial, Rules
from recommender.answers.related_batch import RelatedBatches
from recommender.answers.stories import Link, Links, grouped
from recommender.errors import QueryError

FLOOD = (
    "The river is high at Tiel, and the people of the town carry their cattle to dry land.\n\n"
    "The dike holds, the engineers say, but it is as wet as it was in the great flood."
)
MORE = "\n\nThe ferry does not sail today, and the road along the river is closed to all cars."
MATCH = "The football final\n\nThe football final was played in the rain."
ROWS: list[dict[str, Any]] = [
    {"id": "flood 1", "text": FLOOD, "date": "2022-12-01", "title": "The river rises"},
    {
        "id": "flood 2",
        "text": FLOOD + MORE,
        "date": "2022-12-08",
        "title": "The river rises",
    },
    {"id": "vloed", "text": FLOOD, "date": "2022-12-08", "title": "De rivier", "language": "nl"},
    {"id": "match", "text": MATCH, "date": "2022-12-20", "title": "The football final"},
    {"id": "again", "text": MATCH, "date": "2022-12-21", "title": "The football final"},
    {"id": "bread", "text": "Bread of the year\n\nThe bread won.", "date": "2022-12-22"},
    {
        "id": "old",
        "text": FLOOD.replace("town", "village").replace("wet", "low"),
        "date": "1953-02-01",
        "title": "The river rises",
    },
]


@pytest.fixture
def archive(tmp_path: Path) -> Recommender:
    encoder = WordEncoder("river", "dike", "football", "bread", max_tokens=60)
    return Archive(rows=ROWS, encoder=encoder).open_in(tmp_path)


def ids(archive: Recommender, **keywords: Any) -> list[str]:
    answer = archive.stories(**keywords)
    return [" ".join(one.article_id for one in story.articles) for story in answer.stories]


def test_a_story_holds_the_reports_of_one_event_in_the_order_of_time(archive: Recommender) -> None:
    assert ids(archive) == ["match again", "flood 1 flood 2 vloed"]
    answer = archive.stories()
    story = answer.stories[1]
    assert (story.first, story.last) == ("2022-12-01", "2022-12-08")
    assert story.languages == {"en": 2, "nl": 1}
    assert {one.tied_to for one in story.articles} <= {"flood 1", "flood 2", "vloed"}
    assert all(one.tied_to != one.article_id for one in story.articles)


def test_a_form_that_is_used_again_after_weeks_is_no_story(tmp_path: Path) -> None:
    dates = ["2022-12-01", "2022-12-02", "2023-02-01", "2023-02-02", "2023-04-01"]
    rows = [
        {"id": f"notice {at}", "text": FLOOD, "date": date, "title": "The river rises"}
        for at, date in enumerate(dates)
    ]
    encoder = WordEncoder("river", "dike", "football", "bread", max_tokens=60)
    with Archive(rows=rows, encoder=encoder).open_in(tmp_path) as archive:
        assert ids(archive) == ["notice 2 notice 3", "notice 0 notice 1"]


def test_filters_and_bounds_say_which_stories_are_returned(archive: Recommender) -> None:
    assert ids(archive, k=1) == ["match again"]
    assert archive.stories(k=1).total == 2
    assert ids(archive, least=3) == ["flood 1 flood 2 vloed"]
    assert ids(archive, filters=Filters(until="2022-12-10")) == ["flood 1 flood 2 vloed"]
    assert ids(archive, filters=Filters(languages="nl")) == []
    # The bread, and then a match: what is older is not looked for.
    assert ids(archive, newest=2) == ["match again"]
    assert ids(archive, newest=0) == ids(archive)
    with pytest.raises(QueryError, match="compared with a question"):
        archive.stories(filters=Filters(languages="same"))


def test_relations_of_a_batch_are_those_of_related(archive: Recommender) -> None:
    options = RelatedOptions(k=20, include_copies=True, translations="show")
    snapshot = archive.snapshot
    batches = RelatedBatches(snapshot, options, Rules(Editorial(), snapshot))
    found = batches.relations(range(len(ROWS)))
    assert any(found.values())
    for position, related in found.items():
        article = snapshot.article(position)
        answers = archive.related(article.id, options=options)
        assert [(one.relation, one.score) for one in related] == [
            (one.relation, pytest.approx(one.score, abs=1e-6)) for one in answers
        ]
        for one, answer in zip(related, answers, strict=True):
            names = [snapshot.article(at).id for at in (one.position, *one.copies)]
            assert names == [answer.article_id, *answer.copies]


@pytest.mark.parametrize("wrong", [{"k": 0}, {"newest": -1}, {"least": 1}])
def test_values_out_of_bounds_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(QueryError):
        StoriesOptions(**wrong)


def test_editors_rules_do_not_change_what_is_one_story(tmp_path: Path) -> None:
    encoder = WordEncoder("river", "dike", "football", "bread", max_tokens=60)
    ruled = Archive(rows=ROWS, encoder=encoder, editorial="ban match\n").open_in(tmp_path)
    assert "match again" in ids(ruled)


def linked(*pairs: tuple[int, int], score: float = 0.6) -> Links:
    links: Links = {}
    for one, other in pairs:
        link = Link("same story", score)
        links.setdefault(one, {})[other] = links.setdefault(other, {})[one] = link
    return links


def every(*group: int) -> list[tuple[int, int]]:
    return [(one, other) for one in group for other in group if one < other]


def test_one_wrong_link_joins_no_two_stories() -> None:
    links = linked(*every(0, 1, 2, 3), *every(4, 5, 6, 7), (3, 4))
    assert sorted(grouped(links, dict.fromkeys(links, 738_000))) == [[0, 1, 2, 3], [4, 5, 6, 7]]


def test_one_link_across_years_joins_no_two_stories() -> None:
    links = linked(*every(0, 1, 2, 3), *every(4, 5, 6, 7), (3, 4))
    days = {number: 738_000 if number < 4 else 739_000 for number in links}
    assert sorted(grouped(links, days)) == [[0, 1, 2, 3], [4, 5, 6, 7]]


def test_a_story_goes_on_for_months_by_the_links_of_days() -> None:
    days = {number: 738_000 + 10 * number for number in range(30)}
    links = linked(*((one, one + 1) for one in range(29)))
    assert grouped(links, days) == [list(range(30))]


def test_a_chain_on_one_day_is_no_story_of_all() -> None:
    links = linked(*((one, one + 1) for one in range(29)))
    groups = grouped(links, dict.fromkeys(links, 738_000))
    assert max(map(len, groups)) <= 5
    unknown = grouped(links, dict.fromkeys(links, 0))
    assert max(map(len, unknown)) <= 5


def test_a_text_of_which_there_are_many_copies_is_one_story() -> None:
    near = [(one, one + step) for one in range(200) for step in range(1, 11) if one + step < 200]
    links = linked(*near, score=0.9)
    days = {number: 738_000 + number for number in links}
    assert max(map(len, grouped(links, days))) >= 10
    assert sum(map(len, grouped(links, days))) == 200


def test_the_later_version_is_the_update_whichever_was_asked_first(archive: Recommender) -> None:
    filters = Filters(languages="en", since="2022-12-01", until="2022-12-09")
    [story] = archive.stories(filters=filters).stories
    assert {one.article_id: one.relation for one in story.articles} == {
        "flood 1": "same story",
        "flood 2": "update",
    }
