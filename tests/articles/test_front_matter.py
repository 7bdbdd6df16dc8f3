"""The fields that stand before a text are read, whichever generator wrote them."""

from __future__ import annotations

import json

import pytest
from articles.conftest import Read
from support.clock import set_clock

from recommender.articles.front_matter import MAX_FRONT_CHARACTERS, read_front_matter
from recommender.types import Article, Notice, NoticeKind, Refusal

FIRST = "The bakery on the market square closes after ninety years, its owner said on Friday."
SECOND = "No buyer was found, although the rent of the building had been lowered twice."
BODY = f"{FIRST}\n\n{SECOND}\n"


def article_of(found: list[Article | Refusal | Notice]) -> Article:
    [article] = [one for one in found if isinstance(one, Article)]
    assert not [one for one in found if isinstance(one, Refusal)]
    return article


YAML = "---\ntitle: Bakery closes\ndate: 2022-11-04\nauthor: Mia Berg\n---\n\n"
HEADS = {
    "YAML": YAML,
    "YAML, dots at its end": YAML.replace("\n---\n\n", "\n...\n\n"),
    "YAML, Windows line ends": YAML.replace("\n", "\r\n"),
    "YAML, a blank line before it": "\n\n" + YAML,
    "YAML, a comment before it": "<!-- licence\n-- x -->\n<!-- lint -->\n" + YAML,
    "YAML, longer rules": YAML.replace("---", "-----"),
    "YAML, named": YAML.replace("---\nt", "---yaml\nt"),
    "YAML, a time with a zone": YAML.replace("2022-11-04", "2022-11-04 23:30:00 +0100"),
    "YAML, other names": YAML.replace("date:", "pubDate:").replace("author:", "authors:"),
    "YAML, publishDate": YAML.replace("date:", "publishDate:"),
    "YAML, created": YAML.replace("date:", "created:"),
    "YAML, published as a date": YAML.replace("date:", "published:"),
    "YAML, a title with marks": YAML.replace("Bakery closes", "'Bakery&#32;<em>closes</em>'"),
    "YAML, a list of authors": YAML.replace("Mia Berg", "[Mia Berg]"),
    "YAML, an author as object": YAML.replace(" Mia Berg", "\n  name: Mia Berg\n  url: x"),
    "YAML, authors as objects": YAML.replace("author: Mia Berg", "authors:\n- name: Mia Berg"),
    "YAML, names in capitals": YAML.replace("title", "Title").replace("date", "DATE"),
    "TOML": '+++\ntitle = "Bakery closes"\ndate = 2022-11-04T09:00:00+01:00\n'
    'author = "Mia Berg"\ntags = ["trade"]\n[extra]\nx = 1\n+++\n\n',
    "TOML, a day": '+++\ntitle = "Bakery closes"\ndate = 2022-11-04\nauthor = "Mia Berg"\n+++\n',
    "TOML, params of Hugo": '+++\ntitle = "Bakery closes"\ndate = "2022-11-04"\n'
    '[params]\nauthor = "Mia Berg"\n+++\n',
    "TOML, the day in the path": '+++\ntitle = "Bakery closes"\nauthor = "Mia Berg"\n'
    'path = "2022/11/04/bakery-2023-01"\n+++\n',
    "YAML, the day in the address": YAML.replace("date: ", "permalink: /news/").replace(
        "04\n", "04-bakery.html\n"
    ),
    "TOML, named": '---toml\ntitle = "Bakery closes"\ndate = 2022-11-04\n'
    'author = "Mia Berg"\n---\n',
    "TOML, a slip": '+++\ntitle = "Bakery closes"\ndate = 2022-11-04\nauthor = "Mia Berg"\n'
    "weight = \n+++\n",
    "JSON": '{\n"title": "Bakery closes",\n"date": "2022-11-04",\n"author": "Mia Berg"\n}\n\n',
    "JSON in semicolons": ';;;\n{"title": "Bakery closes", "date": "2022-11-04", '
    '"author": {"name": "Mia Berg"}}\n;;;\n',
    "Pelican": "Title: Bakery closes\nDate: 2022-11-04 10:20\nAuthor: Mia Berg\nTags: trade\n\n",
    "Pelican, authors": "Title: Bakery closes\nDate: 2022-11-04\nAuthors: Mia Berg\n\n",
    "MultiMarkdown": "Title:    Bakery closes\nAuthor:   Mia Berg\nDate:     November 4, 2022  \n"
    "Comment:  a line\n    that goes on here\nBase Header Level: 2\n\n",
    "MultiMarkdown in rules": "---\nTitle: Bakery closes\nDate: 2022-11-04\n"
    "Author: Mia Berg\n---\n",
    "Hexo": "title: Bakery closes\ndate: 2022-11-04 12:00:00\nauthor: Mia Berg\n---\n",
    "Nikola": "<!--\n.. title: Bakery closes\n.. slug: bakery\n.. date: 2022-11-04 10:00:00 "
    "UTC+01:00\n.. author: Mia Berg\n-->\n\n",
    "a colon in the title": YAML.replace("Bakery closes", "Bakery: closes"),
    "a tab": YAML.replace("title: ", "title:\t"),
    "an at sign": YAML.replace("---\n\n", "twitter: @bakery\n---\n\n"),
    "a percent sign": YAML.replace("---\n\n", "share: %5\n---\n\n"),
    "a quote that is open": YAML.replace("---\n\n", 'summary: "The end\n---\n\n'),
    "a bracket that is open": YAML.replace("---\n\n", "tags: [a, b\n---\n\n"),
    "no space after the colon": "---\ntitle:Bakery closes\ndate:2022-11-04\nauthor:Mia Berg\n---\n",
    "Liquid": YAML.replace("---\n\n", "image: {{ site.url }}/a.jpg\n---\n\n"),
    "tabs for indents": YAML.replace("---\n\n", "tags:\n\t- a\n\t- b\n---\n\n"),
    "never closed": "---\ntitle: Bakery closes\ndate: 2022-11-04\nauthor: Mia Berg\n\n",
    "a comment behind the fence": YAML.replace("---", "--- # a page", 1),
    "the time of AstroPaper": YAML.replace("date: ", "pubDatetime: "),
    "a name in parts": YAML.replace("Mia Berg", "\n  - name: {given: Mia, family: Berg}"),
    "JavaScript": '---js\n{\n  title: "Bakery closes",\n  date: new Date("2022-11-04"),\n'
    "  author: 'Mia Berg',\n  tags: ['a'],\n}\n---\n",
    "an object of Python": YAML.replace("---\n\n", "x: !!python/object:os.system {}\n---\n\n"),
}


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS.keys())
def test_a_head_gives_title_date_and_author(read: Read, head: str) -> None:
    article = article_of(read("a.md", head + BODY))
    assert article.title.replace(":", "") == "Bakery closes"
    assert (article.date, article.author) == ("2022-11-04", "Mia Berg")
    assert article.text == BODY.strip()


@pytest.mark.parametrize(
    "text",
    [
        f"---\n{FIRST}\n---\n{SECOND}",
        f"---\n\n{FIRST}\n\n---\n\n{SECOND}",
        f"Update: {FIRST}\n\n{SECOND}",
        f"{FIRST}\nTitle: not a head\n\n{SECOND}",
        f"+++\n{FIRST}\n+++\n{SECOND}",
        f"Note: see below\n\n{FIRST} {SECOND}",
        f"---\nThey said: {FIRST}\nand then: {SECOND}\nA third.\nA fourth, said he: no.\n---",
    ],
)
def test_a_text_that_only_looks_so_is_text(read: Read, text: str) -> None:
    article = article_of(read("a.md", text))
    assert FIRST in article.text
    assert SECOND in article.text


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("draft: true", "draft"),
        ("draft: yes", "draft"),
        ("published: false", "draft"),
        ("published: no", "draft"),
        ("Status: hidden", "private"),
        ("status: draft", "draft"),
        ("visibility: private", "private"),
        ("expiryDate: 2023-01-01", "expired"),
        ("private: true", "private"),
        ("permalink: false", "private"),
        ("unlisted: true", "private"),
        ("status: skip", "draft"),
        ("dg-publish: false", "draft"),
        ("unpublish_date: 01/23/2020 13:00", "expired"),
    ],
)
def test_what_is_not_public_is_named(read: Read, line: str, reason: str) -> None:
    for opening, closing in (("---\n", "---\n\n"), ("", "\n")):
        if not opening and line.startswith("permalink"):
            continue  # without a fence it is a word
        head = f"{opening}title: Bakery closes\ndate: 2022-11-04\n{line}\n{closing}"
        [notice] = read("a.md", head + BODY)
        assert notice == Notice("a.md", NoticeKind.UNPUBLISHED, reason)


@pytest.mark.parametrize(
    "line",
    ["date: 2023-06-01", "publishDate: 2023-05-10T13:00:00Z", "embargo: 2023-05-10 15:00:00 +0200"],
)
def test_what_is_public_later_is_withheld(
    read: Read, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock(monkeypatch, "2023-05-10T12:00:00+00:00")
    article = article_of(read("a.md", f"---\ntitle: Bakery closes\n{line}\n---\n{BODY}"))
    assert str(article.status_now) == "scheduled"


def test_a_file_whose_name_holds_a_day_to_come_is_withheld(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock(monkeypatch, "2023-05-10T12:00:00+00:00")
    article = article_of(read("2023-05-12-bakery.md", BODY))
    assert str(article.status_now) == "scheduled"


def test_what_was_read_line_by_line_is_counted(read: Read) -> None:
    notice, _ = read("a.md", YAML.replace("Bakery closes", "Bakery: closes") + BODY)
    assert isinstance(notice, Notice)
    assert (notice.kind, notice.place) == (NoticeKind.FIELD, "a.md")
    assert "line 2" in notice.example


def test_a_date_that_cannot_be_read_is_counted_with_an_example(read: Read) -> None:
    notice, article = read("a.md", YAML.replace("2022-11-04", "the fourth") + BODY)
    assert isinstance(notice, Notice)
    assert (notice.kind, notice.example) == (NoticeKind.DATE, "the fourth")
    assert isinstance(article, Article)
    assert article.date == ""


@pytest.mark.parametrize(
    "head", ["{: [", "a: &a [x,x]\nb: !!python/object:os.system x", "a: &a [*a]", "- - - a: b: c"]
)
def test_a_head_that_cannot_be_read_does_not_cost_the_text(read: Read, head: str) -> None:
    assert SECOND in article_of(read("a.md", f"---\n{head}\n---\n{BODY}")).text


def test_norwegian_is_not_false(read: Read) -> None:
    assert article_of(read("a.md", f"---\nlang: no\n---\n{BODY}")).language == "no"


def test_a_head_that_nobody_wrote_is_refused(read: Read) -> None:
    [refusal] = read("a.md", f"---\ntitle: {'a' * MAX_FRONT_CHARACTERS}\n---\n{BODY}")
    assert isinstance(refusal, Refusal)
    assert "front matter" in refusal.reason


def test_a_tab_before_a_field_makes_it_no_part_of_the_one_above(read: Read) -> None:
    head = "---\ntitle: Ferry\n\tdate: 2021-03-04\ntags:\n\t- boats\n---\n\n"
    [article] = [
        one for one in read("a.md", f"{head}The ferry sails.\n") if isinstance(one, Article)
    ]
    assert (article.title, article.date) == ("Ferry", "2021-03-04")


def test_toml_with_a_key_of_many_parts_is_read_line_by_line() -> None:
    head = "+++\n" + ".".join("a" * 30_000) + ' = 1\ntitle = "Bakery closes"\n+++\n'
    found = read_front_matter(head + BODY)
    assert found.fields["title"] == "Bakery closes"
    assert "parts with dots" in found.problem


@pytest.mark.parametrize("digits", ["0x" + "f" * 30_000, "1" * 5_000])
@pytest.mark.parametrize("form", ["+++\ntitle = {}\n+++\n", "---\n{}: 1\ntitle: {}\n---\n"])
def test_a_number_of_any_length_breaks_nothing(read: Read, digits: str, form: str) -> None:
    article_of(read("a.md", form.format(digits, digits) + BODY))


@pytest.mark.parametrize(
    "export",
    [
        "export const meta = {\n  title: 'Bakery closes',\n  date: '2022-11-04',\n"
        '  author: "Mia Berg",\n}\n',
        "import a from 'a'\n\nexport const metadata = { title: `Bakery closes`, "
        "author: 'Mia Berg', date: '2022-11-04' };\n",
    ],
)
def test_what_a_page_of_mdx_exports_are_its_fields(read: Read, export: str) -> None:
    article = article_of(read("a.mdx", f"{export}\n{BODY}"))
    assert (article.title, article.date) == ("Bakery closes", "2022-11-04")
    assert (article.author, article.text) == ("Mia Berg", BODY.strip())
    [notice] = read("a.mdx", f"{export.replace('title', 'draft: true, title')}\n{BODY}")
    assert notice == Notice("a.mdx", NoticeKind.UNPUBLISHED, "draft")


@pytest.mark.parametrize(("tags", "built"), [("ferries, Draft", False), ("drafts, sea", True)])
def test_a_tag_of_nikola_makes_a_draft(read: Read, tags: str, built: bool) -> None:
    head = f".. title: Ferry\n.. slug: ferry\n.. tags: {tags}\n.. date: 2022-01-01\n\n"
    found = read("a.md", f"{head}The ferry was taken out of service on Monday for a check.\n")
    assert [isinstance(one, Article) for one in found] == [built]


@pytest.mark.parametrize("name", ["tags", "categories", "keywords", "category", "topics"])
def test_a_tag_says_nothing_elsewhere_as_it_may_be_of_a_sport(read: Read, name: str) -> None:
    fenced = f"---\ntitle: A\n{name}: [draft, NBA]\n---\n"
    for head in (fenced, f"Title: A\n{name.title()}: draft\n\n"):
        assert article_of(read("a.md", f"{head}{BODY}")).status == ""
    [notice] = read("a.md", f"---\ntitle: A\n{name}: [NBA]\nstatus: [draft]\n---\n{BODY}")
    assert notice == Notice("a.md", NoticeKind.UNPUBLISHED, "draft")


@pytest.mark.parametrize("name", ["tags", "categories", "keywords", "category", "topics"])
def test_a_tag_of_a_row_says_nothing(read: Read, name: str) -> None:
    row = {"id": "a", "text": BODY, name: ["Draft"]}
    assert article_of(read("a.json", json.dumps([row]))).status == ""


def test_a_field_of_other_data_is_no_unread_date(read: Read) -> None:
    assert article_of(read("a.md", f"---\ntitle: A\ndata: sales.csv\n---\n{BODY}")).notices == []
    dated = article_of(read("a.md", f"---\ntitle: A\ndata: 2022-01-02\n---\n{BODY}"))
    assert dated.date == "2022-01-02"


@pytest.mark.parametrize(
    "head",
    [
        "---\ntitle: Bakery closes\ndraft：true\n---\n",
        "---\ntitle: Bakery closes\ndraft： true\n---\n",
        '---\ntitle = "Bakery closes"\ndraft = true\n---\n',
        "+++\ntitle: Bakery closes\ndraft: true\n+++\n",
        "---\ntitle: Bakery closes\n  draft: true\ndate: 2022-11-04\n---\n",
        "---\ntitle: Bakery closes\nस्थिति： मसौदा\n---\n",
        "---\ntitle: Bakery closes\nlayout: draft\n---\n",
    ],
)
def test_a_slip_publishes_no_draft(read: Read, head: str) -> None:
    found = read("a.md", f"{head}\n{BODY}")
    assert [one.reason for one in found if isinstance(one, Notice)][-1] == "draft"
    assert not [one for one in found if isinstance(one, Article)]


def test_what_stands_below_a_name_without_a_value_is_a_part_of_it(read: Read) -> None:
    head = "title: Bakery: closed\nauthor:\n  name: Mia Berg\n  title: Editor\n"
    assert article_of(read("a.md", f"---\n{head}---\n\n{BODY}")).title == "Bakery: closed"


def test_longer_rules_around_a_text_are_no_head(read: Read) -> None:
    text = f"------\nNote: {FIRST}\nWhy: {SECOND}\n------\n\n{FIRST}\n"
    assert SECOND in article_of(read("a.md", text)).text
