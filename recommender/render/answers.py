"""Render the answers of `search`, `similar` and `related`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from recommender.answers.answer import RelatedAnswer, SearchAnswer
from recommender.render.explanations import (
    explained,
    explained_markdown,
    highlighted,
    highlighted_markdown,
    matched,
)
from recommender.render.of_answer import OfAnswer
from recommender.render.text_layout import (
    INDENT,
    Page,
    code,
    filled,
    headed,
    joined,
    marked,
    one_line,
    packed,
    paragraph,
    shortened,
    titled,
    wrapped,
)
from recommender.types import (
    UNKNOWN_LANGUAGE,
    ArticleRef,
    Evidence,
    Excluded,
    Explanation,
    Hit,
    Recommendation,
    Status,
    Translation,
    shown_strength,
)
from recommender.types.answers import MOST_COPIES


@dataclass(frozen=True, slots=True)
class Hits(OfAnswer[SearchAnswer]):
    """Render the answer of `search` and `similar`."""

    def text(self, page: Page) -> str:
        """Return the answers for a terminal, best first."""
        hits = self.answer.hits
        entries = [_hit_lines(rank, hit, page) for rank, hit in enumerate(hits, 1)]
        nothing = [paragraph(_nothing(self.answer.nearest), page)]
        return joined([*(entries or nothing), *self._language(page)])

    def _language(self, page: Page) -> list[list[str]]:
        """Return a line with the query's language if the reader may want to correct it."""
        answer = self.answer
        compares = answer.options.filters.languages in ("same", "other")
        if "text" not in answer.query or not (compares or answer.options.explain):
            return []
        known = answer.query_language != UNKNOWN_LANGUAGE
        name = one_line(answer.query_language) if known else "not known"
        return [[page.faint(f"language of the query: {name}")]]

    def markdown(self) -> str:
        """Return the answers as a list in Markdown."""
        if not self.answer.hits:
            return marked(_nothing(self.answer.nearest)) + "\n"
        return "".join(
            f"{rank}. **{marked(hit.title)}** {_about_md(hit)}\n"
            f"   > {_text_md(hit)}\n   >\n   > {_place_md(hit)}\n{_explained_md(hit)}"
            for rank, hit in enumerate(self.answer.hits, 1)
        )


@dataclass(frozen=True, slots=True)
class Related(OfAnswer[RelatedAnswer]):
    """Render the answer of `related`; only an explained one shows what editors' rules excluded."""

    @property
    def _excluded(self) -> Sequence[Excluded]:
        return (self.answer.excluded or ()) if self.answer.options.explain else ()

    def text(self, page: Page) -> str:
        """Return the answers for a terminal, best first."""
        heading = self._heading(page)
        nothing = [paragraph(_nothing(self.answer.nearest), page)]
        entries = [] if self.answer.recommendations else nothing
        for rank, found in enumerate(self.answer.recommendations, 1):
            lines = [
                *headed(f"{rank:>2}. ", found.title, _about(found), page),
                *_faint(filled(_what_it_is(found), page, INDENT, " · "), page),
            ]
            for pair in found.evidence[:1]:
                lines += _pair_lines(found, pair, page)
            if found.explanation is None:
                ties = filled(self._ties(found), page, INDENT, ", ")
                entries.append([*lines, *_faint(ties, page)])
            else:
                entries.append([*lines, *self._explained(found, found.explanation, page)])
        if self._excluded:
            lines = [one for line in self._excluded_lines() for one in paragraph(line, page)]
            entries.append(_faint(lines, page))
        return joined([heading, *entries])

    def _heading(self, page: Page) -> list[str]:
        """Return a line for each article that was named."""
        first, *more = self.answer.articles
        named = [("Related to", first), *(("and", one) for one in more)]
        named += [("unlike", one) for one in self.answer.unlike]
        lines = [
            f"{word} {page.strong(shortened(titled(one.title), page.width - len(word) - 1))}"
            for word, one in named
        ]
        if self.answer.also_in:
            lines += _faint(paragraph(_also_in(self.answer.also_in), page), page)
        return lines

    def _excluded_lines(self) -> list[str]:
        return [
            f"Left out: {one_line(one.title)} ({one_line(one.article_id)}), {one_line(one.rule)}"
            for one in self._excluded
        ]

    def _explained(self, found: Recommendation, explanation: Explanation, page: Page) -> list[str]:
        """Return the sentences that match in each pair of passages, and the parts of the score."""
        lines = []
        for pair, match in zip(found.evidence, explanation.matches, strict=True):
            names = self._ours(match.passage_id), _local(match.other_passage_id)
            lines += matched(match, pair.score, names, page)
        return [*lines, *explained(explanation, page)]

    def _ours(self, passage_id: str) -> str:
        """Return the name of a passage of ours: its whole id if several articles were named."""
        return _local(passage_id) if len(self.answer.articles) == 1 else one_line(passage_id)

    def _ties(self, found: Recommendation) -> list[str]:
        """Return the pairs of passages, each with its score."""
        return [
            f"{self._ours(pair.passage_id)} ↔ {_local(pair.other_passage_id)} {pair.score:.3f}"
            for pair in found.evidence
        ]

    def markdown(self) -> str:
        """Return the answers as a list in Markdown."""
        answers = "".join(
            f"{rank}. **{marked(found.title)}** {_about_md(found)} `{code(found.article_id)}`"
            f" {' · '.join((found.relation, *versions(found)))}\n"
            + "".join(f"   > {_pair_md(found, pair)}\n" for pair in found.evidence[:1])
            + _explained_md(found)
            for rank, found in enumerate(self.answer.recommendations, 1)
        )
        if not self.answer.recommendations:
            answers = marked(_nothing(self.answer.nearest)) + "\n"
        return answers + "".join(
            f"\nLeft out: {marked(one.title)} `{code(one.article_id)}`, {marked(one.rule)}\n"
            for one in self._excluded
        )


def _about(found: Hit | Recommendation) -> tuple[str, ...]:
    return *_known(found), f"score {found.score:.3f}"


def _what_it_is(found: Recommendation) -> list[str]:
    """Return the id of an answer, what it is to the article that was asked about, its versions."""
    return [f"{one_line(found.article_id)}  {found.relation}", *versions(found)]


def _faint(lines: Sequence[str], page: Page) -> list[str]:
    return [page.faint(line) for line in lines]


def _about_md(found: Hit | Recommendation) -> str:
    known = _known(found)
    return "(" + ", ".join(marked(one) for one in known if one) + ")"


def _known(found: Hit | Recommendation) -> tuple[str, ...]:
    """Return the facts of every answer, each number with its name."""
    return status_of(found), found.language, found.date, found.confidence, _strength(found)


def _nothing(nearest: Hit | Recommendation | None) -> str:
    """Return the sentence in place of an empty list; it names the nearest answer, if any."""
    if nearest is None:
        return "Nothing found."
    named = f"{one_line(nearest.title)} ({one_line(nearest.article_id)})"
    return f"Nothing close; the nearest is {named}. --confidence loose shows what is less sure."


def status_of(found: ArticleRef) -> str:
    """Return the status of an article that the public may not see."""
    return "" if found.status is Status.PUBLISHED else str(found.status)


def _strength(found: Hit | Recommendation) -> str:
    """Return the strength; for a passage that is kept for word search only, its role."""
    if isinstance(found, Hit) and found.words_only:
        return found.role
    return f"strength {shown_strength(found.strength)}"


def _place(hit: Hit, page: Page) -> list[str]:
    """Return the id of a passage, its copies, and the heading above it."""
    room = page.width - INDENT
    under = shortened(f"under: {one_line(hit.heading)}", room) if hit.heading else ""
    return _faint(packed((hit.passage_id, *_copies(hit), under), page, INDENT), page)


def versions(found: Recommendation) -> list[str]:
    """Return the notes on editors, copies and translations of an answer."""
    about = ["pinned by editors"] if found.pinned else []
    about += [f"+{_counted(found.copies, 'copy', 'copies')}"] if found.copies else []
    about += [_also_in(found.also_in)] if found.also_in else []
    return about


def _copies(hit: Hit) -> list[str]:
    """Return how many other articles hold the passage."""
    others = _counted(hit.copies, "other article", "other articles")
    least = "at least " if len(hit.copies) == MOST_COPIES else ""
    return [f"same text in {least}{others}"] if hit.copies else []


def _counted(ids: Sequence[str], one: str, many: str) -> str:
    return f"{len(ids)} {one if len(ids) == 1 else many}"


def _also_in(translations: Sequence[Translation]) -> str:
    languages = dict.fromkeys(one_line(one.language) for one in translations)
    return f"also in: {', '.join(languages)}"


def _local(passage_id: str) -> str:
    return "#" + passage_id.rpartition("#")[2]


def _hit_lines(rank: int, hit: Hit, page: Page) -> list[str]:
    lines = headed(f"{rank:>2}. ", hit.title, _about(hit), page)
    place = _place(hit, page)
    if hit.explanation is None:
        return [*lines, *wrapped(one_line(hit.text), page.width, INDENT), *place]
    [match] = hit.explanation.matches
    lines += [*highlighted(hit.text, match.other_sentences, page, INDENT), *place]
    for one in match.sentences:
        asked = f"{_local(match.passage_id)} “{one_line(one.text)}”"
        lines += wrapped(asked, page.width, INDENT, limit=None)
    return [*lines, *explained(hit.explanation, page)]


def _pair_lines(found: Recommendation, pair: Evidence, page: Page) -> list[str]:
    if found.explanation is None:
        return wrapped(one_line(pair.other_text), page.width, INDENT)
    return highlighted(pair.other_text, found.explanation.matches[0].other_sentences, page, INDENT)


def _text_md(hit: Hit) -> str:
    if hit.explanation is None:
        return marked(hit.text)
    return highlighted_markdown(hit.text, hit.explanation.matches[0].other_sentences)


def _place_md(hit: Hit) -> str:
    return " · ".join((f"`{code(hit.passage_id)}`", *_copies(hit)))


def _pair_md(found: Recommendation, pair: Evidence) -> str:
    if found.explanation is None:
        return marked(pair.other_text)
    sentences = found.explanation.matches[0].other_sentences
    return highlighted_markdown(pair.other_text, sentences)


def _explained_md(found: Hit | Recommendation) -> str:
    return explained_markdown(found.explanation) if found.explanation else ""
