"""Finds out who handed in what, in whatever a learning system gives out.

`collect` looks at names alone and yields light entries; `Reader` reads their files one by one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tools.course.collect.model import Attempt, Collection, Entry, Place, Problem
from tools.course.collect.reader import Reader, read

if TYPE_CHECKING:
    from tools.course.collect.collecting import again_alone, collect

__all__ = [
    "Attempt",
    "Collection",
    "Entry",
    "Place",
    "Problem",
    "Reader",
    "again_alone",
    "collect",
    "read",
]


def __getattr__(name: str) -> Any:
    """What collects, when it is asked for: a worker reads one entry after the other."""
    if name not in __all__:
        raise AttributeError(name)
    from tools.course.collect import collecting

    return getattr(collecting, name)
