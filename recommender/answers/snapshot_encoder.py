"""Load the encoder that made the vectors of a snapshot, once, and refuse any other."""

from __future__ import annotations

import threading
from collections.abc import Callable

from recommender.answers.archive import Archive
from recommender.encoders.base import Encoder
from recommender.errors import SnapshotForeign
from recommender.store.files import rebuild

# What answers call if they need the encoder; most do not.
LoadEncoder = Callable[[], Encoder]


class SnapshotEncoder:
    """Keeps one encoder, given or loaded when it is first needed; safe to share by threads."""

    def __init__(self, encoder: Encoder | None) -> None:
        self._encoder = encoder
        self._lock = threading.Lock()

    def forget(self) -> None:
        """Let go of the encoder; the next question that needs one loads it."""
        self._encoder = None

    def of(self, snapshot: Archive) -> Encoder:
        """Return the encoder that made a snapshot.

        Raises `EncoderError` if the model is not there, `SnapshotForeign` if it is another one.
        """
        with self._lock:
            if self._encoder is None:
                from recommender.encoders.load import load_encoder

                self._encoder = load_encoder(snapshot.manifest.encoder.model)
            encoder, made_with = self._encoder, snapshot.manifest.encoder
            if encoder.fingerprint != made_with.fingerprint:
                self._encoder = None
                raise SnapshotForeign(
                    f"{snapshot.place}: found encoder {encoder.name} ({encoder.fingerprint}), the "
                    f"index was made with {made_with.name} ({made_with.fingerprint}); "
                    f"{_again(snapshot)}"
                )
            return encoder


def _again(archive: Archive) -> str:
    """Return what to run to make an archive again."""
    if archive.folder is not None:
        return rebuild(archive.folder)
    return f"run: recommender publish --index INDEX --to {archive.place}"
