"""Give the editors' rules to programs, and change them as the desk does."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from recommender.answers.editorial_changes import (
    MAX_REASON,
    MAX_WHO,
    NewRule,
    add_rule,
    notes_of,
    remove_rule,
)
from recommender.errors import QueryError, RecommenderError, RulesChanged
from recommender.serve.archive import Archive
from recommender.serve.parameters import check_whole
from recommender.serve.problems import Refused

NO_FILE = "none"  # the version of rules that nobody wrote yet
ANY = "*"


def rules_now(archive: Archive) -> dict[str, Any]:
    """Return the rules as they are now, with their lines and notes, and the lines that are none."""
    with suppress(RecommenderError):  # the rules that were read last are given
        archive.refresh()
    edition = archive.edition
    editorial = edition.recommender.rules.editorial
    notes = notes_of(archive.rules_path)
    folder = f"{archive.rules_path.parent}/"
    return {
        "version": editorial.id or NO_FILE,
        "rules": [
            {
                "line": one.line,
                "kind": one.kind,
                "ids": list(one.ids),
                "note": notes.get(one.line, ""),
            }
            for one in editorial.rules
        ],
        "problems": [one.replace(folder, "") for one in editorial.problems],
        "unknown": edition.recommender.rules.unknown(),
    }


def put_rule(archive: Archive, fields: dict[str, Any], if_match: str) -> dict[str, Any]:
    """Add a rule, unless there is the same one, and return the rules.

    Raises `QueryError` for fields that make no rule, `Refused` (412) if the version is another.
    """
    known = ("kind", "ids", "who", "reason")
    if lost := [name for name in fields if name not in known]:
        raise QueryError(f"{lost[0][:80]!r} is not a field of a rule; known: {', '.join(known)}")
    ids = fields.get("ids")
    if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
        raise QueryError("ids is needed: a list of ids of articles")
    for name in ("kind", "who", "reason"):
        if not isinstance(fields.get(name, ""), str):
            raise QueryError(f"{name} of a rule is not text")
    check_whole("a rule", *ids, *(fields.get(name, "") for name in ("kind", "who", "reason")))
    edition = archive.edition
    named = [edition.article_id(id, is_desk=True) for id in ids]
    who, reason = fields.get("who", "")[:MAX_WHO], fields.get("reason", "")[:MAX_REASON]
    rule = NewRule(fields.get("kind", ""), named, who, reason)
    rule.line()  # raises for what is no rule, also if it is there
    before = rules_now(archive)
    _check_version(before, if_match)
    if any((one["kind"], one["ids"]) == (rule.kind, named) for one in before["rules"]):
        return before
    _changed(lambda version: add_rule(archive.rules_path, rule, version), before)
    return rules_now(archive)


def delete_rule(archive: Archive, line: int, if_match: str) -> dict[str, Any]:
    """Take away the rule in a line of the file and return the rules; raises as `put_rule`."""
    before = rules_now(archive)
    _check_version(before, if_match)
    _changed(lambda version: remove_rule(archive.rules_path, line, version), before)
    return rules_now(archive)


def _changed(change: Any, before: dict[str, Any]) -> None:
    version = before["version"]
    try:
        change("" if version == NO_FILE else version)
    except RulesChanged as error:
        raise _changed_meanwhile() from error


def _check_version(rules: dict[str, Any], if_match: str) -> None:
    if not if_match:
        raise Refused(428, "if_match_needed", "Send the ETag of the rules in If-Match, or *.")
    tags = [one.strip().removeprefix("W/").strip('"') for one in if_match.split(",")]
    if ANY not in tags and rules["version"] not in tags:
        raise _changed_meanwhile()


def _changed_meanwhile() -> Refused:
    return Refused(412, "rules_changed", "Somebody changed the rules; read them and try again.")
