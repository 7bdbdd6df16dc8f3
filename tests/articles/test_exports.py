"""What publishing systems export is read as they mean it: drafts and comments are no articles."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from articles.conftest import Read, zipped

from recommender.articles.read import read_newest
from recommender.passages.paragraphs import cut
from recommender.types import Article, Found, Notice, Refusal

BRIDGE = "The bridge at Tiel closes on Monday for repairs that will last until the spring."
DETOUR = "Cyclists may take the railway bridge, which stays open at all hours, says the town."
HTML = f"<p>{BRIDGE}</p><p>{DETOUR}</p>"
TEXT = f"{BRIDGE}\n\n{DETOUR}"


def outcomes(found: list[Article | Refusal | Notice]) -> list[str]:
    """Say of each thing that was read what became of it."""
    assert not [one for one in found if isinstance(one, Refusal)], found
    return [one.id if isinstance(one, Article) else one.reason for one in found]


def parts(article: Article) -> list[tuple[str, str]]:
    return [(str(one.role), one.text) for one in cut(article) if one.role != "title"]


def entry(kind: str, id: str, more: str = "") -> str:
    scheme = "http://schemas.google.com/g/2005#kind"
    term = f"http://schemas.google.com/blogger/2008/kind#{kind}"
    text = HTML.replace("<", "&lt;")
    return (
        f"<entry><id>{id}</id><published>2022-12-28T09:00:00+01:00</published>"
        f"<category scheme='{scheme}' term='{term}'/><title>Bridge {id}</title>"
        f"<content type='html'>{text}</content>{more}</entry>"
    )


def atom(*entries: str) -> str:
    names = (
        "xmlns='http://www.w3.org/2005/Atom' xmlns:app='http://purl.org/atom/app#' "
        "xmlns:blogger='http://schemas.google.com/blogger/2018'"
    )
    head = f"<?xml version='1.0' encoding='UTF-8'?><feed {names}><title>Blog</title>"
    return f"{head}{''.join(entries)}</feed>"


def test_of_an_export_of_blogger_only_posts_and_pages_are_articles(read: Read) -> None:
    kinds = ("template", "settings", "post", "page", "comment")
    entries = [entry(kind, kind) for kind in kinds]
    entries.append(entry("post", "x", "<app:control><app:draft>yes</app:draft></app:control>"))
    found = read("a.atom", atom(*entries))
    assert outcomes(found) == ["template", "settings", "post", "page", "comment", "draft"]
    [post, _] = [one for one in found if isinstance(one, Article)]
    assert (post.text, post.date) == (TEXT, "2022-12-28")


@pytest.mark.parametrize(
    ("kind", "status", "expected"),
    [
        ("POST", "LIVE", "x"),
        ("PAGE", "LIVE", "x"),
        ("POST", "DRAFT", "draft"),
        ("POST", "SOFT_TRASHED", "trashed"),
        ("POST", "SCHEDULED", "scheduled"),
        ("POST", "SOMETHING", "draft"),
        ("COMMENT", "LIVE", "comment"),
    ],
)
def test_the_newer_export_of_blogger_says_it_in_elements(
    read: Read, kind: str, status: str, expected: str
) -> None:
    told = f"<blogger:type>{kind}</blogger:type><blogger:status>{status}</blogger:status>"
    plain = entry("post", "x", told)
    plain = plain[: plain.index("<category")] + plain[plain.index("<title") :]
    assert outcomes(read("a.atom", atom(plain))) == [expected]


def medium(title: str) -> str:
    return (
        f"<!DOCTYPE html><html><head><title>{title}</title></head><body><article class='h-entry'>"
        f"<header><h1 class='p-name'>{title}</h1></header>"
        f"<section data-field='body' class='e-content'>{HTML}</section>"
        "<footer><p>By <a href='https://medium.com/@ann' class='p-author h-card'>Ann Roe</a></p>"
        '<p>Exported from <a href="https://medium.com">Medium</a> on January 2, 2023.</p>'
        "</footer></article></body></html>"
    )


@pytest.mark.parametrize(
    ("name", "is_export", "expected"),
    [
        ("draft_Bridge-1a", True, "draft"),
        ("2022-12-28_Bridge-1a", True, "2022-12-28_Bridge-1a"),
        ("draft_horses", False, "draft_horses"),
    ],
)
def test_a_draft_of_medium_is_named_so(
    read: Read, name: str, is_export: bool, expected: str
) -> None:
    page = medium("Bridge")
    page = page if is_export else page.replace("Exported from", "Written on")
    assert outcomes(read(f"{name}.html", page)) == [expected]


def test_a_draft_of_medium_in_an_archive_is_named_so(read: Read) -> None:
    names = ("draft_Bridge-1a", "2022-12-28_Bridge-1a")
    pages: dict[str, str | bytes] = {f"posts/{name}.html": medium("Bridge") for name in names}
    found = read("a.zip", zipped(pages))
    assert outcomes(found) == ["a.zip/posts/2022-12-28_Bridge-1a", "draft"]
    found = read("b.zip", zipped({"Posts/One.HTML": medium("Bridge")}), include=("b.zip", "*.HTML"))
    assert outcomes(found) == ["b.zip/Posts/One"]


STORY: dict[str, Any] = {
    "type": "story",
    "_id": "S1",
    "language": "en",
    "canonical_url": "/bridge/",
    "headlines": {"basic": "Bridge closed"},
    "subheadlines": {"basic": "A detour for all"},
    "display_date": "2022-12-28T09:00:00Z",
    "credits": {"by": [{"type": "author", "name": "Ann Roe"}, {"name": "Bo Lee"}]},
    "taxonomy": {"primary_section": {"name": "Traffic"}, "tags": [{"text": "bridges"}]},
    "promo_items": {"basic": {"type": "image", "caption": "The bridge at noon"}},
    "content_elements": [
        {"type": "text", "content": f"{BRIDGE} <a href='x'>More</a>"},
        {"type": "image", "caption": "A barrier", "credits": {"by": [{"name": "Cy"}]}},
        {"type": "header", "level": 2, "content": "Detour"},
        {
            "type": "list",
            "items": [
                {"type": "text", "content": "on foot"},
                {"type": "text", "content": "by bike"},
            ],
        },
        {
            "type": "quote",
            "content_elements": [{"type": "text", "content": "It has to be done."}],
            "citation": {"type": "text", "content": "The mayor"},
        },
        {"type": "interstitial_link", "url": "x", "content": "Read also: the dike"},
        {"type": "raw_html", "content": "<div><p>A box of facts.</p></div>"},
        {"type": "text", "content": DETOUR},
    ],
    "revision": {"published": True},
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("a.json", STORY),
        ("a.json", [STORY]),
        ("a.json", {"type": "results", "count": 1, "content_elements": [STORY]}),
        ("a.jsonl", STORY),
    ],
)
def test_a_story_of_arc_is_an_article(read: Read, name: str, value: Any) -> None:
    [article] = read(name, json.dumps(value))
    assert isinstance(article, Article)
    about = (article.id, article.title, article.date, article.author, article.section, article.url)
    assert about == ("S1", "Bridge closed", "2022-12-28", "Ann Roe, Bo Lee", "Traffic", "/bridge/")
    assert article.metadata == {"tags": ["bridges"]}
    assert parts(article) == [
        ("standfirst", "A detour for all"),
        ("caption", "The bridge at noon"),
        ("body", f"{BRIDGE} More"),
        ("caption", "A barrier"),
        ("subhead", "Detour"),
        ("list", "- on foot\n- by bike"),
        ("quote", "It has to be done."),
        ("quote", "The mayor"),
        ("body", "A box of facts."),
        ("body", DETOUR),
    ]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"revision": {"published": False}}, "draft"),
        ({"revision": {}, "additional_properties": {"is_published": False}}, "draft"),
        (
            {"revision": {"published": False}, "additional_properties": {"is_published": True}},
            "draft",
        ),
        (
            {"revision": {"published": True}, "additional_properties": {"is_published": False}},
            "S1",
        ),
        ({"revision": {}, "additional_properties": {"is_published": True}}, "S1"),
        ({"_id": {"$oid": "5f1"}}, "5f1"),
        ({"_id": None}, "/bridge/"),
        ({"type": "redirect"}, "redirect"),
        ({"display_date": "2090-01-01T00:00:00Z"}, "S1"),
        ({"revision": None, "taxonomy": None, "credits": [], "promo_items": 7}, "S1"),
    ],
)
def test_a_story_that_is_not_published_is_none(
    read: Read, fields: dict[str, Any], expected: str
) -> None:
    assert expected in outcomes(read("a.json", json.dumps({**STORY, **fields})))


def test_a_story_without_text_or_nested_without_end_is_no_failure(read: Read) -> None:
    [found] = read("a.json", json.dumps({**STORY, "content_elements": [], "promo_items": {}}))
    assert isinstance(found, Article)  # what stands above the text is left
    inner: dict[str, Any] = {"type": "box", "content_elements": []}
    for _ in range(60):
        inner = {"type": "box", "content_elements": [inner, {"type": "text", "content": BRIDGE}]}
    [article] = read("a.json", json.dumps({**STORY, "content_elements": [inner]}))
    assert isinstance(article, Article)
    assert BRIDGE in article.text


def test_a_story_needs_an_id_and_may_have_plain_items(read: Read) -> None:
    [refusal] = read("a.json", json.dumps({**STORY, "_id": "", "canonical_url": None}))
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "has no id"
    elements = [{"type": "list", "items": ["on <b>", {"type": "text", "content": "by bike"}, 7]}]
    [article] = read("a.json", json.dumps({**STORY, "content_elements": elements}))
    assert isinstance(article, Article)
    assert ("list", "- on <b>\n- by bike\n- 7") in parts(article)


def document(*paragraphs: str) -> dict[str, Any]:
    content = [
        {"nodeType": "paragraph", "content": [{"nodeType": "text", "value": one, "marks": []}]}
        for one in paragraphs
    ]
    return {"nodeType": "document", "data": {}, "content": content}


def entry_of(id: str, kind: str = "article", **fields: Any) -> dict[str, Any]:
    system = {
        "id": id,
        "createdAt": "2022-12-27T09:00:00Z",
        "publishedAt": "2022-12-28T09:00:00Z",
        "contentType": {"sys": {"id": kind}},
    }
    return {"sys": system, "fields": fields}


def test_an_export_of_contentful_gives_a_row_for_each_language(read: Read) -> None:
    both = {"en": document(BRIDGE, DETOUR), "nl-NL": document("De brug gaat maandag dicht.")}
    draft = entry_of("e2", title={"en": "Draft"}, text={"en": BRIDGE})
    del draft["sys"]["publishedAt"]
    entries = [
        entry_of("e1", title={"en": "Bridge closed", "nl-NL": "Brug dicht"}, text=both),
        draft,
        entry_of("p1", "person", name={"en": "Ann Roe"}),
        entry_of("e3", title={"en": "One"}, text={"en": TEXT}, slug={"en": "one"}),
    ]
    found = read("a.json", json.dumps({"contentTypes": [], "entries": entries}))
    assert outcomes(found) == ["e1", "e1-nl-NL", "draft", "person", "e3"]
    articles = [one for one in found if isinstance(one, Article)]
    assert [one.title for one in articles] == ["Bridge closed", "Brug dicht", "One"]
    assert [one.language for one in articles] == ["en", "nl-NL", "en"]
    assert [one.text for one in articles] == [TEXT, "De brug gaat maandag dicht.", TEXT]
    assert articles[0].date == "2022-12-28"


@pytest.mark.parametrize(
    "fields",
    [{"hidden": {"en": False}}, {"status": {"en": "published"}}, {"stage": {"en": "2"}}, {}],
    ids=str,
)
def test_only_the_system_of_contentful_says_what_is_published(
    read: Read, fields: dict[str, Any]
) -> None:
    entries = [entry_of(f"e{number}", text={"en": TEXT}, **fields) for number in (1, 2, 3)]
    del entries[1]["sys"]["publishedAt"]
    entries[2]["sys"]["archivedAt"] = "2022-12-29T09:00:00Z"
    found = read("a.json", json.dumps({"contentTypes": [], "entries": entries}))
    assert outcomes(found) == ["e1", "draft", "draft"]


def test_a_draft_in_an_answer_for_editors_of_contentful_is_none(read: Read) -> None:
    items = [entry_of("e1", text=TEXT), entry_of("e2", text=TEXT)]
    for one in items:
        one["sys"]["version"] = 3
    del items[1]["sys"]["publishedAt"]
    assert outcomes(read("a.json", json.dumps({"items": items}))) == ["e1", "draft"]


def test_an_answer_of_contentful_has_its_ids_apart(read: Read) -> None:
    items = [entry_of("e1", title="Bridge closed", text=document(BRIDGE, DETOUR))]
    items[0]["sys"]["locale"] = "en-GB"
    [article] = read("a.json", json.dumps({"sys": {"type": "Array"}, "total": 1, "items": items}))
    assert isinstance(article, Article)
    assert (article.id, article.language, article.text) == ("e1", "en-GB", TEXT)


NOTION = "0123456789abcdef0123456789abcdef"
PROPERTIES = "Tags: bridges, town\nDate: December 28, 2022\nAuthor: Ann Roe\n"


def test_the_properties_of_a_page_of_notion_are_its_fields(read: Read) -> None:
    page = f"# Bridge closed\n\nStatus: Published\n{PROPERTIES}\n{TEXT}\n"
    [article] = read(f"Bridge closed {NOTION}.md", page)
    assert isinstance(article, Article)
    about = (article.title, article.date, article.author)
    assert about == ("Bridge closed", "2022-12-28", "Ann Roe")
    assert parts(article) == [("body", BRIDGE), ("body", DETOUR)]


@pytest.mark.parametrize(
    ("name", "status", "expected"),
    [
        (f"Bridge {NOTION}", "Not started", ["draft"]),
        (f"Bridge {NOTION}", "In progress", ["draft"]),
        ("Bridge", "Draft", ["Bridge"]),  # the lines of a text
    ],
)
def test_the_status_of_a_page_of_notion_counts(
    read: Read, name: str, status: str, expected: list[str]
) -> None:
    page = f"# Bridge closed\n\nStatus: {status}\n{PROPERTIES}\n{TEXT}\n"
    assert outcomes(read(f"{name}.md", page)) == expected


def test_a_page_of_notion_may_have_no_properties(read: Read) -> None:
    [article] = read(f"Bridge {NOTION}.md", f"# Bridge\n\n{TEXT}\n")
    assert isinstance(article, Article)
    assert (article.title, parts(article)) == ("Bridge", [("body", BRIDGE), ("body", DETOUR)])


@pytest.mark.parametrize("first", ["Kyiv: the bridge is closed.", "The mayor: no.\nAnn: yes."])
def test_a_paragraph_with_a_colon_is_no_property_of_notion(read: Read, first: str) -> None:
    [article] = read(f"Bridge {NOTION}.md", f"# Bridge\n\n{first}\n\n{BRIDGE}\n")
    assert isinstance(article, Article)
    assert parts(article)[0][1].split() == first.split()


def test_a_text_may_stand_in_two_columns(read: Read) -> None:
    table = f'id,title,introtext,fulltext\n7,Bridge,"<p>{BRIDGE}</p>","<p>{DETOUR}</p>"\n'
    [refusal] = read("a.csv", table)
    assert isinstance(refusal, Refusal)
    assert "--field text=introtext+fulltext" in refusal.reason
    fields = {"text": "introtext+fulltext"}
    [article] = read("a.csv", table, fields=fields)
    assert isinstance(article, Article)
    assert (article.text, article.metadata) == (TEXT, {})
    [article] = read("a.csv", f'id,title,introtext\n7,Bridge,"{BRIDGE}"\n', fields=fields)
    assert isinstance(article, Article)
    assert article.text == BRIDGE


TABLE = (
    "post_id,post_date,is_published,type,audience,title,subtitle\n"
    '11.bridge,2022-12-28T09:00:00.000Z,true,newsletter,everyone,"Bridge, closed",A detour\n'
    "12.plan,,false,newsletter,everyone,Plan,\n"
)
PAGES = {"posts.csv": TABLE, "posts/11.bridge.html": HTML, "posts/12.plan.html": HTML}


def check_substack(found: list[Found]) -> None:
    articles = [one for one in found if isinstance(one, Article)]
    [article] = articles
    assert (article.title, article.date) == ("Bridge, closed", "2022-12-28")
    assert [one.text for one in cut(article)][-2:] == [BRIDGE, DETOUR]
    assert "A detour" in article.text
    [notice] = [one for one in found if not isinstance(one, Article)]
    assert isinstance(notice, Notice)
    assert notice.reason == "draft"


def test_the_pages_of_substack_are_known_by_their_table(tmp_path: Path) -> None:
    (tmp_path / "posts").mkdir()
    for name, content in PAGES.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    check_substack([*read_newest([tmp_path])])


def test_an_empty_draft_of_substack_is_no_refusal(tmp_path: Path) -> None:
    (tmp_path / "posts").mkdir()
    for name, content in {**PAGES, "posts/12.plan.html": "<p></p>"}.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    found = [*read_newest([tmp_path])]
    check_substack(found)
    assert "posts/12.plan" in [one.withdraws for one in found if isinstance(one, Notice)]


def test_an_export_of_substack_may_be_packed(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped(dict(reversed(PAGES.items()))))
    check_substack([*read_newest([tmp_path])])


@pytest.mark.parametrize("table", ["post_id\n", "", "post_id,post_date,is_published,title\n"])
def test_a_table_that_knows_no_page_says_nothing_of_it(tmp_path: Path, table: str) -> None:
    (tmp_path / "posts").mkdir()
    (tmp_path / "posts.csv").write_text(table, encoding="utf-8")
    (tmp_path / "posts" / "1.html").write_text(f"<h1>Bridge</h1>{HTML}", encoding="utf-8")
    found = [one for one in read_newest([tmp_path]) if isinstance(one, Article)]
    assert [one.text.endswith(TEXT) for one in found] == [True]


@pytest.mark.parametrize("top", ["", "export/", "a/b/"])
@pytest.mark.parametrize("table", [TABLE, TABLE.replace("A detour", "A, detour; or two")])
def test_a_packed_export_of_substack_may_lie_in_a_folder(read: Read, top: str, table: str) -> None:
    pages: dict[str, str | bytes] = {f"{top}{name}": page for name, page in PAGES.items()}
    pages |= {f"{top}posts.csv": table, "other/posts/12.plan.html": HTML}
    found = read("a.zip", zipped(pages), include=("*.zip", "*.html"))
    articles = [one.id for one in found if isinstance(one, Article)]
    assert {*articles} == {"a.zip/other/posts/12.plan", f"a.zip/{top}posts/11.bridge"}
    assert [one.reason for one in found if isinstance(one, Notice)] == ["draft"]


@pytest.mark.parametrize(
    "table",
    [
        TABLE.replace("Plan", "Pl\u00e4n").encode("latin-1"),
        TABLE.encode() + b"x" * (16 * 1024 * 1024),
        TABLE.encode("utf-16-le").join([b"\xff\xfe", b"\0"]),
    ],
    ids=["encoding", "size", "cut"],
)
def test_pages_of_substack_are_refused_if_their_table_cannot_be_read(
    read: Read, table: bytes
) -> None:
    for found in (
        read("a.zip", zipped({**PAGES, "posts.csv": table})),
        read("posts.csv", table, {"posts/12.plan.html": HTML}, exclude=("a.zip",)),
    ):
        assert not [one for one in found if isinstance(one, Article)]
        reasons = [one.reason for one in found if isinstance(one, Refusal)]
        assert [one for one in reasons if one.startswith("may be a draft: posts.csv")]


def test_pages_of_substack_are_refused_if_their_table_is_damaged(read: Read) -> None:
    table = TABLE + "".join(f"{number}.x,,true,a,b,c,d\n" for number in range(500))
    content = bytearray(zipped({**PAGES, "posts.csv": table}))
    at = content.index(b"posts.csv") + 40
    content[at : at + 6] = b"\xff" * 6
    found = read("a.zip", bytes(content))
    assert [type(one) for one in found] == [Refusal] * 3


def test_a_long_cell_or_another_sign_between_cells_keeps_what_a_table_says(read: Read) -> None:
    long = TABLE.replace("Plan", "Plan " * 40_000)
    assert "draft" in outcomes(read("a.zip", zipped({**PAGES, "posts.csv": long})))
    other = TABLE.replace(",", ";").replace("Bridge;", "Bridge,")
    check_substack(read("a.zip", zipped({**PAGES, "posts.csv": other})))


def test_a_table_like_that_of_substack_may_have_articles_of_its_own(read: Read) -> None:
    table = f'post_id,post_date,is_published,title,body\n7,,true,Bridge,"{BRIDGE}"\n'
    fields = {"id": "post_id", "text": "body"}
    alone = zipped({"posts.csv": table})
    assert outcomes(read("a.zip", alone, fields=fields)) == ["7"]
    beside = zipped({"posts.csv": table, "posts/1.html": HTML})
    assert outcomes(read("a.zip", beside, fields=fields)) == ["7", "a.zip/posts/1"]
    [refusal] = read("a.zip", alone)
    assert isinstance(refusal, Refusal)
    assert "text=body" in refusal.reason


def field(*values: Any) -> list[dict[str, Any]]:
    return [{"value": one} for one in values]


def test_fields_as_drupal_keeps_them_are_values(read: Read) -> None:
    node = {
        "nid": field(7),
        "langcode": field("nl"),
        "type": [{"target_id": "article"}],
        "status": field(True),
        "title": field("Bridge closed"),
        "created": field("2022-12-28T09:00:00+00:00"),
        "text": [{"value": HTML, "format": "basic_html", "summary": ""}],
        "field_tags": [{"target_id": 3}, {"target_id": 4}],
        "promote": [],
    }
    draft = {**node, "nid": field(8), "status": field(False)}
    lines = "".join(f"{json.dumps(one)}\n" for one in (node, draft))
    for name, content in (("a.json", json.dumps([node, draft])), ("b.jsonl", lines)):
        found = read(name, content, fields={"id": "nid"}, include=(name,))
        assert outcomes(found) == ["7", "draft"]
        article = found[0]
        assert isinstance(article, Article)
        about = (article.title, article.language, article.date, article.text)
        assert about == ("Bridge closed", "nl", "2022-12-28", TEXT)
        assert article.metadata["field_tags"] == [3, 4]


@pytest.mark.parametrize(
    ("status", "expected"), [("On", "1"), ("Off", "draft"), ("yes", "1"), ("No", "draft")]
)
def test_a_status_may_be_a_box_that_is_ticked(read: Read, status: str, expected: str) -> None:
    assert outcomes(read("a.csv", f'id,status,text\n1,{status},"{BRIDGE}"\n')) == [expected]
    assert outcomes(read("a.csv", f'id,state,text\n1,{status},"{BRIDGE}"\n')) == ["1"]


def test_the_rich_text_of_prismic_is_a_document(read: Read) -> None:
    data = {
        "title": [{"type": "heading1", "text": "Bridge closed", "spans": []}],
        "text": [
            {"type": "image", "url": "a.jpg", "alt": None},
            {"type": "paragraph", "text": BRIDGE, "spans": []},
            {"type": "heading2", "text": "Detour", "spans": []},
            {"type": "o-list-item", "text": "on foot", "spans": []},
            {"type": "paragraph", "text": DETOUR, "spans": [{"start": 0, "end": 3}]},
        ],
    }
    row = {"id": "x", "lang": "en", "first_publication_date": "2022-12-28T09:00:00+0000"}
    [article] = read("a.json", json.dumps({"page": 1, "results": [{**row, "data": data}]}))
    assert isinstance(article, Article)
    assert (article.id, article.title, article.date) == ("x", "Bridge closed", "2022-12-28")
    assert parts(article) == [
        ("body", BRIDGE),
        ("subhead", "Detour"),
        ("list", "- on foot"),
        ("body", DETOUR),
    ]


@pytest.mark.parametrize("name", ["headline", "webTitle", "Post title"])
def test_a_row_without_a_title_has_its_headline_for_one(read: Read, name: str) -> None:
    row = {"id": "a", name: "Bridge closed", "text": TEXT}
    [article] = read("a.json", json.dumps([row]))
    assert isinstance(article, Article)
    assert (article.title, article.metadata) == ("Bridge closed", {})
    [article] = read("a.json", json.dumps([{**row, "title": "One"}]))
    assert isinstance(article, Article)
    assert (article.title, article.metadata) == ("One", {name: "Bridge closed"})


def test_the_markdown_of_a_row_may_have_front_matter_and_marks(read: Read) -> None:
    written = f"---\ntitle: Bridge\ntags: a\n---\n\n{BRIDGE}\n\n{{% youtube x %}}\n\n{DETOUR}\n"
    [article] = read("a.json", json.dumps([{"id": "a", "title": "Bridge", "text": written}]))
    assert isinstance(article, Article)
    assert article.text == TEXT


@pytest.mark.parametrize(
    ("front", "expected"),
    [
        ("---\ntitle: Bridge\ndraft: true\n---\n", "draft"),
        ("---\npublished: false\n---\n", "draft"),
        ("---\nhidden: true\n---\n", "private"),
        ("+++\ndraft = true\n+++\n", "draft"),
        ("---\ntitle: Bridge\ndraft: false\n---\n", "a"),
    ],
)
def test_the_front_matter_of_a_row_says_whether_it_is_published(
    read: Read, front: str, expected: str
) -> None:
    for text in (TEXT, f"# Bridge\n\n{TEXT}", f"{DETOUR}\n\n" * 3_000):
        assert outcomes(read("a.json", json.dumps([{"id": "a", "text": front + text}]))) == [
            expected
        ]


@pytest.mark.parametrize(
    "text",
    [
        f"---\nKyiv: {BRIDGE}\n---\n\n{DETOUR}",
        f"---\nAnna: {'Yes. ' * 20_000}\n\n---\n\n{BRIDGE}",
        f"---\ntitle: Bridge\n---\n\n{BRIDGE} {'Long. ' * 40_000}",
    ],
    ids=["a sentence between rules", "talk before a rule", "over the bound"],
)
def test_a_row_with_rules_that_hold_no_fields_keeps_its_text(read: Read, text: str) -> None:
    [article] = read("a.json", json.dumps([{"id": "a", "text": text}]))
    assert isinstance(article, Article)
    words = text.replace("---", "").split()
    assert [one for one in article.text.split() if one != "---"] == words


def notion_page(status: str) -> str:
    row = "<tr class='property-row'><th><span></span>{}</th><td>{}</td></tr>"
    rows = row.format("Status", f"<span>{status}</span>") + row.format(
        "Date", "<time>@December 28, 2022</time>"
    )
    return (
        "<html><head><title>Bridge closed</title></head><body>"
        '<article id="1" class="page sans"><header><h1 class="page-title">Bridge closed</h1>'
        f'<table class="properties"><tbody>{rows}</tbody></table></header>'
        f'<div class="page-body">{HTML}</div></article></body></html>'
    )


def test_a_page_of_notion_in_html_has_its_properties_in_a_table(read: Read) -> None:
    [article] = read("a.html", notion_page("Published"))
    assert isinstance(article, Article)
    assert (article.title, article.date) == ("Bridge closed", "2022-12-28")
    assert parts(article) == [("body", BRIDGE), ("body", DETOUR)]
    assert outcomes(read("a.html", notion_page("In progress"))) == ["draft"]


@pytest.mark.parametrize(
    ("name", "is_on", "expected"),
    [
        ("Published", True, "a"),
        ("Published", False, "draft"),
        ("Draft", True, "draft"),
        ("Draft", False, "a"),
    ],
)
def test_a_box_of_a_page_of_notion_is_ticked_or_not(
    read: Read, name: str, is_on: bool, expected: str
) -> None:
    box = f'<div class="checkbox checkbox-{"on" if is_on else "off"}"></div>'
    page = notion_page(box).replace("Status", name)
    assert outcomes(read("a.html", page)) == [expected]


def test_the_title_of_a_page_of_medium_stands_once(read: Read) -> None:
    page = medium("Bridge").replace(HTML, f"<h3>Bridge</h3>{HTML}<h3>Bridge</h3>{HTML}")
    [article] = read("a.html", page)
    assert isinstance(article, Article)
    assert [one.role for one in cut(article) if one.text == "Bridge"] == ["title", "subhead"]


def test_a_page_of_medium_keeps_its_subtitle_and_its_fields(read: Read) -> None:
    subtitle = '<section data-field="subtitle" class="p-summary">A detour for all</section>'
    page = medium("Bridge").replace("<section data-field='body'", f"{subtitle}<section")
    card = '<div class="graf graf--mixtapeEmbed"><a href="x"><b>Another story</b></a></div>'
    repeated = '<h3 class="graf--title">Bridge</h3><h4 class="graf--subtitle">A detour for all</h4>'
    foot = (
        '<p class="p-tags"><a class="p-tag">Traffic</a></p><p><time class="dt-published" '
        'datetime="2022-12-28T10:00:00.000Z"></time><a href="https://m.example/1" '
        'class="p-canonical">Link</a></p></footer>'
    )
    page = page.replace("</footer>", foot)
    for body in (HTML, f"{repeated}{HTML}{card}"):
        [article] = read("a.html", page.replace(HTML, body))
        assert isinstance(article, Article)
        about = (article.title, article.date, article.author, article.section, article.url)
        assert about == ("Bridge", "2022-12-28", "Ann Roe", "Traffic", "https://m.example/1")
        found = [("standfirst", "A detour for all"), ("body", BRIDGE), ("body", DETOUR)]
        assert parts(article) == found


def test_what_asks_to_subscribe_is_no_text_of_a_page_of_substack(read: Read) -> None:
    widget = (
        '<div class="subscription-widget-wrap"><p>Please subscribe to this letter.</p></div>'
        '<p class="button-wrapper"><a>Share</a></p>'
    )
    pages = {**PAGES, "posts/11.bridge.html": f"<p>{BRIDGE}</p>{widget}<p>{DETOUR}</p>"}
    check_substack(read("posts.csv", pages["posts.csv"], pages))


MOVABLE_TYPE = f"""AUTHOR: Ann Roe
TITLE: Bridge closed
BASENAME: bridge
STATUS: Publish
CONVERT BREAKS: __default__
PRIMARY CATEGORY: Traffic
CATEGORY: News
DATE: 01/05/2022 03:31:05 PM
TAGS: "bridges",water
-----
BODY:
{BRIDGE}
-----
Signed at Tiel.
-----
EXTENDED BODY:
<p>{DETOUR}</p>
-----
EXCERPT:
A detour for all
-----
COMMENT:
AUTHOR: Quux
DATE: 01/06/2022 03:31:05 PM
Nonsense!
-----
--------
AUTHOR: Ann Roe
TITLE: Plan
STATUS: Draft
DATE: 01/07/2022 10:00:00
-----
BODY:
Not yet.
-----
--------
TITLE: Detour
UNIQUE URL: https://b.example/detour
STATUS: Publish
CONVERT BREAKS: markdown
DATE: 01/08/2022 10:00:00
-----
BODY:
## How

{DETOUR}
-----
--------
"""


def test_an_export_of_movable_type_gives_its_entries_without_their_comments(read: Read) -> None:
    found = read("a.txt", MOVABLE_TYPE)
    assert outcomes(found) == ["2022/01/bridge", "draft", "https://b.example/detour"]
    first, _, last = found
    assert isinstance(first, Article)
    assert isinstance(last, Article)
    about = (first.title, first.date, first.author, first.section)
    assert about == ("Bridge closed", "2022-01-05", "Ann Roe", "Traffic")
    assert first.metadata == {"tags": ["bridges", "water"]}
    assert parts(first) == [
        ("standfirst", "A detour for all"),
        ("body", BRIDGE),
        ("body", "Signed at Tiel."),
        ("body", DETOUR),
    ]
    assert parts(last) == [("subhead", "How"), ("body", DETOUR)]


def test_a_text_with_a_line_of_hyphens_is_no_export(read: Read) -> None:
    [article] = read("a.txt", f"Title: Bridge\n\n{BRIDGE}\n\n-----\nBODY:\n{DETOUR}\n")
    assert isinstance(article, Article)
    assert article.id == "a"


def test_wagtail_keeps_what_it_knows_of_a_page_apart(read: Read) -> None:
    about = {
        "type": "blog.Page",
        "detail_url": "https://x.example/api/1/",
        "html_url": "https://x.example/bridge/",
        "first_published_at": "2022-12-28T10:00:00Z",
        "locale": "nl",
    }
    page = {"id": 1, "meta": about, "title": "Brug", "text": HTML}
    for name, content in (
        ("a.json", json.dumps({"meta": {"total_count": 1}, "items": [page]})),
        ("b.jsonl", json.dumps(page)),
    ):
        [article] = read(name, content, include=(name,))
        assert isinstance(article, Article)
        assert (article.date, article.language) == ("2022-12-28", "nl")
        assert article.url == "https://x.example/bridge/"


def test_of_an_export_of_sanity_only_what_has_a_text_is_an_article(read: Read) -> None:
    rows = [
        {"_id": "image-1", "_type": "sanity.imageAsset", "url": "x"},
        {"_id": "ann", "_type": "author", "name": "Ann"},
        {"_id": "p1", "_type": "post", "title": "Bridge", "text": BRIDGE},
    ]
    lines = "".join(f"{json.dumps(one)}\n" for one in rows)
    assert outcomes(read("a.ndjson", lines)) == ["sanity.imageAsset", "author", "p1"]
    [refusal] = read("a.ndjson", lines.replace('"text"', '"body"'))
    assert isinstance(refusal, Refusal)
    assert "--field text=body" in refusal.reason


BLOCKS: dict[str, Any] = {
    "Wagtail": [
        {"type": "paragraph", "value": f"<p>{BRIDGE}</p>", "id": "a1"},
        {"type": "image_block", "value": {"image": 7, "caption": "The barrier"}, "id": "a2"},
        {"type": "image", "value": 5, "id": "a3"},
        {"type": "heading", "value": "Detour", "id": "a4"},
        {"type": "quote", "value": {"quote": DETOUR}, "id": "a5"},
    ],
    "zones of Strapi": [
        {"__component": "shared.rich-text", "id": 1, "body": BRIDGE},
        {"__component": "shared.media", "file": {"url": "/x.jpg", "caption": "The barrier"}},
        {"__component": "shared.heading", "title": "Detour"},
        {"__component": "shared.slider", "files": []},
        {"__component": "shared.quote", "body": DETOUR},
    ],
    "blocks of Strapi": [
        {"type": "paragraph", "children": [{"type": "text", "text": BRIDGE}]},
        {"type": "image", "image": {"caption": "The barrier"}, "children": [{"text": ""}]},
        {"type": "heading", "level": 2, "children": [{"type": "text", "text": "Detour"}]},
        {"type": "quote", "children": [{"type": "text", "text": DETOUR}]},
    ],
    "Sanity": [
        {"_type": "block", "style": "normal", "children": [{"_type": "span", "text": BRIDGE}]},
        {"_type": "image", "asset": {"_ref": "image-1"}, "caption": "The barrier", "alt": "a b"},
        {"_type": "block", "style": "h2", "children": [{"_type": "span", "text": "Detour"}]},
        {"_type": "youtube", "url": "https://video.example/1"},
        {
            "_type": "callout",
            "text": [{"_type": "block", "style": "blockquote", "children": [{"text": DETOUR}]}],
        },
    ],
    "Storyblok": {
        "component": "post",
        "_uid": "x",
        "body": [
            {
                "component": "paragraph",
                "text": {
                    "type": "doc",
                    "content": [
                        {"type": "paragraph", "content": [{"type": "text", "text": BRIDGE}]}
                    ],
                },
            },
            {"component": "image", "caption": "The barrier", "filename": "https://x.example/a"},
            {"component": "headline", "heading": "Detour"},
            {"component": "quote", "quote": DETOUR},
        ],
    },
    "DatoCMS": {
        "value": {
            "schema": "dast",
            "document": {
                "type": "root",
                "children": [
                    {"type": "paragraph", "children": [{"type": "span", "value": BRIDGE}]},
                    {"type": "caption", "children": [{"type": "span", "value": "The barrier"}]},
                    {"type": "heading", "children": [{"type": "span", "value": "Detour"}]},
                    {"type": "blockquote", "children": [{"type": "span", "value": DETOUR}]},
                ],
            },
        },
        "blocks": [],
    },
    "Notion": [
        {"object": "block", "type": kind, kind: {name: [{"type": "text", "plain_text": text}]}}
        for kind, name, text in (
            ("paragraph", "rich_text", BRIDGE),
            ("image", "caption", "The barrier"),
            ("heading_2", "rich_text", "Detour"),
            ("quote", "rich_text", DETOUR),
        )
    ],
}


@pytest.mark.parametrize("name", BLOCKS)
def test_the_blocks_of_a_content_system_are_read_by_their_fields(read: Read, name: str) -> None:
    row = {"id": "1", "title": "Bridge", "text": BLOCKS[name]}
    for written in (row, {**row, "text": json.dumps(row["text"])}):
        [article] = read("a.json", json.dumps([written]))
        assert isinstance(article, Article)
        found = [(role, text) for role, text in parts(article) if role != "caption"]
        assert found == [("body", BRIDGE), ("subhead", "Detour"), ("quote", DETOUR)]
        assert [text for role, text in parts(article) if role == "caption"] == ["The barrier"]


@pytest.mark.parametrize(
    "html",
    [
        '<img alt="x" data-caption="The &lt;em&gt;barrier&lt;/em&gt;" src="a.jpg">',
        '<drupal-media data-caption="The barrier" data-entity-uuid="x"></drupal-media>',
        '<action-text-attachment sgid="x" caption="The barrier"></action-text-attachment>',
        '<figure><img data-caption="The barrier"><figcaption>The barrier</figcaption></figure>',
        '[[{"fid":"1","fields":{"field_caption[und][0][value]":"The barrier"},"type":"media"}]]',
        '<div class="wp-caption"><img><p class="wp-caption-text">The barrier</p></div>',
        '<div><img><p class="wp-caption-text small">The barrier</p></div>',
        "<table><tr><td><img></td></tr><tr><td class='tr-caption'>The barrier</td></tr></table>",
    ],
)
def test_a_caption_may_be_an_attribute_or_a_class(read: Read, html: str) -> None:
    text = f"<p>{BRIDGE}</p>{html}<p>{DETOUR}</p>"
    [article] = read("a.json", json.dumps([{"id": "1", "title": "Bridge", "text": text}]))
    assert isinstance(article, Article)
    assert parts(article) == [("body", BRIDGE), ("caption", "The barrier"), ("body", DETOUR)]


@pytest.mark.parametrize(
    "mark", ["{loadposition ads}", "{youtube}abc{/youtube}", "{gallery}a/b{/gallery}"]
)
def test_marks_of_plugins_of_joomla_are_no_text(read: Read, mark: str) -> None:
    text = f"<p>{BRIDGE}</p>{mark}<p>{DETOUR} {{sic}}</p>"
    [article] = read("a.json", json.dumps([{"id": "1", "title": "Bridge", "text": text}]))
    assert isinstance(article, Article)
    assert parts(article) == [("body", BRIDGE), ("body", f"{DETOUR} {{sic}}")]


def test_a_blank_line_between_sentences_parts_them_beside_paragraphs_too(read: Read) -> None:
    text = f"{BRIDGE}\n\n{DETOUR}\n<p>Signed\n\nat Tiel</p>"
    [article] = read("a.json", json.dumps([{"id": "1", "title": "Bridge", "text": text}]))
    assert isinstance(article, Article)
    assert article.text.split("\n\n") == [BRIDGE, DETOUR, "Signed at Tiel"]


def test_a_row_has_its_authors_and_section_under_other_names(read: Read) -> None:
    row = {
        "id": "1",
        "text": BRIDGE,
        "authors": [
            {"firstName": "Ann", "lastName": "Roe"},
            {"name": {"given": "Bo", "family": "Lee"}},
        ],
        "category": {"name": "Water"},
        "permalink": "https://x.example/1",
    }
    [article] = read("a.json", json.dumps([row]))
    assert isinstance(article, Article)
    assert (article.author, article.section) == ("Ann Roe, Bo Lee", "Water")
    assert article.url == "https://x.example/1"
    assert article.metadata["category"] == {"name": "Water"}
    [article] = read("a.json", json.dumps([{**row, "author": "Cy", "section": "Roads"}]))
    assert isinstance(article, Article)
    assert (article.author, article.section) == ("Cy", "Roads")


def test_a_row_of_a_picture_without_text_is_none(read: Read) -> None:
    rows = [{"id": "1", "type": "picture", "text": None}, {"id": "2", "type": "text", "text": TEXT}]
    assert outcomes(read("a.json", json.dumps(rows))) == ["picture", "2"]
    superdesk = {"id": "3", "text": TEXT, "expiry": "2022-12-30", "unique_name": "#1"}
    assert outcomes(read("a.json", json.dumps([superdesk]))) == ["3"]


def test_an_export_of_medium_holds_more_than_posts(read: Read) -> None:
    post = medium("Bridge").replace("<p>By", '<p><time class="dt-published"></time>By')
    draft = medium("Bridge").replace("<p>By", "<p><a>View original.</a></p><p>By")
    response = post.replace(HTML, "<p>Bridge</p>")
    card = "<h3 class='p-name'>Ann</h3><ul><li><b>Medium user ID:</b> 1</li></ul>"
    account = f"<html><body><section class='h-card'>{card}</section></body></html>"
    sessions = post.replace(post[post.index("<section") : post.index("<footer>")], "<ul></ul>")
    pages = {"b.html": draft, "c.html": response, "d.html": account, "e.html": sessions}
    found = outcomes(read("a.html", post, pages))
    assert found == ["a", "draft", "comment", "account", "account"]


@pytest.mark.parametrize("inner", [{"type": "a"}, {"type": "a", "id": 7}])
def test_blocks_within_blocks_are_gone_through_once(read: Read, inner: dict[str, Any]) -> None:
    for name in ("blocks", "value"):
        nested: Any = inner
        for _ in range(40):
            nested = {"type": "a", name: [nested]}
        row = {"id": "1", "title": "Bridge", "text": [nested, {"type": "text", "body": BRIDGE}]}
        [article] = read("a.json", json.dumps([row]))
        assert isinstance(article, Article)
        assert article.text == BRIDGE
