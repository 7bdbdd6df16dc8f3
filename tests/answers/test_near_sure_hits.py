"""What is near a sure hit is likely only if it is near the query too."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from recommender import Recommender, build
from recommender.scoring.relevance import load_relevance

pytestmark = pytest.mark.model

ON_IT = {
    "quake-en": "The earthquake struck at four in the morning. In the mountain villages roofs and "
    "walls fell on people who were asleep, and eleven bodies were found by noon.",
    "quake-nl": "Bij de aardbeving in het bergdorp stortten tientallen huizen in. Reddingswerkers "
    "zoeken met honden naar overlevenden onder het puin.",
    "quake-de": "Das Erdbeben hat im Tal die Kirche und zwanzig Häuser zerstört. Helfer graben mit "
    "bloßen Händen nach Verschütteten.",
    "quake-es": "El terremoto derribó el hospital del valle. Los equipos de rescate buscan a "
    "quince personas bajo los escombros.",
}
OTHER_DISASTERS = {
    "fire": "A fire in a block of flats killed eleven people in their sleep. Firemen found the "
    "bodies on the stairs by noon.",
    "bus": "Eleven pupils were hurt when their bus hit a wall in the mountain village at four in "
    "the afternoon.",
    "bomb": "A bomb in the market killed fifteen people. Rescue workers looked for survivors under "
    "the fallen roof.",
    "collapse": "A crane fell on the school of the valley at night. Nobody was in the building.",
    "train": "Two trains collided in the valley, and rescue workers freed the passengers with "
    "cutting tools until noon.",
}
OTHERS = (
    "The choir of the valley won the contest with three songs.",
    "The council of the village raised the parking fees.",
    "A baker opened a shop in the station.",
    "The museum shows portraits by a painter of the last century.",
    "The league leaders lost at home for the first time this season.",
    "The bank lowered the interest on savings again.",
    "A new bridge joins the island to the town.",
    "The minister presented the budget for the schools.",
    "Farmers expect a good harvest of apples.",
    "The orchestra plays in the open air on Friday.",
    "The price of electricity fell in the spring.",
    "A ship with grain left the port after two weeks.",
    "The library lends tools as well as books.",
    "The actor talks about his first film.",
)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Recommender:
    folder: Path = tmp_path_factory.mktemp("near")
    others = {f"other-{n}": text for n, text in enumerate(OTHERS)}
    rows = [
        json.dumps({"id": id, "text": text})
        for id, text in {**ON_IT, **OTHER_DISASTERS, **others}.items()
    ]
    (folder / "rows.jsonl").write_text("\n".join(rows), encoding="utf-8")
    build(folder / "rows.jsonl", into=folder / "vectors")
    return Recommender.open(folder / "vectors")


@pytest.mark.parametrize("query", ["earthquake", "aardbeving in een dorp"])
def test_other_disasters_are_no_answers(archive: Recommender, query: str) -> None:
    hits = archive.search(query, by="article")
    assert hits[0].confidence == "sure"
    assert {hit.article_id for hit in hits} <= ON_IT.keys()


def test_a_hit_is_the_more_probable_the_nearer_it_is_to_the_query_and_to_a_sure_hit() -> None:
    model = load_relevance().search.neighbours
    own, cosines = np.meshgrid(np.linspace(0.01, 0.56, 12), np.linspace(-0.2, 0.95, 24))
    found = model.probabilities(own, cosines)
    assert (np.diff(found, axis=0) > 0).all()
    assert (np.diff(found, axis=1) > 0).all()
    least = load_relevance().sureness_at("search", "likely").probability
    assert model.probabilities(np.array([0.01]), np.array([0.5]))[0] < least
    assert model.probabilities(np.array([0.2]), np.array([0.6]))[0] > least
