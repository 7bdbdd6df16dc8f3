"""Languages are made comparable by removing their means, however little there is of one."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.arrays import unit
from recommender.scoring.cohort import load_cohort
from recommender.scoring.space import (
    PRIOR_WEIGHT,
    Language,
    Priors,
    Space,
    drift,
    estimate_space,
    load_priors,
)
from recommender.text.language_tags import language_key
from recommender.text.scripts import scripts_of, scripts_of_query

NL, EN = "nl-Latn", "en-Latn"
PRIORS = Priors(
    languages=(NL, EN, "ru-Cyrl"),
    passage=np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]], dtype=np.float32),
    query=np.array([[0, 0, 0, 1], [0, 1, 0, 0], [0, 0, 1, 0]], dtype=np.float32),
)


def language(mean: list[float], articles: int) -> Language:
    """A language with two passages in each article."""
    return Language(np.array(mean) * articles * 2, articles * 2, articles)


@pytest.mark.parametrize(
    ("tag", "key"),
    [
        ("nl", "nl-Latn"),
        ("nl-BE", "nl-Latn"),
        ("nld_Latn", "nl-Latn"),
        ("NL", "nl-Latn"),
        ("zh", "zh-Hans"),
        ("zh-TW", "zh-Hant"),
        ("sr-Latn", "sr-Latn"),
        ("iw", "he-Hebr"),
        ("zh_classical", "zh-Hans"),
        ("", "und"),
        ("und", "und"),
        ("?!", "und"),
        ("a" * 500, "und"),
    ],
)
def test_a_tag_of_any_spelling_names_a_language_and_its_script(tag: str, key: str) -> None:
    assert language_key(tag) == key


def test_a_language_of_many_articles_has_its_own_mean_and_one_of_few_leans_on_the_prior() -> None:
    found = {NL: language([0.9, 0.1, 0, 0], 5_000), EN: language([0, 0.5, 0, 0.5], 1)}
    space = estimate_space(found, {}, 4, PRIORS)
    dutch, english = (space.means[space.languages.index(key)] for key in (NL, EN))
    assert dutch == pytest.approx([0.9, 0.1, 0, 0], abs=0.01)
    own, prior = np.array([0, 0.5, 0, 0.5]), PRIORS.of(EN) + space.shift
    assert english == pytest.approx((own + PRIOR_WEIGHT * prior) / (1 + PRIOR_WEIGHT), abs=1e-6)


def test_a_language_without_prior_is_expected_where_its_script_lies() -> None:
    assert PRIORS.of("fr-Latn") == pytest.approx([0.5, 0.5, 0, 0])
    assert PRIORS.of("th-Thai") == pytest.approx([1 / 3, 1 / 3, 1 / 3, 0])


def test_without_priors_one_article_keeps_most_of_its_vector() -> None:
    space = estimate_space({NL: language([0.6, 0.8, 0, 0], 1)}, {"nl": NL}, 4, None)
    vector = np.array([[0.6, 0.8, 0, 0]], dtype=np.float32)
    assert space.center(vector, ["nl"]) == pytest.approx(vector, abs=1e-6)


def test_texts_of_one_subject_meet_across_languages() -> None:
    dutch, english, subject = np.eye(4)[:3]
    keys = {"nl": NL, "nl-BE": NL, "en": EN}
    means = np.array([english, dutch], dtype=np.float32)
    space = Space(keys, (EN, NL), means, np.zeros(4, np.float32))
    vectors = unit(np.array([dutch + subject, english + subject, dutch], dtype=np.float32))
    assert vectors[0] @ vectors[2] > vectors[0] @ vectors[1]
    centered = space.center(vectors, ["nl-BE", "en", "nl"])
    assert centered[0] @ centered[1] > 0.6 > 0 > centered[0] @ centered[2] - 0.6


def test_a_text_of_unknown_language_is_taken_for_the_nearest() -> None:
    space = Space({"nl": NL, "en": EN}, (EN, NL), np.eye(4, dtype=np.float32)[:2], np.zeros(4))
    vectors = unit(np.array([[0.1, 0.9, 0.3, 0]], dtype=np.float32))
    assert space.center(vectors, ["und"]) == pytest.approx(space.center(vectors, ["nl"]))
    assert space.center(vectors, ["tlh"]) == pytest.approx(space.center(vectors, ["nl"]))


def test_a_query_loses_the_mean_of_queries_of_its_language() -> None:
    space = Space({}, (NL,), np.eye(4, dtype=np.float32)[:1], np.zeros(4, np.float32), PRIORS)
    query = unit(np.array([[0.1, 0.2, 0.1, 0.9]], dtype=np.float32))
    vectors, language = space.center_query(query, "wie won er?")
    assert language.key == NL
    assert vectors == pytest.approx(unit(query - PRIORS.query[0]))


def test_a_corpus_to_one_side_of_the_priors_moves_queries_with_it() -> None:
    aside = np.array([0, 0, 0, 0.5])
    found = {key: language(list(PRIORS.of(key) + aside), 10_000) for key in (NL, EN, "ru-Cyrl")}
    space = estimate_space(found, {}, 4, PRIORS)
    assert space.shift == pytest.approx(aside * 3 / 4, abs=0.01)


def test_a_space_survives_the_manifest() -> None:
    space = estimate_space({NL: language([0.9, 0.1, 0, 0], 3)}, {"nl": NL}, 4, None)
    again = Space.from_json(space.to_json(), 4, "words")
    assert again.id == space.id
    assert np.array_equal(again.means, space.means)
    assert again.keys == {"nl": NL}


def test_drift_is_the_largest_move_and_a_new_language_is_infinitely_far() -> None:
    one = Space({"nl": NL}, (NL,), np.array([[1, 0]], np.float32), np.zeros(2))
    near = Space({"nl": NL}, (NL,), np.array([[1, 0.01]], np.float32), np.zeros(2))
    more = Space({"nl": NL, "en": EN}, (EN, NL), np.eye(2, dtype=np.float32)[::-1], np.zeros(2))
    assert drift(one, near) == pytest.approx(0.01)
    assert drift(one, more) == float("inf")
    assert drift(more, one) == 0


def test_the_bundled_model_has_priors_for_the_languages_of_the_press() -> None:
    priors = load_priors("multilingual-e5-small-q4")
    assert priors is not None
    assert priors.passage.shape == priors.query.shape == (len(priors.languages), 384)
    wanted = "nl en fr de es pt it pl ru uk ar fa he hi zh zh-TW ja ko tr vi th id sv no da fi ps"
    assert {language_key(tag) for tag in wanted.split()} <= set(priors.languages)


def test_other_models_have_none() -> None:
    assert load_priors("paraphrase-multilingual-MiniLM-L12-v2") is None


def test_a_querys_script_rules_out_languages_whose_mean_happens_to_be_nearer() -> None:
    space = Space({}, (NL,), np.eye(4, dtype=np.float32)[:1], np.zeros(4, np.float32), PRIORS)
    query = unit(np.array([[0.1, 0.2, 0.9, 0.1]], dtype=np.float32))
    assert space.center_query(query, "бої за Бахмут")[1].key == "ru-Cyrl"
    assert space.center_query(query, "fighting for Bakhmut")[1].key == EN


ONE_WAY = np.eye(3, dtype=np.float32)


def leaning(share: float) -> np.ndarray:
    """A query between Dutch (0) and Afrikaans (1), and the first by `share` of both."""
    return unit(np.array([[share, 1 - share, 0]], np.float32))


def space_with(articles: dict[str, int]) -> Space:
    """A space whose queries may be in three languages, and whose archive is in some of them."""
    every = (NL, "af-Latn", "ru-Cyrl")
    means = ONE_WAY[[every.index(language) for language in articles]]
    priors = Priors(every, ONE_WAY, ONE_WAY)
    return Space({}, tuple(articles), means, np.zeros(3, np.float32), priors, articles)


HEADLINE = "Dode bij ongeval op de weg"


@pytest.mark.parametrize(
    ("articles", "language"),
    [
        ({NL: 5_000}, NL),
        ({NL: 5_000, "ru-Cyrl": 5_000}, NL),
        ({NL: 5_000, "af-Latn": 5}, NL),
        ({"af-Latn": 5_000}, "af-Latn"),
        ({"af-Latn": 5_000, NL: 5}, "af-Latn"),
        ({"ru-Cyrl": 5_000}, "af-Latn"),
    ],
)
def test_the_languages_of_the_archive_are_expected(articles: dict[str, int], language: str) -> None:
    space = space_with(articles)
    assert space.center_query(leaning(0.495), HEADLINE)[1] == (language, language)


def test_a_foreign_query_is_seen_in_an_archive_of_one_language() -> None:
    space = space_with({NL: 5_000})
    assert space.center_query(leaning(0.3), HEADLINE)[1] == ("af-Latn", "af-Latn")


@pytest.mark.parametrize(
    ("articles", "text", "name"),
    [
        ({NL: 95, "af-Latn": 5}, "Bachmoet", NL),
        ({NL: 80, "af-Latn": 20}, "Bachmoet", "und"),
        ({NL: 80, "af-Latn": 20}, "Bachmoet 2022", "und"),
        ({NL: 80, "af-Latn": 20}, HEADLINE, "af-Latn"),
        ({NL: 80, "ru-Cyrl": 20}, "Bachmoet", NL),
        ({NL: 80, "ru-Cyrl": 20}, "2022", "und"),
        ({NL: 100}, "2022", NL),
        ({NL: 100}, "Бахмут", "ru-Cyrl"),
    ],
)
def test_a_few_letters_name_no_language_but_the_archives_main_one(
    articles: dict[str, int], text: str, name: str
) -> None:
    assert space_with(articles).center_query(leaning(0.3), text)[1].name == name


def test_a_language_that_is_said_is_not_guessed() -> None:
    space = space_with({NL: 100})
    vectors, language = space.center_query(leaning(0.3), HEADLINE, NL)
    assert language == (NL, NL)
    assert vectors == pytest.approx(unit(leaning(0.3) - ONE_WAY[0]))
    assert space.center_query(leaning(0.3), HEADLINE, "frp-Latn")[1] == ("af-Latn", "frp-Latn")


def test_a_variety_that_is_hardly_nearer_is_taken_for_the_corpuss_own_language() -> None:
    means = unit(np.array([[1, 0, 0], [0.99, 0.05, 0], [0, 1, 0]], np.float32))
    priors = Priors(("ar-Arab", "arz-Arab", "en-Latn"), means, means)
    space = Space({}, ("ar-Arab",), means[:1], np.zeros(3, np.float32), priors)
    assert space.center_query(means[1:2], "معارك")[1].key == "ar-Arab"
    other = Space({}, ("en-Latn",), means[2:], np.zeros(3, np.float32), priors)
    assert other.center_query(means[1:2], "معارك")[1].key == "arz-Arab"


@pytest.mark.parametrize(
    ("text", "scripts"),
    [
        ("gevechten om Bachmoet", {"Latn"}),
        ("Крим 2022", {"Cyrl"}),
        ("معارك", {"Arab"}),
        ("世界杯决赛", {"Hans", "Hant", "Jpan"}),
        ("ワールドカップ決勝", {"Jpan"}),
        ("金閣寺の屏風", {"Jpan"}),
        ("BTS 방탄소년단", {"Kore"}),
        ("방탄소년단의 노래 “さくら”", {"Kore"}),
        ("さくらという歌 “노래”", {"Jpan"}),
        ("2022 - 1:0", set()),
        ("", set()),
    ],
)
def test_the_script_of_a_text(text: str, scripts: set[str]) -> None:
    assert scripts_of(text) == scripts


@pytest.mark.parametrize(
    ("text", "scripts"),
    [
        ("Debian GNU/Linux 5.0 更新", {"Hans", "Hant", "Jpan"}),
        ("OpenSSL 漏洞", {"Hans", "Hant", "Jpan"}),
        ("软件包", {"Hans", "Hant"}),
        ("火灾 2020", {"Hans", "Hant"}),
        ("溫泉", {"Hans", "Hant"}),
        ("気候変動", {"Jpan"}),
        ("読売新聞", {"Jpan"}),
        ("気候 灾", {"Hans", "Hant", "Jpan"}),
        ("Выпуск Debian GNU/Linux 3.1", {"Cyrl"}),
        ("إصدار Debian GNU", {"Arab"}),
        ("Debian リリース情報", {"Jpan"}),
        ("Έκδοση Debian GNU/Linux", {"Grek"}),
        ("the role of α-synuclein in Parkinson's disease", {"Latn"}),
        ("resistors of 5 Ω", {"Latn"}),
        ("gevechten om Bachmoet", {"Latn"}),
        ("2022 - 1:0", set()),
        ("", set()),
    ],
)
def test_names_in_latin_letters_do_not_decide_the_script_of_a_query(
    text: str, scripts: set[str]
) -> None:
    assert scripts_of_query(text) == scripts


def test_a_query_with_a_name_in_latin_letters_is_in_the_language_of_the_others() -> None:
    means = unit(np.array([[1, 0], [0, 1]], np.float32))
    space = Space({}, ("en-Latn", "zh-Hans"), means, np.zeros(2, np.float32), None)
    nearer_to_english = unit(np.array([[1, 0.2]], np.float32))
    assert space.center_query(nearer_to_english, "OpenSSL 的漏洞")[1].key == "zh-Hans"


def test_the_texts_of_the_cohort_are_placed_as_passages_of_the_archive() -> None:
    priors = load_priors("multilingual-e5-small")
    known = load_cohort("multilingual-e5-small")
    assert priors is not None
    assert known is not None
    number = known.languages.index("nl-Latn")
    shift = np.full(384, 0.01, np.float32)
    for languages, mean in (
        ((NL,), np.full((1, 384), 0.02, np.float32)),
        ((), np.zeros((0, 384), np.float32)),
    ):
        space = Space({}, languages, mean, shift, priors)
        placed = mean[0] if languages else priors.of(NL) + shift
        vector = unit(known.vectors[[number]] - placed)
        near = space.near_texts(vector)
        assert near is not None
        assert near.cosines[0] == pytest.approx(1, abs=1e-5)
        assert near.vectors[0] == pytest.approx(vector[0], abs=1e-5)


def test_a_model_without_a_cohort_has_no_near_texts() -> None:
    vectors = np.eye(4, dtype=np.float32)
    for priors in (None, PRIORS):
        space = Space({}, (NL,), vectors[:1], np.zeros(4, np.float32), priors)
        assert space.near_texts(vectors[1:]) is None
