"""OUT/owners.json: who handed in what, kept beside the reports so that grades find their way back.

One object: `{"schema": 1, "owners": [{"student", "name", "system", "ids", "received", "late",
"original", "members"}, ...]}`, sorted by student, every key there in each entry.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from grader.errors import MaterialError
from tools.common.atomic_write import write_atomic
from tools.common.numbers import read_json, to_json
from tools.course.student import Owner

SCHEMA = 1
FILE = "owners.json"

_TEXT, _TEXT_OR_NONE = (str,), (str, type(None))
_KINDS: Mapping[str, tuple[type, ...]] = {
    "student": _TEXT,
    "name": _TEXT_OR_NONE,
    "system": _TEXT,
    "ids": (dict,),
    "received": _TEXT_OR_NONE,
    "late": (bool, type(None)),
    "original": _TEXT,
    "members": (list,),
}


def write_owners(out: Path, owners: Iterable[Owner]) -> Path:
    """Write OUT/owners.json whole or not at all, and give its path."""
    entries = [_entry(owner) for owner in sorted(owners, key=lambda owner: owner.student)]
    path = out / FILE
    write_atomic(path, to_json({"schema": SCHEMA, "owners": entries}))
    return path


def read_owners(out: Path) -> dict[str, Owner]:
    """Owners by student key; MaterialError says all that is wrong with the file."""
    path = out / FILE
    if not path.is_file():
        raise MaterialError(
            [f"{path}: missing; grade again into {out} (finished work is not repeated)"]
        )
    return _owners(read_json(path, SCHEMA).get("owners"), path)


def _owners(entries: Any, path: Path) -> dict[str, Owner]:
    if not isinstance(entries, list):
        raise MaterialError([f"{path}: owners is {type(entries).__name__}, expected a list"])
    problems: list[str] = []
    owners: dict[str, Owner] = {}
    for index, entry in enumerate(entries):
        wrong = list(_problems(entry))
        if not wrong and entry["student"] in owners:
            wrong = [f"{entry['student']!r} is listed twice"]
        if wrong:
            problems += [f"{path}: owners[{index}]: {problem}" for problem in wrong]
            continue
        owners[entry["student"]] = _owner(entry)
    if problems:
        raise MaterialError(problems)
    return owners


def _problems(entry: Any) -> Iterable[str]:
    if not isinstance(entry, dict):
        yield f"found {type(entry).__name__}, expected an object"
        return
    for key, kinds in _KINDS.items():
        if key not in entry:
            yield f"{key} is missing"
        elif not isinstance(entry[key], kinds):
            expected = " or ".join(
                "null" if kind is type(None) else kind.__name__ for kind in kinds
            )
            yield f"{key} is {type(entry[key]).__name__}, expected {expected}"
    for key in ("ids", "members"):
        maps = [entry.get("ids")] if key == "ids" else entry.get("members")
        if isinstance(maps, list) and not all(_is_text_map(each) for each in maps):
            yield f"{key} holds something other than texts by name"


def _is_text_map(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(each, str) for each in value.values())


def _entry(owner: Owner) -> dict[str, Any]:
    entry = {field.name: getattr(owner, field.name) for field in dataclasses.fields(owner)}
    return entry | {"ids": dict(owner.ids), "members": [dict(member) for member in owner.members]}


def _owner(entry: Mapping[str, Any]) -> Owner:
    known = {key: entry[key] for key in _KINDS}
    return Owner(**known | {"members": tuple(known["members"])})
