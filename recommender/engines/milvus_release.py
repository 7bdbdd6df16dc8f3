"""Say what is wrong with the release of a Milvus server."""

from __future__ import annotations

import re

from recommender.engines.milvus_link import Link
from recommender.errors import EngineRefused

# From this release on, a query node that comes back answers only after it has loaded its part, by
# the release notes of Milvus.
SOUND_RELEASE = (2, 4, 17)
_RELEASE = re.compile(r"v?([0-9]{1,4})\.([0-9]{1,4})(?:\.([0-9]{1,4}))?(?![0-9])")


def release_problems(link: Link) -> list[str]:
    """Return what is wrong with the release of a server, with its remedy; one trip.

    If a server does not state its release in numbers, no problem is known.
    """
    try:
        said = link.ask(lambda client, seconds: client.get_server_version(timeout=seconds))
    except EngineRefused:  # a user who may read an archive may not be allowed to ask for this
        return []
    release = release_of(str(said))
    if release is None or release >= SOUND_RELEASE:
        return []
    own, sound = (".".join(map(str, one)) for one in (release, SOUND_RELEASE))
    return [
        f"{link.address}: runs Milvus {own}; before {sound}, a query node that comes back answers "
        "for some seconds without its passages, and no error says so; install a newer release, or "
        "let a node come back when nobody asks"
    ]


def release_of(said: str) -> tuple[int, int, int] | None:
    """Return the numbers of a release, such as those of `v2.3.5-lite`; None for another text."""
    found = _RELEASE.match(said)
    return (int(found[1]), int(found[2]), int(found[3] or 0)) if found else None
