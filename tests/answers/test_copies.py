"""One text in another paper's dress: copies come before everything else, or are folded."""

from __future__ import annotations

import json

import pytest

from recommender import Recommender, build

pytestmark = pytest.mark.model

EN = (
    "The harbour board voted on Thursday night to shut the swing bridge until spring, after a "
    "coaster had torn away one of the two bearings on the quay side.",
    "Shopkeepers on the island said the detour over the dam would cost them a fifth of their "
    "customers in the months before Christmas.",
    "The engineer of the board told reporters that a bearing of that size has to be cast to order "
    "in a foundry abroad.",
    "Pilots had warned in a letter of two years ago that the current below the bridge had become "
    "stronger since the sandbank was dredged.",
    "A rowing boat will carry schoolchildren across each morning, and the fire brigade has put a "
    "second engine on the island.",
)
NL = (
    "De provincie haalt dit najaar honderd populieren langs de Lindeweg weg, omdat schimmel de "
    "stammen van binnen heeft aangetast.",
    "Bewoners hadden in juni bezwaar gemaakt, omdat de rij bomen het dorp al tachtig jaar uit de "
    "wind houdt.",
    "Volgens de boswachter kan een zieke populier zonder waarschuwing omvallen, ook als er nog "
    "blad aan zit.",
    "In de gaten komen linden en esdoorns van drie meter hoog, die over tien jaar weer schaduw "
    "moeten geven.",
    "De weg is vanaf maandag drie weken lang alleen open voor fietsers en voor de bus naar de "
    "stad.",
)
OTHERS = (
    "The swing bridge was built in 1911 by a firm that also made the cranes of the old harbour.",
    "Islanders will vote in March on a tunnel that would take the place of the ferry and the dam.",
    "The museum shows photographs of the bakery that stood beside the market for a century.",
    "A choir from the valley won the contest with three songs in a language of its own.",
    "Langs de Vaart zijn vorig jaar ook bomen gekapt, maar daar ging het om essen.",
    "De busmaatschappij laat in de winter minder bussen rijden tussen de dorpen en de stad.",
    "In het museum hangen foto's van de bakker die honderd jaar op de markt stond.",
    "Het koor uit het dal won de wedstrijd met drie liederen in een eigen taal.",
)


def dressed(paragraphs: tuple[str, ...], place: str, initials: str) -> list[str]:
    """An agency's form of a text: a place line, initials, and one paragraph less."""
    return [f"{place} - {paragraphs[0]}", *paragraphs[1:3], f"{paragraphs[4]} ({initials})"]


FORMS = {
    "en-agency": dressed(EN, "PORT HAVEN (AP)", "jd/mk"),
    "en-capitals": [one.upper() for one in EN],
    "nl-agency": dressed(NL, "LINDEDORP (ANP)", "rb"),
    "nl-capitals": [one.upper() for one in NL],
}


@pytest.fixture(scope="module")
def recommender(tmp_path_factory: pytest.TempPathFactory) -> Recommender:
    folder = tmp_path_factory.mktemp("copies")
    articles = {"en": list(EN), "nl": list(NL), **FORMS}
    articles |= {f"other-{number}": [one] for number, one in enumerate(OTHERS)}
    rows = [
        {
            "id": id,
            "title": paragraphs[0].split(",")[0],
            "language": "nl" if id.startswith("nl") else "en",
            "date": "2023-10-12",
            "text": "\n\n".join(paragraphs),
        }
        for id, paragraphs in articles.items()
    ]
    (folder / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    build(folder / "rows.jsonl", into=folder / "index")
    return Recommender.open(folder / "index")


@pytest.mark.parametrize("language", ["en", "nl"])
def test_an_agency_form_and_one_in_capitals_come_first_or_are_folded(
    recommender: Recommender, language: str
) -> None:
    """One that is folded with the article itself is in no answer."""
    forms = {f"{language}-agency", f"{language}-capitals"}
    found = [one.article_id for one in recommender.related(language, k=20, min_strength=0)]
    listed = forms & set(found)
    assert set(found[: len(listed)]) == listed
    assert forms - listed <= _folded(recommender, language)


def _folded(recommender: Recommender, id: str) -> set[str]:
    """What is one answer with an article, whichever of them names the others."""
    others = [f"other-{number}" for number in range(len(OTHERS))]
    found = (one for other in others for one in recommender.related(other, k=20, min_strength=0))
    together = ({one.article_id, *one.copies} for one in found)
    return set().union(*(group for group in together if id in group))
