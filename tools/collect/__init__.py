"""Finds out who handed in what, in whatever a learning system gives out.

`collect` looks at names alone and yields light entries; `Reader` reads their files one by one.
"""

from tools.collect.collecting import again_alone, collect
from tools.collect.model import Attempt, Collection, Entry, Place, Problem
from tools.collect.reader import Reader, read

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
