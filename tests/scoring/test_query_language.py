"""Headlines are named in the archive's language, whether it is the only one or not."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest

from recommender.encoders.base import Encoder
from recommender.encoders.load import load_encoder
from recommender.scoring.space import Space, load_priors

pytestmark = pytest.mark.model

DUTCH = """\
Kabinet trekt extra geld uit voor dijken
Honderden huizen ontruimd na gaslek in Zwolle
Ajax verliest thuis van hekkensluiter
Rechter geeft boeren gelijk in stikstofzaak
Prijs van brood stijgt sneller dan loon
Man (34) aangehouden na steekpartij in centrum
NS schrapt treinen door personeelstekort
Meer wolven gezien op de Veluwe
Vakbonden dreigen met stakingen in het onderwijs
Gemeente wil minder auto's in de binnenstad
Schaatsers pakken goud en zilver in Heerenveen
Huizenprijzen dalen voor het eerst in tien jaar
Explosie in portiek, twee gewonden
Boze vissers blokkeren haven
Kerncentrale Borssele mag langer open
Lege stoelen in de raadszaal
Dode bij ongeval op A2
Peuter valt uit raam
Record aantal asielzoekers in Ter Apel
Column: De kat en de kachel
Zorgpremie omhoog, eigen risico blijft gelijk
Minder vlees op het menu
Schiphol bant privéjets
Koning bezoekt rampgebied
Drugslab gevonden in schuur
""".splitlines()
FOREIGN = {
    "en-Latn": [
        "Dozens of homes flooded after levee breach",
        "Court sides with farmers in dispute",
    ],
    "de-Latn": ["Hunderte Häuser nach Gasleck geräumt", "Mehr Wölfe in Brandenburg gesichtet"],
    "fr-Latn": ["La centrale nucléaire restera ouverte", "Deux blessés dans une explosion à Lyon"],
    "es-Latn": [
        "El precio del pan sube más que los salarios",
        "Un muerto en un accidente de tráfico",
    ],
    "pl-Latn": ["Rząd przeznaczy więcej pieniędzy na wały", "Król odwiedził zalane tereny"],
    "uk-Cyrl": ["Уряд виділить більше грошей на дамби", "Двоє поранених через вибух у будинку"],
}


@cache
def encoder() -> Encoder:
    return load_encoder()


def named(texts: Sequence[str], articles: dict[str, int]) -> list[str]:
    """The languages that texts are taken to be in, in an archive with so many articles of each."""
    priors = load_priors("multilingual-e5-small")
    assert priors is not None
    means = np.array([priors.of(language) for language in articles])
    space = Space({}, tuple(articles), means, np.zeros(384, np.float32), priors, articles)
    vectors = encoder().encode(texts, role="query")
    pairs = zip(vectors, texts, strict=True)
    return [space.center_query(vector[None], text)[1].name for vector, text in pairs]


@pytest.mark.parametrize(
    "articles",
    [{"nl-Latn": 5_000}, {"nl-Latn": 5_000, "en-Latn": 20}, {"nl-Latn": 500, "fr-Latn": 500}],
)
def test_dutch_headlines_are_dutch_in_an_archive_that_has_dutch(articles: dict[str, int]) -> None:
    assert named(DUTCH, articles).count("nl-Latn") >= 0.88 * len(DUTCH)


def test_headlines_in_other_languages_are_not_dutch() -> None:
    found = {language: named(texts, {"nl-Latn": 5_000}) for language, texts in FOREIGN.items()}
    right = sum(names.count(language) for language, names in found.items())
    assert right >= 0.9 * sum(map(len, FOREIGN.values())), found
    assert not any("nl-Latn" in names for names in found.values())
