"""Relevance adds up, grows with its evidence, and expects more by chance in larger archives."""

from __future__ import annotations

import math
from typing import Any, get_args

import numpy as np
import pytest

from recommender.scoring.relevance import (
    Background,
    HeadlineWords,
    PairFacts,
    Task,
    load_relevance,
)
from recommender.scoring.search_model import ArchiveFacts, HitFacts, Surroundings
from recommender.scoring.sureness import CONFIDENCES, is_as_sure

MODEL = load_relevance()


MANY = 100_000


def facts(
    coverage: float = math.nan,
    length: float = 1_000,
    days: float = 0,
    ratio: float = 1,
    articles: int = MANY,
    own_articles: int = MANY,
) -> PairFacts:
    columns = (np.array([value], float) for value in (coverage, length, days, ratio))
    return PairFacts(*columns, articles, own_articles)


def total(**values: Any) -> float:
    return float(MODEL.related.terms(facts(**values)).total[0])


def test_a_pair_in_two_languages_has_neither_credit_nor_penalty_for_words() -> None:
    assert total() == 0
    assert total(coverage=MODEL.related.word_neutral) == pytest.approx(0)


def test_more_shared_words_fewer_days_and_like_lengths_score_higher() -> None:
    assert total(coverage=0.1) < total(coverage=0.5) < total(coverage=0.9)
    assert total(days=400) < total(days=30) < total(days=0)
    assert total(ratio=8) < total(ratio=2) < total(ratio=1)


def test_words_count_for_more_in_longer_articles() -> None:
    assert total(coverage=0.9, length=100) < total(coverage=0.9, length=5_000)


def test_old_articles_are_all_equally_old_after_some_years() -> None:
    assert total(days=MODEL.related.most_days) == total(days=20_000)


def test_meaning_rules_in_an_archive_of_few_articles_and_in_a_language_of_few() -> None:
    pair = {"coverage": 0.9, "days": 400, "ratio": 8}
    few = MODEL.related.terms(facts(**pair, articles=30, own_articles=30))
    many = MODEL.related.terms(facts(**pair, own_articles=30))
    assert all(abs(float(term[0])) < 0.05 for term in few)
    assert many.words == few.words
    assert many.dates < 2 * few.dates
    assert MODEL.related.known_from.share(5) == 0
    assert MODEL.related.known_from.share(MANY) == pytest.approx(1, abs=1e-4)


def test_the_terms_add_up_to_the_total() -> None:
    terms = MODEL.related.terms(facts(coverage=0.7, days=90, ratio=3))
    assert float(terms.total[0]) == pytest.approx(float(sum(term[0] for term in terms)))


def coverage_of_headline(*weights: float, most: float = 80, held: float = 1) -> float:
    """Return the coverage of a headline of which the share `held` was found."""
    each = np.array(weights)
    words = HeadlineWords(each.sum()[None], (each**2).sum()[None])
    return float(MODEL.related.covered(held * words.mass, words, most)[0])


def test_a_headline_of_few_rare_words_proves_little() -> None:
    assert MODEL.related.word_prior < coverage_of_headline(5) < coverage_of_headline(70) <= 1
    assert coverage_of_headline(70, held=0) < MODEL.related.word_prior


def test_common_words_prove_less_than_one_that_is_as_rare_as_all_of_them() -> None:
    assert coverage_of_headline(10, 10, 10) < coverage_of_headline(30)
    assert coverage_of_headline(0, 0) == MODEL.related.word_prior


def test_a_word_of_one_weight_proves_less_where_words_can_be_rarer() -> None:
    """A kind of notice is named by words that hundreds of a large archive's articles hold."""
    assert coverage_of_headline(20, 15, most=90) < coverage_of_headline(20, 15, most=40)


def crowded(*others: float) -> float:
    """Return what a candidate loses that is so near to the other candidates; the article is not."""
    angles = np.array([0.0, *others]) + np.pi / 3
    wholes = np.column_stack([np.cos(angles), np.sin(angles)])
    return float(MODEL.related.crowding(np.array([1.0, 0.0]), wholes)[0])


def test_a_candidate_in_a_closer_crowd_than_the_articles_stands_out_less() -> None:
    assert crowded(*[0.1] * 79) > 0 > crowded(*[-1.0] * 79)


def test_few_candidates_are_no_crowd_and_later_ones_do_not_count() -> None:
    assert crowded(0.1, 0.1) == 0
    crowd = [0.1] * (MODEL.related.crowd_size - 1)
    assert crowded(*crowd) == crowded(*crowd, *[1.5] * 50)


def background(*scores: float, articles: float = 300, unit: float = 1) -> Background:
    return MODEL.related.background(np.array(scores), articles, unit)


def chance_articles(score: float, background: Background) -> float:
    return float(MODEL.related.expected(np.array([score]), background)[0])


def test_an_answer_is_surer_the_further_it_is_above_the_articles_around_it() -> None:
    near, far = [0.3] * 150, [0.0] * 150
    assert chance_articles(0.4, background(*far)) < chance_articles(0.4, background(*near))
    assert chance_articles(0.6, background(*near)) < chance_articles(0.4, background(*near))


def test_few_relatives_do_not_move_what_they_stand_out_from() -> None:
    alone, with_relatives = [0.1] * 150, [0.9] * 10 + [0.1] * 140
    assert background(*alone) == background(*with_relatives)


def test_in_a_small_archive_chance_answers_stand_further_out() -> None:
    scores = [0.1] * 50
    small, large = background(*scores, articles=50), background(*scores, articles=5_000)
    assert chance_articles(0.4, small) > chance_articles(0.4, large)


def test_half_an_archive_of_one_kind_stands_out_from_nothing() -> None:
    kind = background(*[0.35] * 25, *[0.1] * 25, articles=50)
    assert MODEL.confidence("related", chance_articles(0.37, kind)) == "loose"
    few = background(*[0.35] * 5, *[0.1] * 45, articles=50)
    assert MODEL.confidence("related", chance_articles(0.37, few)) != "loose"


def test_where_few_articles_may_answer_relatives_are_no_background() -> None:
    few = background(*[0.8] * 4, *[0.1] * 8, articles=12)
    assert MODEL.confidence("related", chance_articles(0.8, few)) != "loose"


def test_scores_of_a_model_that_spread_wider_have_to_stand_out_further() -> None:
    narrow, wide = background(*[0.2] * 150), background(*[0.2] * 150, unit=2)
    assert chance_articles(0.9, narrow) < chance_articles(0.9, wide)


def chance_hits(
    cosine: float,
    coverage: float,
    archive: ArchiveFacts,
    background: float = 0.1,
    cohort: float | None = None,
) -> float:
    beside = None if cohort is None else np.array([cohort])
    hits = HitFacts(np.array([cosine]), np.array([coverage]), np.zeros(1), beside)
    return float(MODEL.search.expected(hits, Surroundings(background), archive)[0])


def test_a_hit_is_surer_by_its_cosine_its_words_and_what_is_around_it() -> None:
    def expected(cosine: float, coverage: float, background: float = 0.1, own: int = MANY) -> float:
        return chance_hits(cosine, coverage, ArchiveFacts(300, own), background)

    assert expected(0.4, math.nan) < expected(0.3, math.nan)
    assert expected(0.4, 1.0) < expected(0.4, math.nan) < expected(0.4, 0.0)
    assert expected(0.4, math.nan, background=0.1) < expected(0.4, math.nan, background=0.4)
    assert expected(0.4, 0.0, own=5) == expected(0.4, math.nan)


def test_a_hit_is_less_sure_the_nearer_the_query_is_to_other_subjects() -> None:
    archive = ArchiveFacts(4_000, MANY)
    found = [chance_hits(0.4, math.nan, archive, cohort=one) for one in (0.1, 0.3, 0.6)]
    assert found == sorted(found)
    assert MODEL.confidence("search", found[0]) == "sure"
    assert MODEL.confidence("search", found[-1]) == "loose"


def test_in_a_larger_archive_a_text_must_be_nearer_to_be_on_the_subject_of_a_hit() -> None:
    small, usual, large = (
        MODEL.search.alike(ArchiveFacts(passages, MANY)) for passages in (200, 4_000, 400_000)
    )
    assert small < usual == MODEL.search.cohort_alike < large
    assert MODEL.search.alike(ArchiveFacts(0, 0)) == MODEL.search.alike(ArchiveFacts(100, 0))


def test_the_nearest_hits_of_a_query_that_is_near_no_other_subject_are_likely() -> None:
    cosines = np.array([0.3, 0.29, 0.25])
    around = Surroundings(0.15, 0.3)
    archive, limits = ArchiveFacts(4_000, MANY), MODEL.limits["search"]
    words = [
        [MODEL.confidence("search", one) for one in MODEL.search.expected(hits, around, archive)]
        for hits in (
            HitFacts(cosines, np.full(3, math.nan), np.zeros(3), cohort)
            for cohort in (None, np.full(3, 0.1), np.full(3, 0.5))
        )
    ]
    assert words == [["loose"] * 3, ["likely", "likely", "loose"], ["loose"] * 3]
    assert MODEL.search.expected_at == limits["likely"]


def covered(*weights: float, share: float = 1.0, most: float = 40.0) -> float:
    return float(MODEL.search.covered(np.array([share]), np.array(weights), most)[0])


def test_a_query_is_as_telling_as_its_words_are_rare() -> None:
    usual = MODEL.search.word_prior
    assert covered(0.1, 0.2, 0.1) == pytest.approx(usual, abs=0.01)
    assert usual < covered(2, 2, 2) < covered(6) < covered(36) < 1
    assert covered(2, 2, 2) < covered(6, 6, 6)
    assert covered(36, share=0.0) < usual


def test_in_a_small_archive_words_are_telling_that_are_rare_there() -> None:
    assert covered(8, most=8.4) > covered(8, most=40)


def test_the_same_hit_is_surer_in_a_smaller_archive() -> None:
    sizes = (300, 4_000, 40_000)
    found = [chance_hits(0.3, math.nan, ArchiveFacts(one, 0)) for one in sizes]
    assert found == sorted(found)
    assert found[0] < found[-1]


def test_among_few_candidates_the_usual_background_is_taken() -> None:
    few = MODEL.search.background(np.array([0.9, 0.8]))
    assert few == MODEL.search.background_usual
    assert MODEL.search.background(np.array([0.9] * 2 + [0.3] * 48)) == 0.3


def test_expectations_stay_finite_for_any_score() -> None:
    nothing = background()
    for score in (-1e9, -1.0, 0.0, 1.0, 1e9):
        for found in (
            chance_articles(score, nothing),
            chance_hits(score, 0, ArchiveFacts(10**9, 10**9)),
        ):
            assert math.isfinite(found)
            assert found >= 0


def test_confidence_is_ordered() -> None:
    tasks: tuple[Task, ...] = get_args(Task)
    for task in tasks:
        found = [MODEL.confidence(task, expected) for expected in (100.0, 0.04, 0.0001)]
        assert found[0] == "loose"
        assert found[2] == "sure"
        places = [CONFIDENCES.index(one) for one in found]
        assert places == sorted(places)
    assert is_as_sure("sure", "likely")
    assert is_as_sure("likely", "likely")
    assert not is_as_sure("loose", "likely")


@pytest.mark.parametrize("task", get_args(Task))
def test_an_answer_is_likelier_right_the_fewer_chance_answers_are_expected(task: Task) -> None:
    said = [MODEL.sureness(task, 10.0**-power).probability for power in range(-12, 31)]
    assert said == sorted(said)
    assert all(0 < one < 1 for one in said)
    assert MODEL.sureness(task, 0.0).probability == said[-1]
    assert MODEL.sureness(task, 100).probability < 0.1


@pytest.mark.parametrize("task", get_args(Task))
def test_a_surer_word_says_a_higher_probability(task: Task) -> None:
    sure, likely = (MODEL.sureness_at(task, one) for one in ("sure", "likely"))
    assert sure.probability > likely.probability
    assert MODEL.sureness(task, MODEL.limits[task]["sure"]) == sure
    assert MODEL.sureness(task, MODEL.limits[task]["likely"]) == likely
