"""Make the encoder of a build in another process: a model by its name, or one of a program."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from typing import Any

from recommender.encoders.base import PRECISION_VARIABLE, Encoder
from recommender.encoders.load import load_encoder
from recommender.errors import EncoderError, SettingsError


def encoder_facts(model: str | None, encoder: Encoder | None, fingerprint: str) -> dict[str, Any]:
    """Return what a task says about an encoder.

    A program's own `encoder` has a method `maker`, which says how to make another one:
    `module:callable` and the arguments. Raises `SettingsError` for an encoder without it.
    """
    if encoder is None:
        asked = os.environ.get(PRECISION_VARIABLE, "")
        return {"model": _whole_name(model), "fingerprint": fingerprint, "precision": asked}
    maker = getattr(encoder, "maker", None)
    if maker is None:
        raise SettingsError(
            "an encoder of your own is made again in other processes: give it a method `maker` "
            "that returns ('module:callable', [arguments]), or build without --on"
        )
    name, arguments = maker()
    return {"maker": name, "arguments": list(arguments), "fingerprint": fingerprint}


def encoder_of(task: Mapping[str, Any]) -> Encoder:
    """Return the encoder of a task; raise `EncoderError` if this machine has another one."""
    facts = task["encoder"]
    encoder = _made(json.dumps(facts, sort_keys=True))
    if encoder.fingerprint != facts["fingerprint"]:
        raise EncoderError(
            f"the model {encoder.name} differs between the machines of this build; "
            "install the same one on each"
        )
    return encoder


@lru_cache(maxsize=1)
def _made(facts: str) -> Encoder:
    known = json.loads(facts)
    if "maker" not in known:
        if known["precision"]:  # the processes of a cluster keep the environment of its start
            os.environ[PRECISION_VARIABLE] = known["precision"]
        return load_encoder(known["model"], many=True)
    module, _, name = known["maker"].partition(":")
    try:
        maker = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise EncoderError(
            f"the maker {known['maker']} of the encoder cannot be imported by a process of this "
            f"build: {error}; install its package, or put its folder into PYTHONPATH"
        ) from error
    encoder: Encoder = maker(*known["arguments"])
    return encoder


def _whole_name(model: str | None) -> str | None:
    """Return the name of a model; a folder gets its full path, since others start elsewhere."""
    if model is None:
        return None
    folder = os.path.expanduser(model)
    return os.path.abspath(folder) if os.path.isdir(folder) else model
