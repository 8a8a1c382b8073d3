"""Finds out who handed in what, in whatever a learning system gives out.

`collect` looks at names alone and yields light entries; `Reader` reads their files one by one.
"""

from tools.course.collect.collecting import again_alone, collect
from tools.course.collect.model import Attempt, Collection, Entry, Place, Problem
from tools.course.collect.reader import Reader, read

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
