"""The marks of generators are gone, their captions and words stay, and code stays as it is."""

from __future__ import annotations

import pytest

from recommender.articles.formats.markdown_blocks import markdown_blocks
from recommender.articles.shortcodes import (
    without_generator_marks,
    without_obsidian_marks,
    without_wordpress_shortcodes,
)

FIGURE = "<figure><figcaption>De brug in de mist</figcaption></figure>"


@pytest.mark.parametrize(
    "shortcode",
    [
        '{{< figure src="b.jpg" caption="De brug in de mist" >}}',
        "{{< figure caption='De brug in de mist' src='b.jpg' />}}",
        "{{% img caption=`De brug in de mist` %}}",
        '{% include image.html src="c.jpg" caption="De brug in de mist" %}',
        '{%- figure caption: "De brug in de mist" -%}',
        "![[brug.png|De brug in de mist]]",
        "![[brug.png|200|De brug in de mist]]",
        '[caption id="a" width="3"]<a href="b"><img src="b.jpg"></a> De brug in de mist[/caption]',
        '[wp_caption caption="De brug in de mist"]<img src="b.jpg">[/wp_caption]',
    ],
)
def test_a_caption_becomes_a_figure(shortcode: str) -> None:
    made = without_obsidian_marks(without_generator_marks(f"voor\n\n{shortcode}\n\nna"))
    assert made.split() == ["voor", *FIGURE.split(), "na"]


@pytest.mark.parametrize(
    "mark",
    [
        "{{< youtube w7Ft2ymGmfc >}}",
        '{{< tweet user="a" id="1" >}}',
        "{% include toc.html %}",
        "{% comment %}nog niet drukken{% endcomment %}",
        "{{ site.baseurl }}",
        "{:.no_toc}",
        "{: .lead #opening }",
        "[[toc]]",
        "[TOC]",
        "[gallery ids='1,2']",
        "[embed]https://example.org/a[/embed]",
        "{{/* verborgen */}}" if False else "{{< /* figure */ >}}",
        "%%niet drukken%%",
        "%%\nniet\n\ndrukken\n%%",
        "![[kaart van de brug.png]]",
        "![[kaart.png|300x200]]",
    ],
)
def test_what_a_reader_never_sees_is_gone(mark: str) -> None:
    made = without_obsidian_marks(without_generator_marks(f"voor\n\n{mark}\n\nna"))
    assert made.split() == ["voor", "na"]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("{{% notice tip %}}De brug gaat open.{{% /notice %}}", "De brug gaat open."),
        ("{% raw %}De brug{% endraw %}", "De brug"),
        ("## De brug {#brug .groot}", "## De brug"),
        ("::: warning Let op\nDe brug gaat open.\n:::", "Let op De brug gaat open."),
        (":::note[Let op]\nDe brug gaat open.\n:::", "Let op De brug gaat open."),
        (':::tip{to="a" icon="b"}\nDe brug gaat open.\n:::', "De brug gaat open."),
        ('::: {.tip title="Let op"}\nDe brug gaat open.\n:::', "Let op De brug gaat open."),
        ('::callout{icon="b"}\nDe brug gaat open.\n::', "De brug gaat open."),
        ("::callout\n---\nicon: b\n---\nDe brug gaat open.\n::", "De brug gaat open."),
        ("::video[De brug gaat open.]{#a1}", "De brug gaat open."),
        ("De :abbr[brug]{title='b'} gaat :kbd{value='a'}open.", "De brug gaat open."),
        ("De [brug]{.groot lang=nl} gaat [open]{.smallcaps}.", "De brug gaat open."),
        ("De [brug](a.html){.groot target=b} is open.", "De [brug](a.html) is open."),
        ("![De brug](b.jpg){width=50%} en de pont", "![De brug](b.jpg) en de pont"),
        ("De brug {.md:groot.text-sm/2}", "De brug"),
        ("{: .icon width='7'}De brug gaat open.", "De brug gaat open."),
        ("De [brug] gaat.\n\n[brug]: {{ site.brug }}", "De [brug] gaat. [brug]: #"),
        ("De [brug] gaat.\n\n[brug]: {% link a.md %}", "De [brug] gaat. [brug]: #"),
        ("![De brug](foto van de brug.jpg)", "![De brug](<foto van de brug.jpg>)"),
        ('![De brug](a b.jpg "De pont")', '![De brug](<a b.jpg> "De pont")'),
        ("## الجسر {#الجسر-القديم}", "## الجسر"),
        ('=== "Fiets"\n\n    De brug gaat open.\n', "Fiets De brug gaat open."),
        ("```{=html}\n<b>De brug</b>\n```\n\nDe pont", "<b>De brug</b> De pont"),
        ("~~~ {=latex}\n\\clearpage\n~~~\n\nDe pont", "De pont"),
        (
            "```{note} Let op\n:class: dropdown\nDe brug gaat open.\n```",
            "Let op De brug gaat open.",
        ),
        ("```{python}\n{{ a }}\n```", "```{python} {{ a }} ```"),
        ("````md\n```{=html}\n<b>\n```\n````", "````md ```{=html} <b> ``` ````"),
        ("{sup}`2` {ref}`brug <a>`", "`2` `brug <a>`"),
        ("De brug is open :tada: :+1:.", "De brug is open."),
        ("橋が開く。:tada::+1:次は", "橋が開く。次は"),
        ("a::b en std::c::d, c:d[1]{2} en [:alnum:]", "a::b en std::c::d, c:d[1]{2} en [:alnum:]"),
        ("De [[Oude brug|brug]] en de [[pont]]", "De brug en de pont"),
        ("==De brug== gaat open ^c41d", "De brug gaat open"),
        ("> [!note] Let op\n> De brug gaat open.", "Let op De brug gaat open."),
        ("> [!WARNING]\n> De brug gaat open.", "De brug gaat open."),
        ("Een [zin] tussen haken (en [nog een]).", "Een [zin] tussen haken (en [nog een])."),
        ("100 %% van 20 %", "100 %% van 20 %"),
        ("a == b en c == d", "a == b en c == d"),
        ("{een zin tussen accolades}", "{een zin tussen accolades}"),
    ],
)
def test_the_words_of_a_mark_stay(written: str, shown: str) -> None:
    made = without_obsidian_marks(without_generator_marks(written))
    assert " ".join(made.split()) == shown


@pytest.mark.parametrize(
    "code",
    ["```\n{{< figure caption='a' >}}\n[[b]]\n```", "`{{ a }}` en `[[b]]`", "~~~~\n%%c%%\n~~~~"],
)
def test_code_stays_as_it_is(code: str) -> None:
    assert without_obsidian_marks(without_generator_marks(code)) == code


def test_text_in_brackets_of_a_post_is_no_shortcode() -> None:
    html = "<p>Hij zei: [lacht] ja [sic], [caption] dus.</p>"
    assert without_wordpress_shortcodes(html) == html


@pytest.mark.slow
def test_the_search_for_a_mark_that_does_not_end_is_short() -> None:
    marks = (":a[", ":a{b ", "[a]{.b", "::a{", "](a ", ":a", "[a](b)")
    for mark in ("{{< ", "{% ", "%%", "[[", "==a", "[caption]", "![[", *marks):
        without_obsidian_marks(without_generator_marks(mark * 20_000))


def test_a_table_of_contents_takes_the_place_of_a_list() -> None:
    written = "* TOC\n{:toc}\n\n## One\n\n* a\n* b\n"
    assert without_generator_marks(written).strip() == "## One\n\n* a\n* b"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("De brug is {++zeker ++}{--misschien --}open.", "De brug is zeker open."),
        ("{~~Gisteren~>Vandaag~~} is {==de brug==}{>>welke?<<} open.", "Vandaag is de brug open."),
        ("<Callout type='info'>\nDe brug is open.\n</Callout>", "De brug is open."),
        ("Nieuw <Badge text='x'/> hier", "Nieuw hier"),
        ("Een List<String> van woorden", "Een List<String> van woorden"),
        ('{{< details "De historie" >}}\nDe brug.\n{{< /details >}}', "De historie De brug."),
        ('{{% expand title="De **historie**" %}}De brug.{{% /expand %}}', "De historie De brug."),
        ('{% tab "Linux" %}Zo.{% endtab %}', "Linux Zo."),
        ('Sinds {{ "now" | date: "%Y" }} open', "Sinds open"),
        ("[et_pb_text admin_label='a']De brug.[/et_pb_text]", "De brug."),
        (
            "[vc_toggle title='De historie']De brug.[/vc_toggle][/vc_row]",
            "<h3>De historie</h3> De brug.",
        ),
    ],
)
def test_what_is_for_editors_or_programs_is_gone_and_its_words_stay(
    written: str, shown: str
) -> None:
    assert without_generator_marks(f"\n{written}\n").split() == shown.split()


@pytest.mark.parametrize(
    "picture",
    [
        "```{figure} b.jpg\n:name: b\nDe brug in de mist\n```",
        "```{figure} b.jpg\n:name: b\n\nDe brug in de mist\n```",
        "<figure markdown>\n  ![De brug in de mist](b.jpg){ width='300' }\n</figure>",
        "<figure markdown='span'>\n  ![](b.jpg)\n  <figcaption>De brug in de mist</figcaption>\n"
        "</figure>",
        "[caption id='a']![](b.jpg) De brug in de mist[/caption]",
        '{{< figure src="b.jpg" caption="De [brug](/b) in de mist" >}}',
    ],
)
def test_a_picture_of_any_generator_has_its_caption(picture: str) -> None:
    found = markdown_blocks(f"Voor de mist.\n\n{picture}\n\nNa de mist.")
    assert [(text, role) for text, role, _ in found] == [
        ("Voor de mist.", ""),
        ("De brug in de mist", "caption"),
        ("Na de mist.", ""),
    ]
