"""The standfirst of a page is part of its article, and what its classes call the site's is not."""

from __future__ import annotations

import pytest

from recommender.articles.formats.html import page_article

LEAD = "Het waterschap sluit na negentig jaar het oude gemaal aan de Lange Vaart, tot schrik."
BODY = (
    "De pompen van het gemaal zijn niet meer te maken, zegt de dijkgraaf. De fabriek die ze maakte "
    "is in de jaren zestig gesloten, en tekeningen zijn er niet meer.",
    "Bewoners van de polder vrezen voor natte kelders. Zij hebben een brief gestuurd, met "
    "honderdtwaalf handtekeningen, en krijgen in januari antwoord.",
    "Het oude gebouw blijft staan en wordt een museum over het leven met het water. De opening is "
    "in de zomer van het jaar daarna.",
)
OTHER = "In het buurdorp is gisteren een nieuwe brug geopend door de burgemeester en zijn vrouw."


def page(
    above: str, below: str = "", head: str = "", heading: str = "<h1>Het gemaal sluit</h1>"
) -> str:
    text = "".join(f"<p>{one}</p>" for one in BODY)
    return (
        f"<html><head><title>Het gemaal sluit</title>{head}</head><body><div class='page'>"
        f"<div class='top'>{heading}{above}</div>"
        f"<div class='article-body'>{text}{below}</div></div></body></html>"
    )


def blocks(html: str) -> list[str]:
    return page_article("a", "a.html", html).text.split("\n\n")


@pytest.mark.parametrize(
    "above",
    [
        f"<div class='article-teaser'><p>{LEAD}</p></div>",
        f"<div><div class='c-page-intro__copy'><p>{LEAD}</p></div></div>",
        f"<p class='ArticleHeader-Hook'>{LEAD}</p>",
        f"<h2 class='article-deck'>{LEAD}</h2>",
        f"<div itemprop='description'>{LEAD}</div>",
    ],
)
def test_the_standfirst_between_heading_and_text_is_kept(above: str) -> None:
    found = blocks(page(above))
    assert [one for one in found if one != "Het gemaal sluit"] == [LEAD, *BODY]


def test_what_the_page_gives_as_its_description_is_its_standfirst_under_any_name() -> None:
    head = f"<meta name='description' content='{LEAD[:60]}…'>"
    assert LEAD in blocks(page(f"<div class='x1'>{LEAD}</div>", head=head))
    assert LEAD in blocks(page(f"<div class='x1'>{LEAD}</div>", head=head, heading=""))


@pytest.mark.parametrize(
    "above",
    [
        f"<div class='related-teaser'><p class='teaser'>{OTHER}</p></div>",
        f"<p class='teaser'><a href='/b'>{OTHER}</a></p>",
        f"<div class='newsletter'><p class='intro'>{OTHER}</p></div>",
        f"<ul class='teaser'><li>{OTHER}</li></ul>",
    ],
)
def test_teasers_of_other_articles_are_no_standfirst(above: str) -> None:
    assert OTHER not in blocks(page(above))


@pytest.mark.parametrize(
    "below",
    [
        "<div class='AuthorBox'><p>Ada Molenaar schrijft al twintig jaar over water.</p></div>",
        "<div class='BorlabsCookie'><p>Klik op de knop om de kaart te laden.</p></div>",
        "<div class='post-ratings'><p>Was dit artikel nuttig voor u? (95 stemmen)</p></div>",
        "<p>Lees ook de volgende stukken:</p>",
    ],
)
def test_parts_of_the_site_within_the_text_are_left_out(below: str) -> None:
    assert blocks(page("", below))[-1] == BODY[-1]


def test_a_text_that_is_called_as_parts_of_a_site_are_is_kept() -> None:
    html = page("").replace("article-body", "copyright article-body")
    assert blocks(html)[-3:] == list(BODY)
