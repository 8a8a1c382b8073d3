"""The stored form of the reference notebook: cells, ids and sources, and nothing of a run.

So stored, a change of one line is a difference of one line.
"""

from __future__ import annotations

import json
import re
from itertools import count
from typing import Any

import nbformat

from grader.errors import MaterialError
from tools.release.notebook import METADATA, bare_cell, dump, parse_notebook, split_lines
from tools.release.text import Spot

# Words with hyphens between them, unlike the hexadecimal ids that Jupyter gives to new cells.
_READABLE_ID = re.compile(r"(?![0-9a-f-]*[0-9][0-9a-f-]*\Z)[a-z][a-z0-9]*(-[a-z0-9]+)*")


def check_form(place: Spot, text: str) -> list[str]:
    """Every way in which a stored notebook is not clean, valid and as Jupyter writes it."""
    _, problems = parse_notebook(place, text)
    if problems:
        return [str(problem) for problem in problems]
    raw = json.loads(text)
    found = []
    if raw["metadata"] != METADATA:
        found.append(f"{place}: found metadata {_short(raw['metadata'])}, expected {METADATA}")
    for number, cell in enumerate(raw["cells"], 1):
        found += [f"{place}: cell {number} ({cell['id']}): {what}" for what in _check_cell(cell)]
    found += _check_schema(place, raw)
    if not found and text != dump(clean(raw)):
        found.append(f"{place}: found spacing or key order that differs from Jupyter's")
    return found


def fix_form(place: Spot, text: str) -> str:
    """The notebook in its stored form; raises MaterialError where it is none."""
    try:
        notebook = nbformat.reads(text, as_version=nbformat.NO_CONVERT)
        upgraded = nbformat.convert(notebook, 4)
    except (nbformat.ValidationError, ValueError, AttributeError, KeyError) as error:
        raise MaterialError(
            [f"{place}: found no notebook ({str(error).partition(chr(10))[0]}), expected one"]
        ) from error
    return dump(clean(json.loads(json.dumps(upgraded))))


def clean(raw: dict[str, Any]) -> dict[str, Any]:
    """Cells, ids and sources alone, with readable ids for cells that have none."""
    taken: set[str] = set()
    section = "start"
    cells = []
    for cell in raw["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            section = _heading(source) or section
        cell_id = _choose_id(cell.get("id", ""), section, cell["cell_type"], taken)
        taken.add(cell_id)
        cells.append(bare_cell(cell["cell_type"], cell_id, split_lines(source)))
    return {"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}


def _check_cell(cell: dict[str, Any]) -> list[str]:
    bare = bare_cell(cell["cell_type"], cell["id"], cell["source"])
    found = [
        f"found {key} {_short(cell.get(key))}, expected {bare.get(key)!r}"
        for key in sorted(cell.keys() | bare.keys())
        if key != "source" and cell.get(key, _MISSING) != bare.get(key, _MISSING)
    ]
    if not _READABLE_ID.fullmatch(cell["id"]):
        found.append(f"found id {cell['id']!r}, expected words such as 'scores-check'")
    return found


_MISSING = object()  # None is a value that a key may have


def _check_schema(place: Spot, raw: dict[str, Any]) -> list[str]:
    try:
        nbformat.validate(nbformat.from_dict(raw))
    except nbformat.ValidationError as error:
        return [f"{place}: found no valid nbformat 4.5: {error.message}"]
    return []


def _choose_id(present: str, section: str, kind: str, taken: set[str]) -> str:
    if _READABLE_ID.fullmatch(present) and present not in taken:
        return present
    stem = f"{section}-text" if kind == "markdown" else section
    names = (stem if n == 1 else f"{stem}-{n}" for n in count(1))
    return next(name for name in names if name not in taken)


def _heading(source: str) -> str | None:
    """The words of the first heading, fit for an id."""
    match = re.search(r"^#+ +(.+)$", source, re.MULTILINE)
    words = re.findall(r"[a-z][a-z0-9]*", match[1].lower()) if match else []
    return "-".join(words[:4]) or None


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
