"""What news agencies deliver: ninjs, NITF, NewsML-G2 and NewsML 1 give the same article."""

from __future__ import annotations

import json
import re
from html import escape
from pathlib import Path
from typing import Any

import pytest
from articles.conftest import Read
from support.clock import set_clock
from support.kept_words import lost_words

from recommender.articles.read import read_newest
from recommender.passages.paragraphs import cut
from recommender.types import Article, Notice, Refusal

FLOOD = "The river left its bed on Thursday and stood in the streets of the lower town."
PUMPS = "Pumps came from three provinces, but the first of them was stopped by a bridge."
BODY = f"<p>{FLOOD}</p><p>{PUMPS}</p>"
NINJS: dict[str, Any] = {
    "uri": "urn:agency:1",
    "type": "text",
    "language": "en",
    "headline": "River floods lower town",
    "versioncreated": "2022-06-09T10:00:00Z",
    "byline": "By Ann Roe",
    "body_html": BODY,
    "subject": [{"code": "x", "name": "weather"}],
    "keyword": ["river"],
}
SUPERDESK: dict[str, Any] = {
    **{name: value for name, value in NINJS.items() if name != "uri"},
    "guid": "urn:agency:1",
    "pubstatus": "usable",
}


def nitf(head: str = "", body: str = BODY, opens: str = "<byline>By Ann Roe</byline>") -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE nitf SYSTEM "nitf-3-6.dtd">\n'
        "<nitf><head><title>River floods</title><docdata>"
        '<doc-id id-string="urn:agency:1"/><date.issue norm="20220609T100000Z"/>'
        f"{head}</docdata></head><body><body.head><hedline><hl1>River floods lower town</hl1>"
        f"</hedline>{opens}</body.head><body.content><block>{body}</block></body.content></body>"
        "</nitf>"
    )


def newsml(meta: str = "", body: str = "", version: int = 1) -> str:
    inline = body or (
        '<inlineXML contenttype="application/xhtml+xml"><html xmlns="http://www.w3.org/1999/xhtml">'
        f"<head><title>x</title></head><body>{BODY}</body></html></inlineXML>"
    )
    return (
        '<?xml version="1.0"?><newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" '
        f'guid="urn:agency:1" version="{version}" xml:lang="en"><itemMeta>'
        '<itemClass qcode="ninat:text"/><versionCreated>2022-06-09T10:00:00Z</versionCreated>'
        f"{meta}</itemMeta><contentMeta><by>By Ann Roe</by><headline>River floods lower town"
        '</headline><subject qcode="a"><name>weather</name></subject></contentMeta>'
        f"<contentSet>{inline}</contentSet></newsItem>"
    )


NEWSML_1 = (
    "<NewsML><NewsItem><Identification><NewsIdentifier><RevisionId>1</RevisionId>"
    "<PublicIdentifier>urn:agency:1</PublicIdentifier></NewsIdentifier></Identification>"
    '<NewsManagement><FirstCreated>20220609T100000Z</FirstCreated><Status FormalName="Usable"/>'
    "</NewsManagement><NewsComponent><NewsLines><HeadLine>River floods lower town</HeadLine>"
    "<ByLine>By Ann Roe</ByLine></NewsLines><ContentItem><DataContent>"
    f"{BODY}</DataContent></ContentItem></NewsComponent></NewsItem></NewsML>"
)
MESSAGE = (
    '<newsMessage xmlns="http://iptc.org/std/nar/2006-10-01/"><itemSet>'
    f"{newsml().partition('?>')[2]}<packageItem guid='p'/></itemSet></newsMessage>"
)
PLAIN = {name: value for name, value in NINJS.items() if name != "body_html"}
PLAIN["body_text"] = f"{FLOOD}\n{PUMPS}"
BARE_NITF = nitf().partition('dtd">')[2]
NINJS_3: dict[str, Any] = {
    "uri": "urn:agency:1",
    "type": "text",
    "versionCreated": "2022-06-09T10:00:00Z",
    "headlines": [
        {"role": "sub", "value": "x"},
        {"role": "main", "value": "River floods lower town"},
    ],
    "bodies": [
        {"role": "short", "contentType": "text/plain", "value": "x"},
        {"role": "main", "contentType": "text/html", "value": BODY},
    ],
    "by": "By Ann Roe",
    "pubStatus": "usable",
}
WILL_CHANGE = (
    '<StatusWillChange><FutureStatus FormalName="Canceled"/>'
    "<DateAndTime>20220610T000000Z</DateAndTime></StatusWillChange>"
)
USABLE_G2 = '<pubStatus uri="http://cv.iptc.org/newscodes/pubstatusg2/usable"/>'
CAPTION_FIRST = NEWSML_1.replace(
    "<NewsComponent><NewsLines>",
    '<NewsComponent><NewsComponent><Role FormalName="Caption"/><NewsLines><HeadLine>x</HeadLine>'
    "</NewsLines><ContentItem><DataContent><p>The market</p></DataContent></ContentItem>"
    '</NewsComponent><NewsComponent><Role FormalName="Main"/><NewsLines>',
).replace("</NewsComponent></NewsItem>", "</NewsComponent></NewsComponent></NewsItem>")
CANCELED = nitf().replace("<docdata>", '<docdata management-status="canceled">')
ITEMS = {
    "ninjs": ("a.json", json.dumps(NINJS)),
    "ninjs, plain": ("a.json", json.dumps(PLAIN)),
    "ninjs 2": (
        "a.json",
        json.dumps(
            {
                "uri": "urn:agency:1",
                "type": "text",
                "headlines": [{"value": "River floods lower town"}],
                "bodies": [
                    {"contenttype": "text/plain", "value": "x"},
                    {"contenttype": "text/html", "value": BODY},
                ],
                "firstcreated": "2022-06-09T10:00:00Z",
                "by": "By Ann Roe",
            }
        ),
    ),
    "ninjs 3": ("a.json", json.dumps(NINJS_3)),
    "NewsML-G2 by addresses": ("a.xml", newsml(USABLE_G2)),
    "a list of ninjs": ("a.json", json.dumps([NINJS])),
    "ninjs of Superdesk": ("a.json", json.dumps(SUPERDESK)),
    "lines of ninjs of Superdesk": ("a.jsonl", json.dumps(SUPERDESK)),
    "published ninjs of Superdesk": ("a.json", json.dumps({**SUPERDESK, "state": "published"})),
    "ninjs of a story": ("a.json", json.dumps({**NINJS, "type": "story"})),
    "ninjs of an interface": ("a.json", json.dumps({"total": 1, "item": [NINJS]})),
    "ninjs with what is said of each": (
        "a.json",
        json.dumps({"data": {"updated": "2022", "items": [{"meta": {}, "item": NINJS}]}}),
    ),
    "lines of ninjs": ("a.jsonl", json.dumps(NINJS)),
    "NITF": ("a.xml", nitf()),
    "NITF by its suffix": ("a.nitf", nitf()),
    "NewsML-G2": ("a.xml", newsml()),
    "NewsML-G2 with NITF": ("a.xml", newsml(body=f"<inlineXML>{BARE_NITF}</inlineXML>")),
    "NewsML-G2, plain": (
        "a.xml",
        newsml(body=f"<inlineData contenttype='text/plain'>{FLOOD}\n\n{PUMPS}</inlineData>"),
    ),
    "NewsML 1": ("a.xml", NEWSML_1),
}


def only(found: list[Article | Refusal | Notice]) -> Article:
    [article] = found
    assert isinstance(article, Article), article
    return article


def roles(article: Article) -> list[tuple[str, str]]:
    return [(str(one.role), one.text) for one in cut(article)][1:]


@pytest.mark.parametrize(("name", "content"), ITEMS.values(), ids=ITEMS.keys())
def test_each_format_gives_the_same_article(read: Read, name: str, content: str) -> None:
    article = only(read(name, content))
    assert (article.id, article.title) == ("urn:agency:1", "River floods lower town")
    assert (article.date, article.author) == ("2022-06-09", "Ann Roe")
    assert roles(article) == [("body", FLOOD), ("body", PUMPS)]


def test_a_message_gives_each_of_its_items(read: Read) -> None:
    article, notice = read("a.xml", MESSAGE)
    assert isinstance(article, Article)
    assert isinstance(notice, Notice)
    assert notice.reason == "package"


UNPUBLISHED = {
    "ninjs withheld": ("a.json", json.dumps({**NINJS, "pubstatus": "withheld"}), "private"),
    "ninjs canceled": ("a.json", json.dumps({**NINJS, "pubstatus": "canceled"}), "trashed"),
    "ninjs of Superdesk canceled": (
        "a.json",
        json.dumps({**SUPERDESK, "pubstatus": "canceled"}),
        "trashed",
    ),
    "ninjs of Superdesk in the making": (
        "a.json",
        json.dumps({**SUPERDESK, "state": "in_progress"}),
        "draft",
    ),
    "ninjs of Superdesk killed": (
        "a.json",
        json.dumps({**SUPERDESK, "state": "killed"}),
        "trashed",
    ),
    "ninjs of a package": (
        "a.json",
        json.dumps({"uri": "x", "versioncreated": "2022-06-09", "type": "composite"}),
        "composite",
    ),
    "ninjs of a picture": ("a.json", json.dumps({**NINJS, "type": "picture"}), "picture"),
    "ninjs embargoed": ("a.json", json.dumps({**NINJS, "embargoed": ""}), "scheduled"),
    "G2 withheld": ("a.xml", newsml('<pubStatus qcode="stat:withheld"/>'), "private"),
    "G2 canceled": ("a.xml", newsml('<pubStatus qcode="stat:canceled"/>'), "trashed"),
    "G2 embargoed": ("a.xml", newsml("<embargoed/>"), "scheduled"),
    "G2 of a picture": ("a.xml", newsml().replace("ninat:text", "ninat:picture"), "picture"),
    "NewsML 1 withheld": ("a.xml", NEWSML_1.replace("Usable", "Withheld"), "private"),
    "ninjs 3 withheld": ("a.json", json.dumps({**NINJS_3, "pubStatus": "withheld"}), "private"),
    "G2 withheld by its address": (
        "a.xml",
        newsml('<pubStatus uri="http://cv.iptc.org/newscodes/pubstatusg2/withheld"/>'),
        "private",
    ),
    "G2 canceled by its word": ("a.xml", newsml('<pubStatus literal="canceled"/>'), "trashed"),
    "G2 of a picture by its address": (
        "a.xml",
        newsml().replace(
            'qcode="ninat:text"', 'uri="http://cv.iptc.org/newscodes/ninature/picture"'
        ),
        "picture",
    ),
    "NITF expired": ("a.xml", nitf('<date.expire norm="20220610T000000Z"/>'), "expired"),
    "NewsML 1 that was canceled": (
        "a.xml",
        NEWSML_1.replace("</NewsManagement>", f"{WILL_CHANGE}</NewsManagement>"),
        "expired",
    ),
    "NITF canceled": ("a.xml", CANCELED, "trashed"),
}


@pytest.mark.parametrize(
    ("name", "content", "reason"), UNPUBLISHED.values(), ids=UNPUBLISHED.keys()
)
def test_what_an_agency_holds_back_is_counted(
    read: Read, name: str, content: str, reason: str
) -> None:
    [notice] = read(name, content)
    assert isinstance(notice, Notice)
    assert notice.reason == reason


USABLE = {
    "ninjs": ("a.json", json.dumps({**NINJS, "pubstatus": "usable", "embargoed": None})),
    # From then on an agency does not offer it; who published it still shows it.
    "ninjs that is no longer offered": ("a.json", json.dumps({**NINJS, "expires": "2022-06-10"})),
    "G2": ("a.xml", newsml('<pubStatus qcode="stat:usable"/>')),
}


@pytest.mark.parametrize(("name", "content"), USABLE.values(), ids=USABLE.keys())
def test_what_is_usable_is_built(read: Read, name: str, content: str) -> None:
    assert only(read(name, content)).status == ""


EMBARGOES = {
    "ninjs": ("a.json", json.dumps({**NINJS, "embargoed": "2022-06-10T06:00:00+02:00"})),
    "G2": ("a.xml", newsml("<embargoed>2022-06-10T06:00:00+02:00</embargoed>")),
    "NITF": ("a.xml", nitf('<date.release norm="20220610T060000+0200"/>')),
}


@pytest.mark.parametrize(("name", "content"), EMBARGOES.values(), ids=EMBARGOES.keys())
def test_an_embargo_withholds_until_its_time(
    read: Read, name: str, content: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock(monkeypatch, "2022-06-10T03:59:00+00:00")
    article, _ = read(name, content)
    assert isinstance(article, Article)
    assert str(article.status_now) == "scheduled"
    set_clock(monkeypatch, "2022-06-10T04:01:00+00:00")
    assert str(only(read(name, content)).status_now) == "published"


def test_nothing_of_a_nitf_document_is_lost(read: Read) -> None:
    body = (
        f"<p>{FLOOD}</p><hl2>In the lower town</hl2><p>{PUMPS}</p>"
        "<bq><p>We wait, said one.</p></bq>"
        '<media media-type="image"><media-reference source="a.jpg">a.jpg</media-reference>'
        "<media-caption>The market under water</media-caption></media>"
        "<ol><li>a</li><li>b</li></ol><table><tr><td>1 m</td><td>2 m</td></tr>"
        "<tr><td>3 m</td><td>4 m</td></tr></table>"
    )
    opens = (
        "<byline>By <person>Ann Roe</person></byline><dateline><location>LOWER TOWN</location>"
        "</dateline><abstract><p>What the flood did</p></abstract>"
    )
    article = only(read("a.xml", nitf(body=body, opens=opens)))
    assert article.author == "Ann Roe"
    assert roles(article) == [
        ("standfirst", "What the flood did"),
        ("dateline", "LOWER TOWN"),
        ("body", FLOOD),
        ("subhead", "In the lower town"),
        ("body", PUMPS),
        ("quote", "We wait, said one."),
        ("caption", "The market under water"),
        ("list", "- a\n- b"),
        ("table", "1 m | 2 m\n3 m | 4 m"),
    ]


def test_captions_of_associated_pictures_are_captions(read: Read) -> None:
    picture = {"type": "picture", "description_text": "The market under water"}
    item = {**NINJS, "associations": {"main": picture}}
    assert roles(only(read("a.json", json.dumps(item))))[-1] == (
        "caption",
        "The market under water",
    )


def test_the_date_line_beside_a_text_is_kept_once(read: Read) -> None:
    line = "<dateline>LOWER TOWN</dateline></contentMeta>"
    content = newsml().replace("</contentMeta>", line)
    assert roles(only(read("a.xml", content)))[0] == ("dateline", "LOWER TOWN")
    content = content.replace(FLOOD, f"LOWER TOWN (AA) - {FLOOD}")
    assert [role for role, _ in roles(only(read("a.xml", content)))] == ["dateline", "body", "body"]


RICH = (
    f"<p>{FLOOD}</p><h2>In the lower town</h2><p>{PUMPS}</p><blockquote>We wait</blockquote>"
    "<ul><li>first pump</li><li>second pump</li></ul><table><tr><th>gauge</th><th>height</th></tr>"
    "<tr><td>bridge</td><td>four metres</td></tr></table>"
)


@pytest.mark.parametrize(
    "item",
    [
        {"body_html": RICH},
        {"body_xhtml": f"<div>{RICH}</div>", "body_text": "short"},
        {"body_text": " ".join(re.sub("<[^>]+>", "\n\n", RICH).split("\n\n")), "body_html": ""},
        {"bodies": [{"contenttype": "text/html", "value": RICH, "role": "main"}]},
        {"description_html": RICH},
        {"subheadline": "What it did", "body_html": RICH, "description_text": "What it did"},
    ],
    ids=str,
)
def test_no_word_of_an_item_of_ninjs_is_lost(read: Read, item: dict[str, Any]) -> None:
    head = {name: value for name, value in NINJS.items() if name != "body_html"}
    picture = {"type": "picture", "description_text": "The market", "headline": "x"}
    article = only(read("a.json", json.dumps({**head, **item, "associations": {"a": picture}})))
    below = re.sub("<[^>]+>", " ", RICH)
    assert lost_words(f"{below} The market {item.get('subheadline', '')}", [article]) == []


def test_a_teaser_that_says_more_than_the_text_is_kept(read: Read) -> None:
    item = {**NINJS, "body_html": f"<p>{FLOOD}</p>", "description_text": PUMPS}
    assert roles(only(read("a.json", json.dumps(item)))) == [
        ("standfirst", PUMPS),
        ("body", FLOOD),
    ]


def test_a_file_that_ends_too_soon_is_named(read: Read) -> None:
    for content in (nitf()[:-30], newsml()[:-60]):
        [refusal] = read("a.xml", content)
        assert isinstance(refusal, Refusal)
        assert "ends too soon" in refusal.reason


def test_entities_are_not_read(read: Read) -> None:
    bomb = newsml().replace("<newsItem", '<!DOCTYPE x [<!ENTITY a "b">]><newsItem', 1)
    [refusal] = read("a.xml", bomb.replace(FLOOD, "&a;"))
    assert isinstance(refusal, Refusal)
    assert "XML entities" in refusal.reason


def test_markup_in_a_headline_is_read_as_words(read: Read) -> None:
    item = {**NINJS, "headline": escape("River &amp; town: <em>flooded</em>")}
    assert only(read("a.json", json.dumps(item))).title == "River & town: flooded"


@pytest.mark.parametrize(
    ("byline", "expected"),
    [
        ("Door <person>Ann Roe</person><byttl>verslaggever</byttl>", "Ann Roe"),
        ("<person>Ann Roe</person> and <person>Bo Lee</person>", "Ann Roe, Bo Lee"),
        ("By Ann Roe<byttl>Staff writer</byttl>", "Ann Roe"),
        (
            "By Ann <byttl>Our <em>own</em> writer<!-- one --></byttl> <em>R<b>oe</b></em>",
            "Ann Roe",
        ),
        ("By Ann Roe", "Ann Roe"),
    ],
)
def test_a_byline_of_nitf_gives_persons(read: Read, byline: str, expected: str) -> None:
    source = (
        f"<nitf><body><body.head><hedline><hl1>Flood</hl1></hedline><byline>{byline}</byline>"
        "</body.head><body.content><p>The market is under water.</p></body.content></body></nitf>"
    )
    [article] = read("a.xml", source)
    assert isinstance(article, Article)
    assert article.author == expected


def test_a_caption_before_the_text_of_newsml_is_a_caption(read: Read) -> None:
    article = only(read("a.xml", CAPTION_FIRST))
    assert (article.title, article.author) == ("River floods lower town", "Ann Roe")
    assert roles(article) == [("body", FLOOD), ("body", PUMPS), ("caption", "The market")]


@pytest.mark.parametrize(
    ("byline", "expected"),
    [
        ("By Ann Roe", "Ann Roe"),
        ("BY ANN ROE", "ANN ROE"),
        ("Bobby Lee", "Bobby Lee"),
        ("Jan de Vries", "Jan de Vries"),
        ("De Vries", "De Vries"),
        ("von Ida Roth", "Ida Roth"),
        ("Di Stefano, Rosa", "Di Stefano, Rosa"),
        ("Door Jan de Vries", "Jan de Vries"),
    ],
)
def test_only_the_word_before_names_is_no_name(read: Read, byline: str, expected: str) -> None:
    assert only(read("a.json", json.dumps({**NINJS, "byline": byline}))).author == expected
    row = {"id": "1", "title": "Flood", "text": FLOOD, "byline": byline}
    assert only(read("a.json", json.dumps([row]))).author == expected


def test_an_item_may_have_several_authors_and_headlines(read: Read) -> None:
    lines = '<headline role="hld:sub">x</headline><headline role="hld:main">River floods</headline>'
    content = newsml().replace("<headline>River floods lower town</headline>", lines)
    content = content.replace("<by>By Ann Roe</by>", "<by>By Ann Roe</by><by>Bo Lee</by>")
    article = only(read("a.xml", content))
    assert (article.title, article.author) == ("River floods", "Ann Roe, Bo Lee")
    creators = "<creator><name>Ann Roe</name></creator><creator><name>Bo Lee</name></creator>"
    content = newsml().replace("<by>By Ann Roe</by>", creators)
    assert only(read("a.xml", content)).author == "Ann Roe, Bo Lee"


def test_of_several_forms_of_a_text_the_fullest_counts(read: Read) -> None:
    forms = f"<inlineXML><p>Short.</p></inlineXML><inlineXML>{BARE_NITF}</inlineXML>"
    assert roles(only(read("a.xml", newsml(body=forms)))) == [("body", FLOOD), ("body", PUMPS)]


def test_styles_and_headlines_beside_the_text_of_newsml_are_no_text(read: Read) -> None:
    styles = (
        '<NewsComponent><Role FormalName="StyleSheet"/><ContentItem><Format FormalName="CSS"/>'
        "<DataContent>p {color: red}</DataContent></ContentItem></NewsComponent>"
        '<NewsComponent><Role FormalName="HeadLine"/><ContentItem><DataContent><p>x</p>'
        "</DataContent></ContentItem></NewsComponent>"
    )
    content = NEWSML_1.replace("</NewsLines><ContentItem>", f"</NewsLines>{styles}<ContentItem>")
    assert roles(only(read("a.xml", content))) == [("body", FLOOD), ("body", PUMPS)]


KILL = {"uri": "urn:agency:1", "type": "text", "pubstatus": "canceled"}
KILL_G2 = (
    '<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="urn:agency:1">'
    '<itemMeta><itemClass qcode="ninat:text"/><versionCreated>2022-06-10T10:00:00Z</versionCreated>'
    '<pubStatus qcode="stat:canceled"/></itemMeta></newsItem>'
)
KILLS = {
    "ninjs": ("b.json", json.dumps({**KILL, "versioncreated": "2022-06-10T10:00:00Z"})),
    "ninjs 3": ("b.json", json.dumps({**KILL, "versionCreated": "2022-06-10T10:00:00Z"})),
    "a row": (
        "b.jsonl",
        '{"id": "urn:agency:1", "status": "deleted", "updated_at": "2022-06-10T10:00:00Z"}',
    ),
    "G2": ("b.xml", KILL_G2),
}


@pytest.mark.parametrize(("name", "content"), KILLS.values(), ids=KILLS.keys())
def test_a_kill_without_a_text_withdraws_what_was_sent_before(
    tmp_path: Path, name: str, content: str
) -> None:
    original = {**NINJS, "versioncreated": "2022-06-09T10:00:00Z"}
    (tmp_path / "a.json").write_text(json.dumps([original, {**NINJS, "uri": "urn:agency:2"}]))
    (tmp_path / name).write_text(content)
    found = list(read_newest([tmp_path]))
    assert [one.id for one in found if isinstance(one, Article)] == ["urn:agency:2"]
    assert not [one for one in found if isinstance(one, Refusal)]
    assert "trashed" in [one.reason for one in found if isinstance(one, Notice)]


def test_a_kill_that_is_older_than_the_text_withdraws_nothing(tmp_path: Path) -> None:
    later = {**NINJS, "versioncreated": "2022-06-11T10:00:00Z"}
    (tmp_path / "a.json").write_text(json.dumps([later]))
    (tmp_path / "b.json").write_text(KILLS["ninjs"][1])
    found = list(read_newest([tmp_path]))
    assert [one.id for one in found if isinstance(one, Article)] == ["urn:agency:1"]
