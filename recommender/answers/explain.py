"""Explain why something is an answer: the sentences that match, and the parts of the score."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from recommender.answers.archive import Archive
from recommender.answers.article_vectors import ArticleVectors, RelatedQuery, language_in, pairs_of
from recommender.answers.candidates import Candidate
from recommender.answers.hit_candidates import BEST_PASSAGES, BEST_PASSAGES_SHARE
from recommender.answers.hit_query import HitQuery
from recommender.answers.literal_hits import COMES_FIRST
from recommender.answers.related import UNLIKE_WEIGHT
from recommender.answers.relation import (
    STORY_DAYS,
    TRANSLATION_COSINE,
    UPDATE_DAYS,
    days_apart,
)
from recommender.answers.sentence_matches import SentenceComparison, Text
from recommender.answers.version_folding import RelatedCandidate
from recommender.arrays import Vectors
from recommender.encoders.base import Encoder
from recommender.scoring.diversity import RELEVANCE
from recommender.scoring.fusion import FEEDBACK
from recommender.text.words import spellings, words_of
from recommender.types import (
    Evidence,
    Explanation,
    Hit,
    Match,
    Passage,
    Recommendation,
    ScorePart,
    shown_strength,
)

NAMED_WORDS = 8
# A part of a score that would print as 0.000 is left out.
LEAST_SHOWN = 0.0005
# The parts that `relevance.PairTerms` adds to the score of an article.
TERMS = (
    ("words", "the rare words of both headlines that the other article holds"),
    ("days", "the days between the two dates"),
    ("length", "the difference in length"),
)


@dataclass(frozen=True)
class ExplainedQuery:
    """The question that hits answer: its vectors, and their passages, none for a typed query."""

    vectors: Vectors
    query: HitQuery
    passages: Sequence[Passage] = ()
    language: str = ""


class Explainer:
    """Explain answers from a snapshot; the encoder is called once for all of them."""

    def __init__(self, snapshot: Archive, encoder: Encoder) -> None:
        self._snapshot = snapshot
        self._encoder = encoder

    def hits(
        self, question: ExplainedQuery, hits: Sequence[Hit], found: Sequence[Candidate]
    ) -> list[Hit]:
        """Return hits with their explanations; each comes with its candidate."""
        theirs = [Text(hit.text, hit.passage_language) for hit in hits]
        ours = [Text(one.text, one.language or question.language) for one in question.passages]
        sentences = SentenceComparison(self._encoder, self._snapshot.space, [*ours, *theirs])
        explained = []
        for hit, text, one in zip(hits, theirs, found, strict=True):
            if ours:
                cosines = question.vectors @ self._snapshot.centered([one.row])[0]
                best = int(cosines.argmax())
                passage_id = question.passages[best].id
                carried = sentences.between(ours[best], text)
            else:
                passage_id = ""
                carried = sentences.of_query(question.vectors, text)
            ids = (passage_id, hit.passage_id)
            match = Match(*ids, carried.score, carried.ours, carried.theirs)
            parts = tuple(self._parts_of_hit(question.query, hit, one))
            explained.append(replace(hit, explanation=Explanation(parts, (match,))))
        return explained

    def recommendations(
        self,
        query: RelatedQuery,
        answers: Sequence[Recommendation],
        found: Sequence[RelatedCandidate],
    ) -> list[Recommendation]:
        """Return recommendations with their explanations; each comes with its candidate."""
        pairs = [
            [_texts(query, scored.other, pair) for pair in one.evidence]
            for one, scored in zip(answers, found, strict=True)
        ]
        texts = [text for several in pairs for pair in several for text in pair]
        sentences = SentenceComparison(self._encoder, self._snapshot.space, texts)
        explained = []
        for one, several, scored in zip(answers, pairs, found, strict=True):
            matches = []
            for pair, (ours, theirs) in zip(one.evidence, several, strict=True):
                carried = sentences.between(ours, theirs)
                ids = (pair.passage_id, pair.other_passage_id)
                matches.append(Match(*ids, carried.score, carried.ours, carried.theirs))
            parts = tuple(_parts_of_recommendation(query, one, scored))
            explained.append(replace(one, explanation=Explanation(parts, tuple(matches))))
        return explained

    def _parts_of_hit(self, query: HitQuery, hit: Hit, found: Candidate) -> Iterator[ScorePart]:
        if hit.words_only:
            yield ScorePart("meaning", None, f"a {hit.role} is kept for word search only")
        else:
            words = f"how similar the passage is to the query; {_strength(hit.strength)}"
            yield ScorePart("meaning", hit.cosine, words)
        if query.by == "article" and query.ranking != "words":
            yield ScorePart(
                "article",
                None,
                f"the best {BEST_PASSAGES} passages of the article together count for "
                f"{BEST_PASSAGES_SHARE:.0%} of its score",
            )
        if first := round(found.bonus / COMES_FIRST) * COMES_FIRST:
            words = "it holds the identifiers or the word of the query, or is of its date"
            yield ScorePart("first", first, words)
        if abs(bonus := found.bonus - first) >= LEAST_SHOWN:
            words = "the words of the query that its article holds, rare ones above all"
            if found.headline:
                words = f"{words}; its headline has each"
            yield ScorePart("coverage", bonus, words)
        if found.by_feedback:
            words = "similarity to the best answers (feedback)"
            yield ScorePart("answers", None, f"{FEEDBACK:.0%} of its score is {words}")
        if query.ranking != "meaning":
            yield self._words(query, hit, found)
        yield from _dates_and_diversity(found.share, found.nearest, found.score)
        yield _confidence(hit)

    def _words(self, query: HitQuery, hit: Hit, found: Candidate) -> ScorePart:
        spelled = spellings(hit.text)
        rarest = self._rarest(words_of(query.text) & words_of(hit.text), found.row)
        shared = ", ".join(spelled.get(word, word) for word in rarest)
        if shared:
            words = f"shares {shared} with the query"
        elif not found.words:
            words = "shares no words with the query"
        elif query.by == "article":
            words = "shares words, or parts of them, with the query in other passages"
        else:
            words = "shares parts of words at most"
        if query.ranking == "words":
            return ScorePart("words", found.words, f"{words}; 1 is the best match of all")
        if hit.words_only:
            return ScorePart("words", found.words, f"{words}; it follows all hits with a vector")
        return ScorePart(
            "words", found.words, f"{words}; this moves it among the hits in its language only"
        )

    def _rarest(self, words: Iterable[str], row: int) -> list[str]:
        """Return the rarest words, rarest first, without those that are less than half as rare."""
        weights = {word: self._snapshot.words.weight(word, row) for word in words}
        least = max(weights.values(), default=0.0) / 2
        rare = [word for word, weight in weights.items() if weight > least]
        return sorted(rare, key=lambda word: (-weights[word], word))[:NAMED_WORDS]


def _texts(query: RelatedQuery, other: ArticleVectors, pair: Evidence) -> tuple[Text, Text]:
    ours = Text(pair.text, query.language_of(pair.passage_id))
    return ours, Text(pair.other_text, language_in(other, pair.other_passage_id))


def _parts_of_recommendation(
    query: RelatedQuery, answer: Recommendation, found: RelatedCandidate
) -> Iterator[ScorePart]:
    if found.pin is not None:
        yield ScorePart("pin", None, f"put first by editors: {found.pin}")
    yield ScorePart(
        "meaning",
        found.aligned,
        f"how well the passages of both match, both ways; {_strength(answer.strength)}",
    )
    if found.fair != found.aligned:
        words = "what makes pairs in two languages comparable with those in one"
        yield ScorePart("languages", found.fair - found.aligned, words)
    for (name, reason), value in zip(TERMS, found.terms, strict=True):
        if abs(value) >= LEAST_SHOWN:
            yield ScorePart(name, value, reason)
    yield ScorePart("relation", None, _why(query, answer, found))
    if query.unlike:
        taken = UNLIKE_WEIGHT * max(found.unlike, 0.0)
        words = f"half of its similarity, {found.unlike:.3f}, to the articles given as unlike"
        yield ScorePart("unlike", -taken, words)
    yield from _dates_and_diversity(found.share, found.nearest, found.score)
    yield _confidence(answer)


def _dates_and_diversity(share: float, nearest: float, score: float) -> Iterator[ScorePart]:
    if share != 1:
        yield ScorePart("dates", share, f"its date leaves {share:.0%} of its score")
    if nearest > 0:
        worth = RELEVANCE * score - (1 - RELEVANCE) * nearest
        words = f"similarity to the most similar answer before it; {worth:.3f} by MMR"
        yield ScorePart("diversity", nearest, words)


def _confidence(answer: Hit | Recommendation) -> ScorePart:
    share = f"of answers like this, {100 * answer.probability:.0f} of 100 are right"
    return ScorePart("confidence", answer.probability, f"{answer.confidence}: {share}")


def _strength(strength: float) -> str:
    shown = shown_strength(strength)
    return f"strength {shown}: the share of unrelated pairs, in 100, that it exceeds"


def _why(query: RelatedQuery, answer: Recommendation, found: RelatedCandidate) -> str:
    """Return the facts that the relation depends on."""
    if found.is_fallback:
        return "newest: it fills the list, since it is new in the same section"
    pairs = pairs_of(query, found.other)
    ours, theirs = (pairs.max(axis=axis) for axis in (1, 0))
    here, there = (
        f"{int((other >= TRANSLATION_COSINE).sum())} of {len(other)}" for other in (ours, theirs)
    )
    covered = f"{here} passages here and {there} there match at {TRANSLATION_COSINE} or more"
    if len(query.articles) > 1:
        return f"{answer.relation}: {covered}"
    dates = query.articles[0].article.date, found.other.article.date
    days = days_apart(query.articles[0].article, found.other.article) if all(dates) else None
    return f"{answer.relation}: {covered}; {_reason(answer.relation, found.aligned, days)}"


def _reason(relation: str, score: float, days: int | None) -> str:
    """Return the score and the days between the dates as a reason; the days may be unknown."""
    match relation:
        case "copy":
            return "both hold the same text, or nearly"
        case "translation":
            return "nearly all passages have a partner in another language, in the same order"
        case "update":
            return f"it repeats much within {UPDATE_DAYS} days, and adds or changes some"
        case "same story":
            apart = "a date is not known" if days is None else f"days apart: {days}"
            return f"{score:.3f}; {apart} (at most {STORY_DAYS})"
    if days is not None and days > STORY_DAYS:
        return f"days apart: {days}, over {STORY_DAYS}, too far for the same story"
    return "too little is alike for the same story"
