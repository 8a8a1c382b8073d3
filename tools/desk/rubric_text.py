"""Changes numbers in the text of a rubric, and leaves its comments where they are."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from grader.errors import MaterialError

TABLES = ("points", "follow_through", "threshold", "tolerance")
_HEADER = re.compile(r"\s*\[(?P<name>[^\[\]]+)\]")
_VALUE = re.compile(r"(?P<head>\s*(?P<key>[\w-]+)\s*=\s*)(?P<value>[^#\s]+)(?P<tail>\s*(?:#.*)?)$")


@dataclass(frozen=True)
class Field:
    """One number of the rubric that the desk offers as a field."""

    name: str  # 'points."T#5"/scores-published', as the form sends it
    table: str  # 'points."T#5"'
    key: str
    value: float
    note: str  # the comment beside it


def fields_of(text: str) -> list[Field]:
    """Every number of the tables that can be changed field by field, in order."""
    return [
        Field(f"{table}/{match['key']}", table, match["key"], value, match["tail"].strip(" #"))
        for _, table, match in _numbers(text)
        if table.split(".")[0] in TABLES and (value := _number(match["value"])) is not None
    ]


def with_values(text: str, values: Mapping[str, str]) -> str:
    """The text with other numbers, by field name.

    Raises
    ------
    MaterialError
        With every value that is no number.
    """
    lines, problems = text.split("\n"), []
    for at, table, match in _numbers(text):
        typed = values.get(f"{table}/{match['key']}")
        if typed is None:
            continue
        value, old = _number(typed.strip()), _number(match["value"])
        if value is None:
            problems.append(f"{match['key']}: found {typed!r}, expected a number")
        elif value != old:
            shown = int(value) if value == int(value) and "." not in match["value"] else value
            lines[at] = f"{match['head']}{shown!r}{match['tail']}"
    if problems:
        raise MaterialError(problems)
    return "\n".join(lines)


def _number(text: str) -> float | None:
    """A finite number; exponents are allowed, as tolerances have them."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _numbers(text: str) -> Iterator[tuple[int, str, re.Match[str]]]:
    """Index of each line `key = value`, the table that it is in, and its pieces."""
    table = ""
    for at, line in enumerate(text.split("\n")):
        header = _HEADER.match(line)
        if header:
            table = header["name"].strip()
        elif found := _VALUE.match(line):
            yield at, table, found


def changes_between(before: str, after: str) -> list[tuple[str, Any, Any]]:
    """Dotted keys whose values differ: key, before, after. Both texts are valid TOML."""
    old, new = _flat(tomllib.loads(before)), _flat(tomllib.loads(after))
    names = dict.fromkeys([*old, *new])
    return [
        (name, old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)
    ]


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{prefix}{key}.")
        else:
            found[f"{prefix}{key}"] = value
    return found
