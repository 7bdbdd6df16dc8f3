"""Say in a sentence what each option of a question does, for the command line and for the API."""

from __future__ import annotations

from typing import Final

from recommender.answers.options import (
    DuplicatesOptions,
    ListOptions,
    RelatedOptions,
    StoriesOptions,
)

HELP: Final = {
    "by": "Return passages, or the best passage of each article.",
    "ranking": "Rank by meaning and, within a language, by words; or by one of them alone.",
    "plain": "Read quotation marks and dashes as ordinary text.",
    "query_language": "The language of the text, such as nl.",
    "languages": "Answer in the same language, in other ones, in any, or in these: nl,en.",
    "since": "Only articles from this date on: 2022, 2022-12 or 2022-12-28.",
    "until": "Only articles up to and including this date.",
    "as_of": "Only articles that certainly existed on this date.",
    "where": "Only articles with this value in a field, such as section=sport.",
    "confidence": "Show only answers of this confidence or more.",
    "min_strength": "For scripts: show all answers of this strength (0 to 100) or more, "
    "however sure.",
    "half_life": "Days between the dates that halve a score; 0 ignores dates.",
    "diverse": "Prefer answers that differ from the answers before them.",
    "explain": "Say why: the matching sentences and the parts of the score.",
    "include_copies": "Also return copies of a better answer.",
    "unlike": "An article that the answers should not resemble.",
    "translations": "Fold translations of one text into one answer, show or hide them.",
    "fallback": "Fill short lists with the newest articles of the same section.",
    "newest": "Look only at the stories of this many newest articles; 0 looks at all.",
    "least": "Only stories of at least this many articles.",
    "share": "The least share of each text that the other must hold.",
    "parts": "Also report texts that are a part of another.",
    "k": "How many to return.",
    "offset": "How many to pass over.",
}
COPIES_OF_ARTICLE: Final = "Also return copies of the article itself."
LISTED_LANGUAGES: Final = "Only articles in these languages: nl,en."


def help_of(options: type, name: str) -> str:
    """Return what an option does in a class of options; empty if nothing is written of it."""
    if name == "include_copies" and options is RelatedOptions:
        return COPIES_OF_ARTICLE
    is_list = options in (ListOptions, DuplicatesOptions, StoriesOptions)
    return LISTED_LANGUAGES if name == "languages" and is_list else HELP.get(name, "")
