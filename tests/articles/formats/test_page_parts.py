"""Captions, asides and headings of a page are kept, as what they are; the rest of it is not."""

from __future__ import annotations

import pytest

from recommender.articles.formats.html import page_article
from recommender.passages.cutter import PassageMaker
from recommender.types import Role

HEAD = "<!doctype html><html lang='nl'><head><title>De brug gaat weg</title></head><body>"
MENU = "<nav><a href='/1'>Sport</a> <a href='/2'>Weer</a></nav>"
BODY = (
    "<p>Wie naar de overkant wil, staat sinds maandag voor een dichte slagboom. De brug uit 1934 "
    "is afgekeurd en wordt gesloopt, want de liggers zijn doorgeroest.</p>",
    "<p>Volgens de wethouder kost herstel meer dan nieuwbouw. Een tijdelijke pont vaart elk "
    "kwartier, behalve bij harde wind en op zondag.</p>",
    "<p>De raad stemt in februari over het krediet van elf miljoen euro. Daarna duurt de bouw naar "
    "verwachting anderhalf jaar, als het meezit.</p>",
)
SIDE = (
    "<aside><h3>Meest gelezen</h3><figure><img src='h.jpg'><figcaption>Een hond bij het water"
    "</figcaption></figure><ol><li>Hond bijt man</li><li>Weer: zonnig</li></ol></aside>"
)


def figure(caption: str) -> str:
    return f"<figure><img src='b.jpg'><figcaption>{caption}</figcaption></figure>"


class Counter:
    max_tokens = 500

    def count_tokens(self, texts: list[str]) -> list[int]:
        return [len(text) for text in texts]


def cut(*between: str, before: str = "", after: str = "") -> list[tuple[str, str]]:
    """The role and the text of each block of a page, what is given put between its paragraphs."""
    gaps = [*between, *[""] * (len(BODY) - len(between))]
    blocks = "".join(text + gap for text, gap in zip(BODY, gaps, strict=True))
    main = f"<main><article><h1>De brug gaat weg</h1>{before}{blocks}{after}</article></main>"
    article = page_article("a", "a.html", f"{HEAD}{MENU}{main}{SIDE}</body></html>")
    found = PassageMaker().cut(article, Counter())  # type: ignore[arg-type]
    return [(str(one.role), one.text) for one in found.paragraphs]


PLAIN = cut()


def added(*between: str, **around: str) -> list[tuple[int, str, str]]:
    """What is there beside the blocks of the page without it, and the number of its block."""
    found = cut(*between, **around)
    assert [one for one in found if one in PLAIN] == PLAIN
    return [(at, *one) for at, one in enumerate(found) if one not in PLAIN]


def test_the_page_itself_is_its_title_and_its_paragraphs() -> None:
    assert [role for role, _ in PLAIN] == ["title", "body", "body", "body"]


def test_a_caption_between_paragraphs_is_kept_where_it_stands() -> None:
    picture = f"<div>{figure('De wethouder bij de brug.')}</div>"
    assert added(picture) == [(2, "caption", "De wethouder bij de brug.")]
    assert added("", picture) == [(3, "caption", "De wethouder bij de brug.")]


def test_the_caption_of_the_picture_that_opens_an_article_comes_after_its_title() -> None:
    picture = figure("De brug in betere dagen.")
    assert added(before=picture) == [(1, "caption", "De brug in betere dagen.")]
    assert added(after=picture) == [(4, "caption", "De brug in betere dagen.")]


def test_a_caption_without_a_tag_of_its_own_is_one() -> None:
    picture = "<figure><img src='b.jpg'><p>De pont, vorige week in de mist.</p></figure>"
    assert added(picture) == [(2, "caption", "De pont, vorige week in de mist.")]


def test_a_pull_quote_and_a_box_of_facts_are_what_they_are() -> None:
    quote = "<aside><blockquote>Mijn dochter fietst hier elke dag.</blockquote></aside>"
    assert added(quote) == [(2, "quote", "Mijn dochter fietst hier elke dag.")]
    box = "<aside><h3>In cijfers</h3><ul><li>uit 1934</li><li>elf miljoen euro</li></ul></aside>"
    assert added(box) == [(2, "list", "In cijfers\n- uit 1934\n- elf miljoen euro")]


def test_what_leads_elsewhere_is_left_out() -> None:
    link = "<a href='/x'>Waarom bruggen zo vaak storing hebben</a>"
    assert added(f"<aside><h3>Lees ook</h3><ul><li>{link}</li></ul></aside>") == []
    assert added(f"<a href='/y'>{figure('Ander nieuws van vandaag')}</a>") == []


def test_a_heading_is_kept_where_a_paragraph_of_the_article_is_under_it() -> None:
    heading = "<div class='kop'><div><h3>Geen fietspad op de tekeningen</h3></div></div>"
    assert added(heading) == [(2, "subhead", "Geen fietspad op de tekeningen")]
    assert cut(heading)[2][0] == Role.SUBHEAD


@pytest.mark.slow
def test_a_page_of_very_many_elements_is_read_as_its_extractor_gives_it() -> None:
    assert added(figure("De wethouder bij de brug.") + "<b></b>" * 30_000) == []


POST = (
    "<blockquote class='twitter-tweet'><p>Wij varen door tot de nieuwe brug er ligt, ook bij mist "
    "en in het donker. <a href='https://t.example/1'>t.example/1</a></p>&mdash; De Pont (@depont) "
    "<a href='https://t.example/2'>18 november 2019</a></blockquote>"
)


def test_a_post_of_a_network_within_the_text_is_a_quote_of_it() -> None:
    found = added("", POST)
    assert {role for _, role, _ in found} == {"quote"}
    text = " ".join(text for _, _, text in found)
    assert text.startswith("Wij varen door tot de nieuwe brug er ligt")
    assert "De Pont (@depont)" in text


def test_a_post_beside_the_text_is_none_of_it() -> None:
    assert added(after=f"</article></main><div class='feed'>{POST}</div><main><article>") == []


@pytest.mark.parametrize(
    ("line", "is_kept"),
    [
        ("Account: <a href='https://net.example/jan'>@jan</a>", True),
        ("Lees ook: <a href='/2'>Waarom bruggen in het noorden zo vaak storing hebben</a>", False),
        ("Bekijk hier: <a href='/2'>alle foto's van de oude brug</a>", False),
    ],
)
def test_a_label_before_a_name_is_no_link_to_another_article(line: str, is_kept: bool) -> None:
    found = cut(f"<p>{line}</p>")
    assert any(text.startswith(line[:8]) for _, text in found) is is_kept


@pytest.mark.parametrize(
    "marked",
    [
        "<div class='wp-caption'><img src='b.jpg'>"
        "<p class='wp-caption-text'>De brug in 1934</p></div>",
        "<div><img src='b.jpg'><span class='image-caption'>De brug in 1934</span></div>",
        "<table class='tr-caption-container'><tr><td><img src='b.jpg'></td></tr>"
        "<tr><td class='tr-caption'>De brug in 1934</td></tr></table>",
    ],
)
def test_a_class_marks_a_caption(marked: str) -> None:
    assert ("caption", "De brug in 1934") in cut(marked)


def test_a_gallery_says_a_caption_once_and_its_numbers_are_no_text() -> None:
    shown = "<p class='caption'>Image 1 of 23</p><p class='caption'>De brug in 1934</p>"
    found = [text for role, text in cut(shown, shown) if role == "caption"]
    assert found == ["De brug in 1934"]


def test_the_words_that_open_a_box_are_kept() -> None:
    inside = "<p>De brug verving een veer dat al in de middeleeuwen voer.</p>"
    box = f"<details><summary>De historie</summary>{inside}</details>"
    assert "De historie" in [text for _, text in cut(box)]
