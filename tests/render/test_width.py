"""Every line of an answer fits the terminal, whatever the script of its titles."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from rich.cells import cell_len
from support.answers import SNAPSHOT, related_answer, search_answer

from recommender import Article, ArticleRef, Evidence, Hit, Recommendation, Role
from recommender.answers.answer import ListAnswer
from recommender.answers.group_answers import BeforeAnswer, DuplicatesAnswer, StoriesAnswer
from recommender.answers.news import NewsAnswer
from recommender.answers.options import (
    DuplicatesOptions,
    ListOptions,
    RelatedOptions,
    StoriesOptions,
)
from recommender.render.answers import Hits, Related
from recommender.render.article import Shown
from recommender.render.formats import Format, Renderable, render
from recommender.render.groups import Before, Copies, Stories
from recommender.render.listing import Listed
from recommender.render.news import News
from recommender.render.text_layout import Page, shortened
from recommender.types import (
    Duplicate,
    Duplicates,
    NewsItem,
    Paragraph,
    StoredArticle,
    Story,
    StoryArticle,
    Translation,
)

TITLES = {
    "Latin": "De dijk bij Tiel houdt het water nog, maar de bewoners slapen elders " * 3,
    "Chinese": "长江中游水位上涨 防汛人员连夜巡堤" * 6,
    "Arabic": "مُتَطَوِّعُونَ يُدَعِّمُونَ السَّدَّ قَبْلَ وُصُولِ المَوْجَةِ " * 6,
    "accents apart": "Cafe\u0301 de la digue\u0301 " * 10,
    "one word": "Dijkversterkingsprogrammasubsidie" * 8,
}


def _about(title: str) -> dict[str, Any]:
    empty = {one.name: "" for one in fields(ArticleRef)} | {"metadata": {}}
    del empty["status"]
    return empty | {"article_id": "a", "title": title, "language": "nl", "date": "2024-01-02"}


def _answers(title: str) -> dict[str, Renderable]:
    """Return an answer of every kind that has a title in its lines."""
    about = _about(title)
    ref = ArticleRef(**about)
    sure: dict[str, Any] = {"score": 0.5, "strength": 99.0, "confidence": "sure"}
    evidence = tuple(Evidence(f"a#{n}", f"b#{n}", 0.5, title, title) for n in range(9))
    found = Recommendation(
        **about,
        **sure,
        probability=0.9,
        relation="same story",
        evidence=evidence,
        also_in=tuple(Translation("b", language, "") for language in ("de", "fr", "en", "uk")),
        pinned=True,
    )
    passage: dict[str, Any] = {"passage_id": "a#1", "role": Role.BODY, "heading": title}
    passage |= {"text": title, "passage_language": "nl", "start": 0, "end": 9, "cosine": 0.5}
    hit = Hit(**about, **sure, **passage, probability=0.9)
    one = StoryArticle(**about, relation="same story", tied_to="a", score=0.5)
    story = Story(title, "a", "2024-01-01", "2024-01-02", {"nl": 2, "de": 1}, (one, one))
    copy = Duplicate(**about, sameness="near copy", shared=0.9, share_of_first=0.8)
    news = NewsItem(
        **about, watch=title, found="", confidence="sure", strength=99.0, passage_id="", text=title
    )
    before = BeforeAnswer(
        articles=(ref,),
        options=RelatedOptions(),
        snapshot=SNAPSHOT,
        encoder="words",
        until="2024-01-02",
        recommendations=(found,),
    )
    return {
        "search": Hits(search_answer(hit)),
        "nothing": Related(related_answer(ref, nearest=found)),
        "related": Related(related_answer(ref, [found])),
        "list": Listed(
            ListAnswer(words="", options=ListOptions(), snapshot=SNAPSHOT, total=1, articles=(ref,))
        ),
        "stories": Stories(
            StoriesAnswer(options=StoriesOptions(), snapshot=SNAPSHOT, total=1, stories=(story,))
        ),
        "duplicates": Copies(
            DuplicatesAnswer(
                options=DuplicatesOptions(),
                snapshot=SNAPSHOT,
                total=1,
                groups=(Duplicates(ref, (copy,)),),
            )
        ),
        "no duplicates": Copies(
            DuplicatesAnswer(options=DuplicatesOptions(), snapshot=SNAPSHOT, total=0, groups=())
        ),
        "before": Before(before),
        "news": News(
            NewsAnswer(snapshot=SNAPSHOT, watches=1, looked_at=1, is_first=False, items=(news,))
        ),
    }


@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES)
@pytest.mark.parametrize("width", [40, 80, 133])
def test_every_line_fits_the_page(title: str, width: int) -> None:
    for name, answer in _answers(title).items():
        text = render(answer, Format.TEXT, Page(width))
        wide = [line for line in text.splitlines() if cell_len(line) > width]
        # A word without a space is kept whole in sentences, as an id is.
        assert not [line for line in wide if " " in line.strip()], name


@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES)
def test_a_title_is_cut_by_columns_and_never_between_a_letter_and_its_mark(title: str) -> None:
    for width in range(1, 60):
        cut = shortened(title, width)
        assert cell_len(cut) <= width
        if kept := cut.removesuffix("…"):
            rest = title[len(kept) :]
            assert title.startswith(kept)
            assert cell_len(kept) + cell_len(rest) == cell_len(title)
            assert not rest.startswith("\u0301")


def test_a_short_title_is_left_as_it_is() -> None:
    assert shortened("Dijk bij Tiel", 13) == "Dijk bij Tiel"
    assert shortened("Dijk bij Tiel", 12) == "Dijk bij Ti…"


LIST = "Wat mee moet:\n- een zaklamp met batterijen\n- water\n\n- een radio"
TABLE = "plaats | stand\nTiel   | 9,10\nZaltbommel | 6,40"


def _shown(role: Role, text: str) -> Shown:
    article = Article(id="a", title="Hoogwater", text=text, language="nl")
    return Shown(StoredArticle(article, (Paragraph(1, role, text, 0, len(text), ""),)))


def test_each_item_of_a_list_has_a_line_of_its_own() -> None:
    lines = render(_shown(Role.LIST, LIST), Format.TEXT, Page(80)).splitlines()
    assert lines[-4:] == [
        "    Wat mee moet:",
        "    - een zaklamp met batterijen",
        "    - water",
        "    - een radio",
    ]


def test_each_row_of_a_table_has_a_line_of_its_own_with_its_columns() -> None:
    lines = render(_shown(Role.TABLE, TABLE), Format.TEXT, Page(80)).splitlines()
    assert lines[-3:] == ["    plaats | stand", "    Tiel   | 9,10", "    Zaltbommel | 6,40"]


def test_an_item_that_is_wider_than_the_page_goes_on_to_the_right_of_its_start() -> None:
    lines = render(_shown(Role.LIST, LIST), Format.TEXT, Page(30)).splitlines()
    assert lines[-4:-2] == ["    - een zaklamp met", "      batterijen"]


def test_items_and_rows_are_lines_in_markdown_too_and_their_markup_is_text() -> None:
    printed = render(_shown(Role.LIST, "- een\n- <b>twee</b>"), Format.MD, Page())
    assert "\\- een\\\n\\- \\<b\\>twee" in printed


@pytest.mark.parametrize("role", [Role.LIST, Role.TABLE])
def test_no_line_of_a_list_acts_on_the_terminal(role: Role) -> None:
    printed = render(_shown(role, "- \x1b[31mrood\r\n- \u202etwee"), Format.TEXT, Page())
    assert "\x1b" not in printed
    assert "\r" not in printed
    assert "\u202e" not in printed
    assert len(printed.splitlines()) == 6
