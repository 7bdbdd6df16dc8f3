"""The pages show what is there, in the reader's language, and every text of a stranger escaped."""

from __future__ import annotations

import re
import string
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
from starlette.testclient import TestClient
from support.command import ARTICLES, write_rows
from support.service import DESK_TOKEN, READ_TOKEN, MakeClient
from support.stand_in import WordEncoder

from recommender import add, build
from recommender.answers.answer import RelatedAnswer
from recommender.answers.comparison import Comparison, compare
from recommender.answers.recommender import Recommender
from recommender.answers.relation import Relation
from recommender.serve.pages.frame import is_below, web_address
from recommender.serve.pages.pictures import day_of, overlap, timeline
from recommender.serve.pages.reading import EXPLAINED
from recommender.serve.pages.texts import LANGUAGES, chosen, words_of
from recommender.settings import Settings
from recommender.types import Article, Evidence, Paragraph, Role, StoredArticle, Translation

HTML = {"Accept": "text/html"}
PAGES = (
    "/",
    "/?q=river",
    "/?q=river&languages=en&since=2020",
    "/article?id=flood",
    "/compare?a=flood&b=dike",
    "/draft",
    "/stories",
    "/duplicates",
    "/health",
    "/login",
)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_page_is_whole_and_in_the_language_of_its_reader(
    client: TestClient, path: str, language: str
) -> None:
    answer = client.get(path, headers={**HTML, "Accept-Language": language})
    direction = "rtl" if language == "ar" else "ltr"
    assert answer.status_code == 200
    assert f'<html lang="{language}" dir="{direction}">' in answer.text
    assert answer.text.count("<h1") == 1
    assert words_of(language)["skip"] in answer.text
    assert answer.text.rstrip().endswith("</html>")
    for address in re.findall(r'(?:src|href|action)="([^"]*)"', answer.text):
        assert address.startswith(("/", "#")), address


@pytest.mark.parametrize(
    "path", ["/?q=river", "/article?id=flood", "/compare?a=flood&b=dike", "/stories", "/duplicates"]
)
def test_a_page_that_has_not_changed_is_not_sent_again(
    client: TestClient, make_client: MakeClient, index: Path, path: str
) -> None:
    first = client.get(path, headers=HTML)
    known = {**HTML, "If-None-Match": first.headers["etag"]}
    again = client.get(path, headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["vary"] == first.headers["vary"]
    assert client.get(path, headers={**known, "Accept-Language": "ar"}).status_code == 200
    (index / "editorial.txt").write_text("ban ferry\n", encoding="utf-8")
    assert make_client().get(path, headers=known).status_code == 200


def test_every_language_has_the_same_words_with_the_same_places() -> None:
    def places(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    english = words_of("en")
    for language in LANGUAGES:
        words = words_of(language)
        assert list(words) == list(english)
        for name, text in words.items():
            assert text.strip()
            assert places(text) == places(english[name]), (language, name)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_line_ends_between_the_dash_and_its_word(language: str) -> None:
    assert "-\u2060" in words_of(language)["search_help"]


@pytest.mark.parametrize(
    ("cookie", "accepted", "expected"),
    [
        ("", "", "en"),
        ("", "nl-BE,nl;q=0.9,en;q=0.8", "nl"),
        ("", "en;q=0.2, zh-Hant-TW", "zh"),
        ("", "tlh, fr;q=0.3", "fr"),
        ("", ";;;q=9," * 500, "en"),
        ("de", "nl", "de"),
        ("../en", "nl", "nl"),
    ],
)
def test_the_language_is_the_one_chosen_or_the_best_accepted(
    cookie: str, accepted: str, expected: str
) -> None:
    assert chosen(cookie, accepted) == expected


def test_a_reader_can_choose_the_language(client: TestClient) -> None:
    answer = client.get("/language?to=uk&back=/health")
    assert (answer.status_code, answer.headers["location"]) == (303, "/health")
    assert words_of("uk")["health_title"] in client.get("/health").text
    away = client.get("/language?to=uk&back=//evil.example/")
    assert away.headers["location"] == "/"
    assert client.get("/language?to=tlh").status_code == 422


@pytest.mark.parametrize(
    ("address", "expected"),
    [("/a?b=c", True), ("//a", False), ("/\\a", False), ("https://a", False), ("/a\nb", False)],
)
def test_only_pages_of_ours_are_gone_back_to(address: str, expected: bool) -> None:
    assert is_below(address) is expected


NASTY = {
    "nasty": '<script>alert("title")</script>\n\nThe river <img src=x onerror=alert(1)> rises.'
    "\n\nA \u202edekcab river & a {{ 7 * 7 }} dike.",
    "other": "A river & a dike <b>again</b>\n\nThe river rises at the dike.",
}


@pytest.fixture
def nasty(index: Path, encoder: WordEncoder) -> None:
    """Build an archive whose texts and fields are markup."""
    fields = {
        "nasty": {
            "title": "</title><script>alert(1)</script>",
            "url": "javascript:alert(1)",
            "author": '"><script>alert(2)</script>',
            "source": "<i>",
        }
    }
    rows = write_rows(index.parent / "rows.jsonl", {**ARTICLES, **NASTY}, **fields)
    build(rows, into=index, model=encoder)


def test_texts_are_shown_as_texts(nasty: None, make_client: MakeClient) -> None:
    client = make_client()
    draft = client.post("/draft", data={"text": "<b>river</b>", "title": '"><script>'})
    pages = [client.get(path, headers=HTML) for path in NASTY_PAGES]
    for answer in (*pages, draft):
        assert answer.status_code in (200, 404)
        assert answer.text.count("<script") == 1  # our own
        assert "<img" not in answer.text
        assert "<b>" not in answer.text
        assert "javascript:" not in answer.text
        assert "\u202e" not in answer.text
        assert "49 dike" not in answer.text
        assert " onerror=" not in re.sub(r"&lt;img src=x onerror=alert\(1\)&gt;", "", answer.text)


def test_marks_of_direction_stay_as_they_are(
    make_client: MakeClient, index: Path, encoder: WordEncoder
) -> None:
    text = "הנהר river עלה ב-(\u200f50%\u200e)."
    build(
        write_rows(index.parent / "rows.jsonl", {**ARTICLES, "a": text}), into=index, model=encoder
    )
    client = make_client()
    for path in ("/article?id=a", "/?q=river"):
        assert text in re.sub("</?mark>", "", client.get(path, headers=HTML).text)
    fragment = client.get("/v1/articles/related.html?id=flood&min_strength=0&link=/{id}").text
    assert "(\u200f50%\u200e)" in fragment


NASTY_PAGES = (
    "/?q=river",
    "/?q=%3Cscript%3Ealert(1)%3C/script%3E%22%3E%3Cimg",
    "/article?id=nasty",
    "/compare?a=nasty&b=other",
    "/stories",
    "/article?id=%3Cscript%3E",
)


def test_the_sentences_of_a_text_are_put_together_as_they_stand(
    make_client: MakeClient, index: Path, encoder: WordEncoder
) -> None:
    text = "河流很高。river 上涨。The river.\n\nA dike in X.509 form."
    rows = write_rows(index.parent / "rows.jsonl", {**ARTICLES, "a": text})
    build(rows, into=index, model=encoder)
    page = make_client().get("/?q=river", headers=HTML).text
    shown = re.findall("<blockquote[^>]*>(.*?)</blockquote>", page)
    assert any("<mark>" in one for one in shown)
    whole = "河流很高。river 上涨。The river. A dike in X.509 form."
    assert whole in [re.sub("</?mark>", "", one) for one in shown]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example/b?c=d", "https://a.example/b?c=d"),
        ("http://a.example", "http://a.example"),
        *((one, "") for one in ("javascript:a", "data:a", "//a", "/a", "https:", "http://[", "")),
    ],
)
def test_only_addresses_of_the_web_are_linked(url: str, expected: str) -> None:
    assert web_address(url) == expected


def test_what_is_wrong_is_a_page_for_people_and_a_problem_for_programs(
    client: TestClient,
) -> None:
    page = client.get("/article?id=bakrey", headers=HTML)
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert 'href="/article?id=bakery"' in page.text
    assert client.get("/nothing", headers=HTML).headers["content-type"].startswith("text/html")
    assert client.get("/nothing").headers["content-type"] == "application/problem+json"
    assert client.get("/v1/nothing", headers=HTML).json()["code"] == "no_such_page"
    assert client.get("/?q=river&since=soon", headers=HTML).status_code == 422
    assert client.get("/?q=" + "a" * 2001, headers=HTML).status_code == 413


def test_an_unpublished_article_is_on_no_page(
    index: Path, encoder: WordEncoder, make_client: MakeClient
) -> None:
    every = {**ARTICLES, "secret": "The secret river rises at the dike."}
    rows = write_rows(index.parent / "rows.jsonl", every, secret={"status": "draft"})
    build(rows, into=index, model=encoder, settings=Settings(include_unpublished=True))
    client = make_client(desk_token=DESK_TOKEN)
    text = client.post("/draft", data={"text": "The river rises at the dike."}).text
    for path in ("/?q=river", "/article?id=flood", "/stories", "/compare?a=flood&b=secret"):
        text += client.get(path, headers=HTML).text
    assert "The secret" not in text
    assert client.get("/article?id=secret", headers=HTML).status_code == 404
    desk = {"Authorization": f"Bearer {DESK_TOKEN}"}
    assert "<strong>draft</strong>" in client.get("/article?id=secret", headers=desk).text


def test_the_page_of_the_archive_names_what_the_build_noticed(
    index: Path, encoder: WordEncoder, make_client: MakeClient
) -> None:
    dutch = "Het water van de rivier staat hoog, en de mensen brengen hun vee over de dijk. " * 5
    rows = write_rows(
        index.parent / "rows.jsonl",
        {**ARTICLES, "empty": "", "odd": "The river rises.", "dutch": dutch},
        odd={"status": "<b>breaking</b>"},
    )
    build(rows, into=index, model=encoder)
    client = make_client(desk_token=DESK_TOKEN)
    public = client.get("/health", headers=HTML).text
    assert not any(f"<h2>{one}</h2>" in public for one in ("Left out", "Notices"))
    desk = {**HTML, "Authorization": f"Bearer {DESK_TOKEN}"}
    page = client.get("/health", headers=desk)
    assert page.status_code == 200
    sections = {one[: one.index("<")]: one for one in page.text.split("<h2>")[1:]}
    assert "rows.jsonl:5" in sections["Left out"]
    assert "has no text" in sections["Left out"]
    assert "/article?id=dutch" in sections[words_of("en")["doubts"]]
    assert "status" in sections[words_of("en")["notices"]]


def _build_reports(text: str, index: Path, encoder: WordEncoder) -> None:
    """Build an index with two published reports of one text, and one that is a draft."""
    reports = {
        "second": {"date": "2022-12-02", "title": "Second report"},
        "first": {"date": "2022-12-01", "title": "First & report"},
        "secret": {"date": "2022-12-02", "status": "draft", "title": "Secret report"},
    }
    every = {**ARTICLES, **dict.fromkeys(reports, text)}
    rows = write_rows(index.parent / "rows.jsonl", every, **reports)
    build(rows, into=index, model=encoder, settings=Settings(include_unpublished=True))


def test_a_story_is_shown_in_the_order_of_time(
    index: Path, encoder: WordEncoder, make_client: MakeClient
) -> None:
    _build_reports(
        "The river is high at Tiel, and the people carry their cattle over the dike to dry land.",
        index,
        encoder,
    )
    page = make_client().get("/stories", headers=HTML).text
    story = page[page.index("<ul>", page.index('<ol class="found">')) :]
    assert story.index("First &amp; report") < story.index("Second report")
    assert "Secret report" not in page
    assert "/compare?a=first&amp;b=second" in page
    assert page.count('<svg class="timeline"') == 1


def test_a_story_of_one_day_has_no_line_of_time(
    index: Path, encoder: WordEncoder, make_client: MakeClient
) -> None:
    text = "The river is high at Tiel, and the people carry their cattle over the dike to dry land."
    days = {name: {"date": "2022-12-01"} for name in ("one", "other")}
    rows = write_rows(index.parent / "rows.jsonl", dict.fromkeys(days, text), **days)
    build(rows, into=index, model=encoder, replace=True)
    page = make_client().get("/stories", headers=HTML).text
    assert "/compare?a=" in page
    assert "<svg" not in page


def test_copies_are_shown_with_their_first(
    index: Path, encoder: WordEncoder, make_client: MakeClient
) -> None:
    text = "The river is high at Tiel. The people carry cattle over the dike to dry land. " * 2
    _build_reports(text, index, encoder)
    client = make_client(desk_token=DESK_TOKEN)
    page = client.get("/duplicates", headers=HTML).text
    assert page.index("First &amp; report") < page.index("Second report")
    assert "/compare?a=first&amp;b=second" in page
    assert "Secret report" not in page
    desk = {**HTML, "Authorization": f"Bearer {DESK_TOKEN}"}
    assert "Secret report" in client.get("/duplicates", headers=desk).text


def test_a_text_is_shown_once_with_links_to_the_other_articles(
    index: Path, encoder: WordEncoder, make_client: MakeClient
) -> None:
    text = "The river is high at Tiel, and the people carry their cattle to dry land."
    every = {**ARTICLES, **{f"<b>{number}&": text for number in range(8)}, "secret": text}
    rows = write_rows(index.parent / "rows.jsonl", every, secret={"status": "draft"})
    build(rows, into=index, model=encoder, settings=Settings(include_unpublished=True))
    page = make_client().get("/?q=river+cattle+land", headers=HTML).text
    assert page.count("Same text in: ") == 1
    assert page.count("<bdi>&lt;b&gt;") == 7
    assert "secret" not in page


def test_the_rail_names_the_other_articles_of_one_text(
    index: Path, encoder: WordEncoder, make_client: MakeClient
) -> None:
    text = "The river is high at Tiel, and the people carry their cattle to dry land."
    copies = {f"<b>{number}&": text for number in range(3)}
    titles = {id: {"title": f"High water {id[3]}"} for id in copies}
    every = {**ARTICLES, **copies, "secret": text}
    rows = write_rows(index.parent / "rows.jsonl", every, secret={"status": "draft"}, **titles)
    build(rows, into=index, model=encoder, settings=Settings(include_unpublished=True))
    page = make_client().get("/article?id=flood", headers=HTML).text
    assert page.count("Same text in: ") == 1
    assert all(f"High water {number}" in page for number in range(3))
    assert "secret" not in page


def test_translations_are_linked_from_an_article_and_its_rail(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Recommender.answer_related
    versions = (Translation("vloed", "nl", ""), Translation("<b>", "und", ""))

    def answer(recommender: Recommender, *arguments: Any, **options: Any) -> RelatedAnswer:
        found = asked(recommender, *arguments, **options)
        first, *others = found.recommendations
        related = (replace(first, also_in=versions), *others)
        return replace(found, recommendations=related, also_in=versions)

    monkeypatch.setattr(Recommender, "answer_related", answer)
    page = client.get("/article?id=flood", headers=HTML).text
    assert page.count('Also in: <a href="/article?id=vloed" hreflang="nl">nl</a>, ') == 2
    assert "<b>" not in page


def test_many_copies_of_one_text_are_folded_up(
    index: Path, encoder: WordEncoder, make_client: MakeClient
) -> None:
    text = "The river is high at Tiel. The people carry cattle over the dike to dry land. " * 2
    every = {**ARTICLES, **{f"copy{number}": text for number in range(12)}}
    build(write_rows(index.parent / "rows.jsonl", every), into=index, model=encoder)
    page = make_client().get("/duplicates", headers=HTML).text
    seen, folded = page.split("<summary>More (3)</summary>")
    assert (seen.count("/compare?"), folded.count("/compare?")) == (8, 3)


def test_the_page_asks_once_and_marks_the_first_hits(
    index: Path, encoder: WordEncoder, make_client: MakeClient
) -> None:
    texts = {f"a{number}": f"The river is high at place {number}." for number in range(9)}
    rows = write_rows(index.parent / "rows.jsonl", texts)
    build(rows, into=index, model=encoder, replace=True)
    client = make_client()
    encoder.asked.clear()
    page = client.get("/?q=high+river", headers=HTML).text
    assert encoder.asked.count("high river") == 1
    marked = ["<mark>" in one for one in re.findall("<blockquote.*?</blockquote>", page)]
    assert marked == sorted(marked, reverse=True)
    assert marked.count(True) == EXPLAINED < len(marked)


def test_what_cannot_be_asked_stays_on_the_page(client: TestClient) -> None:
    asked = {"q": "<i>river", "since": "yesterday", "languages": "en", "query_language": "nl"}
    answer = client.get("/", params=asked, headers={**HTML, "Accept-Language": "nl"})
    assert answer.status_code == 422
    assert words_of("nl")["error_bad_date"] in answer.text
    assert "&#39;yesterday&#39; is not a date" in answer.text
    assert 'value="&lt;i&gt;river"' in answer.text
    assert 'id="since" name="since" value="yesterday"' in answer.text
    assert answer.text.count('<option value="en" selected>') == 1
    assert "<details open>" in answer.text
    long = client.get("/", params={"q": "river " * 400}, headers=HTML)
    assert (long.status_code, "the most is 2,000" in long.text) == (413, True)
    only = client.get("/", params={"q": "-river"}, headers=HTML)
    assert (only.status_code, "only excludes words" in only.text) == (422, True)


def test_what_was_answered_otherwise_is_told(client: TestClient) -> None:
    page = client.get("/", params={"q": '"no such phrase"'}, headers=HTML).text
    assert "nothing holds “no such phrase”" in page


def test_the_nearest_article_is_named_if_nothing_is_close(client: TestClient) -> None:
    page = client.get("/?q=zebra&confidence=sure&languages=en", headers=HTML).text
    assert "Nothing close was found." in page
    assert re.search('<p class="nearest">The nearest article: <a href="/article', page)
    loose = 'href="/?q=zebra&amp;confidence=loose&amp;languages=en"'
    assert loose in page
    again = client.get("/?q=zebra&confidence=loose", headers=HTML).text
    assert 'href="/?q=zebra' not in again


def test_drafts_and_articles_name_the_nearest_one_too(
    index: Path, encoder: WordEncoder, make_client: MakeClient
) -> None:
    texts = {f"rain{number}": f"The rain of day {number} ended." for number in range(30)}
    rows = write_rows(index.parent / "rows.jsonl", {**ARTICLES, **texts})
    build(rows, into=index, model=encoder)
    client = make_client()
    draft = client.post("/draft", data={"text": "A zebra."}, headers=HTML).text
    article = client.get("/article?id=final", headers=HTML).text
    for page in (draft, article):
        assert page.count('<p class="nearest">The nearest article: <a href="/article') == 1


def test_a_name_of_several_articles_leads_to_each(
    index: Path, encoder: WordEncoder, make_client: MakeClient
) -> None:
    titles = {name: {"title": "Weather & news"} for name in ("monday", "tuesday", "secret")}
    titles["secret"]["status"] = "draft"
    rows = write_rows(
        index.parent / "rows.jsonl", {**ARTICLES, **dict.fromkeys(titles, "Rain.")}, **titles
    )
    build(rows, into=index, model=encoder, settings=Settings(include_unpublished=True))
    client = make_client()
    params = {"id": "weather & news"}
    page = client.get("/article", params=params, headers={**HTML, "Accept-Language": "nl"})
    assert (page.status_code, words_of("nl")["error_ambiguous_name"] in page.text) == (422, True)
    for id in ("monday", "tuesday"):
        assert f'<a href="/article?id={id}" dir="auto">Weather &amp; news</a>' in page.text
    problem = client.get("/v1/articles/one", params=params).json()
    assert problem["code"] == "ambiguous_name"
    assert {one["article_id"] for one in problem["suggestions"]} == {"monday", "tuesday"}


def test_a_page_takes_an_address_with_the_marks_of_others(client: TestClient) -> None:
    plain = client.get("/?q=river&where.id=flood", headers=HTML)
    marked = client.get("/?q=river&where.id=flood&utm_source=a&fbclid=b", headers=HTML)
    assert (plain.status_code, marked.status_code) == (200, 200)
    found = "<blockquote.*?</blockquote>"
    assert re.findall(found, marked.text) == re.findall(found, plain.text) != []


def test_a_comparison_names_both_articles_in_its_title(client: TestClient) -> None:
    page = client.get("/compare?a=final&b=bakery", headers=HTML).text
    assert re.search("<title>The football final.* – Bread of the year.*</title>", page)


def test_paragraphs_are_drawn_at_their_middles() -> None:
    texts = ["A" * 40, "B" * 60]
    paragraphs = [
        Paragraph(0, Role.TITLE, "Title", 0, 0, ""),
        Paragraph(1, Role.BODY, texts[0], 0, 40, ""),
        Paragraph(2, Role.BODY, texts[1], 40, 100, ""),
    ]
    stored = StoredArticle(Article("a", "Title", "".join(texts), path="a"), paragraphs)
    pairs = tuple(Evidence(f"a#{number}", f"a#{number}", 1, "", "") for number in range(3))
    links = overlap(Comparison(stored, stored, "copy", 100, pairs), 200)
    assert [(one.number, one.left, one.right) for one in links] == [
        *((1, 0, 0), (2, 40, 40), (3, 140, 140))
    ]


def test_the_ties_of_a_rail_are_read_out_as_paragraphs(client: TestClient) -> None:
    page = client.get("/article?id=flood", headers=HTML).text
    ties = re.findall('<a href="#p([1-9])[^>]*>(.*?)</a>', page)
    assert ties
    for number, shown in ties:
        assert shown == (
            f'<span aria-hidden="true">¶ {number}</span>'
            f'<span class="hidden">Paragraph {number}</span>'
        )


def test_a_search_is_named_in_the_title_of_its_page(client: TestClient) -> None:
    page = client.get("/?q=river+%3Cb%3E", headers=HTML).text
    assert "<title>river &lt;b&gt; – Search the archive</title>" in page
    assert "<h1>Search the archive</h1>" in page
    assert "<title>Search the archive</title>" in client.get("/", headers=HTML).text


def test_a_passage_leads_to_its_paragraph(client: TestClient) -> None:
    page = client.get("/?q=river", headers=HTML).text
    places = re.findall(r'href="(/article\?id=[^"#]*)#p(\d+)"', page)
    assert places
    for address, number in places:
        assert f'id="p{number}"' in client.get(address, headers=HTML).text


def test_an_article_is_linked_by_its_address(
    index: Path, encoder: WordEncoder, make_client: MakeClient
) -> None:
    fields = {"flood": {"title": "The <i>flood</i>", "url": "https://a.example/1"}}
    build(write_rows(index.parent / "rows.jsonl", ARTICLES, **fields), into=index, model=encoder)
    client = make_client()
    found = client.get("/?q=https%3A%2F%2Fa.example%2F1", headers=HTML).text
    assert '<p class="named"><a href="/article?id=flood">' in found
    assert "<i>" not in found
    for other in ("https%3A%2F%2Fa.example%2F3", "flood", "a+https%3A%2F%2Fa.example%2F1"):
        assert "named" not in client.get(f"/?q={other}", headers=HTML).text


def test_more_answers_can_be_asked_for(client: TestClient) -> None:
    first = client.get("/?q=river&k=1&min_strength=0", headers=HTML).text
    assert 'href="/?q=river&amp;k=2&amp;min_strength=0#n2"' in first
    assert 'id="n2"' in client.get("/?q=river&k=4&min_strength=0", headers=HTML).text
    assert "Articles found: 1+<" in first
    last = client.get("/?q=river&k=100&min_strength=0", headers=HTML).text
    assert 'class="button" href="/?' not in last


def test_what_the_last_builds_changed_is_shown(
    client: TestClient, index: Path, encoder: WordEncoder
) -> None:
    add({"id": "new", "title": "A new dike", "text": "The dike."}, into=index, model=encoder)
    page = client.get("/health", headers=HTML).text
    assert page.count('<th scope="row"><time') == 2


def test_a_draft_that_is_refused_stays_on_the_page(client: TestClient) -> None:
    text = "A river.\n\n" * 65
    answer = client.post("/draft", data={"text": text, "title": "My own"}, headers=HTML)
    assert answer.status_code == 413
    assert answer.text.count("A river.") == 65
    assert "64 paragraphs" in answer.text


def test_a_draft_is_answered_in_the_order_of_time(client: TestClient) -> None:
    answer = client.post("/draft", data={"text": "The river is high.\r\n\r\nThe dike holds."})
    assert answer.status_code == 200
    assert "flood" in answer.text
    assert "&lt;ul&gt;" in answer.text
    empty = client.post("/draft", data={"text": " "})
    assert empty.status_code == 200
    assert client.post("/draft", content=b"text=%ff", headers=FORM).status_code == 422
    assert client.post("/draft", content=b"a=1&" * 90, headers=FORM).status_code == 422
    long = client.post("/draft", data={"text": "河" * 20_000})
    assert long.status_code in (200, 413)


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def test_corresponding_passages_are_each_others_best(index: Path, encoder: WordEncoder) -> None:
    with Recommender.open(index, encoder=encoder) as recommender:
        found = compare(recommender.snapshot, "flood", "dike")
        assert [one.passage_id for one in found.pairs] == sorted(
            one.passage_id for one in found.pairs
        )
        assert len({one.passage_id for one in found.pairs}) == len(found.pairs)
        assert len({one.other_passage_id for one in found.pairs}) == len(found.pairs)
        assert found.pairs
        assert 0 <= found.strength <= 100
        mirrored = compare(recommender.snapshot, "dike", "flood")
        assert {(one.passage_id, one.other_passage_id) for one in found.pairs} == {
            (one.other_passage_id, one.passage_id) for one in mirrored.pairs
        }


def test_a_line_of_time_runs_from_the_oldest_to_the_newest(
    index: Path, encoder: WordEncoder
) -> None:
    dates = {
        "flood": {"date": "2020"},
        "dike": {"date": "2021-07-02"},
        "final": {"date": "2022-12"},
    }
    rows = write_rows(index.parent / "rows.jsonl", ARTICLES, **dates)
    build(rows, into=index, model=encoder)
    with Recommender.open(index, encoder=encoder) as recommender:
        line = timeline(recommender.list_articles().articles)
    assert [one.article.article_id for one in line.dots] == ["flood", "dike", "final"]
    assert (line.dots[0].x, line.dots[-1].x) == (0, 600)
    assert [one.article_id for one in line.undated] == ["bakery"]
    assert day_of("2020") < day_of("2020-12") < day_of("2020-12-31")


def test_a_page_needs_the_token_if_there_is_one(make_client: MakeClient) -> None:
    client = make_client(token=READ_TOKEN)
    away = client.get("/health", headers=HTML)
    assert (away.status_code, away.headers["location"]) == (303, "/login")
    assert client.get("/static/pages.css").status_code == 200
    wrong = client.post("/login", data={"token": "x" * 20, "to": "/health"})
    assert wrong.status_code == 403
    right = client.post("/login", data={"token": READ_TOKEN, "to": "//evil.example"})
    assert (right.status_code, right.headers["location"]) == (303, "/")
    cookie = right.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert READ_TOKEN not in cookie
    assert client.get("/health", headers=HTML).status_code == 200


def test_what_pages_load_is_read_once(client: TestClient) -> None:
    for name, kind in (("pages.css", "css"), ("keys.js", "javascript"), ("icon.svg", "svg")):
        answer = client.get(f"/static/{name}")
        assert kind in answer.headers["content-type"]
    for name in ("../texts/en.toml", "..%2ftexts%2fen.toml", "", "%00", "pages.css%00"):
        assert client.get(f"/static/{name}").status_code == 404


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_relation_has_a_word_in_each_language(language: str) -> None:
    words = words_of(language)
    for relation in get_args(Relation):
        assert words["is_" + relation.replace(" ", "_")]
