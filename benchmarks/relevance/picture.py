"""Draw curves of shares between 0 and 1 as SVG: reliability, and precision against recall."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

SIZE, LEFT, RIGHT, TOP, BOTTOM = 360, 60, 170, 30, 50
COLORS = ("#1b6ca8", "#b5432a", "#3d7d3a", "#7a4fa3", "#8a6d1d", "#555555")

Points = Sequence[tuple[float, float]]


def shares(
    lines: Mapping[str, Points], x_title: str, y_title: str, *, diagonal: bool, dots: bool
) -> str:
    """Return the picture of named lines of (x, y) points in the unit square.

    `diagonal` draws where both are equal, `dots` marks each point.
    """
    width, height = LEFT + SIZE + RIGHT, TOP + SIZE + BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for tenth in range(0, 11, 2):
        share = tenth / 10
        parts += [_line((share, 0), (share, 1)), _line((0, share), (1, share))]
        (x, bottom), (left, y) = _at(share, 0), _at(0, share)
        parts.append(_text(x, bottom + 18, f"{share:g}", "middle"))
        parts.append(_text(left - 8, y + 4, f"{share:g}", "end"))
    if diagonal:
        parts.append(_line((0, 0), (1, 1), "#999999"))
    parts.append(_text(LEFT + SIZE / 2, height - 10, x_title, "middle"))
    parts.append(_text(LEFT, TOP - 12, y_title, "start"))
    for number, ((name, points), color) in enumerate(zip(lines.items(), COLORS, strict=False)):
        places = [_at(*point) for point in points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"/>')
        if dots:
            parts += [
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{color}"/>' for x, y in places
            ]
        parts.append(_text(LEFT + SIZE + 14, TOP + 14 + 18 * number, name, "start", color))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _at(x: float, y: float) -> tuple[float, float]:
    return LEFT + x * SIZE, TOP + (1 - y) * SIZE


def _line(start: tuple[float, float], end: tuple[float, float], color: str = "#dddddd") -> str:
    (x1, y1), (x2, y2) = _at(*start), _at(*end)
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{color}"/>'


def _text(x: float, y: float, text: str, anchor: str, color: str = "#333333") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{color}">{escape(text)}</text>'
    )
