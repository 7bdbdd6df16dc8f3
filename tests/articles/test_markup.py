"""A piece of HTML gives its blocks: all of its text, in order, with the roles of its tags."""

from __future__ import annotations

import pytest
from support.kept_words import lost_words

from recommender.articles.markup import blocks_of_html, joined_text
from recommender.types import Article

LONG = (
    "Het waterschap sluit het oude gemaal aan de Lange Vaart, omdat de pompen niet te maken zijn.",
    "Bewoners van de polder vrezen voor natte kelders en hebben een brief naar de raad gestuurd.",
    "De nieuwe pompen staan klaar in een loods bij de haven, zegt de opzichter van het gemaal.",
)


def blocks(html: str) -> list[tuple[str, str]]:
    return [(role, text) for text, role, _ in blocks_of_html(html)]


def body(*texts: str) -> list[tuple[str, str]]:
    return [("", text) for text in texts]


@pytest.mark.parametrize(
    "between", ["<br><br>", "<br/>\n<br/>", "<br>&nbsp;<br>", "\u2029", "<br>", "\u2028"]
)
def test_line_breaks_between_long_lines_that_end_sentences_part_paragraphs(between: str) -> None:
    assert blocks(f"<p>{between.join(LONG)}</p>") == body(*LONG)


def test_line_breaks_between_short_lines_do_not() -> None:
    assert blocks("<p>De zee is wijd,<br>het schip<br>is klein.</p>") == body(
        "De zee is wijd,\nhet schip\nis klein."
    )


def test_wrapped_lines_of_a_source_are_one_line() -> None:
    assert blocks("<p>Een\n  regel\n</p>") == body("Een regel")


@pytest.mark.parametrize(
    "mark", ["<!-- more -->", '<?dp n="12"?>', "<script>var a</script>", "<wbr>", "<a id='p1'></a>"]
)
def test_what_shows_no_text_hides_none(mark: str) -> None:
    first, second, _ = LONG
    assert blocks(f"<p>{first}</p>{mark}<p>{second}</p>") == body(first, second)
    assert blocks(f"<p>{first} {mark}{second}</p>") == body(f"{first} {second}")


def test_a_table_that_only_lays_out_a_page_is_text() -> None:
    first, second, third = LONG
    inner = "<table><tr><td>Diepte</td><td>4,5 meter</td></tr></table>"
    assert blocks(
        f"<table><tr><td><p>{first}</p><p>{second}</p>{inner}{third}</td></tr></table>"
    ) == [
        ("", first),
        ("", second),
        ("table", "Diepte | 4,5 meter"),
        ("", third),
    ]


@pytest.mark.parametrize(
    "table",
    [
        "<table role='presentation'><tr><td>{0}</td><td>{1}</td></tr></table>",
        "<table><tr><td>{0}</td></tr><tr><td>{1}</td></tr></table>",
        "<table><tr><td><img src='a'></td><td><p>{0}</p><p>{1}</p></td></tr></table>",
        "<table width=600><tr><td>Menu</td><td><b>{0}</b><br><br>{1}</td></tr></table>",
        "<table><tr><td><h2>Menu</h2><p>{0}</p></td><td><p>{1}</p></td></tr></table>",
    ],
)
def test_the_cells_of_a_layout_table_are_blocks(table: str) -> None:
    found = blocks(table.format(*LONG))
    assert [one for one in found if one[1] != "Menu"] == body(*LONG[:2])


def test_few_letters_of_chinese_say_as_much() -> None:
    first = "桥在夏天之前一直关闭，因为路面出现了很大的裂缝，市长在星期一说。"
    second = "骑自行车的人必须沿着水闸绕行，需要十五分钟，自行车协会的主席说。"
    table = f"<table><tr><td><p>{first}</p><p>{second}</p></td><td>桥建于1934年。</td></tr></table>"
    assert blocks(table) == [*body(first, second), ("", "桥建于1934年。")]


def test_a_table_of_data_keeps_its_caption_and_the_words_of_each_cell_apart() -> None:
    html = (
        "<table><caption>Peilen</caption><tr><th>Jaar</th><th>Peil</th></tr>"
        "<tr><td><p>2020</p><p>januari</p></td><td>4,10<br>meter</td></tr></table>"
    )
    assert blocks(html) == [
        ("caption", "Peilen"),
        ("table", "Jaar | Peil\n2020 januari | 4,10 meter"),
    ]


@pytest.mark.parametrize(
    "reference",
    [
        "<sup><a href='#fn1'>1</a></sup>",
        "<a epub:type='noteref' href='#n'>1</a>",
        "<a role='doc-noteref' href='#n'>[1]</a>",
        "<sup class='footnote-ref'><a href='#fn'>[1]</a></sup>",
    ],
)
def test_the_number_of_a_note_does_not_run_into_the_word(reference: str) -> None:
    assert blocks(f"<p>Een zin met een noot{reference} erin.</p>") == body(
        "Een zin met een noot erin."
    )


def test_a_power_and_a_link_of_words_are_no_notes() -> None:
    assert blocks("<p>Een kelder van 40 m<sup>2</sup>, <a href='#a'>zie onder</a>.</p>") == body(
        "Een kelder van 40 m2, zie onder."
    )


@pytest.mark.parametrize(
    "note",
    [
        "<aside epub:type='footnote'><p>{}</p></aside>",
        "<section class='footnotes'><ol><li><p>{} <a href='#r1' role='doc-backlink'>↩︎</a></p></li>"
        "</ol></section>",
        "<div role='doc-endnotes'>{}</div>",
        "<li class='footnote'>{}</li>",
    ],
)
def test_a_note_is_kept_as_one(note: str) -> None:
    text = "Zie het register van de stad."
    assert blocks(f"<p>{LONG[0]}</p>{note.format(text)}") == [("", LONG[0]), ("note", text)]


def test_preformatted_text_keeps_its_lines() -> None:
    assert blocks("<pre>een\n  twee\n\ndrie</pre>") == body("een\n  twee\ndrie")


def test_the_words_of_every_tag_are_kept() -> None:
    tags = "p div section span b details summary dl dt dd address center main header footer figure"
    tags += (
        " figcaption aside blockquote li label fieldset form h1 h6 pre code td th caption u font"
    )
    tags += " mark time data abbr q cite small sub sup ins del s bdo ruby custom-tag marquee hgroup"
    html = "".join(f"<{tag}>woord{number} </{tag}>" for number, tag in enumerate(tags.split()))
    source = " ".join(f"woord{number}" for number in range(len(tags.split())))
    for around in (
        "{}",
        "<table><tr>{}</tr></table>",
        "<table><tr><td>{}</td><td>1</td></tr></table>",
    ):
        text, _ = joined_text(blocks_of_html(around.format(html)))
        assert lost_words(source, [Article(id="a", title="", text=text)]) == []
