"""A rebuild does only what changed, and gives what a full build gives."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.stand_in import HashEncoder

from recommender import Recommender, build
from recommender.builder import encode
from recommender.errors import EncoderError, SourceError
from recommender.passages.cutter import RECIPE_VERSION
from recommender.settings import Settings

# The paragraphs of these tests are short, and passages all the same.
APART = Settings(join_under=0)

Articles = dict[str, list[str]]
WORDS = [
    "dijk",
    "water",
    "gas",
    "wedstrijd",
    "kraan",
    "front",
    "loopgraaf",
    "scherm",
    "restauratie",
    "rekening",
]


def write(folder: Path, articles: Mapping[str, list[str]]) -> None:
    folder.mkdir(exist_ok=True)
    rows = [
        {"id": id, "title": f"Titel van {id}", "language": "nl", "text": "\n\n".join(paragraphs)}
        for id, paragraphs in articles.items()
    ]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "articles.jsonl").write_text(lines, encoding="utf-8")


@dataclass(frozen=True, order=True)
class Near:
    """A number that is the same as another within `room`: sums differ by their order."""

    number: float
    room: float = 1e-5

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Near) and abs(self.number - other.number) <= self.room


def contents(folder: Path, encoder: HashEncoder) -> dict[str, object]:
    """Everything an index holds and answers, however its articles are laid out."""
    with Recommender.open(folder, encoder=encoder) as recommender:
        snapshot = recommender.snapshot
        found: dict[str, object] = {}
        for id in snapshot.ids():
            position = snapshot.find(id)
            assert position is not None
            found[id] = snapshot.stored(position)
            found[f"{id} vectors"] = snapshot.vectors(snapshot.rows(position)).tobytes()
            related = recommender.related(id, k=100)
            found[f"{id} related"] = sorted(
                (one.article_id, Near(one.score), Near(one.strength, 0.05)) for one in related
            )
        for word in WORDS:
            # Which of several copies is the hit depends on the order of the rows.
            hits = recommender.search(word, k=1000, include_copies=True)
            found[word] = sorted(
                (hit.passage_id, hit.text, Near(hit.score), Near(hit.strength, 0.05))
                for hit in hits
            )
        facts = ("articles", "passages", "words_only", "languages", "roles", "left_out")
        return found | {name: getattr(recommender.snapshot.manifest, name) for name in facts}


paragraphs = st.lists(st.sampled_from(WORDS), min_size=2, max_size=6).map(
    lambda words: " ".join(words) + "."
)
bodies = st.lists(paragraphs, min_size=1, max_size=4)
names = st.sampled_from("abcdefgh")
steps = st.one_of(
    st.tuples(st.just("put"), names, bodies),  # adds an article, or edits one
    st.tuples(st.just("insert"), names, paragraphs),  # moves the paragraphs below it
    st.tuples(st.just("move"), names, names),  # a paragraph to another article
    st.tuples(st.just("rename"), names, names),
    st.tuples(st.just("delete"), names, st.none()),
)


def take_step(articles: Articles, step: tuple[str, str, object]) -> None:
    action, name, detail = step
    if action == "put":
        assert isinstance(detail, list)
        articles[name] = detail
    elif name not in articles:
        return
    elif action == "insert":
        articles[name] = [str(detail), *articles[name]]
    elif action == "move" and detail in articles and detail != name:
        moved, *rest = articles[name]
        articles[str(detail)] = [*articles[str(detail)], moved]
        if rest:
            articles[name] = rest
    elif action == "rename":
        articles[str(detail)] = articles.pop(name)
    elif action == "delete" and len(articles) > 1:
        del articles[name]


@settings(max_examples=12, deadline=None)
@given(
    start=st.dictionaries(names, bodies, min_size=1, max_size=6),
    nights=st.lists(st.lists(steps, max_size=3), min_size=1, max_size=6),
)
@pytest.mark.slow
def test_incremental_builds_come_to_what_a_full_build_gives(
    start: Articles, nights: list[list[tuple[str, str, object]]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source, index, fresh = Path(folder, "source"), Path(folder, "a"), Path(folder, "b")
        encoder = HashEncoder()
        articles = dict(start)
        write(source, articles)
        build(source, into=index, model=encoder, settings=APART)
        for night in nights:
            for step in night:
                take_step(articles, step)
            write(source, articles)
            known = set(encoder.asked)
            asked = len(encoder.asked)
            report = build(source, into=index, model=encoder, settings=APART, replace=True)
            fresh_texts = encoder.asked[asked:]
            assert len(fresh_texts) == len(set(fresh_texts)) == report.encoded
            assert known.isdisjoint(fresh_texts) or len(nights) > 2  # older ones may be pruned
        build(source, into=fresh, model=encoder, settings=APART)
        assert contents(index, encoder) == contents(fresh, encoder)


@pytest.fixture
def night(tmp_path: Path) -> Callable[..., object]:
    """Write the articles and build; returns the report, the texts that were encoded with it."""
    encoder = HashEncoder()

    def run(articles: Articles, **options: object) -> object:
        write(tmp_path / "source", articles)
        before = len(encoder.asked)
        report = build(
            tmp_path / "source",
            **{"into": tmp_path / "vectors", "model": encoder, "settings": APART} | options,  # type: ignore[arg-type]
        )
        return report, encoder.asked[before:]

    return run


CORPUS = {"een": ["De dijk hield.", "Het water zakte."], "twee": ["Het gas is duur."]}


def test_an_unchanged_source_publishes_nothing(night) -> None:
    first, _ = night(CORPUS)
    second, encoded = night(CORPUS)
    assert encoded == []
    assert (second.published, second.snapshot) == (False, first.snapshot)
    assert (second.same, second.added, second.changed, second.removed) == (2, 0, 0, 0)
    assert second.reused == second.passages == 5


def test_only_the_changed_paragraph_is_encoded(night) -> None:
    night(CORPUS)
    report, encoded = night({**CORPUS, "een": ["De dijk hield.", "Het water steeg."]})
    assert encoded == ["Het water steeg."]
    assert (report.same, report.changed, report.encoded, report.reused) == (1, 1, 1, 4)


def test_a_moved_paragraph_and_a_renamed_article_keep_their_vectors(night, tmp_path) -> None:
    night(CORPUS)
    encoder = HashEncoder()
    before = contents(tmp_path / "vectors", encoder)["een vectors"]
    report, encoded = night(
        {"drie": ["Het water zakte.", "De dijk hield."], "twee": CORPUS["twee"]}
    )
    assert encoded == ["Titel van drie"]
    assert (report.added, report.removed) == (1, 1)
    rows = np.frombuffer(before, dtype=np.float32).reshape(3, -1)
    after = np.frombuffer(contents(tmp_path / "vectors", encoder)["drie vectors"], dtype=np.float32)
    assert after.reshape(3, -1)[1:].tobytes() == rows[[2, 1]].tobytes()


def test_a_removed_article_is_gone_from_every_answer(night, tmp_path) -> None:
    night(CORPUS)
    report, encoded = night({"twee": CORPUS["twee"]})
    assert (report.removed, encoded) == (1, [])
    found = contents(tmp_path / "vectors", HashEncoder())
    assert "een" not in found
    assert {hit[0] for hit in found["water"]} == {"twee#0", "twee#1"}


def test_a_row_that_is_inserted_above_changes_no_other_row(night) -> None:
    night(CORPUS)
    report, _ = night({"nul": ["Nieuw."], **CORPUS})
    assert (report.added, report.changed, report.same) == (1, 0, 2)


def test_another_encoder_encodes_everything_and_says_why(night) -> None:
    night(CORPUS)
    report, _ = night(CORPUS, model=HashEncoder(salt="other"))
    assert report.encoded == 5
    assert [reason.split(":")[0] for reason in report.reasons] == ["encoder changed"]
    assert (report.same, report.added, report.changed, report.removed) == (2, 0, 0, 0)


def test_another_recipe_cuts_everything_and_encodes_only_new_texts(night, monkeypatch) -> None:
    night(CORPUS)
    monkeypatch.setattr("recommender.passages.cutter.RECIPE_VERSION", RECIPE_VERSION + 1)
    report, encoded = night(CORPUS)
    assert encoded == []
    assert report.reasons == (f"passages changed: {RECIPE_VERSION} -> {RECIPE_VERSION + 1}",)
    assert report.published


def test_full_trusts_no_stored_vector(night) -> None:
    night(CORPUS)
    report, encoded = night(CORPUS, full=True)
    assert len(encoded) == 5
    assert report.reasons == ("asked for with --full",)


def test_a_source_that_is_suddenly_empty_is_an_error_and_the_index_stays(night, tmp_path) -> None:
    first, _ = night(CORPUS)
    with pytest.raises(SourceError, match="no article to build from"):
        night({})
    assert Recommender.open(tmp_path / "vectors").name == first.snapshot


def test_a_broken_off_build_goes_on_where_it_was(night, monkeypatch) -> None:
    class Breaks(HashEncoder):
        def encode(self, texts, **options):
            if len(self.asked) >= 512:
                raise EncoderError("the machine is switched off")
            return super().encode(texts, **options)

    monkeypatch.setattr(encode, "SECONDS_AT_ONCE", 0.0)  # 256 texts at once, always
    articles = {
        str(number): [f"Alinea {number} van {part}." for part in range(3)] for number in range(200)
    }
    with pytest.raises(EncoderError, match="switched off"):
        night(articles, model=Breaks())
    report, encoded = night(articles)
    assert report.passages == 800
    assert len(encoded) == report.encoded == 800 - 512
