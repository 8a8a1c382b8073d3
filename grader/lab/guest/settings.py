"""Finds the student's names of the settings that the lab hands to their methods."""

from __future__ import annotations

import inspect
from typing import Any

# What stands for a setting, by its name: the first match counts.
_SETTINGS = {
    "learning_rate_decay": ("decay", "anneal"),
    "learning_rate": ("learning", "lr", "rate", "alpha", "eta", "step_size"),
    "reg": ("reg", "lambda", "lam", "l2", "penalty"),
    "batch_size": ("batch",),
    "num_iters": ("iter", "steps", "updates"),
    "std": ("std", "scale", "sigma"),
    "verbose": ("verb", "print", "log"),
}
# `train` goes on without these; what they do is not asked, or shows by itself.
_OPTIONAL = ("verbose", "learning_rate_decay", "reg", "std")


def settings_for(function: Any, settings: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The settings under the names that a function gives them, and texts that say what changed.

    A setting without a parameter is left out if it is optional, and else given by its own name, so
    that the call fails as it does for the student.
    """
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return settings, []
    if any(one.kind is one.VAR_KEYWORD for one in parameters):
        return settings, []
    free = [one.name for one in parameters if one.name not in settings]
    own, texts = {}, []
    for name, value in settings.items():
        if any(one.name == name for one in parameters):
            own[name] = value
            continue
        near = _similar(name, free)
        if near is not None:
            free.remove(near)
            own[near] = value
            texts.append(f"{near[:40]} for {name}")
        elif name in _OPTIONAL:
            texts.append(f"no {name}")
        else:
            own[name] = value
    return own, texts


def _similar(name: str, candidates: list[str]) -> str | None:
    """The candidate that means a setting: others with a better match of their own are left."""
    for candidate in candidates:
        meant = next(
            (
                setting
                for setting, words in _SETTINGS.items()
                if any(word in candidate.lower() for word in words)
            ),
            None,
        )
        if meant == name:
            return candidate
    return None
