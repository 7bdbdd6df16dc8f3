"""Read the prompts of a model: the prefix of a query and the prefix of a passage."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recommender.encoders.base import PromptRole
from recommender.system.cache import read_note

E5_PROMPTS: Mapping[PromptRole, str] = {"query": "query: ", "passage": "passage: "}
"""The prompts that models of the E5 family, the bundled one too, are trained with."""

_NAMES: Mapping[PromptRole, tuple[str, ...]] = {
    "query": ("query", "search_query"),
    "passage": ("passage", "document", "search_document", "corpus"),
}

_E5_NAME = re.compile(r"(^|[/_-])e5-(small|base|large)(?!.*instruct)", re.IGNORECASE)


def read_prompts(folder: Path, name: str) -> dict[PromptRole, str]:
    """Return the prompt of each role, empty if the model has none.

    They come from the model's own configuration: prompts named `query`, `passage` or `document`,
    or ending in one of these after a dot (`retrieval.query`), else its default prompt. Models of
    the E5 family on the hub carry no prompt configuration. They are recognised by name and get
    `E5_PROMPTS`.
    """
    settings = read_note(folder / "config_sentence_transformers.json")
    prompts = _texts_of(settings.get("prompts"))
    default = prompts.get(str(settings.get("default_prompt_name")), "")
    found: dict[PromptRole, str] = {role: _of_role(prompts, role) or default for role in _NAMES}
    if not any(found.values()) and _is_e5(folder, name):
        return dict(E5_PROMPTS)
    return found


def _texts_of(prompts: Any) -> dict[str, str]:
    """Return the prompts that are text, whatever else the file of a stranger holds."""
    if not isinstance(prompts, dict):
        return {}
    return {str(name): text for name, text in prompts.items() if isinstance(text, str)}


def _of_role(prompts: Mapping[str, str], role: PromptRole) -> str:
    for role_name in _NAMES[role]:
        for name, prompt in prompts.items():
            if prompt and name.lower().rsplit(".", 1)[-1] == role_name:
                return prompt
    return ""


def _is_e5(folder: Path, name: str) -> bool:
    original = str(read_note(folder / "config.json").get("_name_or_path", ""))
    return any(_E5_NAME.search(Path(known).name) for known in (name, folder.name, original))
