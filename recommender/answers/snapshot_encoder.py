"""Load the encoder that made the vectors of a snapshot, once, and refuse any other."""

from __future__ import annotations

import threading
from collections.abc import Callable

from recommender.answers.archive import Archive
from recommender.encoders.base import Encoder, check_encoder
from recommender.errors import SnapshotForeign
from recommender.store.advice import rebuild
from recommender.store.manifest import EncoderFacts

# Answers call it if they need the encoder; most do not.
LoadEncoder = Callable[[], Encoder]


class SnapshotEncoder:
    """Keeps one encoder, given or loaded when it is first needed; safe to share by threads."""

    def __init__(self, encoder: Encoder | None) -> None:
        if encoder is not None:
            check_encoder(encoder)
        self._given = self._encoder = encoder
        self._lock = threading.Lock()

    def forget(self) -> None:
        """Drop the encoder; the next question that needs one loads it again.

        An encoder that was given stays, since perhaps nothing can load it; it is checked again.
        """
        self._encoder = None

    def of(self, snapshot: Archive) -> Encoder:
        """Return the encoder that made a snapshot.

        Raises `EncoderError` if the model is not there, `SnapshotForeign` if it is another one.
        """
        with self._lock:
            made_with = snapshot.manifest.encoder
            if self._encoder is None:
                self._encoder = self._right_one(made_with)
            encoder = self._encoder
            if encoder.fingerprint != made_with.fingerprint:
                if encoder is not self._given:  # one that was loaded is loaded again
                    self._encoder = None
                raise SnapshotForeign(
                    f"{snapshot.place}: found encoder {encoder.name} ({encoder.fingerprint}), the "
                    f"index was made with {made_with.name} ({made_with.fingerprint}); "
                    f"{_again(snapshot)}"
                )
            return encoder

    def _right_one(self, made_with: EncoderFacts) -> Encoder:
        """Return the encoder that was given if it made the vectors; else load the right one."""
        if self._given is not None and self._given.fingerprint == made_with.fingerprint:
            return self._given
        from recommender.encoders.load import load_encoder

        return load_encoder(made_with.model)


def _again(archive: Archive) -> str:
    """Return the command that builds an archive again."""
    if archive.folder is not None:
        return rebuild(archive.folder)
    return f"run: recommender publish --index INDEX --to {archive.place}"
