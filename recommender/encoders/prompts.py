"""Read which prefix a model wants before a query and before a passage."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from recommender.encoders.base import PromptRole
from recommender.encoders.model_cache import read_note

PROMPTS: Mapping[PromptRole, str] = {"query": "query: ", "passage": "passage: "}

_NAMES: Mapping[PromptRole, tuple[str, ...]] = {
    "query": ("query", "search_query"),
    "passage": ("passage", "document", "search_document", "corpus"),
}
_E5: Mapping[PromptRole, str] = {"query": "query: ", "passage": "passage: "}
_E5_NAME = re.compile(r"(^|[/_-])e5-(small|base|large)(?!.*instruct)", re.IGNORECASE)


def read_prompts(folder: Path, name: str) -> dict[PromptRole, str]:
    """Return the prompt of each role, empty where the model has none.

    They are read from the model's own configuration: prompts named `query`, `passage` or
    `document`, or ending in one of these after a dot (`retrieval.query`), else its default prompt.
    Models of the E5 family are trained with `query: ` and `passage: `, but those on the hub carry
    no prompt configuration; they are known by name and get these two.
    """
    settings = read_note(folder / "config_sentence_transformers.json")
    prompts = settings.get("prompts") or {}
    default = str(prompts.get(settings.get("default_prompt_name")) or "")
    found: dict[PromptRole, str] = {role: _of_role(prompts, role) or default for role in _NAMES}
    if not any(found.values()) and _is_e5(folder, name):
        return dict(_E5)
    return found


def _of_role(prompts: Mapping[str, str | None], role: PromptRole) -> str:
    for wanted in _NAMES[role]:
        for name, prompt in prompts.items():
            if prompt and name.lower().rsplit(".", 1)[-1] == wanted:
                return prompt
    return ""


def _is_e5(folder: Path, name: str) -> bool:
    original = str(read_note(folder / "config.json").get("_name_or_path", ""))
    return any(_E5_NAME.search(Path(known).name) for known in (name, folder.name, original))
