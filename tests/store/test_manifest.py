"""A manifest is read with every field checked: a wrong one is damage, named, never a KeyError."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.stand_in import HashEncoder

from recommender import Recommender, add, build
from recommender.builder.verify import verify
from recommender.errors import SnapshotDamaged, SnapshotError, SnapshotForeign
from recommender.store.checks import file_facts
from recommender.store.json_records import to_json
from recommender.store.layout import current_name
from recommender.store.manifest import FORMAT, Manifest, manifest_checksum, read_manifest

WRONG: tuple[Any, ...] = (
    None,
    -1,
    1.5,
    float("nan"),
    "text",
    [],
    [[]],
    {},
    {"x": None},
    True,
    2**70,
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    rows = [{"id": f"a{n}", "language": "nl", "text": f"Tekst nummer {n}."} for n in range(4)]
    (folder / "articles.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    build(folder, into=folder / "vectors", model=HashEncoder())
    return folder / "vectors"


@pytest.fixture
def rewrite(made: Path) -> Iterator[Callable[[dict[str, Any]], Path]]:
    """Put another manifest in the place of the live one, under a checksum that is right."""
    place = made / current_name(made) / "manifest.json"
    before = place.read_bytes()

    def write(manifest: dict[str, Any]) -> Path:
        manifest["checksum"] = manifest_checksum(manifest)
        place.write_text(json.dumps(manifest))
        return place

    yield write
    place.write_bytes(before)


def fields_of(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to each value of a JSON object, however deep."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, one in items:
        yield (*way, key)
        if isinstance(one, dict | list):
            yield from fields_of(one, (*way, key))


def changed(manifest: dict[str, Any], way: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """Return a copy of a manifest with another value at a place."""
    copy: dict[str, Any] = json.loads(json.dumps(manifest))
    inner: Any = copy
    for key in way[:-1]:
        inner = inner[key]
    inner[way[-1]] = value
    return copy


def test_a_manifest_comes_back_as_it_was_written(made: Path) -> None:
    place = made / current_name(made)
    manifest = read_manifest(place)
    assert isinstance(manifest, Manifest)
    assert to_json(manifest) == json.loads((place / "manifest.json").read_bytes())
    assert manifest.checksum == manifest_checksum(to_json(manifest))


@pytest.mark.slow
def test_a_wrong_field_anywhere_is_damage_or_harmless(
    made: Path, rewrite: Callable[[dict[str, Any]], Path]
) -> None:
    """Each field takes each of many wrong values; what is accepted must open and answer."""
    sound = json.loads((made / current_name(made) / "manifest.json").read_bytes())
    told = []
    for way in fields_of(sound):
        if way[0] in ("format", "name", "checksum"):
            continue
        for value in WRONG:
            rewrite(changed(sound, way, value))
            try:
                with Recommender.open(made, encoder=HashEncoder()) as recommender:
                    recommender.search("nummer", k=2)
                    recommender.related("a1", min_strength=0)
                    recommender.status()
            except SnapshotError as error:
                told.append(str(error))
    assert len(told) > 300
    assert all(str(made) in message and "; run: recommender " in message for message in told)


@pytest.mark.parametrize(
    ("way", "value", "named"),
    [
        (("encoder", "dim"), "384", "encoder.dim must be a whole number, 0 or more"),
        (("encoder", "dim"), 0, "encoder: dim must be 1 or more"),
        (("encoder", "dim"), 17, "space.means must be 1 x 17 finite numbers"),
        (("segments", 0, "name"), "../../elsewhere", "name must be letters, digits and hyphens"),
        (("segments", 0, "removed"), [-1], r"segments\[0\].removed\[0\] must be a whole number"),
        (("space", "means"), "!", "space.means must be numbers in base64"),
        (("unrelated", "articles", "same"), [0.1, 0], "every spread must be more than 0"),
        (("recipe", "policies"), None, "recipe.policies must be an object"),
        (("left_out",), [["place"]], r"left_out\[0\] must be a list of 2"),
    ],
)
def test_a_wrong_field_is_named_with_the_file(
    made: Path,
    rewrite: Callable[[dict[str, Any]], Path],
    way: tuple[Any, ...],
    value: Any,
    named: str,
) -> None:
    sound = json.loads((made / current_name(made) / "manifest.json").read_bytes())
    place = rewrite(changed(sound, way, value))
    with pytest.raises(SnapshotDamaged, match=named) as raised:
        read_manifest(place.parent)
    assert str(raised.value).startswith(f"{place}: ")
    assert str(raised.value).endswith(f"run: recommender build SOURCE --full --into {made}")


def test_a_missing_field_is_named(made: Path, rewrite: Callable[[dict[str, Any]], Path]) -> None:
    sound = json.loads((made / current_name(made) / "manifest.json").read_bytes())
    for name in ("encoder", "articles", "segments", "derived", "space", "created"):
        place = rewrite({key: value for key, value in sound.items() if key != name})
        with pytest.raises(SnapshotDamaged, match=f": {name} is missing; run: "):
            read_manifest(place.parent)


def test_a_removed_article_that_there_is_not_is_named(
    made: Path, rewrite: Callable[[dict[str, Any]], Path]
) -> None:
    sound = json.loads((made / current_name(made) / "manifest.json").read_bytes())
    rewrite(changed(sound, ("segments", 0, "removed"), [4]))
    with pytest.raises(SnapshotDamaged, match="removes article 4 of 4"):
        Recommender.open(made, encoder=HashEncoder())


def test_a_field_of_a_later_release_is_kept_when_files_are_made_again(
    made: Path, rewrite: Callable[[dict[str, Any]], Path]
) -> None:
    sound = json.loads((made / current_name(made) / "manifest.json").read_bytes())
    rewrite({**sound, "later": {"field": 1}})
    [index] = made.glob("segments/*/index-*.faiss")
    index.write_bytes(b"damaged")
    again = verify(made, repair=True)
    assert again.repaired
    assert read_manifest(made / again.snapshot).more == {"later": {"field": 1}}


@pytest.mark.parametrize("name", ["../../../notes.txt", "vectors.npy", "segment.json", "/etc/x"])
def test_repair_never_deletes_what_is_no_derived_file(
    made: Path, rewrite: Callable[[dict[str, Any]], Path], name: str
) -> None:
    sound = json.loads((made / current_name(made) / "manifest.json").read_bytes())
    notes = made.parent / "notes.txt"
    notes.write_text("mine")
    [segment] = sound["derived"]
    vectors = file_facts(made / "segments" / segment / "vectors.npy")
    facts = {"bytes": 1, "crc32": 1, "sha256": ""}
    rewrite(changed(sound, ("derived", segment, name), facts))
    [problem] = verify(made, repair=True).problems
    assert f"derived: {name!r} is not a name of a derived file" in problem
    assert notes.read_text() == "mine"
    assert file_facts(made / "segments" / segment / "vectors.npy") == vectors


def test_an_index_that_lacks_a_file_of_this_release_is_of_another_one(
    made: Path, rewrite: Callable[[dict[str, Any]], Path]
) -> None:
    sound = json.loads((made / current_name(made) / "manifest.json").read_bytes())
    [[segment, known]] = sound["derived"].items()
    for name in known:
        others = {one: facts for one, facts in known.items() if one != name}
        rewrite(changed(sound, ("derived", segment), others))
        with pytest.raises(SnapshotForeign, match=f"{name}: another release .* --repair"):
            Recommender.open(made, encoder=HashEncoder())


@pytest.mark.parametrize("mend", ["repair", "build", "add"])
def test_an_index_of_another_release_is_mended(tmp_path: Path, mend: str) -> None:
    folder = tmp_path / "vectors"
    rows = [{"id": f"a{n}", "language": "nl", "text": f"Tekst nummer {n}."} for n in range(4)]
    build(rows, into=folder, model=HashEncoder())
    place = folder / current_name(folder) / "manifest.json"
    manifest = json.loads(place.read_bytes())
    [[segment, known]] = manifest["derived"].items()
    manifest["derived"][segment] = {one: known[one] for one in known if "headlines" not in one}
    manifest["checksum"] = manifest_checksum(manifest)
    place.write_text(json.dumps(manifest))

    match mend:
        case "repair":
            assert verify(folder, repair=True).repaired
        case "build":
            build(rows, into=folder, model=HashEncoder())
        case "add":
            add({"id": "b", "text": "Nog een tekst."}, into=folder, model=HashEncoder())

    with Recommender.open(folder, encoder=HashEncoder()) as recommender:
        assert recommender.related("a0", confidence="loose")


@pytest.mark.parametrize(("shift", "newer"), [(-1, False), (1, True)])
def test_an_index_of_another_format_names_the_next_step(
    made: Path, rewrite: Callable[[dict[str, Any]], Path], shift: int, newer: bool
) -> None:
    sound = json.loads((made / current_name(made) / "manifest.json").read_bytes())
    place = rewrite({**sound, "format": FORMAT + shift})
    with pytest.raises(SnapshotForeign) as raised:
        read_manifest(place.parent)
    assert ("update recommender" in str(raised.value)) == newer
    assert str(raised.value).endswith(f"build SOURCE --into {made} (vectors are kept)")
