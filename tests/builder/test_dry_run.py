"""A forecast of a build names what the build will leave out."""

from __future__ import annotations

from pathlib import Path

from support.stand_in import HashEncoder

from recommender.builder.build import build
from recommender.builder.dry_run import forecast

ENCODER = HashEncoder()
BRIDGE = "The bridge at Tiel closes on Monday for repairs that will last until the spring."
CAPTION = "De sluis bij Tiel (Foto: Jan de Vries)"


def _rows(**texts: str) -> list[dict[str, str]]:
    return [{"id": id, "text": text} for id, text in texts.items()]


def test_a_forecast_names_the_articles_without_a_text_as_the_build_does(tmp_path: Path) -> None:
    index, given = tmp_path / "index", _rows(a=BRIDGE, b=CAPTION, c="")
    found = forecast(given, into=index, model=ENCODER)
    assert [one.place for one in found.left_out] == ["rows:3", "rows (b)"]
    report = build(given, into=index, model=ENCODER)
    assert found.left_out == report.left_out
    given += _rows(d=CAPTION)
    found = forecast(given, into=index, model=ENCODER)
    assert [one.place for one in found.left_out] == ["rows:3", "rows (b)", "rows (d)"]
    assert found.left_out == build(given, into=index, model=ENCODER).left_out
    assert forecast(given, into=index, model=ENCODER).left_out == found.left_out
    given = _rows(a=BRIDGE, b=f"{BRIDGE} It is old.", d=CAPTION)
    found = forecast(given, into=index, model=ENCODER)
    assert [one.place for one in found.left_out] == ["rows (d)"]
    assert found.left_out == build(given, into=index, model=ENCODER).left_out
