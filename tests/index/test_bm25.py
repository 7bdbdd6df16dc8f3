"""Words, and parts of words, are found whatever the language, the case and the segment."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from io import BytesIO
from itertools import groupby, product
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.arrays import Spans
from recommender.errors import SnapshotDamaged
from recommender.index.bm25 import LexicalIndex
from recommender.index.postings import Postings, write_postings
from recommender.index.terms import hashes_of_words, terms_of, terms_of_each
from recommender.scoring.fusion import reorder
from recommender.text.folding import folded
from recommender.text.words import MARKS, UNSPACED, grams_of, words_in, words_of

TEXTS = [
    "De hoogwaterbescherming langs de Rijn",
    "Het waterschap bewaakt de dijk",
    "Hochwasserschutz am Rhein",
    "洪水冲破堤坝",
    "世界杯决赛",
]


def alone(rows: npt.NDArray[np.int64]) -> Spans:
    return Spans(rows, np.ones(len(rows), np.int64))


def write(path: Path, texts: Sequence[str], languages: Sequence[int] = ()) -> Path:
    """Write the postings of texts, whose languages are given by number or all one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    numbers = np.array(languages or [0] * len(texts), np.uint16)
    with path.open("wb") as stream:
        write_postings(terms_of_each(texts), numbers, TemporaryFile, stream)
    return path


@pytest.fixture
def index(tmp_path: Path):
    def make(*parts: list[str]) -> LexicalIndex:
        places = [write(tmp_path / f"{number}.bin", part) for number, part in enumerate(parts)]
        return LexicalIndex([Postings.open(place) for place in places])

    return make


def test_words_have_no_case_and_scripts_without_spaces_give_pairs() -> None:
    assert words_of("De DIJK, de dijk!") == {"de", "dijk"}
    assert words_of("洪水冲") == {"洪水", "水冲"}
    assert words_of("NHK放送") == {"nhk", "放送"}


def test_words_are_the_same_however_their_letters_are_written() -> None:
    assert words_of("Cafe\u0301 ＮＨＫ ﬁnale") == words_of("CAFÉ nhk finale")


@pytest.mark.parametrize(
    "text", ["हिन्दी समाचार", "বাংলা খবর", "தமிழ் செய்தி", "שָׁלוֹם עוֹלָם", "مُحَمَّد رَسُول"]
)
def test_marks_do_not_cut_words(text: str) -> None:
    assert words_of(text) == {folded(word) for word in text.split()}
    assert len(words_of(text)) == 2


def test_all_marks_of_the_scripts_of_languages_are_known_and_nothing_that_parts_words() -> None:
    known = re.compile(f"[{MARKS}{UNSPACED}]")
    for code in range(0x300, 0x1380):
        category = unicodedata.category(letter := chr(code))
        if category in ("Mn", "Mc"):
            assert known.match(letter), hex(code)
    assert not [hex(c) for c in range(0x10000) if re.match(f"[{MARKS}]", chr(c)) and parts(chr(c))]


def parts(letter: str) -> bool:
    """Tell whether a character stands between words."""
    return unicodedata.category(letter)[0] in "PZC" and unicodedata.category(letter) != "Cn"


def test_what_a_passage_says_more_often_it_is_more_about(index) -> None:
    texts = [
        "de dijk en de dijk en de dijk",
        "de dijk en de weg en de rivier",
        "de weg",
        "de rivier",
    ]
    scores = index(texts).score("dijk")
    assert scores[0] > scores[1] > scores[2] == 0


def test_a_term_is_counted_up_to_a_bound(index) -> None:
    assert index(["dijk " * 500, "weg"]).score("dijk").tolist() == [1, 0]


def test_parts_of_words_mark_where_a_word_begins_and_ends() -> None:
    assert grams_of(["dijk"]) == {"^dij", "dijk", "ijk$"}
    assert grams_of(["a"]) == {"^a$"}


@pytest.mark.parametrize(
    ("query", "row"),
    [
        ("dijk", 1),
        ("bescherming tegen hoogwater", 0),
        ("Schutz vor Hochwasser", 2),
        ("堤坝", 3),
        ("决赛", 4),
    ],
)
def test_the_best_row_shares_words_or_parts_of_them(index, query: str, row: int) -> None:
    assert int(index(TEXTS).score(query).argmax()) == row


def test_a_passage_that_is_the_query_scores_one_and_one_that_shares_nothing_zero(index) -> None:
    scores = index(TEXTS).score(TEXTS[4])
    assert scores[4] == pytest.approx(1)
    assert scores[0] == 0


def test_a_query_without_known_words_scores_nothing(index) -> None:
    assert not index(TEXTS).score("xyzzy !? ").any()


def test_it_does_not_matter_how_passages_are_spread_over_segments(index) -> None:
    whole = index(TEXTS).score("water dijk Rijn")
    spread = index(TEXTS[:2], [], TEXTS[2:]).score("water dijk Rijn")
    assert np.array_equal(whole, spread)


def test_how_rare_a_word_is_follows_from_the_passages_in_its_language(tmp_path: Path) -> None:
    dutch = [f"de dijk {number}" for number in range(200)]
    english = [f"a levee {number}" for number in range(2_000)]
    path = write(tmp_path / "a.bin", [*dutch, *english], [0] * 200 + [1] * 2_000)
    parts = [Postings.open(path)]
    assert LexicalIndex(parts).weight("dijk", 0) > 1
    assert LexicalIndex(parts, languages=[["nl", "en"]]).weight("dijk", 0) == 0
    assert LexicalIndex(parts, languages=[["nl", "en"]]).weight("dijk", 2_000) > 1
    assert not LexicalIndex(parts, languages=[["nl", "en"]]).score("dijk").any()


WORDS = ["dijk", "dijkweg", "water", "waterweg", "rivier", "brug", "zee", "世界"]
LANGUAGES = ["nl", "de", "zh"]


class Passage(NamedTuple):
    """A passage of a random corpus."""

    text: str
    language: str
    is_live: bool
    part: int


PASSAGES = st.builds(
    Passage,
    st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join),
    st.sampled_from(LANGUAGES),
    st.sampled_from([True, True, True, False]),
    st.integers(0, 2),
)


@settings(max_examples=60, deadline=None)
@given(
    passages=st.lists(PASSAGES, min_size=1, max_size=30),
    copies=st.sampled_from([1, 8]),  # in over 100 passages, common terms are skipped
    query=st.lists(st.sampled_from([*WORDS, "nergens"]), max_size=4).map(" ".join),
)
def test_scores_are_those_of_an_exact_bm25(
    tmp_path_factory: pytest.TempPathFactory, passages: list[Passage], copies: int, query: str
) -> None:
    """Each part has its own languages under its own numbers, and some passages are removed."""
    corpus = sorted(passages * copies, key=lambda one: one.part)
    found = _opened(tmp_path_factory.mktemp("postings"), corpus).score(query)
    words, grams = (_exact_bm25(query, corpus, terms) for terms in (words_in, _parts_of_words))
    assert found == pytest.approx(0.5 * words + 0.5 * grams, abs=1e-5)


def _opened(folder: Path, corpus: list[Passage]) -> LexicalIndex:
    parts, languages = [], []
    for number, same in groupby(corpus, lambda one: one.part):
        own = list(same)
        names = list(dict.fromkeys(one.language for one in own))
        numbers = [names.index(one.language) for one in own]
        path = write(folder / f"{number}.bin", [one.text for one in own], numbers)
        parts.append(Postings.open(path))
        languages.append(names)
    return LexicalIndex(parts, np.array([one.is_live for one in corpus], np.bool_), languages)


def _parts_of_words(text: str) -> list[str]:
    return [gram for word in words_in(text) for gram in grams_of([word])]


def _exact_bm25(
    query: str, corpus: list[Passage], terms_in: Callable[[str], Iterable[str]]
) -> npt.NDArray[np.float64]:
    """Return each passage's share of the best score, by the formula, one passage at a time."""
    counts = [Counter(terms_in(one.text)) if one.is_live else Counter() for one in corpus]
    live = [at for at, one in enumerate(corpus) if one.is_live]
    lengths = [len(list(words_in(one.text))) for one in corpus]
    mean = max(np.mean([lengths[at] for at in live] or [0]), 1)
    scores = np.zeros(len(corpus))
    for at, term in product(live, set(terms_in(query))):
        held = [other for other in live if term in counts[other]]
        own = [other for other in live if corpus[other].language == corpus[at].language]
        size = len(own) + 100
        count = len(set(held) & set(own)) + 100 * len(held) / len(live)
        if len(live) > 100 and (count > 0.2 * size or len(held) > 0.2 * len(live)):
            continue  # the term is too common
        rarity = np.log(1 + (size - count + 0.5) / (count + 0.5))
        norm = 0.9 * (1 - 0.4 + 0.4 * lengths[at] / mean)
        scores[at] += rarity * counts[at][term] / (counts[at][term] + norm)
    return scores / max(scores.max(initial=0), 1e-12)


@given(
    passages=st.lists(PASSAGES, min_size=1, max_size=30),
    words=st.lists(st.sampled_from(WORDS[:-1]), min_size=1, max_size=3),
    data=st.data(),
)
@settings(max_examples=40, deadline=None)
def test_the_rows_that_hold_words_are_those_whose_texts_do(
    tmp_path_factory: pytest.TempPathFactory,
    passages: list[Passage],
    words: list[str],
    data: st.DataObject,
) -> None:
    corpus = sorted(passages, key=lambda one: one.part)
    index = _opened(tmp_path_factory.mktemp("postings"), corpus)
    holding = [
        [one.is_live and word in one.text.split() for one in corpus]
        for word in dict.fromkeys(words)
    ]
    found = index.holding(" ".join(words))
    assert found is not None
    assert found.tolist() == np.flatnonzero(np.all(holding, 0)).tolist()
    commonest = max(map(sum, holding))
    assert np.array_equal(index.holding(" ".join(words), commonest), found)
    assert index.holding(" ".join(words), commonest - 1) is None
    terms = hashes_of_words(list(dict.fromkeys(words)))
    assert index.holds(terms, alone(np.arange(len(corpus)))).tolist() == holding
    cuts = data.draw(st.lists(st.integers(0, len(corpus)), max_size=5).map(sorted))
    firsts, ends = np.array([0, *cuts]), np.array([*cuts, len(corpus)])
    runs = [
        [any(each[first:end]) for first, end in zip(firsts, ends, strict=True)] for each in holding
    ]
    assert index.holds(terms, Spans(firsts, ends - firsts)).tolist() == runs


def test_removed_passages_count_nowhere(tmp_path: Path, index) -> None:
    parts = index([*TEXTS, "De dijk is van de dijkgraaf"])._parts
    live = np.array([True] * len(TEXTS) + [False])
    scores = LexicalIndex(parts, live).score("water dijk Rijn")
    assert scores[-1] == 0
    assert np.array_equal(scores[:-1], index(TEXTS).score("water dijk Rijn"))


@pytest.mark.parametrize("run", [1, 7, 1_000])
def test_postings_that_are_merged_from_runs_are_those_that_are_sorted_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: int
) -> None:
    texts = [f"{text} {number % 7}" for number, text in enumerate(TEXTS * 9)]
    paths = [tmp_path / "whole", tmp_path / "merged"]
    for path in paths:
        write(path, texts, [row % 3 for row in range(len(texts))])
        monkeypatch.setattr("recommender.index.postings.RUN", run)
    assert paths[0].read_bytes() == paths[1].read_bytes()


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="only Linux tells it")
def test_runs_that_are_merged_are_not_mapped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All pages of a map that were read would count as memory of the process."""
    monkeypatch.setattr("recommender.index.postings.RUN", 20)
    mapped: list[int] = []

    class Watched(BytesIO):
        def write(self, data: Any) -> int:
            maps = Path("/proc/self/maps").read_text("utf-8", "replace")
            mapped.append(maps.count(f"{tmp_path}/#"))
            return super().write(data)

    numbers = np.zeros(len(TEXTS), np.uint16)
    write_postings(terms_of_each(TEXTS), numbers, partial(TemporaryFile, dir=tmp_path), Watched())
    assert len(mapped) > 7
    assert not any(mapped)


def test_what_is_remembered_of_words_changes_no_term(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = [np.union1d(*terms_of(text)).tolist() for text in TEXTS * 2]
    for remembered in (1, 3, 100):
        monkeypatch.setattr("recommender.index.terms.REMEMBERED_WORDS", remembered)
        found = [sorted(terms.hashes.tolist()) for terms in terms_of_each(TEXTS * 2)]
        assert found == expected


def test_postings_that_were_deleted_before_they_are_opened_are_named(tmp_path: Path) -> None:
    """A reader that is overtaken by a publish and a prune opens the newest snapshot instead."""
    place = tmp_path / "segments" / "one" / "lexical.bin"
    with pytest.raises(SnapshotDamaged, match=r"lexical\.bin: No such file or directory; run: "):
        Postings.open(place)


def _set(path: Path, at: int, value: int) -> None:
    data = np.fromfile(path, "<u4")
    data[at] = value
    data.tofile(path)


@pytest.mark.parametrize("wild", ["posting", "row", "first", "start"])
@pytest.mark.parametrize("live", [None, [True] * 8])
def test_postings_that_lead_out_of_their_file_are_damaged(
    tmp_path: Path, wild: str, live: list[bool] | None
) -> None:
    """Nobody checks a large file at opening; a wild number must not read another segment's rows."""
    path = write(tmp_path / "segments" / "one" / "lexical.bin", ["dijk", "dijk weg", "weg", "zee"])
    sound = Postings.open(path)
    term = int(np.searchsorted(sound.terms, terms_of("dijk")[0][0]))
    ends = np.cumsum([len(sound.postings), len(sound.rows), len(sound.rows), 2, len(sound.terms)])
    at = {"posting": sound.starts[term], "row": ends[0], "first": ends[2], "start": ends[4] + term}
    _set(path, int(at[wild]), 2**31)
    other = Postings.open(write(tmp_path / "segments" / "two" / "lexical.bin", ["zee"] * 4))
    mask = None if live is None else np.array(live)
    message = f"{path}: names a passage that does not exist; run: recommender verify --repair"
    for ask in ("score", "holding"):
        with pytest.raises(SnapshotDamaged, match=message):
            getattr(LexicalIndex([Postings.open(path), other], mask), ask)("dijk")


@pytest.mark.parametrize("bytes_kept", [0, 7, 16, -4])
def test_postings_that_are_cut_short_are_refused(tmp_path: Path, bytes_kept: int) -> None:
    path = write(tmp_path / "lexical.bin", TEXTS)
    path.write_bytes(path.read_bytes()[:bytes_kept])
    with pytest.raises(SnapshotDamaged, match="cut short"):
        Postings.open(path)


def test_words_reorder_within_a_language_and_never_between() -> None:
    cosines, words = np.array([0.50, 0.48, 0.47, 0.10]), np.array([0.0, 1.0, 0.0, 1.0])
    order, scores = reorder(cosines, words, ["nl", "nl", "en", "en"])
    assert order.tolist() == [1, 0, 2, 3]
    assert scores.tolist() == cosines.tolist()


def test_words_do_not_lift_what_means_something_else() -> None:
    order, scores = reorder(np.array([0.5, 0.1]), np.array([0.0, 1.0]), ["nl", "nl"])
    assert (order[0], scores[0]) == (0, 0.5)


def test_an_index_within_another_answers_as_alone_and_holds_no_rows_of_its_own(
    tmp_path: Path,
) -> None:
    numbers = [number % 2 for number in range(len(TEXTS))]
    paths = [write(tmp_path / name, TEXTS, numbers) for name in ("one.bin", "two.bin", "more.bin")]
    parts = [Postings.open(path) for path in paths]
    languages, live = [["nl", "de"]] * 3, np.arange(3 * len(TEXTS)) != 1
    some = live[: 2 * len(TEXTS)]
    whole = LexicalIndex(parts, live, languages)
    alone = LexicalIndex(parts[:2], some, languages[:2])
    within = LexicalIndex(parts[:2], some, languages[:2], whole)
    for text in TEXTS:
        assert np.array_equal(within.score(text), alone.score(text))
    assert np.shares_memory(within.rows, whole.rows)
    assert np.shares_memory(within.ranks, whole.ranks)


def in_two_languages(tmp_path: Path) -> LexicalIndex:
    dutch = [f"De dijk bij dorp{number} houdt stand" for number in range(12)]
    german = [f"Der Damm bei Dorf{number} dijk" for number in range(12)]
    numbers = [0] * len(dutch) + [1] * len(german)
    place = write(tmp_path / "both.bin", [*dutch, *german], numbers)
    return LexicalIndex([Postings.open(place)], languages=[["nl-Latn", "de-Latn"]])


def test_first_rows_are_those_of_the_language_and_all_are_counted(tmp_path: Path) -> None:
    index, dijk = in_two_languages(tmp_path), hashes_of_words(["dijk"])
    [(count, rows), (none, no_rows)] = index.first_rows(hashes_of_words(["dijk", "puppy"]), "nl", 5)
    assert (count, rows.tolist()) == (12, [0, 1, 2, 3, 4])
    assert (none, len(no_rows)) == (0, 0)
    [(count, rows)] = index.first_rows(dijk, "de-Latn", 100)
    assert (count, rows.tolist()) == (12, list(range(12, 24)))
    assert index.first_rows(dijk, "fr-Latn", 5)[0].passages == 0
    assert index.first_rows(dijk[:0], "nl", 5) == []


def test_rows_that_hold_a_word_are_those_whose_text_has_it(index) -> None:
    found = index(TEXTS[:2], TEXTS[2:])
    words = ["dijk", "rhein", "洪水", "none"]
    terms = hashes_of_words(words)
    rows = np.arange(len(TEXTS))
    expected = [[word in words_of(text) for text in TEXTS] for word in words]
    assert found.holds(terms, alone(rows)).tolist() == expected
    assert found.holds(terms, alone(rows[::-1])).tolist() == [row[::-1] for row in expected]
    assert found.holds(terms[:1], alone(rows[:0])).shape == (1, 0)
