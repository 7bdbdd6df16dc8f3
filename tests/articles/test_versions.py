"""Of several versions of an article the newest counts, wherever it stands."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from support.stand_in import HashEncoder

from recommender import Recommender, build
from recommender.articles.read import read_newest
from recommender.types import Article, Notice, Refusal

OLD = "The tram struck a van at the crossing and both drivers were taken to the hospital."
NEW = "The tram struck a van at the crossing; nobody had been hurt, it was found later on."


def row(text: str, id: str = "live", **fields: Any) -> dict[str, Any]:
    return {"id": id, "title": "Tram", "text": text, **fields}


def lines(*rows: Mapping[str, Any]) -> str:
    return "\n".join(map(json.dumps, rows))


def rss(text: str, day: int, more: str = "") -> str:
    return (
        '<rss version="2.0"><channel><title>H</title><item><guid>live</guid><title>Tram</title>'
        f"<pubDate>{day:02} Dec 2022 10:00:00 GMT</pubDate>{more}<description>{text}</description>"
        "</item></channel></rss>"
    )


def write(folder: Path, files: Mapping[str, str]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


UPDATES: dict[str, dict[str, str]] = {
    "snapshots of a feed": {"20.rss": rss(OLD, 20), "21.rss": rss(NEW, 21)},
    "snapshots named the other way": {"a.rss": rss(NEW, 21), "b.rss": rss(OLD, 20)},
    "snapshots of one date": {"20.rss": rss(OLD, 20), "21.rss": rss(NEW, 20)},
    "rows with a time of change": {
        "a.jsonl": lines(
            row(NEW, updated="2022-12-20T12:00:00Z"), row(OLD, updated="2022-12-20T11:00:00Z")
        )
    },
    "rows with versions": {"a.jsonl": lines(row(OLD, version=9), row(NEW, version=10))},
    "rows with a date": {
        "a.jsonl": lines(row(NEW, date="2022-12-21"), row(OLD, date="2022-12-20"))
    },
    "rows with times of a day": {
        "a.jsonl": lines(
            row(OLD, date="2022-12-20T11:00:00Z"), row(NEW, date="2022-12-20T12:00:00+00:00")
        )
    },
    "files of rows without dates": {"1.jsonl": lines(row(OLD)), "2.jsonl": lines(row(NEW))},
    "three versions": {
        "1.jsonl": lines(row(OLD + " 1")),
        "2.jsonl": lines(row(OLD + " 2")),
        "3.jsonl": lines(row(NEW)),
    },
    "tables of different days": {
        "1.csv": f"id;title;text\nlive;Tram;{OLD}\n",
        "2.csv": f"id;title;text\nlive;Tram;{NEW.replace(';', '')}\n",
    },
}


@pytest.mark.parametrize("files", UPDATES.values(), ids=UPDATES.keys())
def test_the_newest_version_is_the_article(tmp_path: Path, files: Mapping[str, str]) -> None:
    found = list(read_newest([write(tmp_path / "source", files)]))
    [article] = [one for one in found if isinstance(one, Article)]
    assert "nobody had been hurt" in article.text
    assert not [one for one in found if isinstance(one, Refusal)]
    assert (
        sum(isinstance(one, Notice) for one in found)
        == sum(text.count("live") for text in files.values()) - 1
    )


def test_the_same_again_is_no_refusal(tmp_path: Path) -> None:
    files = {"20.rss": rss(OLD, 20), "21.rss": rss(OLD, 20), "a.jsonl": lines(row(NEW, id="x")) * 1}
    found = list(read_newest([write(tmp_path / "source", files)]))
    assert [type(one) for one in found].count(Article) == 2
    [notice] = [one for one in found if isinstance(one, Notice)]
    assert notice.reason == "repetition of an article"


def test_two_articles_under_one_id_are_refused(tmp_path: Path) -> None:
    files = {"a.jsonl": lines(row(OLD), row(NEW)), "b.md": OLD, "b.txt": NEW}
    found = list(read_newest([write(tmp_path / "source", files)]))
    assert [one.place for one in found if isinstance(one, Refusal)] == ["a.jsonl:2", "b.txt"]


def test_what_was_taken_back_is_not_answered_from_an_older_file(tmp_path: Path) -> None:
    files = {
        "1.jsonl": lines(row(OLD)),
        "2.jsonl": lines(row(OLD, status="private"), row(NEW, "y")),
    }
    found = list(read_newest([write(tmp_path / "source", files)]))
    assert [one.id for one in found if isinstance(one, Article)] == ["y"]
    files = {"1.jsonl": lines(row(OLD, status="draft")), "2.jsonl": lines(row(NEW))}
    found = list(read_newest([write(tmp_path / "later", files)]))
    assert [one.text for one in found if isinstance(one, Article)] == [NEW]


def test_a_build_holds_the_newest_version_and_goes_on_from_it(tmp_path: Path) -> None:
    source, into = tmp_path / "source", tmp_path / "vectors"
    more = lines(*(row(f"{OLD} {at}", f"other{at}") for at in range(5)))

    def text_after_build() -> tuple[str, int]:
        report = build(source, into=into, model=HashEncoder())
        assert not report.left_out
        with Recommender.open(into, encoder=HashEncoder()) as recommender:
            return recommender.show("live").article.text, report.added + report.changed

    write(source, {"1.jsonl": lines(row(OLD)), "more.jsonl": more})
    assert text_after_build() == (OLD, 6)
    write(source, {"2.jsonl": lines(row(NEW))})
    assert text_after_build() == (NEW, 1)
    assert text_after_build() == (NEW, 0)
    write(source, {"3.jsonl": lines(row(NEW))})
    assert text_after_build() == (NEW, 0)


def _wordpress(text: str, day: str) -> str:
    return (
        '<rss xmlns:wp="http://wordpress.org/export/1.2/" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><item>'
        f"<title>Tram</title><guid>live</guid><content:encoded>{text}</content:encoded>"
        f"<wp:status>{'publish' if text else 'draft'}</wp:status><wp:post_type>post</wp:post_type>"
        f"<wp:post_modified_gmt>{day} 10:00:00</wp:post_modified_gmt></item></channel></rss>"
    )


def _ghost(text: str, day: str) -> str:
    status = "published" if text else "draft"
    post = {"id": "live", "uuid": "a-1", "title": "Tram", "html": text, "status": status}
    return json.dumps({"posts": [{**post, "updated_at": f"{day}T10:00:00Z"}]})


def _movable_type(text: str, day: str) -> str:
    year, month, number = day.split("-")
    status = "Publish" if text else "Draft"
    head = f"TITLE: Tram\nUNIQUE URL: live\nSTATUS: {status}\nDATE: {month}/{number}/{year}\n"
    return f"{head}-----\nBODY:\n{text}\n-----\n--------\n"


def _json_feed(text: str, day: str) -> str:
    item = {"id": "live", "content_text": text, "date_modified": day, "draft": not text}
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [item]})


def _atom(text: str, day: str) -> str:
    draft = "" if text else "<app:control><app:draft>yes</app:draft></app:control>"
    return (
        "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:app='http://www.w3.org/2007/app'>"
        f"<entry><id>live</id><title>Tram</title><updated>{day}T10:00:00Z</updated>{draft}"
        f"<content>{text}</content></entry></feed>"
    )


def _outbox(text: str, day: str) -> str:
    audience = "as:Public" if text else "https://social.example/ann/followers"
    note = {"type": "Note", "id": "live", "to": audience, "updated": f"{day}T10:00:00Z"}
    return json.dumps(
        {
            "@context": "https://www.w3.org/ns/activitystreams",
            "type": "OrderedCollection",
            "orderedItems": [{"type": "Update", "object": {**note, "content": text}}],
        }
    )


@pytest.mark.parametrize(
    ("suffix", "written"),
    [
        (".xml", _wordpress),
        (".json", _ghost),
        (".txt", _movable_type),
        (".json", _json_feed),
        (".atom", _atom),
        (".json", _outbox),
    ],
)
def test_a_draft_without_a_text_withdraws_the_older_version(
    tmp_path: Path, suffix: str, written: Callable[[str, str], str]
) -> None:
    (tmp_path / f"1{suffix}").write_text(written(OLD, "2022-05-01"))
    assert [one.id for one in read_newest([tmp_path]) if isinstance(one, Article)] == ["live"]
    (tmp_path / f"2{suffix}").write_text(written("", "2022-04-01"))
    assert [one.id for one in read_newest([tmp_path]) if isinstance(one, Article)] == ["live"]
    (tmp_path / f"2{suffix}").write_text(written("", "2022-05-02"))
    found = [*read_newest([tmp_path])]
    assert not [one for one in found if isinstance(one, Article | Refusal)]
    assert "live" in [one.withdraws for one in found if isinstance(one, Notice)]


DRAFT = "---\ntitle: Tram\ndraft: true\n---\n"
PAGE = f"<html><head><title>Tram</title></head><body><h1>Tram</h1><p>{OLD}</p></body></html>"


@pytest.mark.parametrize(
    "files",
    [
        {"live.md": DRAFT, "live.html": PAGE},
        {"live.md": f"{DRAFT}{NEW}\n", "live.html": PAGE},
        {"live.adoc": ":status: draft\n", "live.html": PAGE},
        {"live.md": DRAFT, "live.txt": OLD},
        {"live.md": DRAFT, "a.jsonl": lines(row(OLD))},
        {"live.md": DRAFT, "z.jsonl": lines(row(OLD))},
    ],
    ids=str,
)
def test_a_file_that_is_a_draft_withdraws_no_other_one_whatever_their_order(
    tmp_path: Path, files: dict[str, str]
) -> None:
    found = [*read_newest([write(tmp_path, files)])]
    assert [one.id for one in found if isinstance(one, Article)] == ["live"]
    assert [one.reason for one in found if isinstance(one, Notice)] == ["draft"]
    assert not [one for one in found if isinstance(one, Refusal)]


@pytest.mark.parametrize("name", ["a.jsonl", "z.jsonl"])
def test_a_record_that_is_withdrawn_withdraws_a_file_whatever_their_order(
    tmp_path: Path, name: str
) -> None:
    files = {"live.html": PAGE, name: lines({"id": "live", "status": "deleted"})}
    found = [*read_newest([write(tmp_path, files)])]
    assert not [one for one in found if isinstance(one, Article | Refusal)]
    assert {one.reason for one in found if isinstance(one, Notice)} == {
        "older version of an article",
        "trashed",
    }
