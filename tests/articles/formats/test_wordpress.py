"""An export of WordPress gives what its site shows, as its editors wrote it."""

from __future__ import annotations

import json
import os
from html import escape
from pathlib import Path

import pytest
from articles.conftest import Read
from support.clock import set_clock

from recommender.passages.paragraphs import cut
from recommender.types import Article, Notice, Refusal

FAIR = "The fair opens on the first of May, on the field behind the station, said its board."
WHEEL = "Its wheel is the old one: the new one was found to be too heavy for the wet ground."
NIGHT = "At night the music stops at eleven, an hour earlier than in the years before it."
HEAD = (
    '<?xml version="1.0" encoding="UTF-8" ?>\n<!-- generator="WordPress/6.1" -->\n'
    '<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:wp="http://wordpress.org/export/1.2/">'
    "<channel><title>Town &amp; field</title><language>en-GB</language>"
    "<wp:author><wp:author_login>ann</wp:author_login>"
    "<wp:author_display_name><![CDATA[Ann Roe]]></wp:author_display_name></wp:author>"
)
END = "</channel></rss>"


def post(
    number: int = 1,
    content: str = f"<p>{FAIR}</p>",
    *,
    status: str = "publish",
    kind: str = "post",
    password: str = "",
    date: str = "2022-04-20 10:00:00",
    more: str = "",
) -> str:
    return (
        f"<item><title>The fair &amp; more</title><link>https://town.example/{number}/</link>"
        "<pubDate></pubDate><dc:creator><![CDATA[ann]]></dc:creator>"
        f'<guid isPermaLink="false">https://town.example/?p={number}</guid>'
        f"<content:encoded><![CDATA[{content}]]></content:encoded>"
        "<excerpt:encoded><![CDATA[]]></excerpt:encoded>"
        f"<wp:post_id>{number}</wp:post_id><wp:post_date>{date}</wp:post_date>"
        f"<wp:post_date_gmt>{date}</wp:post_date_gmt><wp:status>{status}</wp:status>"
        f"<wp:post_type>{kind}</wp:post_type><wp:post_password>{password}</wp:post_password>"
        '<category domain="category" nicename="a"><![CDATA[Culture]]></category>'
        '<category domain="post_tag" nicename="b"><![CDATA[fair]]></category>'
        f"{more}</item>"
    )


def meta(key: str, value: str) -> str:
    inside = f"<wp:meta_key><![CDATA[{key}]]></wp:meta_key><wp:meta_value>{value}</wp:meta_value>"
    return f"<wp:postmeta>{inside}</wp:postmeta>"


def export(*posts: str) -> str:
    return HEAD + "".join(posts) + END


def roles(found: list[Article | Refusal | Notice]) -> list[tuple[str, str]]:
    [article] = found
    assert isinstance(article, Article)
    return [(str(one.role), one.text) for one in cut(article)][1:]


def test_a_post_has_the_fields_of_its_site(read: Read) -> None:
    [article] = read("a.xml", export(post()))
    assert isinstance(article, Article)
    assert article.id == "https://town.example/?p=1"
    assert article.url == "https://town.example/1/"
    assert (article.title, article.author) == ("The fair & more", "Ann Roe")
    assert (article.source, article.language) == ("Town & field", "en-GB")
    assert (article.date, article.section) == ("2022-04-20", "Culture")
    assert article.metadata == {"tags": ["fair"]}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, "built"),
        ({"kind": "page"}, "built"),
        ({"kind": "recipe"}, "built"),
        ({"status": "draft"}, "draft"),
        ({"status": "auto-draft"}, "draft"),
        ({"status": "private"}, "private"),
        ({"status": "pending"}, "pending"),
        ({"status": "trash"}, "trashed"),
        ({"status": "future"}, "scheduled"),
        ({"status": "in-progress"}, "draft"),
        ({"status": "wc-completed"}, "draft"),
        ({"status": "draft", "content": ""}, "draft"),
        ({"password": "sesame"}, "protected"),
        ({"kind": "attachment", "status": "inherit", "content": ""}, "attachment"),
        ({"kind": "nav_menu_item", "content": ""}, "nav_menu_item"),
        ({"kind": "revision", "status": "inherit"}, "revision"),
        ({"kind": "wp_global_styles"}, "wp_global_styles"),
        ({"kind": "custom_css"}, "custom_css"),
        ({"kind": "guest-author"}, "guest-author"),
        ({"kind": "amp_validated_url"}, "amp_validated_url"),
        ({"more": meta("_expiration-date", "1650500000")}, "expired"),
        (
            {"more": meta("_expiration-date", "1") + meta("_expiration-date-status", "off")},
            "built",
        ),
    ],
    ids=str,
)
def test_only_what_is_published_and_an_article_is_built(
    read: Read, options: dict[str, str], expected: str
) -> None:
    [found] = read("a.xml", export(post(**options)))
    assert (found.reason if isinstance(found, Notice) else "built") == expected
    assert not isinstance(found, Refusal)


def test_a_scheduled_post_is_withheld_until_its_time(
    read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock(monkeypatch, "2022-04-20T09:00:00+00:00")
    read("a.xml", export(post(status="future")))
    written = 1_650_400_000  # the nineteenth, when the export was made
    os.utime(tmp_path / "source" / "a.xml", (written, written))
    articles = [one for one in read("b.txt", FAIR) if isinstance(one, Article)]
    assert [str(one.status_now) for one in articles] == ["scheduled", "published"]


def test_a_published_post_without_text_is_refused(read: Read) -> None:
    [refusal] = read("a.xml", export(post(content="")))
    assert refusal == Refusal("a.xml:1", "has no text")


CLASSIC = f"""{FAIR}

{WHEEL}

<strong>At night</strong>

{NIGHT}

[caption id="a" align="left" width="300"]<img src="a.jpg" /> The wheel on Monday[/caption]

[gallery ids="1,2"]

<!--more-->

The fair closes in June.
<ul>
  <li>A list</li>
  <li>of two</li>
</ul>"""


def test_blank_lines_part_the_paragraphs_of_the_classic_editor(read: Read) -> None:
    assert roles(read("a.xml", export(post(content=CLASSIC)))) == [
        ("body", FAIR),
        ("body", WHEEL),
        ("subhead", "At night"),
        ("body", NIGHT),
        ("caption", "The wheel on Monday"),
        ("body", "The fair closes in June."),
        ("list", "- A list\n- of two"),
    ]


@pytest.mark.parametrize(
    "content",
    [
        f"<!-- wp:paragraph -->\n<p>{FAIR}</p>\n<!-- /wp:paragraph -->\n\n"
        f"<!-- wp:paragraph -->\n<p>{WHEEL}</p>\n<!-- /wp:paragraph -->",
        f"{FAIR}\r\n\r\n{WHEEL}",
        f"{FAIR}\n&nbsp;\n\n{WHEEL}",
        f"<div>{FAIR}</div>\n\n<div>{WHEEL}</div>",
        f'[vc_row full="1"][vc_column_text]{FAIR}\n\n{WHEEL}[/vc_column_text][/vc_row]',
        f'[su_box title="x"]{FAIR}[/su_box]\n\n{WHEEL}\n[contact-form-7 id="1" title="c"]',
        f"{FAIR}\n\n<em>{WHEEL[:20]}</em>{WHEEL[20:]}",
        f"{FAIR}<!--more Go on-->{WHEEL}",
        f"{FAIR}\n\nhttps://www.youtube.com/watch?v=1\n\n{WHEEL}",
        f"{FAIR}\n\n{WHEEL}\n<p style='text-align: center'>* * *</p>",
        f"{FAIR}\n\n{WHEEL}\n\n<!-- wp:html --><div></div><!-- /wp:html -->",
        f'{FAIR}\n\n[toc]\n\n[ad_slot]\n\n{WHEEL}\n\n[contact-form-7 404 "Not found"]',
        f"{FAIR}\n\n[embed]https://video.example/1[/embed]\n\n{WHEEL}",
    ],
)
def test_each_editor_gives_two_paragraphs(read: Read, content: str) -> None:
    found = roles(read("a.xml", export(post(content=content))))
    bodies = [text for role, text in found if role == "body" and "video.example" not in text]
    assert bodies == [FAIR, WHEEL]
    assert not any(mark in text for _, text in found for mark in ("[vc", "[su", "[embed", "[/"))


def test_words_in_brackets_are_text(read: Read) -> None:
    content = f"{FAIR} [sic] He said: [...] and [1], [off-mic comments]."
    assert roles(read("a.xml", export(post(content=content)))) == [("body", content)]
    shown = f"{FAIR} Type [[gallery ids='1']] for that."
    [(_, text)] = roles(read("a.xml", export(post(content=shown))))
    assert text == shown.replace("[[", "[").replace("]]", "]")


def test_blocks_of_the_editor_show_no_address_and_no_button(read: Read) -> None:
    embed = (
        '<figure class="wp-block-embed"><div class="wp-block-embed__wrapper">{}</div>{}</figure>'
    )
    content = (
        f"<p>{FAIR}</p>{embed.format('https://video.example/1', '')}"
        f"{embed.format('https://video.example/2', '<figcaption>The wheel</figcaption>')}"
        '<div class="wp-block-file"><a href="a.pdf">The plan of the field</a>'
        '<a href="a.pdf" class="wp-block-file__button" download>Download</a></div>'
    )
    assert roles(read("a.xml", export(post(content=content)))) == [
        ("body", FAIR),
        ("caption", "The wheel"),
        ("body", "The plan of the field"),
    ]


def test_a_post_that_is_a_video_alone_is_an_article(read: Read) -> None:
    [article] = read("a.xml", export(post(content="https://youtu.be/1")))
    assert isinstance(article, Article)


def test_plugins_name_the_authors_and_the_language_of_a_post(read: Read) -> None:
    terms = "".join(
        f'<category domain="{domain}" nicename="{name}"><![CDATA[{term}]]></category>'
        for domain, name, term in (
            ("author", "cap-ann", "ann"),
            ("author", "cap-bo", "Bo Lee"),
            ("language", "nl", "Nederlands"),
        )
    )
    [article] = read("a.xml", export(post(more=terms)))
    assert isinstance(article, Article)
    assert (article.author, article.language) == ("Ann Roe, Bo Lee", "nl")


def test_the_day_of_a_post_is_that_of_its_site(read: Read) -> None:
    early = post(date="2022-04-20 08:00:00").replace(
        "<wp:post_date_gmt>2022-04-20 08", "<wp:post_date_gmt>2022-04-19 23"
    )
    early = early.replace("<pubDate>", "<pubDate>Tue, 19 Apr 2022 23:00:00 +0000")
    [article] = read("a.xml", export(early))
    assert isinstance(article, Article)
    assert article.date == "2022-04-20"


def test_an_excerpt_that_says_more_comes_first(read: Read) -> None:
    excerpt = "<excerpt:encoded><![CDATA[What the board decided in April]]></excerpt:encoded>"
    written = post().replace("<excerpt:encoded><![CDATA[]]></excerpt:encoded>", excerpt)
    assert roles(read("a.xml", export(written))) == [
        ("standfirst", "What the board decided in April"),
        ("body", FAIR),
    ]
    teaser = excerpt.replace("What the board decided in April", FAIR[:50] + " [&hellip;]")
    again = post(2).replace("<excerpt:encoded><![CDATA[]]></excerpt:encoded>", teaser)
    assert roles([read("b.xml", export(again))[-1]]) == [("body", FAIR)]


def test_comments_are_no_text_of_the_post(read: Read) -> None:
    comment = "<wp:comment><wp:comment_content>Nonsense!</wp:comment_content></wp:comment>"
    [article] = read("a.xml", export(post(more=comment)))
    assert isinstance(article, Article)
    assert article.text == FAIR


def test_control_characters_cost_nothing(read: Read) -> None:
    [article] = read("a.xml", export(post(content=f"<p>{FAIR}\x0b\x08 {WHEEL}</p>")))
    assert isinstance(article, Article)
    assert article.text == f"{FAIR} {WHEEL}"


def test_an_export_that_ends_too_soon_is_read_as_far_as_it_is_whole(read: Read) -> None:
    whole = export(post(1), post(2), post(3))
    *articles, refusal = read("a.xml", whole[: whole.index("?p=3") + 400])
    assert [one.id[-1] for one in articles if isinstance(one, Article)] == ["1", "2"]
    assert isinstance(refusal, Refusal)
    assert "ends too soon" in refusal.reason


def test_an_export_of_many_posts_is_read_in_parts(read: Read) -> None:
    found = read("a.xml", export(*(post(at, f"<p>{at} {FAIR * 20}</p>") for at in range(300))))
    assert len(found) == 300


def test_entities_are_not_read(read: Read) -> None:
    bomb = export(post()).replace("<rss", '<!DOCTYPE rss [<!ENTITY a "b">]><rss', 1)
    [refusal] = read("a.xml", bomb)
    assert isinstance(refusal, Refusal)
    assert "XML entities" in refusal.reason


def test_posts_of_the_rest_api_are_read_as_those_of_an_export(read: Read) -> None:
    answer = {
        "id": 1,
        "type": "post",
        "status": "publish",
        "date": "2022-04-20T08:00:00",
        "date_gmt": "2022-04-19T23:00:00",
        "guid": {"rendered": "https://town.example/?p=1"},
        "link": "https://town.example/1/",
        "title": {"rendered": "The fair &#038; more"},
        "content": {"rendered": f"<p>{FAIR}</p>", "protected": False},
        "author": 7,
        "categories": [3],
        "_embedded": {
            "author": [{"id": 7, "name": "Ann Roe"}],
            "wp:term": [[{"taxonomy": "category", "name": "Culture"}]],
        },
    }
    locked = {**answer, "id": 2, "content": {"rendered": "", "protected": True}}
    found = read("a.json", json.dumps([answer, locked]))
    article, notice = found
    assert isinstance(article, Article)
    assert (article.id, article.title) == ("https://town.example/?p=1", "The fair & more")
    assert (article.date, article.author, article.section) == ("2022-04-20", "Ann Roe", "Culture")
    assert isinstance(notice, Notice)
    assert notice.reason == "protected"


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("http://wordpress.org/export/1.2/", "https://wordpress.org/export/1.2/"),
        ("http://wordpress.org/export/1.2/", "http://WordPress.org/export/1.3/"),
        ("http://wordpress.org/export/", "urn:export:"),
    ],
)
def test_an_export_is_known_however_its_namespace_is_written(
    read: Read, name: str, other: str
) -> None:
    written = export(post(status="draft"), post(2, kind="attachment"))
    written = written.replace("<channel>", "<channel><wp:wxr_version>1.2</wp:wxr_version>")
    found = read("a.xml", written.replace(name, other))
    assert [one.reason for one in found if isinstance(one, Notice)] == ["draft", "attachment"]
    assert len(found) == 2


def test_a_post_shows_the_patterns_of_its_export(read: Read) -> None:
    block = '<!-- wp:block {"ref":%d} /-->'
    shown = post(1, f"<p>{FAIR}</p>{block % 7}")
    pattern = post(7, f"<!-- wp:paragraph --><p>{WHEEL}</p>{block % 8}", kind="wp_block")
    within = post(8, f"<p>{NIGHT}</p>{block % 7}", kind="wp_block")
    found = read("a.xml", export(shown, pattern, within))
    assert roles([one for one in found if isinstance(one, Article)]) == [
        ("body", FAIR),
        ("body", WHEEL),
        ("body", NIGHT),
    ]


def test_a_pattern_that_is_not_there_or_not_public_is_named(read: Read) -> None:
    shown = post(1, f'<p>{FAIR}</p><!-- wp:block {{"ref":7}} /-->')
    pattern = post(7, f"<p>{WHEEL}</p>", kind="wp_block", status="draft")
    *_, article, notice = read("a.xml", export(shown, pattern))
    assert roles([article]) == [("body", FAIR)]
    assert isinstance(notice, Notice)
    assert (notice.place, notice.example) == ("a.xml:1", "7")


def test_posts_that_wait_for_patterns_are_read_of_an_export_that_is_cut(read: Read) -> None:
    shown = post(1, f'<p>{FAIR}</p><!-- wp:block {{"ref":7}} /-->')
    pattern = post(7, f"<p>{WHEEL}</p>", kind="wp_block")
    found = read("a.xml", HEAD + shown + pattern + "<item><title>")
    assert roles([one for one in found if isinstance(one, Article)])[1] == ("body", WHEEL)
    assert isinstance(found[-1], Refusal)


def test_notes_that_blocks_show_are_notes(read: Read) -> None:
    mark = '<sup data-fn="a" class="fn"><a href="#a" id="a-link">1</a></sup>'
    notes = json.dumps([{"id": "a", "content": "From <em>the board</em>."}])
    content = f"<p>{FAIR}{mark}</p><!-- wp:footnotes /-->"
    found = read("a.xml", export(post(1, content, more=meta("footnotes", notes))))
    assert roles(found) == [("body", FAIR), ("note", "From the board.")]
    found = read("a.xml", export(post(1, content, more=meta("footnotes", "[{"))))
    assert roles(found) == [("body", FAIR)]


def test_a_post_whose_text_a_plugin_keeps_in_a_field_is_read(read: Read) -> None:
    text = {"settings": {"editor": f"<p>{FAIR}</p>"}, "widgetType": "text-editor"}
    head = {"settings": {"title": "The wheel"}, "widgetType": "heading"}
    button = {"settings": {"text": "Buy a ticket"}, "widgetType": "button"}
    data = json.dumps([{"settings": [], "elements": [text, head, button, {"elements": [text]}]}])
    found = read("a.xml", export(post(1, "", more=meta("_elementor_data", escape(data)))))
    assert roles(found) == [("body", FAIR), ("subhead", "The wheel"), ("body", FAIR)]
    fields = [("intro", FAIR), ("_intro", "field_1"), ("seo", WHEEL), ("image", "7")]
    fields += [("_image", "field_2"), ("parts_0_text", NIGHT), ("_parts_0_text", "field_3")]
    found = read("a.xml", export(post(1, "", more="".join(meta(*one) for one in fields))))
    assert roles(found) == [("body", FAIR), ("body", NIGHT)]
    found = read("a.xml", export(post(1, f"<p>{NIGHT}</p>", more=meta("_elementor_data", "[{"))))
    assert roles(found) == [("body", NIGHT)]
