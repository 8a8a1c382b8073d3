"""Reads numpydoc docstrings, so that tests can hold them against the code."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_SECTION = re.compile(r"^(\w[\w ]*)\n-{3,}$", re.MULTILINE)
_ENTRY = re.compile(r"^(\S[^:\n]*?)(?: : (.+))?$", re.MULTILINE)


@dataclass(frozen=True)
class Entry:
    """One parameter, return value or attribute as a docstring describes it."""

    names: tuple[str, ...]
    type: str

    def allows(self, default: Any) -> bool:
        """Whether a parameter of this entry may have this default in the code.

        "default=0.5" means that value; "{1, 2}" means the first; "optional" that there is one.
        """
        stated = re.search(r"default=(.+)$", self.type) or re.match(r"\{(.+?),", self.type)
        if stated:
            documented = eval(stated[1], {"__builtins__": {}})  # also 2**30
            return type(documented) is type(default) and bool(documented == default)
        return self.type.endswith("optional") == (default is not inspect.Parameter.empty)

    @property
    def shapes(self) -> list[tuple[str, ...]]:
        """Documented shapes, one or one for each name: ("N", "D") for "(N, D)"."""
        return [split_shape(shape) for shape in re.findall(r"\([^()]*,[^()]*\)", self.type)]


def split_shape(text: str) -> tuple[str, ...]:
    """The dimensions of a shape such as "(N, D)" or "(H,)"."""
    return tuple(part.strip() for part in text.strip("()").split(",") if part.strip())


def section(thing: Callable[..., Any] | type, name: str) -> list[Entry]:
    """The entries of a section; none where there is no such section."""
    document = inspect.getdoc(thing) or ""
    parts = _SECTION.split(document)
    texts = dict(zip(parts[1::2], parts[2::2], strict=True))
    return [
        Entry(tuple(n.strip(" *") for n in match[1].split(",")), match[2] or "")
        for match in _ENTRY.finditer(texts.get(name, ""))
    ]


def parameters(thing: Callable[..., Any] | type) -> dict[str, Any]:
    """Names and defaults as the code has them, in its order."""
    found = inspect.signature(thing).parameters.values()
    return {p.name: p.default for p in found if p.name != "self"}
