"""What is encoded: which roles, joined or split, with exact offsets."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from recommender.passages.make import POLICIES, Policy, make_passages
from recommender.passages.paragraphs import cut
from recommender.types import Article, Passage, Role

LONG = "This paragraph is long enough to stand alone, because it says a whole thing and more."


def count_words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def passages_of(text: str, max_tokens: int = 100, **policies: str) -> list[Passage]:
    article = Article("a", "", text)
    changed = {Role(role): Policy(policy) for role, policy in policies.items()}
    return make_passages(
        article, cut(article), count_words, max_tokens, policies={**POLICIES, **changed}
    )


def test_a_short_paragraph_is_joined_to_the_one_after_it() -> None:
    text = f"{LONG}\n\nHe said so.\n\n{LONG}"
    first, joined = passages_of(text)
    assert first.text == LONG
    assert (joined.id, joined.text) == ("a#2", f"He said so.\n\n{LONG}")
    assert text[joined.start : joined.end] == joined.text


def test_a_short_last_paragraph_is_joined_to_the_one_before_it() -> None:
    [joined] = passages_of(f"{LONG}\n\nThat was all.")
    assert (joined.number, joined.text) == (1, f"{LONG}\n\nThat was all.")


def test_a_lone_short_paragraph_is_encoded_as_it_is() -> None:
    assert [passage.text for passage in passages_of("Rain.")] == ["Rain."]


def test_nothing_is_joined_across_a_caption_or_a_subhead() -> None:
    caption = "A boat. Photo: Reuters"
    texts = [one.text for one in passages_of(f"{LONG}\n\nHe left.\n\n{caption}\n\n{LONG}")]
    assert texts == [f"{LONG}\n\nHe left.", LONG]
    texts = [one.text for one in passages_of(f"{LONG}\n\nHe left.\n\nA heading here\n\n{LONG}")]
    assert texts == [f"{LONG}\n\nHe left.", LONG]


def test_ideographs_say_more_in_fewer_characters() -> None:
    sentence = "大堤是土筑的，高出稻田六七米，外侧的湖水离堤顶只剩不到一米。"
    assert [one.number for one in passages_of(f"{sentence}\n\n{sentence}")] == [1, 2]


def test_a_subhead_is_the_heading_of_the_passages_under_it() -> None:
    text = f"{LONG}\n\nA heading here\n\n{LONG}\n\n{LONG}"
    assert [one.heading for one in passages_of(text)] == ["", "A heading here", "A heading here"]
    passage = passages_of(text)[1]
    assert text[passage.heading_start : passage.heading_end] == "A heading here"


def test_the_policy_of_a_role_can_be_changed() -> None:
    text = f"{LONG}\n\nA boat on the lake, on a day in May. Photo: Reuters\n\n{LONG}"
    assert [one.role for one in passages_of(text)] == ["body", "body"]
    assert [one.role for one in passages_of(text, caption="encode")] == ["body", "caption", "body"]
    headings = [one.heading[:6] for one in passages_of(text, caption="context")]
    assert headings == ["", "A boat"]


@given(st.lists(st.text(alphabet="ab .。\n“”", max_size=80), max_size=12), st.integers(2, 30))
def test_passages_are_exact_and_bounded_and_lose_no_word(blocks: list[str], limit: int) -> None:
    text = "\n\n".join(blocks)
    encode_all = dict.fromkeys(Role, Policy.ENCODE)
    article = Article("a", "", text)
    passages = make_passages(article, cut(article), count_words, limit, policies=encode_all)
    assert all(text[one.start : one.end] == one.text for one in passages)
    assert all(count <= limit for count in count_words([one.text for one in passages]))
    assert "".join("".join(one.text for one in passages).split()) == "".join(text.split())
