"""Write PDFs whose lines stand where a test wants them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

FONTS = {False: "Helvetica", True: "Helvetica-Bold"}


class Placed(NamedTuple):
    """A piece of text, its left and lower edges in points, its size, and whether it is bold.

    One that is turned runs upwards.
    """

    text: str
    left: float
    bottom: float
    size: float = 10
    is_bold: bool = False
    is_turned: bool = False


# A picture that fills a page.
PICTURE = "q 500 0 0 700 50 50 cm BI /W 1 /H 1 /BPC 8 /CS /G ID z EI Q"


def placed_pdf(*pages: Sequence[Placed] | str) -> bytes:
    """A PDF that paints the pieces of each page in the order given, or what it says itself."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", ""]
    objects += [
        f"<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>"
        for name in FONTS.values()
    ]
    kids = []
    for page in pages:
        stream = page if isinstance(page, str) else "\n".join(map(_shown, page))
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font "
            f"<< /F0 3 0 R /F1 4 0 R >> >> /Contents {len(objects)} 0 R >>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    return _file(objects)


def column(
    lines: Iterable[str], left: float = 60, top: float = 740, step: float = 12
) -> list[Placed]:
    """Lines below each other; an empty one leaves room."""
    return [Placed(line, left, top - at * step) for at, line in enumerate(lines) if line]


def by_rows(*columns: Sequence[Placed]) -> list[Placed]:
    """The pieces of columns painted from left to right, row by row."""
    return sorted(
        (one for some in columns for one in some), key=lambda one: (-one.bottom, one.left)
    )


def _shown(one: Placed) -> str:
    text = one.text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    turn = "0 1 -1 0" if one.is_turned else "1 0 0 1"
    place = f"{turn} {one.left} {one.bottom} Tm"
    return f"BT /F{int(one.is_bold)} {one.size} Tf {place} ({text}) Tj ET"


def _file(objects: Sequence[str]) -> bytes:
    body, offsets = "%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(body))
        body += f"{number} 0 obj\n{content}\nendobj\n"
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    start = len(body)
    body += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    body += f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF"
    return body.encode("cp1252")
