"""Exports of Ghost, JSON Feeds, outboxes and rows are known by what they hold."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from articles.conftest import Read
from support.clock import set_clock
from support.kept_words import lost_words

from recommender.articles.read import read_newest
from recommender.passages.paragraphs import cut
from recommender.types import Article, Notice, Refusal

OWL = "An owl has nested in the belfry since March, and the bell is rung by hand more softly."
RING = "The ringers agreed to it in a vote, five to two, on the evening of the spring clean."
HTML = f"<p>{OWL}</p><p>{RING}</p>"


def roles(article: Article) -> list[tuple[str, str]]:
    return [(str(one.role), one.text) for one in cut(article)][1:]


def post(**fields: Any) -> dict[str, Any]:
    return {
        "id": "5f1",
        "uuid": "u1",
        "title": "Owl &amp; bell",
        "html": HTML,
        "status": "published",
        "type": "post",
        "published_at": "2022-03-30T08:00:00.000Z",
    } | fields


def ghost(*posts: dict[str, Any], **tables: Any) -> str:
    data = {"posts": list(posts), **tables}
    return json.dumps({"db": [{"meta": {"version": "5.2"}, "data": data}]})


def only(found: list[Article | Refusal | Notice]) -> Article:
    [article] = found
    assert isinstance(article, Article), article
    return article


LEXICAL = {
    "root": {
        "children": [
            {"type": "paragraph", "children": [{"text": OWL[:9]}, {"text": OWL[9:]}]},
            {"type": "paragraph", "children": [{"type": "link", "children": [{"text": RING}]}]},
        ]
    }
}
MOBILEDOC = {"sections": [[1, "p", [[0, [], 0, OWL]]], [1, "p", [[0, [], 0, RING]]]]}


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"html": None, "markdown": f"{OWL}\n\n{RING}", "published_at": 1648630800000},
        {"html": None, "plaintext": f"{OWL}\n\n{RING}"},
        {"html": None, "lexical": json.dumps(LEXICAL)},
        {"html": "", "mobiledoc": json.dumps(MOBILEDOC)},
        {"status": None},
        {"visibility": "paid"},
    ],
    ids=str,
)
def test_a_post_of_ghost_is_an_article(read: Read, fields: dict[str, Any]) -> None:
    article = only(read("a.json", ghost(post(**fields))))
    assert (article.id, article.title) == ("5f1", "Owl & bell")
    assert article.date == "2022-03-30"
    assert roles(article) == [("body", OWL), ("body", RING)]


def typed(kind: str, *texts: str, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "children": [{"type": "text", "text": one} for one in texts], **fields}


# A document of Ghost with each kind of block and card, every word of it once.
WRITTEN = {
    "root": {
        "children": [
            typed("heading", "alpha", tag="h2"),
            typed("paragraph", "bravo ", "charlie"),
            {
                "type": "list",
                "listType": "number",
                "children": [
                    typed("listitem", "delta"),
                    {"type": "listitem", "children": [typed("list", "echo")]},
                ],
            },
            typed("extended-quote", "foxtrot"),
            typed("aside", "golf"),
            {"type": "callout", "calloutText": "<p>hotel &amp; <b>india</b></p>"},
            {"type": "toggle", "heading": "juliet", "content": "<p>kilo</p><p>lima</p>"},
            {"type": "markdown", "markdown": "## mike\n\n- november"},
            {"type": "html", "html": "<p>oscar</p>"},
            {"type": "image", "src": "a.jpg", "alt": "", "caption": "<span>papa</span>"},
            {"type": "gallery", "images": [], "caption": "quebec"},
            {"type": "codeblock", "code": "romeo <sierra>"},
            {"type": "bookmark", "metadata": {"title": "tango", "description": "uniform"}},
            {"type": "file", "fileTitle": "victor", "fileCaption": "whiskey"},
            {"type": "header", "header": "xray", "subheader": "yankee"},
            {"type": "product", "productTitle": "zulu", "productDescription": "<p>amber</p>"},
            {"type": "horizontalrule"},
            {"type": "kind-of-tomorrow", "children": [typed("paragraph", "beryl")]},
        ]
    }
}
SECTIONS = {
    "version": "0.3.1",
    "atoms": [["soft-return", "", {}], ["mention", "alpha", {}]],
    "cards": [
        ["card-markdown", {"markdown": "bravo *charlie*"}],
        ["image", {"src": "a.jpg", "caption": "delta"}],
        ["hr", {}],
        ["code", {"code": "echo"}],
        ["toggle", {"heading": "foxtrot", "content": "<p>golf</p>"}],
    ],
    "sections": [
        [1, "h2", [[0, [], 0, "hotel"]]],
        [1, "p", [[0, [], 0, "india"], [1, [], 0, 0], [0, [0], 1, "juliet "], [1, [], 0, 1]]],
        [3, "ul", [[[0, [], 0, "kilo"]], [[0, [], 0, "lima"]]]],
        *([10, at] for at in range(5)),
    ],
}


@pytest.mark.parametrize(("form", "document"), [("lexical", WRITTEN), ("mobiledoc", SECTIONS)])
def test_no_word_of_a_block_or_card_of_ghost_is_lost(
    read: Read, form: str, document: dict[str, Any]
) -> None:
    article = only(read("a.json", ghost(post(html=None, **{form: json.dumps(document)}))))
    names = "alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike"
    names += " november oscar papa quebec romeo sierra tango uniform victor whiskey xray yankee"
    written = json.dumps(document)
    source = " ".join(name for name in f"{names} zulu amber beryl".split() if name in written)
    assert lost_words(source, [article]) == []
    assert not re.search(r"[a-z]{12,}", article.text.replace("horizontalrule", ""))


@pytest.mark.parametrize(
    "document",
    ["{", "[]", "{}", '{"root": 1}', '{"root": {"children": [1]}}', '{"sections": [[10, 9]]}'],
)
def test_a_broken_document_of_ghost_is_no_text(read: Read, document: str) -> None:
    for form in ("lexical", "mobiledoc"):
        [refusal] = read("a.json", ghost(post(html=None, **{form: document})))
        assert isinstance(refusal, Refusal)
        assert refusal.reason == "has no text"


def test_the_caption_and_the_excerpt_stay_with_each_form_of_a_text_of_ghost(read: Read) -> None:
    more = {"custom_excerpt": "What the ringers voted", "feature_image_caption": "The owl"}
    for form, text in {"plaintext": OWL, "lexical": json.dumps(LEXICAL)}.items():
        article = only(read("a.json", ghost(post(html=None, **{form: text}, **more))))
        assert roles(article)[:2] == [
            ("standfirst", "What the ringers voted"),
            ("caption", "The owl"),
        ]


def test_authors_and_tags_of_ghost_are_joined(read: Read) -> None:
    article = only(
        read(
            "a.json",
            ghost(
                post(custom_excerpt="What the ringers voted", feature_image_caption="The owl"),
                users=[{"id": 1, "name": "Ann Roe"}, {"id": 2, "name": "Bo Lee"}],
                posts_authors=[
                    {"post_id": "5f1", "author_id": 2, "sort_order": 1},
                    {"post_id": "5f1", "author_id": 1, "sort_order": 0},
                ],
                tags=[{"id": 7, "name": "birds"}, {"id": 8, "name": "#internal"}],
                posts_tags=[{"post_id": "5f1", "tag_id": 8}, {"post_id": "5f1", "tag_id": 7}],
            ),
        )
    )
    assert (article.author, article.section) == ("Ann Roe, Bo Lee", "birds")
    assert roles(article)[:2] == [("standfirst", "What the ringers voted"), ("caption", "The owl")]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"status": "draft"}, "draft"),
        ({"status": "draft", "html": None}, "draft"),
        ({"status": "scheduled"}, "scheduled"),
        ({"status": "sent"}, "private"),
        ({"type": "snippet"}, "snippet"),
    ],
)
def test_what_ghost_does_not_show_is_counted(
    read: Read, fields: dict[str, Any], reason: str
) -> None:
    [notice] = read("a.json", ghost(post(**fields)))
    assert isinstance(notice, Notice)
    assert notice.reason == reason


@pytest.mark.parametrize(
    "value",
    [
        {"data": {"posts": [post()]}, "meta": {}},
        {"posts": [post(url="https://bell.example/owl")]},
        {"posts": [post()], "meta": {"pagination": {}}},
        [post()],
    ],
)
def test_posts_of_ghost_are_known_in_each_wrapping(read: Read, value: object) -> None:
    assert only(read("a.json", json.dumps(value))).date == "2022-03-30"


def feed(**fields: Any) -> str:
    item = {
        "id": "https://bell.example/owl",
        "url": "https://bell.example/owl",
        "title": "Owl & bell",
        "content_html": HTML,
        "date_published": "2022-03-30T10:00:00+02:00",
        "authors": [{"name": "Ann Roe"}],
        "tags": ["birds"],
    }
    top = {"version": "https://jsonfeed.org/version/1.1", "title": "The Bell", "language": "en"}
    return json.dumps({**top, "items": [item | fields]})


@pytest.mark.parametrize(
    "fields",
    [{}, {"content_html": "", "content_text": f"{OWL}\n\n{RING}"}, {"author": {"name": "Ann Roe"}}],
    ids=str,
)
def test_an_item_of_a_json_feed_is_an_article(read: Read, fields: dict[str, Any]) -> None:
    article = only(read("feed.json", feed(**fields)))
    assert (article.title, article.date) == ("Owl & bell", "2022-03-30")
    assert (article.author, article.source, article.language) == ("Ann Roe", "The Bell", "en")
    assert roles(article) == [("body", OWL), ("body", RING)]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"status": "draft"}, "draft"),
        ({"status": "draft", "content_html": ""}, "draft"),
        ({"_bell": {"draft": True}}, "draft"),
        ({"_bell": {"about": "https://bell.example", "visibility": "private"}}, "private"),
        ({"embargo": "2999-01-01"}, "scheduled"),
        ({"status": "published", "_bell": {"draft": False}}, "published"),
    ],
    ids=str,
)
def test_an_item_of_a_json_feed_may_say_that_it_is_a_draft(
    read: Read, fields: dict[str, Any], expected: str
) -> None:
    found = read("feed.json", feed(**fields))[0]
    assert isinstance(found, Article | Notice)
    assert (found.reason if isinstance(found, Notice) else str(found.status_now)) == expected


PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


def outbox(*activities: Any) -> str:
    return json.dumps(
        {
            "@context": "https://www.w3.org/ns/activitystreams",
            "type": "OrderedCollection",
            "orderedItems": activities,
        }
    )


def create(**fields: Any) -> dict[str, Any]:
    note = {
        "id": "https://social.example/1",
        "type": "Note",
        "published": "2022-03-30T08:00:00Z",
        "attributedTo": "https://social.example/users/bell",
        "to": [PUBLIC],
        "contentMap": {"en": HTML},
        "content": HTML,
        "tag": [{"type": "Hashtag", "name": "#birds"}],
    }
    return {"type": "Create", "to": [PUBLIC], "object": note | fields}


def test_a_note_of_an_outbox_is_an_article(read: Read) -> None:
    article = only(read("outbox.json", outbox(create())))
    assert (article.id, article.date) == ("https://social.example/1", "2022-03-30")
    assert (article.language, article.metadata) == ("en", {"tags": ["birds"]})
    assert roles(article)[-1] == ("body", RING)


@pytest.mark.parametrize(
    ("fields", "language"),
    [
        ({"content": None}, "en"),
        ({"content": HTML, "contentMap": {"nl": "<p>Uil</p>", "en": HTML}}, "en"),
        ({"content": "", "contentMap": {"en": HTML, "nl": "<p>Uil</p>"}}, "en"),
        ({"content": "", "contentMap": {}, "source": {"content": f"{OWL}\n\n{RING}"}}, "und"),
        ({"contentMap": None, "content": f"{OWL}\n\n{RING}"}, "und"),
    ],
    ids=str,
)
def test_the_text_of_a_note_is_found_in_each_of_its_places(
    read: Read, fields: dict[str, Any], language: str
) -> None:
    article = only(read("outbox.json", outbox(create(**fields))))
    assert article.text == f"{OWL}\n\n{RING}"
    assert article.language == language


def test_no_word_of_a_poll_with_a_warning_is_lost(read: Read) -> None:
    offered = [{"type": "Note", "name": "softly"}, {"type": "Note", "name": "not at all"}]
    article = only(
        read(
            "outbox.json",
            outbox(create(type="Question", summary="About birds", oneOf=offered, name="Vote")),
        )
    )
    assert lost_words(f"Vote About birds {OWL} {RING} softly not at all", [article]) == []
    assert roles(article)[-1] == ("list", "- softly\n- not at all")


def test_what_others_wrote_or_is_not_for_all_is_counted(read: Read) -> None:
    followers = "https://social.example/users/bell/followers"
    private = create(to=[followers], cc=[]) | {"to": [followers]}
    boost = {"type": "Announce", "object": "https://social.example/2"}
    found = read("outbox.json", outbox(create(), private, boost, "https://social.example/3"))
    assert [one.reason for one in found if isinstance(one, Notice)] == [
        "private",
        "Announce",
        "reference",
    ]
    assert len(found) == 4


def rows(count: int) -> list[dict[str, Any]]:
    return [{"id": str(at), "title": "Owl", "text": f"{OWL} {at}"} for at in range(count)]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(rows(3)),
        json.dumps({"count": 3, "articles": rows(3)}),
        "\n".join(map(json.dumps, rows(3))),
        "\n".join(json.dumps(row, indent=1) for row in rows(3)),
        ",\n".join(map(json.dumps, rows(3))),
    ],
)
def test_rows_stand_in_an_array_or_one_after_the_other(read: Read, text: str) -> None:
    assert [one.id for one in read("a.json", text) if isinstance(one, Article)] == ["0", "1", "2"]
    assert len(read("a.json", text)) == 3


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(rows(3)),
        json.dumps({"count": 3, "articles": rows(3)}),
        "\n".join(map(json.dumps, rows(3))),
        ghost(*(post(id=str(at)) for at in range(3))),
        feed()[:-2] + "," + feed().partition("items")[2].partition("[")[2],
    ],
)
@pytest.mark.parametrize("lost", [10, 40])
def test_a_file_that_ends_too_soon_is_read_as_far_as_it_is_whole(
    read: Read, text: str, lost: int
) -> None:
    *articles, refusal = read("a.json", text[:-lost])
    assert isinstance(refusal, Refusal)
    assert "ends too soon" in refusal.reason
    assert len(articles) <= 2


def test_a_fault_within_an_array_costs_what_comes_after_it(read: Read) -> None:
    first, second, third = map(json.dumps, rows(3))
    *articles, refusal = read("a.json", f"[{first}, {second[:-1]}, !, {third}]")
    assert len(articles) == 1
    assert isinstance(refusal, Refusal)
    assert "is not JSON" in refusal.reason


def test_columns_that_are_named_make_rows_of_anything(read: Read) -> None:
    row = {"uri": "a", "versioncreated": "x", "body_html": HTML, "name": "Owl"}
    article = only(read("a.json", json.dumps([row]), fields={"text": "body_html", "title": "name"}))
    assert article.title == "Owl"


def test_an_item_of_a_feed_may_be_of_tomorrow(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, "2022-03-30T07:00:00+00:00")
    article, notice = read("feed.json", feed())
    assert isinstance(article, Article)
    assert article.embargo
    assert isinstance(notice, Notice)


NODES = [
    {"id": str(at), "type": "node", "attributes": {"title": "Owl", "text": f"{OWL} {at}"}}
    for at in range(3)
]


@pytest.mark.parametrize(
    "value",
    [
        {"data": {"items": rows(3)}, "meta": {"total": 3}},
        {"articles": rows(3), "authors": [{"id": at, "name": "Ann Roe"} for at in range(9)]},
        {"response": {"status": "ok", "results": rows(3)}},
        {row.pop("id"): row for row in rows(3)},
        {"posts": {row.pop("id"): row for row in rows(3)}},
        {"data": NODES, "jsonapi": {"version": "1.0"}},
        NODES,
        [{"id": one["id"], "fields": one["attributes"]} for one in NODES],
        {"data": {"posts": {"edges": [{"cursor": "x", "node": one} for one in rows(3)]}}},
        {
            "hits": {
                "total": 3,
                "hits": [{"_id": f"x{n}", "_source": one} for n, one in enumerate(rows(3))],
            }
        },
        {"2022": rows(3)[:2], "2021": rows(3)[2:]},
        {"sections": [{"name": "Birds", "articles": rows(3)[:1]}, {"articles": rows(3)[1:]}]},
        [{"name": "Birds", "articles": rows(3)[:1]}, {"name": "Bells", "articles": rows(3)[1:]}],
        {"posts": rows(3), "comments": [{"id": f"c{n}", "text": RING} for n in range(9)]},
        {"posts": [{**one, "comments": [{"id": "c", "text": RING}]} for one in rows(3)]},
    ],
)
def test_rows_are_found_wherever_they_stand_in_a_file(read: Read, value: object) -> None:
    found = read("a.json", json.dumps(value))
    assert [(one.id, one.title) for one in found if isinstance(one, Article)] == [
        ("0", "Owl"),
        ("1", "Owl"),
        ("2", "Owl"),
    ]
    assert len(found) == 3


@pytest.mark.parametrize(
    "row",
    [
        {"id": "a", "text": OWL, "tags": [{"id": 1, "text": "birds"}]},
        {"id": "a", "text": OWL, "authors": [{"name": "Ann Roe"}], "images": [{"url": "x"}]},
        {"id": "a", "text": OWL, "data": {"comments": [{"id": "b", "text": RING}]}},
    ],
)
def test_an_object_with_a_text_is_one_article_whatever_lists_it_has(
    read: Read, row: dict[str, Any]
) -> None:
    assert (only(read("a.json", json.dumps(row))).id) == "a"


def test_the_column_of_one_object_is_named_and_not_those_of_its_authors(read: Read) -> None:
    item = {"@type": "NewsArticle", "@id": "u1", "headline": "Owl", "articleBody": OWL}
    content = json.dumps({**item, "author": [{"@type": "Person", "name": "Ann Roe"}]})
    [refusal] = read("a.json", content)
    assert isinstance(refusal, Refusal)
    assert refusal.reason.endswith("--field text=articleBody")
    assert only(read("a.json", content, fields={"text": "articleBody"})).author == "Ann Roe"


@pytest.mark.parametrize("name", ["attributes", "fields", "node", "_source"])
def test_the_fields_of_a_line_may_stand_in_an_object_of_their_own(read: Read, name: str) -> None:
    lines = [json.dumps({"id": one["id"], name: one["attributes"]}) for one in NODES]
    found = read("a.jsonl", "\n".join(lines))
    assert [(one.id, one.title) for one in found] == [("0", "Owl"), ("1", "Owl"), ("2", "Owl")]


def test_names_stand_in_nodes_of_graphql(read: Read) -> None:
    author = {"nodes": [{"name": "Ann Roe"}, {"name": "Bo Li"}]}
    section = {"edges": [{"node": {"name": "Birds"}}]}
    row = {"id": "a", "text": OWL, "author": author, "category": section}
    article = only(read("a.json", json.dumps({"data": {"posts": {"nodes": [row]}}})))
    assert (article.author, article.section) == ("Ann Roe, Bo Li", "Birds")


def test_a_message_of_telegram_is_one_text_of_its_pieces(read: Read) -> None:
    pieces = [
        "Owl ",
        {"type": "bold", "text": "and"},
        f" bell\n\n{OWL} ",
        {"type": "hashtag", "text": "#owl"},
    ]
    channel = {
        "name": "Belfry",
        "messages": [{"id": 2, "date": "2022-03-30T08:00:00", "text": pieces}],
    }
    assert only(read("result.json", json.dumps(channel))).text == f"Owl and bell\n\n{OWL} #owl"


def test_a_field_of_that_name_beside_a_text_is_metadata(read: Read) -> None:
    row = {"id": "a", "text": OWL, "attributes": {"text": RING, "desk": "birds"}}
    article = only(read("a.jsonl", json.dumps(row)))
    assert (article.text, article.metadata) == (OWL, {"attributes": row["attributes"]})


def test_the_caption_of_a_post_may_lie_in_a_table_of_its_own(read: Read) -> None:
    row = {"post_id": "5f1", "feature_image_caption": "The <b>owl</b>", "email_subject": "x"}
    article = only(read("a.json", ghost(post(), posts_meta=[row])))
    assert roles(article)[0] == ("caption", "The owl")


def test_players_and_sizes_of_files_are_no_text_of_a_post(read: Read) -> None:
    cards = (
        '<div class="kg-card kg-audio-card"><div class="kg-audio-title">The bell</div>'
        '<div class="kg-audio-player"><span>0:00</span>/<span>184.3</span></div></div>'
        '<div class="kg-card kg-file-card"><div class="kg-file-card-title">The report</div>'
        '<div class="kg-file-card-metadata"><div>a.pdf</div><div>2 MB</div></div></div>'
    )
    article = only(read("a.json", ghost(post(html=f"<p>{OWL}</p>{cards}"))))
    assert article.text.split("\n\n") == [OWL, "The bell", "The report"]


@pytest.mark.parametrize(
    "gone",
    [
        {"type": "Delete", "object": "https://social.example/1"},
        {"type": "Delete", "object": {"id": "https://social.example/1", "type": "Tombstone"}},
    ],
    ids=str,
)
def test_what_its_author_deleted_is_withdrawn(tmp_path: Path, gone: dict[str, Any]) -> None:
    (tmp_path / "a.json").write_text(outbox(create(), create(id="https://social.example/2")))
    later = {**gone, "published": "2023-01-01T00:00:00Z"}
    (tmp_path / "b.json").write_text(outbox(later))
    found = list(read_newest([tmp_path]))
    assert [one.id for one in found if isinstance(one, Article)] == ["https://social.example/2"]


@pytest.mark.parametrize("audience", [["https://social.example/followers"], []])
def test_a_note_to_some_is_not_public_whatever_its_activity_says(
    read: Read, audience: list[str]
) -> None:
    [notice] = read("outbox.json", outbox(create(to=audience, cc=["https://social.example/ada"])))
    assert isinstance(notice, Notice)
    assert notice.reason == "private"


def outcome(found: list[Article | Refusal | Notice]) -> list[tuple[str, str]]:
    return [
        (one.id, one.language) if isinstance(one, Article) else ("", str(one.reason))
        for one in found
        if not isinstance(one, Refusal)
    ]


def test_a_list_of_translations_gives_an_article_in_each_with_the_status_of_its_row(
    read: Read,
) -> None:
    given = [{"languages_code": "en-GB", "text": OWL}, {"languages_code": "nl", "text": RING}]
    rows = [
        {"id": 1, "status": "published", "translations": given},
        {"id": 2, "status": "draft", "translations": [{"id": 9, **given[0]}]},
    ]
    for value in (rows, {"data": rows}):
        found = read("a.json", json.dumps(value))
        assert outcome(found) == [("1", "en-GB"), ("1-nl", "nl"), ("", "draft")]


@pytest.mark.parametrize(
    "value",
    [
        [{"number": 1, "published": False, "articles": [{"id": "a", "text": OWL}]}],
        {"issues": [{"published": False, "articles": [{"id": "a", "text": OWL}]}]},
        {"draft": True, "items": [{"id": "a", "text": OWL}]},
    ],
)
def test_what_an_object_says_of_publication_holds_for_the_rows_within_it(
    read: Read, value: Any
) -> None:
    assert outcome(read("a.json", json.dumps(value))) == [("", "draft")]
    shown = json.dumps(value).replace('"text"', '"status": "published", "text"')
    assert outcome(read("a.json", shown)) == [("a", "und")]


def test_blocks_of_a_text_are_no_rows(read: Read) -> None:
    blocks = [{"id": f"b{at}", "type": "paragraph", "text": OWL} for at in range(2)]
    rows = [{"id": "a", "title": "Owl", "status": "draft", "blocks": blocks}]
    assert outcome(read("a.json", json.dumps(rows))) == [("", "draft")]
    [refusal] = read("a.json", json.dumps(rows).replace("draft", "published"))
    assert "--field text=blocks" in str(refusal)
    posts = [{"id": "p1", "type": "post", "text": OWL}]
    assert outcome(read("a.json", json.dumps({"title": "Feed", "items": posts}))) == [("p1", "und")]
