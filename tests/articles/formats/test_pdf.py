"""A PDF gives its text in the order of reading: columns, whole words, no heads of pages."""

from __future__ import annotations

from textwrap import wrap

import pytest
from articles.conftest import Read
from articles.test_read import only, roles
from support.kept_words import lost_words
from support.placed_pdf import PICTURE, Placed, by_rows, column, placed_pdf

from recommender.types import Article, Notice

pytestmark = pytest.mark.process

TITLE = "Het gemaal gaat dicht"
TEXTS = (
    "Het waterschap sluit het oude gemaal aan de Lange Vaart, omdat de pompen na negentig jaar "
    "niet meer te maken zijn. De raad stemde er dinsdag mee in.",
    "Bewoners van de polder vrezen voor natte kelders. Zij hebben een brief gestuurd, met "
    "honderdtwaalf handtekeningen, en krijgen in januari antwoord.",
    "De nieuwe pompen staan klaar in een loods bij de haven, zegt de opzichter, die er al veertig "
    "jaar werkt en niet met pensioen wil.",
    "Het oude gebouw blijft staan en wordt een museum over het leven met het water. De opening "
    "is in de zomer van het jaar daarna.",
)


def lines(*texts: str, width: int = 40) -> list[str]:
    """The lines of paragraphs, room between them."""
    return [line for text in texts for line in (*wrap(text, width), "")]


def headline(text: str = TITLE, size: float = 20) -> Placed:
    return Placed(text, 60, 775, size)


def body(read: Read, *pages: list[Placed]) -> list[str]:
    """The paragraphs of a PDF of these pages."""
    return only(read("a.pdf", placed_pdf(*pages))).text.split("\n\n")


@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize("is_by_rows", [True, False])
def test_columns_are_read_one_after_the_other(read: Read, count: int, is_by_rows: bool) -> None:
    width = 40 if count == 2 else 26
    each = len(TEXTS) // count
    columns = [
        column(
            lines(*TEXTS[at * each : (at + 1) * each if at < count - 1 else None], width=width),
            left=60 + at * (500 / count),
        )
        for at in range(count)
    ]
    pieces = by_rows(*columns) if is_by_rows else [one for some in columns for one in some]
    assert body(read, [headline(), *pieces]) == [TITLE, *TEXTS]


def test_text_across_the_page_stands_between_the_columns_above_and_below(read: Read) -> None:
    above = by_rows(column(lines(TEXTS[0])), column(lines(TEXTS[1]), left=320))
    across = column(wrap(TEXTS[2], 88), top=640)
    below = by_rows(column(lines(TEXTS[3]), top=590), column(lines(TEXTS[0]), left=320, top=590))
    found = body(read, [headline(), *above, *across, *below])
    assert found == [TITLE, *TEXTS[:2], TEXTS[2], TEXTS[3], TEXTS[0]]


def test_a_table_of_short_cells_is_read_row_by_row(read: Read) -> None:
    rows = [("Diepte", "4,5 meter"), ("Breedte", "12 meter"), ("Bouwjaar", "1934"), ("Pompen", "3")]
    cells = [
        Placed(text, left, 600 - 12 * at)
        for at, row in enumerate(rows)
        for text, left in zip(row, (60, 320), strict=True)
    ]
    text = " ".join(body(read, [*column(lines(TEXTS[0], width=80)), *cells]))
    assert "Diepte 4,5 meter" in text
    assert "Breedte 12 meter" in text


@pytest.mark.parametrize(
    ("broken", "whole"),
    [
        (("het noorde-", "lijke gemaal"), "het noordelijke gemaal"),
        (("de Ruhr-", "und Rheinhafen"), "de Ruhr- und Rheinhafen"),
        (("de in-", "en uitgang"), "de in- en uitgang"),
        (("de Noord-", "Zuidlijn"), "de Noord-Zuidlijn"),
        (("covid-", "19 heerst"), "covid-19 heerst"),
        (("een gok -", "of niet"), "een gok - of niet"),
        (("de vice-", "voorzitter; vice-voorzitter"), "de vice-voorzitter; vice-voorzitter"),
        (("een zwart-", "witte foto, witte op zwart"), "een zwart-witte foto, witte op zwart"),
    ],
)
def test_words_that_lines_break_are_whole(read: Read, broken: tuple[str, str], whole: str) -> None:
    first, second = broken
    start = "De opzichter zegt over zijn werk, zwart, van al die jaren"
    text = body(read, column([f"{start} {first}", f"{second} en verder niets."]))
    assert text == [f"{start} {whole} en verder niets."]


def test_a_word_that_a_page_breaks_is_whole(read: Read) -> None:
    first = column(["De opzichter van het gemaal werkt er al veertig jaar en woont aan de ha-"])
    second = column(["ven, waar de nieuwe pompen in een loods staan te wachten op het voorjaar."])
    [text] = body(read, first, second)
    assert "woont aan de haven, waar" in text


@pytest.mark.parametrize(
    ("head", "foot"),
    [
        (lambda page: f"JAARBOEK {page}" if page % 2 else f"{page} HOOFDSTUK EEN", lambda page: ""),
        (lambda page: "De Krant" if page % 2 else "Het gemaal", lambda page: f"- {page} -"),
        (lambda page: ("Een", "Twee", "Drie")[(page - 1) // 3], lambda page: f"Krant {page}/9"),
        (lambda page: f"De Krant, {page} maart", lambda page: str(page)),
    ],
)
def test_heads_and_feet_of_pages_are_no_text(read: Read, head: object, foot: object) -> None:
    pages = []
    for page in range(1, 10):
        text = f"{TEXTS[page % 4]} Zo eindigt blad {'abcdefghij'[page]}."
        margins = [Placed(head(page), 60, 810, 8), Placed(foot(page), 60, 40, 8)]  # type: ignore[operator]
        pages.append([one for one in [*margins, *column(lines(text, width=80))] if one.text])
    found = body(read, *pages)
    assert found == [
        f"{TEXTS[page % 4]} Zo eindigt blad {'abcdefghij'[page]}." for page in range(1, 10)
    ]


def test_heads_and_feet_of_two_pages_in_columns_are_no_text(read: Read) -> None:
    columns = [
        column(lines(text, width=40), left=60 + 250 * (at % 2)) for at, text in enumerate(TEXTS)
    ]
    first = [*by_rows(*columns[:2]), Placed("12 | DE KRANT", 60, 40, 8)]
    second = [Placed("DE KRANT | 13", 400, 810, 8), *by_rows(*columns[2:])]
    second.append(Placed("Pagina 13 van 14", 290, 40, 8))
    assert body(read, first, second) == list(TEXTS)


def test_a_title_that_is_the_head_of_the_pages_after_it_stays(read: Read) -> None:
    first = [headline(), *column(lines(TEXTS[0], width=80))]
    others = [
        [Placed(TITLE, 60, 810, 8), *column(lines(f"{text} Ook.", width=80))] for text in TEXTS[1:]
    ]
    article = only(read("a.pdf", placed_pdf(first, *others)))
    assert article.title == TITLE
    assert article.text.count(TITLE) == 1


def test_the_letters_tell_the_title_and_the_headings(read: Read) -> None:
    page = [
        Placed("DE KRANT VAN DINSDAG", 60, 810, 8),
        headline("Het gemaal gaat dicht, en niemand weet nog wat er dan met het water gebeurt", 16),
        *column(lines(TEXTS[0], width=80)),
        Placed("Natte kelders.", 60, 690, 10, is_bold=True),
        *column(lines(TEXTS[1], width=80), top=675),
    ]
    article = only(read("a.pdf", placed_pdf(page)))
    assert article.title.startswith("Het gemaal gaat dicht, en")
    found = roles(article)
    assert [text for role, text in found if role == "body"] == list(TEXTS[:2])
    assert [text for role, text in found if role == "subhead"][-1] == "Natte kelders."


def test_an_indented_line_begins_a_paragraph(read: Read) -> None:
    page = []
    for at, text in enumerate(TEXTS[:3]):
        first, *rest = column(wrap(text, 80), top=740 - 24 * at)
        page += [first._replace(left=first.left + 15), *rest]
    assert body(read, page) == list(TEXTS[:3])


def test_the_pages_of_an_article_are_known(read: Read) -> None:
    article = only(read("a.pdf", placed_pdf(*(column(lines(text, width=80)) for text in TEXTS))))
    assert [article.text[at:][:20] for at in article.metadata["pages"]] == [
        text[:20] for text in TEXTS
    ]


def test_no_word_of_a_page_is_lost(read: Read) -> None:
    columns = by_rows(column(lines(*TEXTS[:2])), column(lines(*TEXTS[2:]), left=320))
    content = placed_pdf([headline(), *columns])
    assert lost_words(" ".join([TITLE, *TEXTS]), read("a.pdf", content)) == []


def test_a_page_that_is_only_a_picture_is_named(read: Read) -> None:
    pages = [headline(), *column(lines(*TEXTS))], PICTURE, [Placed(" ", 60, 700)]
    notice, article = read("a.pdf", placed_pdf(*pages))
    assert only([article]).title == TITLE
    assert notice.example == "page 2"


def test_letters_without_names_are_refused(read: Read) -> None:
    [refusal] = read("a.pdf", placed_pdf([Placed("\x01\x02\x03\x04\x05\x06 \x07\x0f", 60, 700)]))
    assert "run OCR" in refusal.reason


def test_turned_lines_stand_at_the_end_and_a_large_letter_opens_its_word(read: Read) -> None:
    first, second = wrap(TEXTS[0], 80)[0], wrap(TEXTS[0], 80)[1:]
    page = [
        headline(),
        Placed(first[0], 60, 720, 30),
        Placed(first[1:], 85, 740),
        Placed("Foto: Jan Jansen", 550, 500, 7, is_turned=True),
        *column(second, top=728),
    ]
    assert body(read, page) == [TITLE, TEXTS[0], "Foto: Jan Jansen"]


@pytest.mark.parametrize(
    ("remark", "expected"),
    [
        (Placed("CONCEPT", 60, 815, 9), "draft"),
        (Placed("Vertrouwelijk - niet publiceren", 60, 30, 9), "private"),
        (Placed("DRAFT", 300, 300, 60, is_turned=True), "draft"),
        (Placed("De Stentor", 60, 815, 9), "published"),
    ],
)
def test_a_head_a_foot_or_a_watermark_may_say_that_it_is_a_draft(
    read: Read, remark: Placed, expected: str
) -> None:
    pages = [[remark, *column(wrap(text, 80))] for text in TEXTS]
    [found] = read("a.pdf", placed_pdf([headline(), *pages[0]], *pages[1:]))
    assert isinstance(found, Article | Notice)
    assert (found.reason if isinstance(found, Notice) else str(found.status_now)) == expected
