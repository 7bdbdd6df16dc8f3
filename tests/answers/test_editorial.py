"""What editors lay down: pins, bans, pairs that are never made; bad lines named."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from support.project import USERS_ARTICLE, Run
from support.stand_in import WordEncoder

from recommender import Filters, Recommender, build
from recommender.answers.editorial import MAX_RULES, read_editorial, version_of
from recommender.answers.editorial_changes import NewRule, add_rule, remove_rule
from recommender.answers.options import RelatedOptions
from recommender.errors import QueryError, SettingsError
from recommender.render.answers import Related
from recommender.render.formats import Format, render
from recommender.render.text_layout import Page

ROWS = [
    {"id": "asked", "text": "river dike"},
    {"id": "best", "text": "river dike flood"},
    {"id": "second", "text": "river flood"},
    {"id": "third one", "text": "river bread", "section": "news"},
    {"id": "last", "text": "bread", "section": "sport"},
]


@pytest.fixture
def index(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    lines = [{"language": "en", "title": row["text"], **row} for row in ROWS]
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    build(path, into=tmp_path / "vectors", model=ENCODER)
    return tmp_path / "vectors"


ENCODER = WordEncoder("river", "dike", "flood", "bread")
ALL = ["best", "second", "third one", "last"]


def asked(index: Path, rules: str, **options: object) -> list[str]:
    (index / "editorial.txt").write_text(rules, encoding="utf-8")
    with Recommender.open(index, encoder=ENCODER) as recommender:
        # Each option has a type of its own, which `object` does not say.
        found = recommender.related("asked", **{"k": 10, **options})  # type: ignore[arg-type]
        position = recommender.snapshot.find("asked")
        assert position is not None
        if not options:
            batch = recommender.related_batches(k=10).related([position])[position]
            assert batch == found
    return [one.article_id for one in found]


@pytest.mark.parametrize(
    ("rules", "found"),
    [
        ("", ALL),
        ("# pin asked last\n\n", ALL),
        ("pin asked last", ["last", "best", "second", "third one"]),
        ("pin asked last\npin asked second", ["last", "second", "best", "third one"]),
        ("\ufeffpin\tasked\tthird one\r\n", ["third one", "best", "second", "last"]),
        ("pin asked#1 last#1", ["last", "best", "second", "third one"]),
        ("pin last asked", ALL),
        ("ban best", ["second", "third one", "last"]),
        ("ban best\nban last", ["second", "third one"]),
        ("never asked best", ["second", "third one", "last"]),
        ("never best asked", ["second", "third one", "last"]),
        ("never best second", ALL),
        ("pin asked best\nban best", ["second", "third one", "last"]),
        ("ban asked", ALL),
    ],
)
def test_rules_are_obeyed_one_by_one_and_in_batches(
    index: Path, rules: str, found: list[str]
) -> None:
    assert asked(index, rules) == found


def test_a_pin_counts_among_k_and_needs_no_strength(index: Path) -> None:
    assert asked(index, "pin asked last", k=2) == ["last", "best"]
    assert asked(index, "pin asked last", min_strength=100)[0] == "last"
    assert asked(index, "pin asked last\npin asked second", k=1) == ["last"]
    assert asked(index, "pin asked last", diverse=True)[0] == "last"


def test_an_answer_says_that_editors_put_it_first(index: Path) -> None:
    (index / "editorial.txt").write_text("pin asked last", encoding="utf-8")
    with Recommender.open(index, encoder=ENCODER) as recommender:
        answer = recommender.answer_related("asked", options=RelatedOptions(k=2))
    assert [one.pinned for one in answer.recommendations] == [True, False]
    shown = render(Related(answer), Format.TEXT, Page())
    assert shown.count("pinned by editors") == 1


def test_filters_are_stronger_than_pins(index: Path) -> None:
    filters = Filters(where={"section": "sport"})
    assert asked(index, "pin\tasked\tthird one", filters=filters) == ["last"]


def test_what_is_banned_is_still_found(index: Path) -> None:
    (index / "editorial.txt").write_text("ban best")
    with Recommender.open(index, encoder=ENCODER) as recommender:
        assert recommender.search("river dike flood", k=1)[0].article_id == "best"
        assert recommender.similar("asked", k=1)[0].article_id == "best"


@pytest.mark.parametrize(
    "line", ["pin a", "ban", "ban a b", "never a b c", "Pin a b", "forbid a", "pin third one x"]
)
def test_a_line_that_is_no_rule_is_named_by_its_number(tmp_path: Path, line: str) -> None:
    path = tmp_path / "editorial.txt"
    path.write_text(f"# ours\nban x\n{line}\nban y\n")
    found = read_editorial(path)
    [problem] = found.problems
    assert "editorial.txt:3: is not a rule; write pin A B, ban X" in problem
    assert [one.ids for one in found.rules] == [("x",), ("y",)]


def test_one_article_twice_is_no_rule(tmp_path: Path) -> None:
    path = tmp_path / "editorial.txt"
    path.write_text("never a a")
    found = read_editorial(path)
    assert found.rules == []
    assert "editorial.txt:1: never names one article twice" in found.problems[0]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"ban x\n" * (MAX_RULES + 1), "is too long, the most is 10,000 rules and 1,000,000 bytes"),
        (b"#" * 1_000_001, "is too long"),
        (b"ban \xff", "cannot be read: .*; make it a text file in UTF-8"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(
    tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "editorial.txt"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=message):
        read_editorial(path)


def test_a_named_file_must_be_there(index: Path, tmp_path: Path) -> None:
    with pytest.raises(
        SettingsError, match=r"no such file; make it, or change the setting editorial"
    ):
        Recommender.open(index, editorial=tmp_path / "rules.txt")
    (tmp_path / "rules.txt").write_text("ban best")
    with Recommender.open(index, encoder=ENCODER, editorial=tmp_path / "rules.txt") as recommender:
        assert [one.article_id for one in recommender.related("asked", k=1)] == ["second"]


def test_a_reload_reads_the_rules_again_and_a_bad_file_changes_nothing(index: Path) -> None:
    with Recommender.open(index, encoder=ENCODER) as recommender:
        (index / "editorial.txt").write_text("ban best")
        assert recommender.related("asked", k=1)[0].article_id == "best"
        assert not recommender.reload()
        assert recommender.related("asked", k=1)[0].article_id == "second"
        (index / "editorial.txt").write_bytes(b"ban \xff")
        with pytest.raises(SettingsError):
            recommender.reload()
        assert recommender.related("asked", k=1)[0].article_id == "second"


def test_rules_are_looked_up_in_the_snapshot_that_is_asked(index: Path) -> None:
    (index / "editorial.txt").write_text("ban best")
    with Recommender.open(index, encoder=ENCODER) as recommender:
        asked_of = recommender.snapshot
        other = Recommender.open(index, encoder=ENCODER).snapshot
        assert recommender.rules.of(asked_of) is recommender.rules
        again = recommender.rules.of(other)
        assert again is not recommender.rules
        assert again.on([0]).excluded.keys() == recommender.rules.on([0]).excluded.keys()


def test_an_unknown_id_is_told_and_its_rule_says_nothing(index: Path) -> None:
    (index / "editorial.txt").write_text("pin asked gone\nban best")
    with Recommender.open(index, encoder=ENCODER) as recommender:
        [line] = recommender.rules.warnings()
        assert line == ("editorial.txt:1: no article has the id 'gone'; this rule has no effect")
        assert recommender.related("asked", k=1)[0].article_id == "second"


def test_the_command_warns_and_goes_on(run: Run, seeds_index: Path, tmp_path: Path) -> None:
    shutil.copytree(seeds_index, tmp_path / "vectors", symlinks=True)
    rules = "".join(f"ban gone{n}\n" for n in range(12))
    (tmp_path / "vectors" / "editorial.txt").write_text(
        f"{rules}pin {USERS_ARTICLE} nl-hoogwater-dijk\nban en-bakhmut-battle\n"
    )
    done = run("related", USERS_ARTICLE, "-f", "jsonl")
    assert done.returncode == 0
    assert done.stderr.count("no article has the id 'gone") == 10
    assert "and 2 more" in done.stderr
    found = [json.loads(line)["article_id"] for line in done.stdout.splitlines()]
    assert found[0] == "nl-hoogwater-dijk"
    assert "en-bakhmut-battle" not in found
    (tmp_path / "recommender.toml").write_text('editorial = "ours.txt"\n')
    (tmp_path / "ours.txt").write_text("pins a b\n")
    warned = run("related", USERS_ARTICLE)
    assert warned.returncode == 0
    assert "ours.txt:1: is not a rule" in warned.stderr


def test_a_change_that_could_not_be_read_again_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "editorial.txt"
    path.write_text("".join(f"ban\tx{number}\n" for number in range(MAX_RULES)), "utf-8")
    before = path.read_bytes()
    with pytest.raises(QueryError, match="too long"):
        add_rule(path, NewRule("ban", ["y"]), version_of(before))
    assert path.read_bytes() == before
    path.write_bytes(before + b"ban\ty\n" * 2)  # by hand: it may be made shorter, step by step
    remove_rule(path, 1, version_of(path.read_bytes()))
    assert len(path.read_text("utf-8").splitlines()) == MAX_RULES + 1
