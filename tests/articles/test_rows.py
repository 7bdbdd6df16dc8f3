"""A field of another type, name or markup does not cost a row its article."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from articles.conftest import Read
from support.stand_in import HashEncoder

from recommender import build
from recommender.passages.paragraphs import cut
from recommender.text.blocks import opening
from recommender.types import Article, Notice, NoticeKind, Refusal

TEXT = "The museum lends its oldest sea chart to the exhibition that opens in the spring."
MORE = "Restorers worked on the parchment for a year, and kept a hole that a worm had made."
ROW = {"id": "a", "title": "Chart", "text": TEXT}


def only(found: list[Article | Refusal | Notice]) -> Article:
    [article] = found
    assert isinstance(article, Article), article
    return article


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("author", ["Ann Roe", "Bo Lee"], "Ann Roe, Bo Lee"),
        ("author", {"name": "Ann Roe", "email": "x"}, "Ann Roe"),
        ("author", [{"name": "Ann Roe"}, {"name": "Bo Lee"}], "Ann Roe, Bo Lee"),
        ("author", {"first_name": "Ann", "last_name": "Roe"}, "Ann Roe"),
        ("author", {"displayName": "Ann Roe"}, "Ann Roe"),
        ("author", None, ""),
        ("author", [], ""),
        ("author", ["Ann Roe", None, ""], "Ann Roe"),
        ("author", 7, "7"),
        ("author", "Ann &amp; Bo", "Ann & Bo"),
        ("section", ["sea", "art"], "sea, art"),
        ("section", {"id": 4, "name": "art"}, "art"),
        ("section", ["art", "art"], "art"),
        ("title", 1984, "1984"),
        ("title", {"rendered": "Chart &#8211; lent"}, "Chart – lent"),
        ("title", ["Chart"], "Chart"),
        ("title", "Chart\nlent", "Chart lent"),
        ("source", {"label": "The Paper"}, "The Paper"),
        ("language", ["nl", "en"], "nl"),
        ("url", ["https://example.org/a"], "https://example.org/a"),
        ("text", [TEXT, MORE], f"{TEXT}\n\n{MORE}"),
        ("text", {"rendered": f"<p>{TEXT}</p>"}, TEXT),
        ("text", [{"type": "p", "text": TEXT}, {"text": MORE}], f"{TEXT}\n\n{MORE}"),
        ("text", {"html": f"<p>{TEXT}</p><p>{MORE}</p>"}, f"{TEXT}\n\n{MORE}"),
    ],
    ids=str,
)
def test_a_field_may_be_of_any_type(read: Read, field: str, value: Any, expected: str) -> None:
    article = only(read("a.jsonl", json.dumps({**ROW, field: value})))
    assert getattr(article, field) == expected


MARKDOWN = (
    f"{TEXT}\n\n## The hole\n\n{MORE} Read [more about the worm](https://example.org/worm).\n\n"
    "![](chart.jpg)\n*The chart, before and after.*\n\n- one **leaf**\n- one *cover*\n"
)


def test_the_text_of_a_row_may_be_markdown(read: Read) -> None:
    article = only(read("a.jsonl", json.dumps({**ROW, "text": MARKDOWN})))
    assert [(str(one.role), one.text) for one in cut(article) if one.role != "title"] == [
        ("body", TEXT),
        ("subhead", "The hole"),
        ("body", f"{MORE} Read more about the worm."),
        ("caption", "The chart, before and after."),
        ("list", "- one leaf\n- one cover"),
    ]


@pytest.mark.parametrize(
    "written",
    [
        f"{TEXT} ![A chart](https://example.org/chart.png)",
        f"{TEXT} [more](/sea/chart_(old).html)",
        f'{TEXT} [more](chart.html "the chart")',
        f"{TEXT} [more][1]\n\n[1]: https://example.org/chart",
        f"# Chart\n\n{TEXT}",
        f"{TEXT}\n\n### More\n\n{MORE}",
        f"{TEXT} **One**, and **two**.",
        f"{TEXT}\n\n```sh\nls\n```",
        f"{TEXT}\n\n| a | b |\n|---|:-:|\n| 1 | 2 |",
        f"{TEXT}[^1]\n\n[^1]: {MORE}",
        f"{TEXT} <br> [more](https://example.org/)",
    ],
)
def test_markdown_is_known_by_marks_that_plain_text_does_not_have(read: Read, written: str) -> None:
    text = only(read("a.jsonl", json.dumps({**ROW, "text": written}))).text
    assert TEXT in text
    assert not any(mark in text for mark in ("](", "**", "##", "# ", "```", "|--", "[^", "]["))


@pytest.mark.parametrize(
    "written",
    [
        f"{TEXT} [...] [sic] (see above)",
        f"# 1 in the charts: {TEXT}",
        f"{TEXT}\n\n#sea #chart #2 ### end ###\n\n###",
        f"{TEXT} 2**3 is 8, f**k it, s**t; one ** note",
        f"{TEXT} **UPDATE** at noon.",
        f"{TEXT}\n\n- one *cover*\n- one _leaf_\n* star",
        f"{TEXT}\n\n-----\n\n{MORE}",
        f"{TEXT} a[0](b) and list[1](2) | pipe | pipe",
        f"{TEXT}\n\n> {MORE}",
        f"{TEXT} snake_case_name and C:\\dir\\*.txt",
        f"{TEXT}\n\n1. One\n2. Two",
    ],
)
def test_plain_text_of_a_row_is_not_taken_for_markdown(read: Read, written: str) -> None:
    assert only(read("a.jsonl", json.dumps({**ROW, "text": written}))).text == written


def test_html_of_a_row_may_hold_marks_of_markdown(read: Read) -> None:
    written = f"<p>{TEXT} **One** [more](https://example.org/) **two**</p>"
    assert only(read("a.jsonl", json.dumps({**ROW, "text": written}))).text == written[3:-4]


def test_markdown_that_cannot_be_read_stays_as_it_is(read: Read) -> None:
    written = "[more](https://example.org/) " + "[" * 1_500
    assert only(read("a.jsonl", json.dumps({**ROW, "text": written}))).text == written.strip()


def test_a_field_that_holds_no_words_is_named(read: Read) -> None:
    notice, article = read("a.jsonl", json.dumps({**ROW, "author": {"x": [1.5, {}]}}))
    assert isinstance(article, Article)
    assert isinstance(notice, Notice)
    assert (notice.kind, notice.reason) == (
        NoticeKind.FIELD,
        "author: is not text and was left out",
    )


@pytest.mark.parametrize("value", [3, 1.5, True])
def test_a_text_that_is_a_number_is_no_article(read: Read, value: object) -> None:
    [refusal] = read("a.jsonl", json.dumps({**ROW, "text": value}))
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "field 'text' is not text"


@pytest.mark.parametrize(
    ("id", "expected"),
    [(7, "7"), (7.0, "7"), ({"$oid": "6f"}, "6f"), ("x", "x")],
)
def test_an_id_may_be_a_number_or_of_a_database(read: Read, id: Any, expected: str) -> None:
    assert only(read("a.jsonl", json.dumps({**ROW, "id": id}))).id == expected


@pytest.mark.parametrize("id", [{"$oid": 7}, {"$oid": None}, {}, {"name": "x"}, ["x"], True])
def test_an_id_of_another_type_is_none(read: Read, id: Any) -> None:
    [refusal] = read("a.jsonl", json.dumps({"_id": id, "title": "Chart", "text": TEXT}))
    assert isinstance(refusal, Refusal)
    assert refusal.reason.startswith("has no id")


@pytest.mark.parametrize("name", ["url", "URL", "uri", "link", "guid", "uuid", "permalink"])
def test_an_address_is_the_id_of_a_row_that_has_none(read: Read, name: str) -> None:
    row = {"title": "Chart", "text": TEXT, name: "https://example.org/1"}
    assert only(read("a.jsonl", json.dumps(row))).id == "https://example.org/1"
    assert only(read("a.jsonl", json.dumps({**row, "id": ""}))).id == "https://example.org/1"


def test_a_text_column_that_every_row_lacks_is_one_refusal(read: Read) -> None:
    rows = [{"id": str(at), "headline": "Chart", "content": TEXT, "n": 1} for at in range(5)]
    [refusal] = read("a.jsonl", "\n".join(map(json.dumps, rows)))
    assert refusal == Refusal(
        "a.jsonl",
        "has no column 'text'; it has content, n: say which is meant with --field text=content",
    )


def test_a_table_without_the_columns_says_what_it_has(read: Read) -> None:
    [refusal] = read("a.csv", f"nr;kop;inhoud\n1;Chart;{TEXT}\n2;Chart;{TEXT}\n")
    assert refusal == Refusal(
        "a.csv",
        "has no columns 'id' and 'text'; it has nr, inhoud: say which is meant with "
        "--field id=nr --field text=inhoud",
    )


def test_a_column_whose_name_has_a_space_is_quoted_for_the_shell(read: Read) -> None:
    [refusal] = read("a.csv", f"id,Body Text\n1,{TEXT}\n")
    assert isinstance(refusal, Refusal)
    assert refusal.reason.endswith("with --field 'text=Body Text'")


def test_a_table_without_any_other_column_says_so(read: Read) -> None:
    [refusal] = read("a.csv", "id,title\n1,Chart\n")
    assert refusal == Refusal(
        "a.csv", "has no column 'text', and no other column that could be meant; add it"
    )


def test_rows_of_which_some_lack_a_text_are_refused_one_by_one(read: Read) -> None:
    rows = [{"id": "x"}, ROW, {"id": "y", "body": TEXT}]
    found = read("a.jsonl", "\n".join(map(json.dumps, rows)))
    assert [one for one in found if not isinstance(one, Article)] == [
        Refusal("a.jsonl:1", "has no text"),
        Refusal("a.jsonl:3", "has no text"),
    ]


def test_a_configured_column_is_found_in_any_case(read: Read) -> None:
    row = {"ID": "a", "Headline": "Chart", "BODY": TEXT}
    article = only(read("a.jsonl", json.dumps(row), fields={"title": "headline", "text": "body"}))
    assert (article.id, article.title, article.text) == ("a", "Chart", TEXT)
    assert article.metadata == {}


def test_a_file_without_the_configured_columns_is_read_by_the_usual_names(read: Read) -> None:
    configured = {"title": "titel", "date": "datum", "text": "tekst", "id": "nr"}
    row = {**ROW, "id": "a", "title": "Chart", "date": "2031-01-15T06:00"}
    found = read("a.jsonl", json.dumps(row), fields=configured)
    [article] = [one for one in found if isinstance(one, Article)]
    assert (article.id, article.title, article.text) == ("a", "Chart", ROW["text"])
    assert article.embargo.startswith("2031-01-15")


def test_a_date_of_an_unclear_day_is_counted(read: Read) -> None:
    row = {**ROW, "language": "en", "date": "03/04/2022"}
    notice, article = read("a.jsonl", json.dumps(row))
    assert isinstance(article, Article)
    assert article.date == "2022"
    assert notice == Notice(
        "a.jsonl:1", NoticeKind.DATE, "of an unclear day, only the year is kept", "03/04/2022"
    )
    assert only(read("a.jsonl", json.dumps(row | {"language": "nl"}))).date == "2022-04-03"


@pytest.mark.parametrize("name", ["kop", "Titel", "titel"])
def test_a_field_may_have_several_names_with_plus_signs_between(read: Read, name: str) -> None:
    row = {**ROW, name: "Chart", "datum": "2022-12-20"}
    configured = {"title": "titel+kop", "date": "date+datum"}
    article = only(read("a.jsonl", json.dumps(row), fields=configured))
    assert (article.title, article.date) == ("Chart", "2022-12-20")


@pytest.mark.parametrize(
    "name", ["date", "Date", "published_at", "pubDate", "publishedOn", "created", "date_published"]
)
def test_a_date_is_found_under_the_names_that_there_are(read: Read, name: str) -> None:
    row = {**ROW, name: "2022-12-20T10:00:00Z"}
    assert only(read("a.jsonl", json.dumps(row))).date == "2022-12-20"


@pytest.mark.parametrize(
    ("names", "date"),
    [
        (("titel", "datum", "auteur", "rubriek"), "20-12-2022"),
        (("Überschrift", "Veröffentlichungsdatum", "Autor", "Ressort"), "20.12.2022"),
        (("titre", "date de publication", "auteur", "rubrique"), "2022-12-20"),
        (("titolo", "data", "autore", "sezione"), "2022-12-20"),
        (("العنوان", "تاريخ النشر", "الكاتب", "القسم"), "2022-12-20"),
        (("标题", "发布日期", "作者", "栏目"), "2022年12月20日"),
    ],
)
def test_fields_have_names_in_other_languages(
    read: Read, names: tuple[str, ...], date: str
) -> None:
    values = ("Chart", date, "Ada Miller", "world")
    row = {"id": "a", "text": TEXT, "language": "nl", **dict(zip(names, values, strict=True))}
    article = only(read("a.jsonl", json.dumps(row)))
    assert (article.title, article.author, article.section) == ("Chart", "Ada Miller", "world")
    assert article.date == "2022-12-20"
    assert only(read("a.jsonl", json.dumps({**row, "title": "The chart"}))).title == "The chart"


@pytest.mark.parametrize("names", [("nl", "en"), ("nl-BE", "en_GB")])
def test_a_text_in_several_languages_is_an_article_in_each(
    read: Read, names: tuple[str, str]
) -> None:
    dutch, english = names
    row = {
        "id": "a",
        "title": {dutch: "Kaart", english: "Chart"},
        "text": {dutch: f"<p>{TEXT}</p>", english: MORE},
        "status": {dutch: "published", english: "concept"},
        "section": "world",
    }
    [notice, article, _, draft] = read("a.jsonl", json.dumps(row))
    assert isinstance(article, Article)
    assert (article.id, article.title, article.language) == ("a", "Kaart", dutch)
    assert (article.text, article.section) == (TEXT, "world")
    assert isinstance(draft, Notice)
    assert draft.reason == "draft"
    assert isinstance(notice, Notice)
    row["status"] = "published"
    found = [one for one in read("a.jsonl", json.dumps(row)) if isinstance(one, Article)]
    assert [one.id for one in found] == ["a", f"a-{english}"]
    assert [one.text for one in found] == [TEXT, MORE]
    assert found[1].language == english.replace("_", "-")


@pytest.mark.parametrize(
    ("row", "ids", "urls"),
    [
        ({"_id": {"$oid": "5f"}}, ["5f", "5f-en"], ["", ""]),
        ({"id": 12.0}, ["12", "12-en"], ["", ""]),
        ({"url": "/a"}, ["/a", "/a-en"], ["/a", "/a"]),
        ({"id": "", "url": "/a"}, ["/a", "/a-en"], ["/a", "/a"]),
        ({"url": {"nl": "/nl/a", "en": "/en/a"}}, ["/nl/a", "/en/a"], ["/nl/a", "/en/a"]),
        ({"id": None}, [], []),
    ],
    ids=str,
)
def test_each_language_of_a_row_has_an_id_and_its_address(
    read: Read, row: dict[str, Any], ids: list[str], urls: list[str]
) -> None:
    rows = json.dumps({**row, "text": {"nl": TEXT, "en": MORE}})
    found = [one for one in read("a.jsonl", rows) if isinstance(one, Article)]
    assert ([one.id for one in found], [one.url for one in found]) == (ids, urls)


def test_what_is_given_in_one_language_holds_for_the_others_but_its_title(read: Read) -> None:
    row = {
        "id": "a",
        "title": {"en-US": "Chart"},
        "text": {"en-US": TEXT, "nl": MORE},
        "date": {"en-US": "2022-12-28"},
        "expires": {"en-US": "2022-12-30"},
        "section": {"en-US": "World", "nl": None},
    }
    found = [one for one in read("a.jsonl", json.dumps(row)) if isinstance(one, Notice)]
    assert [one.reason for one in found if one.kind is NoticeKind.UNPUBLISHED] == ["expired"] * 2
    del row["expires"]
    [_, dutch] = [one for one in read("a.jsonl", json.dumps(row)) if isinstance(one, Article)]
    assert (dutch.date, dutch.section) == ("2022-12-28", "")
    assert dutch.title == opening(MORE)
    row["draft"] = {"en-US": True}
    assert not any(isinstance(one, Article) for one in read("a.jsonl", json.dumps(row)))


@pytest.mark.parametrize("blank", ["", "  ", None, {}])
def test_a_text_that_is_given_in_one_of_its_languages_is_one_article(
    read: Read, blank: Any
) -> None:
    row = {"id": "a", "title": {"en": "", "nl": "Kaart"}, "text": {"en": blank, "nl": TEXT}}
    article = only(read("a.jsonl", json.dumps(row)))
    assert (article.id, article.language, article.title) == ("a", "nl", "Kaart")
    assert article.notices == []
    row["status"] = {"en": "published", "nl": "draft"}
    [notice] = read("a.jsonl", json.dumps(row))
    assert isinstance(notice, Notice)
    assert notice.reason == "draft"


def test_a_row_of_more_languages_than_there_are_is_not_divided(read: Read) -> None:
    row = {"id": "a", "text": {f"nl-{number:04}": TEXT for number in range(3_000)}}
    assert len(read("a.jsonl", json.dumps(row))) == 1


def test_a_build_again_keeps_both_languages_of_a_row(tmp_path: Path) -> None:
    rows = [ROW, {**ROW, "id": "b", "text": {"nl": TEXT, "en": MORE}}]
    source = tmp_path / "a.jsonl"
    for count in (3, 4):
        source.write_text("".join(f"{json.dumps(one)}\n" for one in rows), encoding="utf-8")
        assert build(source, into=tmp_path / "vectors", model=HashEncoder()).articles == count
        rows.append({**ROW, "id": "c"})


@pytest.mark.parametrize("made", ["created", "created_at", "datetime"])
def test_a_date_of_publication_in_any_language_counts_before_when_a_row_was_made(
    read: Read, made: str
) -> None:
    row = {**ROW, made: "2023-02-03", "publicatiedatum": "2022-12-20"}
    assert only(read("a.jsonl", json.dumps(row))).date == "2022-12-20"


def test_a_field_of_other_data_is_no_unread_date(read: Read) -> None:
    row = {"id": "a", "title": "Chart", "text": TEXT, "data": "of the third quarter"}
    assert only(read("a.jsonl", json.dumps(row))).notices == []


def roles(article: Article) -> list[tuple[str, str]]:
    return [(str(one.role), one.text) for one in cut(article)]


@pytest.mark.parametrize(
    "text",
    [
        f"<p>{TEXT}</p>\n<p>{MORE}</p><figure><img src='a'>"
        "<figcaption>The chart</figcaption></figure>",
        f"&lt;p&gt;{TEXT}&lt;/p&gt;&lt;p&gt;{MORE}&lt;/p&gt;"
        "&lt;figure&gt;&lt;figcaption&gt;The chart&lt;/figcaption&gt;&lt;/figure&gt;",
        f"<div>{TEXT}</div><div class='x'>{MORE}</div><figure><figcaption>The chart</figcaption>",
        f"{TEXT}<br><br>{MORE}<br/><br/><figure><figcaption>The chart</figcaption></figure>",
        f"<strong>{TEXT[:9]}</strong>{TEXT[9:]}\n\n{MORE}\n\n<figure><figcaption>The chart"
        "</figcaption></figure>",
        f"<!-- x --><p>{TEXT}\n</p><p>{MORE}</p><script>alert(1)</script>"
        "<figcaption>The chart</figcaption>",
    ],
)
def test_html_in_a_text_is_read_as_a_page_is(read: Read, text: str) -> None:
    article = only(read("a.jsonl", json.dumps({**ROW, "text": text})))
    assert roles(article)[1:] == [("body", TEXT), ("body", MORE), ("caption", "The chart")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It&#8217;s 5 &gt; 4 &amp; so on", "It’s 5 > 4 & so on"),
        ("It&amp;#8217;s late", "It’s late"),
        ("<p>AT&amp;amp;T and the like</p>", "AT&T and the like"),
        ("a < b and b > c", "a < b and b > c"),
        ("R&D; that is", "R&D; that is"),
        ("<3 this", "<3 this"),
    ],
)
def test_entities_are_read_as_characters(read: Read, text: str, expected: str) -> None:
    assert only(read("a.jsonl", json.dumps({**ROW, "text": text}))).text == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Chart &amp; map: <em>lent</em>", "Chart & map: lent"),
        ("Chart &amp;amp; map", "Chart & map"),
        ("Chart&nbsp;lent", "Chart lent"),
        ("&lt;b&gt;Chart&lt;/b&gt; lent", "Chart lent"),
        ("Chart<br/>lent", "Chart lent"),
        ("Water: H<sub>2</sub>O", "Water: H2O"),
        ("1 < 2 & 3 > 2", "1 < 2 & 3 > 2"),
    ],
)
def test_a_title_is_words(read: Read, title: str, expected: str) -> None:
    assert only(read("a.jsonl", json.dumps({**ROW, "title": title}))).title == expected


def test_a_heading_that_repeats_the_title_is_the_title(read: Read) -> None:
    article = only(read("a.jsonl", json.dumps({**ROW, "text": f"<h1>Chart</h1><p>{TEXT}</p>"})))
    assert roles(article) == [("title", "Chart"), ("body", TEXT)]


def test_paragraphs_on_lines_of_their_own_are_paragraphs(read: Read) -> None:
    article = only(read("a.jsonl", json.dumps({**ROW, "text": f"{TEXT} {MORE}\n{MORE} {TEXT}"})))
    assert [text for _, text in roles(article)[1:]] == [f"{TEXT} {MORE}", f"{MORE} {TEXT}"]


@pytest.mark.parametrize("kind", ["attachment", "nav_menu_item", "revision", "wp_block"])
def test_a_row_of_a_type_that_is_no_article_is_passed_over(read: Read, kind: str) -> None:
    assert read("a.jsonl", json.dumps({"ID": 1, "post_type": kind, "title": ""})) == [
        Notice("a.jsonl:1", NoticeKind.UNPUBLISHED, kind)
    ]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"text": f"DRAFT\n\n{TEXT}"}, "draft"),
        ({"text": f"<p>Not for publication</p><p>{TEXT}</p>"}, "private"),
        ({"text": f"EMBARGO until 2999-01-01\n\n{TEXT}", "date": "2022-01-01"}, "scheduled"),
        ({"title": "[CONCEPT] Bridge"}, "draft"),
        ({"text": f"DRAFT\n\n{TEXT}", "status": "published"}, "published"),
        ({"text": f"DRAFT\n\n{TEXT}", "draft": False}, "published"),
        ({"title": "Draft law passes"}, "published"),
    ],
)
def test_a_remark_above_the_text_counts_where_no_field_says_more(
    read: Read, fields: dict[str, Any], expected: str
) -> None:
    found = read("a.jsonl", json.dumps({**ROW, **fields}))[0]
    assert isinstance(found, Article | Notice)
    assert (found.reason if isinstance(found, Notice) else str(found.status_now)) == expected


def test_a_draft_without_text_is_no_refusal(read: Read) -> None:
    row = {"id": "a", "status": "draft", "text": ""}
    assert read("a.jsonl", json.dumps(row)) == [
        Notice("a.jsonl:1", NoticeKind.UNPUBLISHED, "draft", withdraws="a")
    ]
    nameless = {"status": "draft", "text": ""}
    assert read("a.jsonl", json.dumps(nameless)) == [
        Notice("a.jsonl:1", NoticeKind.UNPUBLISHED, "draft")
    ]


BARGE = "Skippers have to make a detour of two days by way of the northern canal until May."


def _node(kind: str, *inside: Any, **fields: Any) -> dict[str, Any]:
    texts = [{"type": "text", "text": one} if isinstance(one, str) else one for one in inside]
    return {"type": kind, **fields, "content": texts}


def _children(node: Any) -> Any:
    """The same node as Slate and Lexical write it."""
    if isinstance(node, list):
        return [_children(one) for one in node]
    return {
        "children" if name == "content" else name: _children(one) if name == "content" else one
        for name, one in node.items()
    }


_NODES = [
    _node("paragraph", TEXT[:9], _node("link", TEXT[9:])),
    _node("heading", "Barges", level=2),
    _node("bulletList", _node("listItem", _node("paragraph", "one")), _node("list_item", "two")),
    _node("blockquote", _node("paragraph", BARGE)),
]
_EDITORJS = [
    {"type": "paragraph", "data": {"text": f"{TEXT[:9]}<a href='/'>{TEXT[9:]}</a>"}},
    {"type": "header", "data": {"text": "Barges", "level": 2}},
    {"type": "list", "data": {"items": ["one", {"content": "two", "items": []}]}},
    {"type": "quote", "data": {"text": BARGE, "caption": ""}},
]
_DRAFTJS = [
    {"type": "unstyled", "text": TEXT},
    {"type": "header-two", "text": "Barges"},
    {"type": "unordered-list-item", "text": "one"},
    {"type": "unordered-list-item", "text": "two"},
    {"type": "blockquote", "text": BARGE},
]
_PORTABLE = [
    {"_type": "block", "style": "normal", "children": [{"text": TEXT[:9]}, {"text": TEXT[9:]}]},
    {"_type": "block", "style": "h2", "children": [{"_type": "span", "text": "Barges"}]},
    {"_type": "block", "listItem": "bullet", "style": "normal", "children": [{"text": "one"}]},
    {"_type": "block", "listItem": "bullet", "style": "normal", "children": [{"text": "two"}]},
    {"_type": "block", "style": "blockquote", "children": [{"text": BARGE}]},
]
_QUILL = [
    {"insert": TEXT[:9]},
    {"insert": f"{TEXT[9:]}\nBarges", "attributes": {"bold": True}},
    {"insert": "\n", "attributes": {"header": 2}},
    {"insert": "one"},
    {"insert": "\n", "attributes": {"list": "bullet"}},
    {"insert": "two"},
    {"insert": "\n", "attributes": {"list": "bullet"}},
    {"insert": {"image": "a.jpg"}},
    {"insert": BARGE},
    {"insert": "\n", "attributes": {"blockquote": True}},
]
DOCUMENTS: dict[str, Any] = {
    "ProseMirror": {"type": "doc", "content": _NODES},
    "Lexical": {"root": {"type": "root", **_children({"content": _NODES})}},
    "Slate": _children(_NODES),
    "Editor.js": {"time": 1, "blocks": _EDITORJS, "version": "2.29"},
    "Draft.js": {"blocks": _DRAFTJS, "entityMap": {}},
    "Sanity": _PORTABLE,
    "Quill": {"ops": _QUILL},
    "Quill, bare": _QUILL,
    "Contentful": json.loads(
        json.dumps({"nodeType": "document", "content": _NODES})
        .replace('"type"', '"nodeType"')
        .replace('"text":', '"value":')
        .replace("bulletList", "unordered-list")
        .replace('"heading"', '"heading-2"')
    ),
}


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize(
    "written", [lambda one: one, json.dumps, lambda one: f" {json.dumps(one)}"]
)
def test_the_document_of_an_editor_is_read_as_its_page_shows_it(
    read: Read, name: str, written: Any
) -> None:
    article = only(read("a.jsonl", json.dumps({**ROW, "text": written(DOCUMENTS[name])})))
    assert [(str(one.role), one.text) for one in cut(article)][1:] == [
        ("body", TEXT),
        ("subhead", "Barges"),
        ("list", "- one\n- two"),
        ("quote", BARGE),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "{not JSON}",
        "[1, 2]",
        '{"root": 1}',
        '[{"type": 1, "_type": []}]',
        '{"type": "doc", "content": [' + '{"type":"p","content":[' * 500 + "]}" * 500 + "]}",
    ],
)
def test_what_only_looks_like_a_document_stays_as_it_is_written(read: Read, text: str) -> None:
    found = only(read("a.jsonl", json.dumps({**ROW, "text": text})))
    assert found.text == text


def test_shortcodes_of_wordpress_in_a_row_are_read_as_on_the_site(read: Read) -> None:
    html = (
        f"<!-- wp:paragraph --><p>{TEXT}</p><!-- /wp:paragraph -->[gallery ids='1,2']\n\n"
        f"[caption id='a' width='3']<img src='a.jpg' /> The lock[/caption]<p>{BARGE}</p>"
    )
    article = only(read("a.jsonl", json.dumps({**ROW, "text": html})))
    assert [(str(one.role), one.text) for one in cut(article)][1:] == [
        ("body", TEXT),
        ("caption", "The lock"),
        ("body", BARGE),
    ]


@pytest.mark.parametrize(
    "text",
    [
        f"[vc_row][vc_column width='1/2'][vc_column_text]{TEXT}[/vc_column_text][/vc_column]"
        f"[vc_column][vc_column_text]{BARGE}[/vc_column_text][/vc_column][/vc_row]",
        f"[et_pb_section][et_pb_text]<p>{TEXT}</p>[/et_pb_text][et_pb_image src='a.jpg' /]"
        f"[et_pb_text]<p>{BARGE}</p>[/et_pb_text][/et_pb_section]",
        f"[su_note]{TEXT}[/su_note]\n\n{BARGE}\n\n[contact-form-7 id='1' title='x']",
    ],
)
def test_a_page_builder_keeps_its_shortcodes_to_itself(read: Read, text: str) -> None:
    article = only(read("a.jsonl", json.dumps({**ROW, "text": text})))
    assert article.text == f"{TEXT}\n\n{BARGE}"


def test_words_in_brackets_are_no_shortcodes(read: Read) -> None:
    text = f"{TEXT} [sic] He said [and/or] that [he_1] left [/]. [b]So[/b]"
    assert only(read("a.jsonl", json.dumps({**ROW, "text": text}))).text == text


CRAWLED = {
    "trafilatura": {
        "id": None,
        "author": "Ann Roe",
        "hostname": "weir.example",
        "date": "2021-03-04",
        "source": "https://weir.example/lock",
        "source-hostname": "The Weir Post",
        "language": "en",
    },
    "news-please": {
        "authors": ["Ann Roe"],
        "date_download": "2024-01-01 00:00:00",
        "date_modify": None,
        "date_publish": "2021-03-04 10:00:00",
        "source_domain": "The Weir Post",
        "url": "https://weir.example/lock",
        "language": "en",
    },
    "GDELT": {
        "seendate": "20210304T100000Z",
        "newspaper": "The Weir Post",
        "url": "https://weir.example/lock",
        "language": "en",
        "author": "Ann Roe",
    },
    "Dublin Core": {
        "id": "https://weir.example/lock",
        "url": "https://weir.example/lock",
        "dcterms:issued": "2021-03-04",
        "dc:creator": "Ann Roe",
        "dc:publisher": "The Weir Post",
        "dc:language": "en",
    },
    "a table of articles": {
        "article_url": "https://weir.example/lock",
        "id": "https://weir.example/lock",
        "release_date": "2021-03-04",
        "author_name": "Ann Roe",
        "site_name": "The Weir Post",
        "language_code": "en",
    },
}


@pytest.mark.parametrize("fields", CRAWLED.values(), ids=CRAWLED.keys())
def test_rows_of_crawlers_have_the_fields_of_their_articles(
    read: Read, fields: dict[str, Any]
) -> None:
    article = only(read("a.jsonl", json.dumps({**fields, "title": "Lock closed", "text": TEXT})))
    assert (article.id, article.url) == ("https://weir.example/lock",) * 2
    assert (article.date, article.author) == ("2021-03-04", "Ann Roe")
    assert (article.source, article.language) == ("The Weir Post", "en")
