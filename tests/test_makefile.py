"""The Makefile declares each of its targets, and says what each does."""

from __future__ import annotations

import re

from support.project import ROOT

LINES = (ROOT / "Makefile").read_text("utf-8").splitlines()


def test_every_line_is_one_of_a_makefile() -> None:
    known = re.compile(r"|\t.*|#.*|[A-Z_]+ [?:]?= ?.*|[.a-zA-Z][\w./-]*:.*|[.A-Z_]+ := .*|  .*")
    assert [line for line in LINES if not known.fullmatch(line)] == []


def test_every_target_is_declared_and_explained() -> None:
    [declared] = [line.split()[1:] for line in LINES if line.startswith(".PHONY:")]
    explained = [line.partition(":")[0] for line in LINES if re.match(r"[a-z-]+:.*## ", line)]
    assert sorted(declared) == sorted(explained)
