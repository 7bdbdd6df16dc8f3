"""Markdown gives all of its text: what it holds as HTML, its captions and its notes as well."""

from __future__ import annotations

import re

import pytest
from articles.conftest import Read
from articles.test_read import only, roles
from support.kept_words import lost_words

FIRST = "De gemeente houdt de brug over de vaart tot de zomer gesloten, zegt de wethouder."
SECOND = "Fietsers moeten omrijden langs de sluis, en dat kost hun een kwartier per keer."
THIRD = "De aannemer wacht op staal uit het buitenland, dat door storm in een haven ligt."


def blocks(read: Read, source: str) -> list[tuple[str, str]]:
    """The roles and texts of a source below its title."""
    return roles(only(read("a.md", f"# De brug\n\n{source}\n")))[1:]


@pytest.mark.parametrize(
    "source",
    [
        f"<p>{FIRST}</p>\n<p>{SECOND}</p>",
        f'<div class="lead">{FIRST}</div>\n\n{SECOND}',
        f"<div>\n\n{FIRST}\n\n</div>\n\n<section><p>{SECOND}</p></section>",
        f'<div markdown="1">\n{FIRST}\n</div>\n<span>{SECOND}</span>',
        f"<details><summary>{FIRST}</summary>\n\n{SECOND}\n</details>",
        f"{FIRST}<br><br>{SECOND}",
        f"{FIRST}\n\n<table><tr><td><p>{SECOND}</p></td></tr></table>",
        f"<center><b>{FIRST}</b></center>\n\n<!-- niet drukken -->\n{SECOND}",
        f"<article>\n<p>{FIRST}\n<p>{SECOND}\n</article>",
    ],
)
def test_html_within_markdown_is_text(read: Read, source: str) -> None:
    assert blocks(read, source) == [("body", FIRST), ("body", SECOND)]


@pytest.mark.parametrize(
    "picture",
    [
        "![De brug in de mist](brug.jpg)",
        "[![De brug in de mist](brug.jpg)](groot.jpg)",
        "![](brug.jpg)\n*De brug in de mist*",
        "![brug.jpg](brug.jpg)\n\n*De brug in de mist*",
        "![De brug in de mist][1]\n\n[1]: brug.jpg",
        '![De brug in de mist](brug.jpg "De brug in de mist")',
        "![De *brug* in&#32;de [mist](a)](brug.jpg)",
        "<figure><img src='b.jpg'><figcaption>De brug in de mist</figcaption></figure>",
        "<figure>\n\n<figcaption>\n\nDe brug in de *mist*\n\n</figcaption></figure>",
        '{{< figure src="b.jpg" caption="De brug in de mist" >}}',
        '{% include image.html src="c.jpg" caption="De brug in de mist" %}',
    ],
)
def test_the_text_of_a_picture_that_stands_alone_is_a_caption(read: Read, picture: str) -> None:
    assert blocks(read, f"{FIRST}\n\n{picture}\n\n{SECOND}") == [
        ("body", FIRST),
        ("caption", "De brug in de mist"),
        ("body", SECOND),
    ]


def test_a_picture_within_a_line_and_italics_elsewhere_are_no_captions(read: Read) -> None:
    assert blocks(read, f"![ster](s.png) {FIRST}\n\n*{SECOND}*\n\n{THIRD}") == [
        ("body", FIRST),
        ("body", SECOND),
        ("body", THIRD),
    ]


def test_the_title_of_a_picture_is_kept_beside_its_caption(read: Read) -> None:
    found = blocks(read, f'![De brug in de mist](b.jpg "Foto: Jan Modaal")\n\n{FIRST}')
    assert found == [
        ("caption", "De brug in de mist"),
        ("credit", "Foto: Jan Modaal"),
        ("body", FIRST),
    ]


def test_notes_stand_at_the_end_and_those_nobody_refers_to_are_text(read: Read) -> None:
    source = f"De brug[^1] is oud^[In 1934 gebouwd.].\n\n{FIRST}\n\n[^1]: Zie het register.\n\n"
    found = blocks(read, f"{source}[^2]: {SECOND}\n")
    assert found == [
        ("body", "De brug is oud."),
        ("body", FIRST),
        ("body", SECOND),
        ("note", "Zie het register."),
        ("note", "In 1934 gebouwd."),
    ]


def test_what_looks_like_a_tag_and_is_none_is_text(read: Read) -> None:
    source = f"Roep `open<naam>` aan, of List<String>, met <naam> uit de lijst.\n\n{FIRST}"
    assert blocks(read, source)[0][1] == (
        "Roep open<naam> aan, of List<String>, met <naam> uit de lijst."
    )


def test_long_lines_of_several_sentences_are_paragraphs_and_wrapped_lines_are_not(
    read: Read,
) -> None:
    lines = [f"{FIRST} {SECOND} {THIRD}", f"{SECOND} {THIRD} {FIRST}", f"{THIRD} {SECOND} {FIRST}"]
    assert [text for _, text in blocks(read, "\n".join(lines))] == lines
    wrapped = f"{FIRST}\n{SECOND}\n{THIRD}"
    assert blocks(read, wrapped) == [("body", wrapped.replace("\n", " "))]


def test_lists_definitions_and_code_keep_their_words(read: Read) -> None:
    source = "- een\n  - twee\n\n1. drie\n\nbrug\n: een weg over water\n\n```sh\nopen brug\n```\n"
    words = " ".join(re.findall(r"\w+", " ".join(text for _, text in blocks(read, source))))
    assert words == "een twee drie brug een weg over water open brug"


def test_no_word_of_a_source_is_lost(read: Read) -> None:
    source = (
        "# Kop een\n\nZin *twee* met **drie**, [vier](http://x), `vijf` en ~~zes~~.[^n]\n\n"
        "> Zeven\n> acht\n\n<div>negen <em>tien</em></div>\n\n| elf | twaalf |\n|---|---|\n"
        "| dertien | veertien |\n\n* vijftien\n    * zestien\n\n![zeventien](a.jpg)\n\n"
        "Setext\n------\n\n    ingesprongen code\n\n<b>achttien\n\n***negentien***\n\n"
        "[^n]: twintig\n\n&copy; 2022 en &amp;\n"
    )
    simple = re.sub(r"\]\([^)]*\)|<[^>]+>|&\w+;|\[\^n\]:?|[|*~#>`-]", " ", source)
    assert lost_words(simple, read("a.md", source)) == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (f'!!! note "Let op"\n    {FIRST}\n\n    {SECOND}\n', ["Let op", FIRST, SECOND]),
        (f"??? tip\n    {FIRST}\n", [FIRST]),
        (f"{FIRST}\n\n*[HTML]: Hyper Text\n", [FIRST]),
        ("De brug [@jan99, pp. 3] is dicht [see @piet].", ["De brug is dicht."]),
        ("De brug is dicht :tada: en nat.", ["De brug is dicht en nat."]),
        (f"{FIRST}<!-- niet\n\ntonen -->\n\n{SECOND}", [FIRST, SECOND]),
        ("CO~2~ en m^3^ water", ["CO2 en m3 water"]),
        (f"\\newpage\n\n{FIRST}\n\n\\begin{{center}}\n\n{SECOND}", [FIRST, SECOND]),
        ("Zie `[@jan]` en `:tada:` en `CO~2~`.", ["Zie [@jan] en :tada: en CO~2~."]),
        ("Mail @jan [of piet](http://a) om 10:30:15.", ["Mail @jan of piet om 10:30:15."]),
    ],
)
def test_small_marks_of_programs_are_no_text(read: Read, source: str, expected: list[str]) -> None:
    assert [text for _, text in blocks(read, source)] == expected


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("市は**「橋」**を閉じた。", "市は「橋」を閉じた。"),
        ("다리**(舊橋)**는 닫혔다.", "다리(舊橋)는 닫혔다."),
        ("桥于**周日。**关闭", "桥于周日。关闭"),
        ("橋*「港」*は近い", "橋「港」は近い"),
        ("ה**[גשר](a)** סגור", "הגשר סגור"),
        ('De **"brug"**pagina', 'De "brug"pagina'),
        ("f(**een) en g(**twee)", "f(**een) en g(**twee)"),
        ("2 * (3) * 4 en a*(b)*c", "2 * (3) * 4 en a*(b)*c"),
    ],
)
def test_emphasis_may_end_at_a_bracket_within_words(read: Read, written: str, shown: str) -> None:
    assert [text for _, text in blocks(read, f"{FIRST}\n\n{written}")] == [FIRST, shown]


def test_boxes_of_tasks_and_headings_without_a_space_are_what_they_are(read: Read) -> None:
    source = f"##Omweg\n\n{FIRST}\n\n- [x] dicht\n- [ ] open\n\n## Kop {{: .groot}}\n\n#brug #water"
    assert blocks(read, source) == [
        ("subhead", "Omweg"),
        ("body", FIRST),
        ("list", "- dicht\n- open"),
        ("subhead", "Kop"),
        ("body", "#brug #water"),
    ]


@pytest.mark.parametrize(
    ("name", "source", "title"),
    [
        ("De brug is dicht.md", FIRST, "De brug is dicht"),
        ("橋.md", f"{FIRST}\n\n## Kop\n", "橋"),
        ("2022-11-04 De brug.nl.md", f"## Kop\n\n{FIRST}", "De brug"),
        ("brug.md", f"{FIRST}\n\nZie [[pont]].", "brug"),
        ("De brug.md", f"# De vaart\n\n{FIRST}", "De vaart"),
        ("De brug.md", f"---\ntitle: De vaart\n---\n{FIRST}", "De vaart"),
        ("brug.md", f"## De vaart\n\n{FIRST}", "De vaart"),
        ("2022 12 04.md", f"## De vaart\n\n{FIRST}", "De vaart"),
        ("index.md", f"## De vaart\n\n{FIRST} [[pont]]", "De vaart"),
    ],
)
def test_the_name_of_a_note_is_its_title_if_it_has_no_other(
    read: Read, name: str, source: str, title: str
) -> None:
    assert only(read(name, source)).title == title


@pytest.mark.parametrize(
    "body",
    [
        f"\n        <p>{FIRST}</p>\n\n        <p>{SECOND}</p>\n",
        f"<div>\n\n    <p>{FIRST}</p>\n\n    <p>{SECOND}</p>\n\n</div>",
        f"<p>{FIRST}</p>\n<script>\n# een\n</script>\n\n    <p>{SECOND}</p>",
        f"      {FIRST}\n\n      {SECOND}\n",
        f"\t{FIRST}\n\n\t{SECOND}\n",
    ],
)
def test_a_text_that_is_indented_as_a_whole_is_no_code(read: Read, body: str) -> None:
    article = only(read("a.md", f"---\ntitle: De brug\n---\n{body}"))
    assert article.text == f"{FIRST}\n\n{SECOND}"


def test_code_below_a_text_stays_code(read: Read) -> None:
    source = f"{FIRST}\n\n    <p>een</p>\n\n<div>\n\n## Kop\n\n    <b>twee</b>\n\n</div>"
    assert [text for _, text in blocks(read, source)] == [FIRST, "<p>een</p>", "Kop", "<b>twee</b>"]


def test_the_inside_of_an_element_may_be_markdown(read: Read) -> None:
    source = (
        f'<aside markdown="1" class="pquote">\n  <img src="a.jpg" alt="x">\n{FIRST}\n'
        f'  <p markdown="1" class="credit">\n- @jan, ["{SECOND}"](https://a.example)\n  </p>\n'
        f"</aside>\n\n{THIRD}"
    )
    assert blocks(read, source) == [
        ("body", FIRST),
        ("list", f'- @jan, "{SECOND}"'),
        ("body", THIRD),
    ]


def test_a_file_that_imports_components_is_mdx(read: Read) -> None:
    source = (
        "import Tabs from '@theme/Tabs';\nimport TabItem from '@theme/TabItem';\n\n"
        f'{FIRST}\n\n<Tabs>\n<TabItem value="a" label="b">\n\n{SECOND}\n\n</TabItem>\n</Tabs>\n'
    )
    article = only(read("a.md", f"---\ntitle: De brug\n---\n{source}"))
    assert article.text == f"{FIRST}\n\n{SECOND}"


def test_numbers_of_lines_of_code_are_no_text(read: Read) -> None:
    code = (
        '<figure class="highlight"><table><tr><td class="gutter"><pre><span>1</span><br><span>2'
        '</span></pre></td><td class="code"><pre>een\ntwee</pre></td></tr></table></figure>'
    )
    text = only(read("a.md", f"# De brug\n\n{FIRST}\n\n{code}\n")).text
    assert "1" not in text
    assert "een" in text


def test_code_in_a_box_of_mkdocs_ends_where_it_ends(read: Read) -> None:
    box = f'!!! note "Let op"\n\n    {FIRST}\n\n    ```\n    een\n    ```\n\n    {SECOND}\n'
    source = f"{box}\n{THIRD}"
    assert [text for _, text in blocks(read, source)] == ["Let op", FIRST, "een", SECOND, THIRD]


@pytest.mark.parametrize(
    "head",
    [
        f"content:\n  - type: paragraph\n    content:\n      - {{type: text, text: '{FIRST}'}}\n",
        f"page:\n  - type: text\n    text: '{FIRST}'\n",
        f"body: '{FIRST}'\n",
    ],
)
def test_a_text_in_the_head_is_the_text_of_a_file_without_one(read: Read, head: str) -> None:
    article = only(read("a.md", f"---\ntitle: De brug\n{head}---\n"))
    assert roles(article) == [("title", "De brug"), ("body", FIRST)]
    article = only(read("a.md", f"---\ntitle: De brug\n{head}---\n\n{SECOND}\n"))
    assert roles(article) == [("title", "De brug"), ("body", SECOND)]
