"""Pages of the shapes that extractors find hard, with the texts that are wanted and those not.

Each shape is made of several labelled articles of the tests, with a site around them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from support.formats import Example, examples

# Articles of other languages and alphabets, by the names of their labelled examples.
LANGUAGES = ("nl", "en", "de", "ru")
# The encoding that a page of each language was kept in before UTF-8.
OLD_ENCODINGS = {"nl": "cp1252", "en": "cp1252", "de": "cp1252", "ru": "koi8-r"}
WANTED_ROLES = ("body", "quote", "standfirst", "subhead")
MENU = ("Voorpagina Home", "Sport en cultuur", "Weer op zondag", "Inloggen bij de krant")
TEASERS = (
    "Duizend ganzen landen op het dak van een school in de provincie",
    "Burgemeester opent winkel waar alles van papier gemaakt is",
    "Zeven tips voor wie zijn tuin in februari al groen wil zien",
)
COMMENTS = (
    "Wat een onzin weer, dat had ik vorig jaar al gezegd tegen iedereen die het horen wilde.",
    "Helemaal eens met de vorige spreker, al zou ik het zelf wat vriendelijker zeggen.",
)
LEGAL = "De uitgever is niet verantwoordelijk voor de inhoud van andere sites dan deze."


@dataclass(frozen=True)
class Page:
    """A page as bytes, and what a reader of its article wants to find in it and what not."""

    name: str
    content: bytes
    wanted: Sequence[str]
    unwanted: Sequence[str]


def pages() -> list[Page]:
    """Return a page of each shape and language."""
    found = []
    for language in LANGUAGES:
        example = _example(language)
        for shape in SHAPES:
            found.append(_page(shape, example))
    return found


def figures(found: Callable[[bytes], str], among: Sequence[Page]) -> tuple[float, float, float]:
    """Return precision, recall and F of the texts found, over the segments of all pages."""
    hits = misses = false = 0
    for page in among:
        text = _letters(found(page.content))
        held = sum(_letters(one) in text for one in page.wanted)
        hits, misses = hits + held, misses + len(page.wanted) - held
        false += sum(_letters(one) in text for one in page.unwanted)
    precision, recall = hits / max(hits + false, 1), hits / max(hits + misses, 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def _letters(text: str) -> str:
    return "".join(text.split())


def _example(language: str) -> Example:
    return next(
        one
        for one in examples()
        if one.language == language and sum(p.role == "body" for p in one.paragraphs) >= 4
    )


def _texts(example: Example) -> list[str]:
    """Return the running text of an article, each paragraph escaped."""
    return [escape(one.text) for one in example.paragraphs if one.role == "body"]


def _page(shape: Callable[[Example], str], example: Example) -> Page:
    html = shape(example)
    encoding = "utf-8"
    if shape in (_undeclared, _declared_too_late):
        encoding = OLD_ENCODINGS[example.language]
    wanted = [one.text for one in example.paragraphs if one.role == "body"]
    wanted = wanted[:1] if shape is _brief else wanted
    if shape in EXTRA:
        wanted = [*wanted, *EXTRA[shape]]
    unwanted = [one for one in (*MENU, *TEASERS, *COMMENTS, LEGAL) if escape(one) in html]
    name = f"{shape.__name__.strip('_')}.{example.language}"
    return Page(name, html.encode(encoding, "xmlcharrefreplace"), wanted, unwanted)


def _whole(example: Example, inside: str, head: str = "<meta charset='utf-8'>") -> str:
    title = escape(example.title)
    return (
        f"<!doctype html><html><head>{head}<title>{title} - De Krant</title></head><body>"
        f"{inside}</body></html>"
    )


def _menu() -> str:
    return "".join(f"<li><a href='/{at}'>{one}</a></li>" for at, one in enumerate(MENU))


def _teasers() -> str:
    return "".join(
        f"<div class='teaser'><a href='/t{at}'><img src='t.jpg'><h3>{one}</h3></a></div>"
        for at, one in enumerate(TEASERS)
    )


def _comments() -> str:
    return "".join(f"<li class='comment'><p>{one}</p></li>" for one in COMMENTS)


def _site(example: Example, article: str, head: str = "<meta charset='utf-8'>") -> str:
    """Return an article in a page as content management systems make them."""
    return _whole(
        example,
        f"<header><nav><ul>{_menu()}</ul></nav></header><div class='wrapper'>{article}"
        f"<div class='sidebar'><h2>Meest gelezen</h2>{_teasers()}</div></div>"
        f"<section id='comments'><h2>Reacties</h2><ol>{_comments()}</ol></section>"
        f"<footer><p>{LEGAL}</p></footer>",
        head,
    )


def _paragraphs(texts: Sequence[str]) -> str:
    return "".join(f"<p>{one}</p>" for one in texts)


def _headline(example: Example) -> str:
    return f"<h1>{escape(example.title)}</h1>"


def _plain(example: Example) -> str:
    return _site(example, f"<article>{_headline(example)}{_paragraphs(_texts(example))}</article>")


def _undeclared(example: Example) -> str:
    article = f"<article>{_headline(example)}{_paragraphs(_texts(example))}</article>"
    return _site(example, article, head="")


def _declared_too_late(example: Example) -> str:
    article = f"<div class='post'>{_headline(example)}{_paragraphs(_texts(example))}</div>"
    return _site(example, article, head=f"<style>{'a{color:#fff}' * 400}</style>")


def _old_layout(example: Example) -> str:
    """A page of the nineties: everything in tables, fonts instead of headings."""
    text = "<br><br>".join(_texts(example))
    links = "".join(f"<tr><td><a href='/{at}'>{one}</a></td></tr>" for at, one in enumerate(MENU))
    return _whole(
        example,
        "<table width=780 border=0 cellpadding=0><tr><td colspan=2><img src=logo.gif></td></tr>"
        f"<tr><td width=150 valign=top><table>{links}</table></td><td width=630 valign=top>"
        f"<font size=5><b>{escape(example.title)}</b></font><br><br><font face=arial>{text}</font>"
        f"</td></tr><tr><td colspan=2><small>{LEGAL}</small></td></tr></table>",
    )


def _nested_layout(example: Example) -> str:
    """A story in a table within tables, a paragraph in a row of its own."""
    rows = "".join(f"<tr><td class=text>{one}</td></tr>" for one in _texts(example))
    links = " | ".join(f"<a href='/{at}'>{one}</a>" for at, one in enumerate(MENU))
    return _whole(
        example,
        f"<center><table width=100%><tr><td>{links}</td></tr><tr><td><table width=600><tr>"
        f"<td><h2>{escape(example.title)}</h2></td></tr>{rows}</table></td></tr>"
        f"<tr><td>{LEGAL}</td></tr></table></center>",
    )


def _columns_layout(example: Example) -> str:
    """A table of three cells: links, the story, and teasers."""
    links = "<br>".join(f"<a href='/{at}'>{one}</a>" for at, one in enumerate(MENU))
    return _whole(
        example,
        f"<table><tr><td>{links}</td><td>{_headline(example)}{_paragraphs(_texts(example))}</td>"
        f"<td>{_teasers()}</td></tr></table><p>{LEGAL}</p>",
    )


def _slides(example: Example) -> str:
    """A slide show: a picture and a text in each slide, all within the page."""
    slides = "".join(
        f"<div class='slide'><div class='slide-image'><img src='{at}.jpg'></div>"
        f"<div class='slide-text'><h2>{at}</h2><p>{one}</p></div></div>"
        for at, one in enumerate(_texts(example), 1)
    )
    return _site(example, f"<div class='slideshow'>{_headline(example)}{slides}</div>")


def _gallery(example: Example) -> str:
    """A gallery whose texts are the captions of its pictures."""
    items = "".join(
        f"<li class='gallery-item'><figure><img src='{at}.jpg'><figcaption>{one}</figcaption>"
        "</figure></li>"
        for at, one in enumerate(_texts(example))
    )
    return _site(
        example,
        f"<article>{_headline(example)}<ul class='gallery carousel'>{items}</ul></article>",
    )


def _hidden_slides(example: Example) -> str:
    """A slide show within an article: all slides but the first are hidden until a click."""
    first, *rest = _texts(example)
    slides = "".join(
        f"<li class='slide{'' if at else ' active'}' style='{'display:none' if at else ''}'>"
        f"<span class='count'>{at + 1} / {len(rest)}</span><img src='{at}.jpg'>"
        f"<div class='slide-caption'>{one}</div></li>"
        for at, one in enumerate(rest)
    )
    return _site(
        example,
        f"<div class='content'>{_headline(example)}<p>{first}</p><ul class='slides'>{slides}</ul>"
        "<a class='prev' href='#'>Vorige</a><a class='next' href='#'>Volgende</a></div>",
    )


def _numbered_list(example: Example) -> str:
    """A list of things: a heading, a picture and a text for each."""
    items = "".join(
        f"<section class='item'><h3><a href='/p{at}'>Nummer {at}</a></h3><img src='{at}.jpg'>"
        f"<div class='item-text'>{one}</div></section>"
        for at, one in enumerate(_texts(example), 1)
    )
    return _site(example, f"<div class='listicle'>{_headline(example)}{items}</div>")


INGREDIENTS = ("250 gram bloem uit de molen", "twee eieren", "een snufje zout", "halve liter melk")
STEPS = (
    "Klop de eieren los met de melk en roer er dan langzaam de bloem en het zout door.",
    "Laat het beslag een half uur rusten en bak er in een hete pan dunne koeken van.",
)


def _recipe(example: Example) -> str:
    """A recipe: a story, a list of ingredients and the steps."""
    ingredients = "".join(f"<li class='ingredient'>{one}</li>" for one in INGREDIENTS)
    steps = "".join(f"<li>{one}</li>" for one in STEPS)
    return _site(
        example,
        f"<div class='entry-content'>{_headline(example)}{_paragraphs(_texts(example))}"
        f"<div class='recipe-card'><h2>Pannenkoeken</h2><ul class='ingredients'>{ingredients}</ul>"
        f"<ol class='instructions'>{steps}</ol></div></div>",
    )


def _marked_recipe(example: Example) -> str:
    """A recipe marked up for search engines, with boxes to tick."""
    ingredients = "".join(
        f"<li itemprop='recipeIngredient'><label><input type='checkbox'><span>{one}</span></label>"
        "</li>"
        for one in INGREDIENTS
    )
    steps = "".join(
        f"<div itemprop='recipeInstructions' class='step'><span class='num'>{at}</span>"
        f"<p>{one}</p></div>"
        for at, one in enumerate(STEPS, 1)
    )
    return _site(
        example,
        f"<div itemscope itemtype='http://schema.org/Recipe'>{_headline(example)}"
        f"<div itemprop='description'>{_paragraphs(_texts(example))}</div>"
        f"<div class='widget print-only'><h2>Nodig</h2><ul>{ingredients}</ul></div>"
        f"<div class='how'><h2>Bereiding</h2>{steps}</div></div>",
    )


def _recipe_in_tables(example: Example) -> str:
    """A recipe as blogs keep it: ingredients in a table, steps in paragraphs."""
    rows = "".join(f"<tr><td>{at}</td><td>{one}</td></tr>" for at, one in enumerate(INGREDIENTS))
    return _site(
        example,
        f"<div class='post-body'>{_headline(example)}{_paragraphs(_texts(example))}"
        f"<table>{rows}</table>{_paragraphs(STEPS)}</div>",
    )


def _soft_hyphens(example: Example) -> str:
    """A page that says where its words may be broken."""

    def hyphened(text: str) -> str:
        return " ".join(
            f"{word[:4]}&shy;{word[4:]}" if len(word) > 7 and word.isalpha() else word
            for word in text.split()
        )

    texts = [hyphened(one) for one in _texts(example)]
    return _site(example, f"<article>{_headline(example)}{_paragraphs(texts)}</article>")


def _split_body(example: Example) -> str:
    """An article in two parts, with an advertisement between them."""
    texts = _texts(example)
    middle = len(texts) // 2
    halves = (
        f"<div class='article__body'>{_paragraphs(part)}</div>"
        for part in (texts[:middle], texts[middle:])
    )
    between = "<div class='ad'><span>Advertentie</span></div>"
    return _site(example, f"<article>{_headline(example)}{between.join(halves)}</article>")


def _divs(example: Example) -> str:
    """An article without a paragraph element: blocks and line breaks."""
    first, *rest = _texts(example)
    text = "<br/>\n<br/>\n".join(rest)
    return _site(
        example,
        f"<div class='nieuws'>{_headline(example)}<div class='intro'>{first}</div>"
        f"<div class='tekst'>{text}</div></div>",
    )


def _brief(example: Example) -> str:
    """A page of one paragraph."""
    return _site(
        example,
        f"<article>{_headline(example)}<p class='byline'>Door Jan Modaal</p>"
        f"<p>{_texts(example)[0]}</p></article>",
    )


def _between_links(example: Example) -> str:
    """An article with links to others between its paragraphs."""
    links = [f"<p><strong>Lees ook: <a href='/a'>{one}</a></strong></p>" for one in TEASERS]
    texts = _texts(example)
    inside = "".join(
        f"<p>{one}</p>{links[at] if at < len(links) else ''}" for at, one in enumerate(texts)
    )
    return _site(example, f"<article>{_headline(example)}{inside}</article>")


POST = (
    "<blockquote class='twitter-tweet'><p>Wij varen door tot de nieuwe brug er ligt, ook bij mist."
    "</p>&mdash; De Pont (@depont) <a href='https://net.example/1'>18 november</a></blockquote>"
)


def _one_form(example: Example) -> str:
    """A page that is one form as a whole, as ASP.NET makes them."""
    return _whole(
        example,
        f"<form id='aspnetForm' method='post'><input type='hidden' name='__VIEWSTATE' value='x'>"
        f"<div class='nav'><ul>{_menu()}</ul></div><div id='ctl00_Main'>{_headline(example)}"
        f"<div class='tekst'>{_paragraphs(_texts(example))}</div></div>"
        f"<div class='footer'>{LEGAL}</div></form>",
    )


def _spans_recipe(example: Example) -> str:
    """A recipe of a plugin: each amount, unit and name in an element of its own."""
    ingredients = "".join(
        "<li class='wprm-recipe-ingredient'><span class='wprm-checkbox'>&#9634;</span>"
        + "".join(f"<span class='part'>{word}</span> " for word in one.split())
        + "</li>"
        for one in INGREDIENTS
    )
    steps = "".join(
        f"<li class='wprm-recipe-instruction'><div class='wprm-recipe-instruction-text'>"
        f"<span>{one}</span></div></li>"
        for one in STEPS
    )
    return _site(
        example,
        f"<div class='entry-content'>{_headline(example)}{_paragraphs(_texts(example))}"
        f"<div id='wprm-recipe-container-7' class='wprm-recipe-container'><h2>Pannenkoeken</h2>"
        f"<div class='wprm-recipe-ingredients-container'><h3>Ingrediënten</h3><ul>{ingredients}"
        f"</ul></div><div class='wprm-recipe-instructions-container'><h3>Bereiding</h3>"
        f"<ul>{steps}</ul></div></div></div>",
    )


def _counted_slides(example: Example) -> str:
    """A slide show whose slides are counted, each with a heading, a credit and a text."""
    texts = _texts(example)
    slides = "".join(
        f"<section class='gallery-slide' id='s{at}'><p class='counter'>{at} / {len(texts)}</p>"
        f"<figure><img src='{at}.jpg'><span class='credit'>Foto: ANP</span></figure>"
        f"<h3>Beeld {at}</h3><p class='gallery-caption'>{one}</p></section>"
        for at, one in enumerate(texts, 1)
    )
    return _site(example, f"<main>{_headline(example)}<div class='gallery'>{slides}</div></main>")


def _questions(example: Example) -> str:
    """A page of questions that open on a click."""
    items = "".join(
        f"<details><summary>Vraag {at} over het plan</summary><p>{one}</p></details>"
        for at, one in enumerate(_texts(example), 1)
    )
    return _site(example, f"<article>{_headline(example)}{items}</article>")


def _live(example: Example) -> str:
    """A live report: posts with the time of each."""
    posts = "".join(
        f"<div class='liveblog-post'><time>12:{at:02}</time><h3>Bericht {at}</h3>"
        f"<div class='liveblog-body'><p>{one}</p></div><a href='#'>Deel dit bericht</a></div>"
        for at, one in enumerate(_texts(example), 10)
    )
    return _site(
        example, f"<article>{_headline(example)}<div class='liveblog'>{posts}</div></article>"
    )


def _misleading_names(example: Example) -> str:
    """An article whose elements are named like parts of a site."""
    return _site(
        example,
        f"<div class='sidebar-layout no-comments'><div class='related-content-wrapper'>"
        f"{_headline(example)}<div class='promo-text share-body'>"
        f"{_paragraphs(_texts(example))}</div></div></div>",
    )


def _interview(example: Example) -> str:
    """Questions in bold, answers below, a break between them."""
    text = "<br><br>".join(
        f"<b>En wat gebeurde er toen, vraag {at}?</b><br>{one}"
        for at, one in enumerate(_texts(example), 1)
    )
    return _site(example, f"<div class='artikel'>{_headline(example)}<p>{text}</p></div>")


def _behind_wall(example: Example) -> str:
    """An article whose second half is in the box of a paywall."""
    first, *rest = _texts(example)
    return _site(
        example,
        f"<article>{_headline(example)}<p>{first}</p><div class='paywall subscriber-only' "
        f"amp-access='subscriber'>{_paragraphs(rest)}</div></article>",
    )


def _posts(example: Example) -> str:
    """An article with posts of a network between its paragraphs."""
    posts = "".join(f"<p>{one}</p>{POST}" for one in _texts(example))
    return _site(example, f"<article>{_headline(example)}{posts}</article>")


def _lines(example: Example) -> str:
    """A text in one preformatted element, as mails are shown."""
    text = "\n\n".join(_texts(example))
    return _site(example, f"<div class='bericht'>{_headline(example)}<pre>{text}</pre></div>")


def _definitions(example: Example) -> str:
    """A list of terms and texts."""
    items = "".join(
        f"<dt>Punt {at}</dt><dd>{one}</dd>" for at, one in enumerate(_texts(example), 1)
    )
    return _site(example, f"<div class='uitleg'>{_headline(example)}<dl>{items}</dl></div>")


def _wrongly_declared(example: Example) -> str:
    article = f"<article>{_headline(example)}{_paragraphs(_texts(example))}</article>"
    return _site(example, article, head="<meta charset='iso-8859-1'>")


def _sections(example: Example) -> str:
    """An article in many short sections, each with a picture that links."""
    parts = "".join(
        f"<section><div class='row'><div class='col'><a href='/big{at}'><img src='{at}.jpg'></a>"
        f"</div><div class='col'><p>{one}</p></div></div></section>"
        for at, one in enumerate(_texts(example), 1)
    )
    return _site(example, f"<div id='content'>{_headline(example)}{parts}</div>")


def _in_cells(example: Example) -> str:
    """A story in the cells of a table without rows of its own: a picture left, a text right."""
    rows = "".join(
        f"<tr><td width=120><img src='{at}.gif'></td><td><font size=2>{one}</font></td></tr>"
        for at, one in enumerate(_texts(example), 1)
    )
    return _site(
        example, f"<center>{_headline(example)}<table cellpadding=4>{rows}</table></center>"
    )


SHAPES = (
    *(_plain, _undeclared, _declared_too_late, _old_layout, _nested_layout, _columns_layout),
    *(_hidden_slides, _numbered_list, _marked_recipe),
    *(_slides, _gallery, _recipe, _recipe_in_tables, _soft_hyphens, _split_body, _divs, _brief),
    _between_links,
    *(_one_form, _spans_recipe, _counted_slides, _questions, _live, _misleading_names),
    *(_interview, _behind_wall, _posts, _lines, _definitions, _wrongly_declared),
    *(_sections, _in_cells),
)
EXTRA: dict[Callable[[Example], str], Sequence[str]] = {
    _marked_recipe: (*INGREDIENTS, *STEPS),
    _recipe: (*INGREDIENTS, *STEPS),
    _spans_recipe: (*INGREDIENTS, *STEPS),
    _posts: ("Wij varen door tot de nieuwe brug er ligt, ook bij mist.",),
    _recipe_in_tables: (*INGREDIENTS, *STEPS),
}


def by_shape(among: Sequence[Page]) -> Iterator[tuple[str, list[Page]]]:
    """Yield the name of each shape with its pages."""
    for shape in SHAPES:
        name = shape.__name__.strip("_")
        yield name, [one for one in among if one.name.startswith(f"{name}.")]
