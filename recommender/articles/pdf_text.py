"""Prints the text of each page of a PDF as JSON: run as a process of its own, within bounds."""

from __future__ import annotations

import json
import sys

MAX_PAGES = 2_000
MAX_CHARACTERS = 20_000_000
MAX_MEMORY_BYTES = 2 * 1024**3


def main(path: str) -> None:
    _bound_memory()
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        is_locked = "assword" in str(error)
        sys.exit("is encrypted; save it without a password" if is_locked else "is damaged")
    pages: list[str] = []
    left = MAX_CHARACTERS
    for number in range(min(len(document), MAX_PAGES)):
        text = document[number].get_textpage().get_text_range()
        left -= len(text)
        if left < 0:
            sys.exit(f"has over {MAX_CHARACTERS:,} characters; split it")
        pages.append(text.replace("\r\n", "\n").replace("\r", "\n"))
    json.dump(pages, sys.stdout)


def _bound_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows: the time is bounded all the same
        return
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))


if __name__ == "__main__":
    main(sys.argv[1])
