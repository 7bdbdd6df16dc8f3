"""An entry of a feed is read by what it says, not by how long its markup is."""

from __future__ import annotations

import gzip
from html import escape
from pathlib import Path

import pytest
from articles.conftest import Read
from support.clock import set_clock

from recommender.articles.read import read_newest
from recommender.passages.paragraphs import cut
from recommender.types import Article, Notice, Refusal

SNOW = "Snow closed the mountain road on Sunday, and forty drivers slept in a school hall."
PLOUGH = "The plough that was to clear it had been sold in the autumn, said the road office."
NAMES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:m="http://search.yahoo.com/mrss/"'
)


def rss(*items: str, end: str = "</channel></rss>") -> str:
    head = f'<?xml version="1.0"?><rss version="2.0" {NAMES}><channel><title>Peaks &amp; co</title>'
    return head + "".join(f"<item>{item}</item>" for item in items) + end


def item(id: str = "1", description: str = f"<p>{SNOW}</p>", more: str = "") -> str:
    shown = f"<description>{escape(description)}</description>"
    return f"<guid>{id}</guid><title>Snow</title>{shown}{more}"


def articles_of(found: list[Article | Refusal | Notice]) -> list[Article]:
    return [one for one in found if isinstance(one, Article)]


def body(article: Article) -> list[str]:
    return [one.text for one in cut(article) if one.role == "body"]


PICTURE = '<img src="a.jpg" srcset="' + "a.jpg 1024w, " * 60 + '"/>'


@pytest.mark.parametrize(
    "entry",
    [
        item(
            description=f"<p>{PICTURE}</p><p>A teaser.</p>",
            more=f"<content:encoded><![CDATA[<p>{SNOW}</p><p>{PLOUGH}</p>]]></content:encoded>",
        ),
        item(
            description=f"{SNOW} {PLOUGH} And this teaser has more words than the text itself has.",
            more=f"<content:encoded><![CDATA[<p>{SNOW}</p><p>{PLOUGH}</p>]]></content:encoded>",
        ),
        item(description=f"<p>{SNOW}</p><p>{PLOUGH}</p>"),
        item(
            description=f"<p>{SNOW}</p><p>{PLOUGH}</p>",
            more=f"<content:encoded><![CDATA[{PICTURE}]]></content:encoded>",
        ),
        item(description=escape(f"<p>{SNOW}</p><p>{PLOUGH}</p>")),
        item(description=escape(escape(f"<p>{SNOW}</p><p>{PLOUGH}</p>"))),
        item(description=f"{SNOW}\n\n{PLOUGH}"),
        item(description=f"{SNOW}<br/><br/>{PLOUGH}"),
    ],
)
def test_the_content_is_the_article_and_else_the_summary(read: Read, entry: str) -> None:
    [article] = articles_of(read("a.rss", rss(entry)))
    assert body(article) == [SNOW, PLOUGH]


def test_an_atom_entry_with_content_and_a_longer_summary(read: Read) -> None:
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>Peaks</title><entry><id>1</id>'
        f"<title>Snow</title><summary>{'A teaser. ' * 40}</summary>"
        f'<content type="html">{escape(f"<p>{SNOW}</p><p>{PLOUGH}</p>")}</content>'
        "<updated>2022-11-20T08:00:00Z</updated></entry></feed>"
    )
    [article] = articles_of(read("a.atom", atom))
    assert body(article) == [SNOW, PLOUGH]
    assert article.date == "2022-11-20"


def test_the_summary_is_the_text_where_the_content_only_leads_to_the_page(read: Read) -> None:
    more = "<content:encoded><![CDATA[<p>Read it here</p>]]></content:encoded>"
    [article] = articles_of(read("a.rss", rss(item(description=f"{SNOW}\n\n{PLOUGH}", more=more))))
    assert article.text.split("\n\n") == [SNOW, PLOUGH, "Read it here"]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Snow &amp; ice: the &#8216;last&#8217; road", "Snow & ice: the ‘last’ road"),
        ("Snow &amp;amp; ice: the &amp;#8216;last&amp;#8217; road", "Snow & ice: the ‘last’ road"),
        ("&lt;em&gt;Snow&lt;/em&gt; closes", "Snow closes"),
        ("<![CDATA[Profit &gt; loss]]>", "Profit > loss"),
        ("&lt;![CDATA[Snow &amp;amp; ice]]&gt;", "Snow & ice"),
        ("<![CDATA[<b>Snow</b>&nbsp;closes]]>", "Snow closes"),
        ("Snow\n  closes", "Snow closes"),
    ],
)
def test_a_title_reads_as_words(read: Read, title: str, expected: str) -> None:
    entry = item().replace("<title>Snow</title>", f"<title>{title}</title>")
    [article] = articles_of(read("a.rss", rss(entry)))
    assert article.title == expected
    assert article.source == "Peaks & co"


def test_a_feed_that_ends_too_soon_is_read_as_far_as_it_is_whole(read: Read) -> None:
    whole = rss(item("1"), item("2", f"<p>{PLOUGH}</p>"))
    for size in (len(whole) - 4, len(whole) - 25, len(whole) - 60):
        *articles, refusal = read("a.rss", whole[:size])
        assert {one.text for one in articles_of(articles)} <= {SNOW, PLOUGH}
        assert isinstance(refusal, Refusal)
        assert "ends too soon" in refusal.reason
    assert len(read("a.rss", whole[: len(whole) - 4])) == 3


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (
            '<?xml version="1.0"?>\n<TEI xmlns="http://www.tei-c.org/ns/1.0"><text/></TEI>',
            "is XML of another kind, by its root <TEI>; convert it to HTML",
        ),
        ("<urlset><url/></urlset>", "is XML of another kind, by its root <urlset>"),
        ("<note>x</note>", "has no entries: it is not an RSS or Atom feed, or it is empty"),
    ],
)
def test_xml_of_another_kind_is_named(read: Read, source: str, reason: str) -> None:
    [refusal] = read("a.xml", source)
    assert isinstance(refusal, Refusal)
    assert refusal.reason == reason


ENTRY = f"""<?xml version="1.0"?>
<!-- one file an entry -->
<entry xmlns="http://www.w3.org/2005/Atom"><id>urn:1</id><title>Snow</title>
<published>2022-01-09T10:00:00Z</published><content type="html">{SNOW}</content></entry>
"""


def test_an_entry_of_atom_may_be_a_file_of_its_own(read: Read) -> None:
    [article] = read("a.xml", ENTRY)
    assert isinstance(article, Article)
    assert (article.id, article.title, article.date) == ("urn:1", "Snow", "2022-01-09")
    assert article.text == SNOW


def test_an_entry_of_atom_that_ends_too_soon_is_named(read: Read) -> None:
    found = read("a.xml", ENTRY.replace("</entry>", ""))
    assert any("ends too soon" in one.reason for one in found if isinstance(one, Refusal))


def test_a_feed_may_be_packed(read: Read) -> None:
    assert len(read("a.rss.gz", gzip.compress(rss(item()).encode()))) == 1
    assert len(read("b.xml.gz", gzip.compress(rss(item("2")).encode()))) == 2


def test_an_entry_of_tomorrow_is_withheld(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, "2022-11-20T12:00:00+00:00")
    entry = item(more="<pubDate>Sun, 20 Nov 2022 14:00:00 +0100</pubDate>")
    [article] = articles_of(read("a.rss", rss(entry)))
    assert article.embargo == "2022-11-20T14:00:00+01:00"


def test_a_date_that_cannot_be_read_is_counted(read: Read) -> None:
    notice, article = read("a.rss", rss(item(more="<pubDate>someday</pubDate>")))
    assert isinstance(notice, Notice)
    assert notice.example == "someday"
    assert isinstance(article, Article)


def media(caption: str, prefix: str = "media") -> str:
    inside = f"<{prefix}:description type='plain'>{escape(caption)}</{prefix}:description>"
    inside += "<media:title>IMG_0042</media:title>"
    return f"<{prefix}:content url='a.jpg'>{inside}</{prefix}:content>"


CAPTION = "Drivers play cards in the gym of the school at Ried."
LONG_CAPTION = " ".join([CAPTION] * 6)


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("caption", [CAPTION, LONG_CAPTION, f"<b>{CAPTION}</b>"])
@pytest.mark.parametrize("prefix", ["media", "m"])
def test_what_is_said_of_a_picture_is_its_caption(
    read: Read, is_first: bool, caption: str, prefix: str
) -> None:
    shown, text = media(caption, prefix), item(description=f"<p>{SNOW}</p><p>{PLOUGH}</p>")
    [article] = articles_of(read("a.rss", rss(shown + text if is_first else text + shown)))
    assert article.title == "Snow"
    assert body(article) == [SNOW, PLOUGH]
    [found] = [one.text for one in cut(article) if one.role == "caption"]
    assert found == caption.removeprefix("<b>").removesuffix("</b>")


def test_a_caption_that_stands_in_the_text_is_not_repeated(read: Read) -> None:
    shown = media(CAPTION) + media(CAPTION)
    entry = item(description=f"<p>{SNOW}</p><p>{CAPTION}</p>") + shown
    [article] = articles_of(read("a.rss", rss(entry)))
    assert article.text.count(CAPTION) == 1
    [article] = articles_of(read("a.rss", rss(item() + shown)))
    assert article.text.count(CAPTION) == 1


def test_the_text_of_an_entry_of_a_video_is_what_is_said_of_it(read: Read) -> None:
    video = media(f"{SNOW}\n\n{PLOUGH}")
    entry = f"<guid>1</guid><title>Snow</title><media:group>{video}</media:group>"
    [article] = articles_of(read("a.rss", rss(entry)))
    assert body(article) == [SNOW, PLOUGH]


def test_an_author_of_a_feed_is_a_name_and_its_id_is_no_address(read: Read) -> None:
    entry = (
        "<entry><id>tag:peaks.example,2022:1</id><title>Snow</title>"
        "<author><name>Ann Roe</name><email>ann@peaks.example</email></author>"
        f"<author><name>Bo Lee</name></author><content>{SNOW}</content></entry>"
    )
    feed = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Peaks</title>{entry}</feed>'
    [article] = articles_of(read("a.atom", feed))
    assert (article.author, article.url) == ("Ann Roe, Bo Lee", "")
    [article] = articles_of(read("a.atom", rss(item(more="<author>x@y.example (Cy Fox)</author>"))))
    assert article.author == "Cy Fox"


def test_an_entry_of_atom_has_the_author_of_its_feed_and_a_link_that_starts_there(
    read: Read,
) -> None:
    entry = (
        "<entry><id>1</id><title>Snow</title><link href='/snow.html'/>"
        f"<content>{SNOW}</content></entry>"
    )
    start = "<link rel='self' href='https://peaks.example/feed/all.atom'/>"
    head = f"<title>Peaks</title><author><name>Ann Roe</name></author>{start}"
    atom = f'<feed xmlns="http://www.w3.org/2005/Atom">{head}{entry}</feed>'
    [article] = articles_of(read("a.atom", atom))
    assert (article.author, article.url) == ("Ann Roe", "https://peaks.example/snow.html")


def test_an_id_that_is_no_address_is_none(read: Read) -> None:
    [article] = articles_of(read("a.rss", rss(item("pod-7"))))
    assert (article.id, article.url) == ("pod-7", "")


@pytest.mark.parametrize("name", ["yandex:full-text", "turbo:content", "fulltext"])
def test_an_element_for_the_whole_text_is_the_text(read: Read, name: str) -> None:
    spaces = 'xmlns:yandex="http://news.yandex.ru" xmlns:turbo="http://turbo.yandex.ru"'
    text = f"&lt;p&gt;{SNOW}&lt;/p&gt;&lt;p&gt;{PLOUGH}&lt;/p&gt;"
    feed = rss(item(description="Snow.", more=f"<{name}>{text}</{name}>"))
    [article] = articles_of(read("a.rss", feed.replace("<rss ", f"<rss {spaces} ", 1)))
    assert body(article) == [SNOW, PLOUGH]


def test_marks_of_cdata_are_no_text(read: Read) -> None:
    text = f"&lt;![CDATA[&lt;p&gt;{SNOW}&lt;/p&gt;]]&gt;"
    [article] = articles_of(read("a.rss", rss(item(description=text))))
    assert body(article) == [SNOW]


def test_the_categories_of_an_entry_are_its_section_and_tags(read: Read) -> None:
    more = "<category>Roads</category><category>Weather &amp;amp; snow</category>"
    [article] = articles_of(read("a.rss", rss(item(more=more))))
    assert (article.section, article.metadata) == ("Roads", {"tags": ["Roads", "Weather & snow"]})


@pytest.mark.parametrize(
    ("element", "is_past"),
    [
        ("<t:valid xmlns:t='http://purl.org/dc/terms/'>start=2022; end=2022-12-30</t:valid>", True),
        ("<t:valid xmlns:t='http://purl.org/dc/terms/'>start=2022-12-30</t:valid>", False),
        (
            "<p:expirationDate xmlns:p='http://prismstandard.org/namespaces/basic/2.0/'>2022-12-30"
            "</p:expirationDate>",
            True,
        ),
    ],
)
def test_an_entry_may_end(read: Read, element: str, is_past: bool) -> None:
    [found] = read("a.rss", rss(item(more=element)))
    assert isinstance(found, Notice) == is_past


@pytest.mark.parametrize("names", ["xmlns:x='http://www.w3.org/2007/app'", "xmlns:x='urn:x'"])
def test_a_draft_is_one_whatever_the_prefix_of_its_element(read: Read, names: str) -> None:
    entry = (
        f"<entry xml:lang='nl'><id>urn:1</id><title>Snow</title><content>{SNOW}</content>"
        "<x:control><x:draft>{}</x:draft></x:control></entry>"
    )
    feed = f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en" {names}>{entry}</feed>'
    [notice] = read("a.atom", feed.format("yes"))
    assert isinstance(notice, Notice)
    [article] = articles_of(read("a.atom", feed.format("no")))
    assert article.language == "nl"


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        ("<status>draft</status>", "draft"),
        ("<x:status>In review</x:status>", "pending"),
        ("<x:visibility>private</x:visibility>", "private"),
        ("<published>false</published>", "draft"),
        ("<withdrawn>true</withdrawn>", "trashed"),
        ("<unpublished_at>2022-12-20</unpublished_at>", "expired"),
        ("<x:killDate>2022-12-20</x:killDate>", "expired"),
        ("<x:control><x:draft>true</x:draft></x:control>", "draft"),
        ("<m:status xmlns:m='http://search.yahoo.com/mrss/' state='deleted'/>", "trashed"),
        ("<x:embargoDate>2031-01-01</x:embargoDate>", "scheduled"),
        ("<x:available>2031-01-01</x:available>", "scheduled"),
        ("<t:valid xmlns:t='http://purl.org/dc/terms/'>start=2031-01-01</t:valid>", "scheduled"),
        ("<status>published</status><state>Ohio</state>", "published"),
        ("<status>open</status><x:draft>no</x:draft>", "published"),
        ("<m:status xmlns:m='http://search.yahoo.com/mrss/' state='active'/>", "published"),
    ],
)
def test_an_element_of_any_namespace_may_hide_an_entry(
    read: Read, element: str, expected: str
) -> None:
    found = read("a.rss", rss(item(more=element)).replace("<rss", "<rss xmlns:x='urn:x'", 1))
    articles = [str(one.status_now) for one in found if isinstance(one, Article)]
    notices = [one.reason for one in found if isinstance(one, Notice)]
    assert (articles or notices)[0] == expected


def test_ids_that_are_too_long_are_refused_and_not_cut(read: Read) -> None:
    start = "https://www.example.org/" + "a" * 500
    found = read("a.rss", rss(item(id=f"{start}1"), item(id=f"{start}2")))
    assert [type(one) for one in found] == [Refusal, Refusal]


def test_an_entry_that_a_feed_deleted_is_withdrawn(tmp_path: Path) -> None:
    entry = (
        "<entry><id>urn:{0}</id><title>Snow</title><updated>2022-03-01T10:00:00Z</updated>"
        f"<content>{SNOW} {{0}}.</content></entry>"
    )
    gone = "<at:deleted-entry ref='urn:1' when='2022-03-02T10:00:00Z'><at:by/></at:deleted-entry>"
    names = 'xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0"'
    first = f"<feed {names}>{entry.format(1)}{entry.format(2)}</feed>"
    (tmp_path / "1.atom").write_text(first)
    for more, expected in ((entry.format(3), ["urn:2", "urn:3"]), ("", ["urn:2"])):
        (tmp_path / "2.atom").write_text(f"<feed {names}>{more}{gone}</feed>")
        found = list(read_newest([tmp_path]))
        assert [one.id for one in found if isinstance(one, Article)] == expected
        assert not [one for one in found if isinstance(one, Refusal)]
