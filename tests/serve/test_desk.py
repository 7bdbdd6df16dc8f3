"""The desk changes the editors' file: with who, when and why, and never over somebody's change."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from support.clock import set_clock
from support.service import DESK_TOKEN, READ_TOKEN, MakeClient

from recommender.answers.editorial import read_editorial
from recommender.answers.editorial_changes import NewRule, add_rule, notes_of, remove_rule
from recommender.errors import QueryError, RulesChanged, StorageError
from recommender.serve.access import SESSION_SECONDS, Access, Doorkeeper
from recommender.serve.options import ServeOptions

HTML = {"Accept": "text/html"}


@pytest.fixture
def editor(make_client: MakeClient) -> TestClient:
    """A client that has signed in as an editor."""
    client = make_client(desk_token=DESK_TOKEN, token=READ_TOKEN)
    answer = client.post("/login", data={"token": DESK_TOKEN, "to": "/desk"})
    assert answer.headers["location"] == "/desk"
    return client


def hidden_fields(page: str) -> dict[str, str]:
    """Return what the first form of the desk sends by itself."""
    form = re.search(r'name="form" value="([^"]+)"', page)
    version = re.search(r'name="version" value="([^"]*)"', page)
    assert form
    assert version
    return {"form": form[1], "version": version[1]}


def related(client: TestClient, id: str) -> list[str]:
    answer = client.get(f"/v1/articles/related?id={id}&min_strength=0").json()
    return [one["article_id"] for one in answer["recommendations"]]


def test_a_rule_is_added_obeyed_at_once_and_taken_away(
    editor: TestClient, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock(monkeypatch, "2023-05-10T12:34:56+00:00")
    assert related(editor, "flood")[0] == "dike"
    fields = hidden_fields(editor.get("/desk").text)
    rule = {"kind": "pin", "one": "The river rises", "other": "bakery", "who": "Ann", "reason": "x"}
    answer = editor.post("/desk", data={**fields, **rule})
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk")
    text = "# 2023-05-10T12:34Z Ann: x\npin\tflood\tbakery\n"
    assert (index / "editorial.txt").read_text("utf-8") == text
    assert related(editor, "flood")[0] == "bakery"
    page = editor.get("/desk").text
    assert "2023-05-10T12:34Z Ann: x" in page
    undone = editor.post("/desk/undo", data={**hidden_fields(page), "line": "2"})
    assert undone.status_code == 303
    assert (index / "editorial.txt").read_text("utf-8") == ""
    assert related(editor, "flood")[0] == "dike"


def test_pins_of_one_article_change_places(editor: TestClient, index: Path) -> None:
    text = "pin\tflood\tbakery\n# 2023-05-10T12:34Z Ann\npin\tflood\tfinal\nban\tdike\n"
    (index / "editorial.txt").write_text(text, encoding="utf-8")
    page = editor.get("/desk").text
    assert page.count('action="/desk/move"') == 3  # one for each pin, one for dragging
    assert related(editor, "flood")[:2] == ["bakery", "final"]
    moved = editor.post("/desk/move", data={**hidden_fields(page), "line": "3", "to": "1"})
    assert moved.status_code == 303
    assert related(editor, "flood")[:2] == ["final", "bakery"]
    lines = (index / "editorial.txt").read_text("utf-8").splitlines()
    first = "# 2023-05-10T12:34Z Ann"
    assert lines == [first, "pin\tflood\tfinal", "pin\tflood\tbakery", "ban\tdike"]
    fields = hidden_fields(editor.get("/desk").text)
    assert editor.post("/desk/move", data={**fields, "line": "2", "to": "3"}).status_code == 303
    assert (index / "editorial.txt").read_text("utf-8") == text
    for line, to in (("1", "99"), ("2", "1"), ("x", "1"), ("1", "")):
        fields = hidden_fields(editor.get("/desk").text)
        answer = editor.post("/desk/move", data={**fields, "line": line, "to": to})
        assert answer.status_code == 422, (line, to)
    assert (index / "editorial.txt").read_text("utf-8") == text
    assert editor.post("/desk/move", data={"line": "1", "to": "3"}).status_code == 403


def test_the_desk_shows_what_the_site_shows(editor: TestClient, index: Path) -> None:
    (index / "editorial.txt").write_text("pin flood final\nban dike\n", encoding="utf-8")
    page = editor.get("/desk?preview=flood").text
    shown = page[page.index('id="previewed"') :]
    preview = shown[: shown.index("</section>")]
    assert preview.index("id=final") < preview.index("</ol>") < preview.index("id=dike")
    assert editor.get("/desk?preview=nowhere").status_code == 422


def test_a_change_over_somebody_elses_is_refused(editor: TestClient, index: Path) -> None:
    fields = hidden_fields(editor.get("/desk").text)
    (index / "editorial.txt").write_text("ban bakery\n", encoding="utf-8")
    rule = {"kind": "ban", "one": "dike", "reason": "kept in the form"}
    answer = editor.post("/desk", data={**fields, **rule})
    assert answer.status_code == 409
    assert "kept in the form" in answer.text
    assert (index / "editorial.txt").read_text("utf-8") == "ban bakery\n"
    assert editor.post("/desk", data={**hidden_fields(answer.text), **rule}).status_code == 303


@pytest.mark.parametrize(
    "rule",
    [
        {"kind": "pin", "one": "flood"},
        {"kind": "ban", "one": "flood", "other": "dike"},
        {"kind": "never", "one": "flood", "other": "flood"},
        {"kind": "forbid", "one": "flood"},
        {"kind": "ban", "one": "nowhere"},
        {"kind": "ban"},
    ],
)
def test_what_is_no_rule_is_refused(editor: TestClient, index: Path, rule: dict[str, str]) -> None:
    fields = hidden_fields(editor.get("/desk").text)
    assert editor.post("/desk", data={**fields, **rule}).status_code == 422
    assert not (index / "editorial.txt").exists()


def test_a_form_of_somebody_else_is_refused(editor: TestClient, index: Path) -> None:
    fields = hidden_fields(editor.get("/desk").text)
    rule = {"kind": "ban", "one": "dike", "version": fields["version"]}
    for form in ({}, {"form": "x"}, {"form": fields["form"][:-1]}):
        assert editor.post("/desk", data={**rule, **form}).status_code == 403
        assert editor.post("/desk/undo", data={**rule, **form}).status_code == 403
    sent = {**rule, **fields}
    foreign = editor.post("/desk", data=sent, headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403
    assert not (index / "editorial.txt").exists()


def test_an_editor_signs_out(editor: TestClient) -> None:
    assert 'action="/logout"' in editor.get("/desk").text
    assert editor.post("/logout").headers["location"] == "/"
    assert editor.get("/desk", headers=HTML).headers["location"].startswith("/login")


def test_only_editors_use_the_desk(make_client: MakeClient) -> None:
    client = make_client(desk_token=DESK_TOKEN, token=READ_TOKEN)
    client.post("/login", data={"token": READ_TOKEN})
    assert client.get("/desk", headers=HTML).headers["location"] == "/login?to=/desk"
    assert client.post("/desk", data={"kind": "ban"}).status_code == 403
    assert client.post("/desk/undo", data={"line": "1"}).status_code == 403


def test_a_bad_line_is_named_and_the_others_are_obeyed(editor: TestClient, index: Path) -> None:
    lines = "ban bakery\nbann dike\nnever flood gone\n# a note of ours\n"
    (index / "editorial.txt").write_text(lines, encoding="utf-8")
    answer = editor.post("/desk", data={**hidden_fields(editor.get("/desk").text), "kind": "ban"})
    page = answer.text
    assert "editorial.txt:2: is not a rule" in page
    assert str(index) not in page
    assert "names no article now" in page
    assert "bakery" not in related(editor, "flood")


def test_a_session_ends_and_cannot_be_made_without_the_token(index: Path) -> None:
    options = ServeOptions(index=index, token=READ_TOKEN, desk_token=DESK_TOKEN)
    doorkeeper = Doorkeeper(options)
    session = doorkeeper.session(Access.DESK)
    assert doorkeeper.of_session(session) is Access.DESK
    assert doorkeeper.of_session(doorkeeper.session(Access.READ)) is Access.READ
    ends, _, mac = session.partition(".")
    later = f"{int(ends, 16) + SESSION_SECONDS:x}"
    for wrong in (f"{later}.{mac}", f"{ends}.{mac[:-1]}", f"{ends}.", mac, "", "é.é"):
        assert doorkeeper.of_session(wrong) is Access.NONE
    other = Doorkeeper(ServeOptions(index=index, token="x" * 20, desk_token="y" * 20))
    assert other.of_session(session) is Access.NONE


def test_a_session_that_is_over_is_none(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    doorkeeper = Doorkeeper(ServeOptions(index=index, desk_token=DESK_TOKEN))
    session = doorkeeper.session(Access.DESK)
    ends = int(session.partition(".")[0], 16)
    set_clock(monkeypatch, datetime.fromtimestamp(ends + 1, UTC).isoformat())
    assert doorkeeper.of_session(session) is Access.NONE


def version(path: Path) -> str:
    return read_editorial(path).id


def test_a_change_keeps_every_other_line(tmp_path: Path) -> None:
    path = tmp_path / "editorial.txt"
    path.write_text("# ours\nban a\nno rule at all\npin a b", encoding="utf-8")
    add_rule(
        path, NewRule("never", ("x y", "z"), who=" Ann \n", reason="two\nlines"), version(path)
    )
    lines = path.read_text("utf-8").split("\n")
    assert lines[:4] == ["# ours", "ban a", "no rule at all", "pin a b"]
    assert lines[4].endswith("Z Ann: two lines")
    assert lines[5:] == ["never\tx y\tz", ""]
    assert list(notes_of(path)) == [6]
    remove_rule(path, 6, version(path))
    assert path.read_text("utf-8") == "# ours\nban a\nno rule at all\npin a b\n"
    remove_rule(path, 2, version(path))
    assert path.read_text("utf-8") == "# ours\nno rule at all\npin a b\n"
    assert [one.name for one in tmp_path.iterdir()] == ["editorial.txt"]


def test_a_change_that_cannot_be_made_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "editorial.txt"
    path.write_text("ban a\n", encoding="utf-8")
    with pytest.raises(RulesChanged):
        add_rule(path, NewRule("ban", ("b",)), "another")
    for number in (0, 2, 99):
        with pytest.raises(QueryError):
            remove_rule(path, number, version(path))
    with pytest.raises(QueryError, match="tab or a line end"):
        add_rule(path, NewRule("ban", ("b\nban c",)), version(path))
    path.write_bytes(b"\xff")
    with pytest.raises(StorageError):
        add_rule(path, NewRule("ban", ("b",)), "x")
