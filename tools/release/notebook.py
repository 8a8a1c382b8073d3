"""The notebook: cells to typed blocks, and a released notebook made anew from what is allowed.

Nothing is copied but the kind of each cell, its id and its source: what Jupyter or an editor left
behind (outputs, counts, tags, widget states, the path of an interpreter) has no way in.

The few keys that are read are checked here: nbformat's validator takes longer to import than a
whole release to make. The tests hold what is written against it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tools.release.blocks import Solution, Source, find_markers, parse_source
from tools.release.python import check_python
from tools.release.text import Flaw, Spot, check_characters

KINDS = ("code", "markdown", "raw")
_MAGIC = re.compile(r"^( *)(?:[%!].*|\??[\w.*]+\?{1,2})$", re.MULTILINE)
_PYTHON_CELLS = ("%%time", "%%timeit", "%%capture", "%%prun")  # what follows is still Python
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


@dataclass(frozen=True)
class NotebookCell:
    """One cell of the reference notebook."""

    kind: str  # "code", "markdown", "raw"
    id: str
    source: Source


@dataclass(frozen=True)
class Notebook:
    """The reference notebook, taken apart."""

    place: Spot
    minor: int  # of nbformat 4
    cells: tuple[NotebookCell, ...]

    @property
    def solutions(self) -> tuple[Solution, ...]:
        """The blocks of all cells, in their order."""
        return tuple(solution for cell in self.cells for solution in cell.source.solutions)

    def write(self, change: Callable[[Source], str]) -> str:
        """A clean notebook, with the source of each cell as `change` gives it."""
        cells = [
            bare_cell(cell.kind, cell.id, split_lines(change(cell.source))) for cell in self.cells
        ]
        version = {"nbformat": 4, "nbformat_minor": self.minor}
        return dump({"cells": cells, "metadata": METADATA, **version})


def read_cells(text: str) -> list[str]:
    """The sources of a notebook's cells."""
    return ["".join(cell["source"]) for cell in json.loads(text)["cells"]]


def change_cells(text: str, change: Callable[[str], str]) -> str:
    """A clean notebook with each cell's source as `change` gives it."""
    notebook = json.loads(text)
    for cell in notebook["cells"]:
        cell["source"] = split_lines(change("".join(cell["source"])))
    return dump(notebook)


def mask_magics(text: str) -> str:
    """A cell as Python sees it: IPython's own lines become `pass`, line by line."""
    return _MAGIC.sub(r"\1pass", text)


def parse_notebook(place: Spot, text: str) -> tuple[Notebook, list[Flaw]]:
    """Cells and blocks of a notebook's file, and everything wrong with them."""
    nothing = Notebook(place, 5, ())
    try:
        raw = json.loads(text)
    except json.JSONDecodeError as error:
        found = f"found invalid JSON: {error.msg}, expected a notebook"
        return nothing, [Flaw(place.at(error.lineno), found)]
    problems = _check_shape(place, raw)
    if problems:
        return nothing, problems
    cells = []
    for number, raw_cell in enumerate(raw["cells"], 1):
        cell, found_here = _parse_cell(place, number, raw_cell)
        cells.append(cell)
        problems += found_here
    return Notebook(place, raw["nbformat_minor"], tuple(cells)), problems


def check_clean(place: Spot, text: str) -> list[Flaw]:
    """What a finished notebook holds beyond kinds, ids and sources."""
    raw = json.loads(text)
    problems = []
    if raw["metadata"] != METADATA:
        problems.append(Flaw(place, "found metadata of the reference, expected none"))
    for number, cell in enumerate(raw["cells"], 1):
        bare = bare_cell(cell["cell_type"], cell["id"], cell["source"])
        for key in sorted(cell.keys() | bare.keys()):
            if key not in bare or key not in cell or cell[key] != bare[key]:
                here = Spot(place.path, cell=f"cell {number} (id {cell['id']})")
                problems.append(Flaw(here, f"found {key!r}, expected nothing of that kind"))
    return problems


def _check_shape(place: Spot, raw: Any) -> list[Flaw]:
    """That there is what is read below: nbformat 4.5, kinds, unique ids, sources."""
    version = (raw.get("nbformat"), raw.get("nbformat_minor")) if isinstance(raw, dict) else None
    if version is None or version[0] != 4 or not isinstance(version[1], int) or version[1] < 5:
        found = "no notebook" if version is None else f"nbformat {version[0]}.{version[1]}"
        return [Flaw(place, f"found {found}, expected nbformat 4.5, where cells have ids")]
    cells = raw.get("cells")
    if not isinstance(cells, list):
        return [Flaw(place, "found no list of cells, expected a notebook")]
    problems, ids = [], set()
    for number, cell in enumerate(cells, 1):
        here = Spot(place.path, cell=f"cell {number}")
        wrong = _wrong_key(cell if isinstance(cell, dict) else {})
        if wrong:
            problems.append(Flaw(here, wrong))
        elif cell["id"] in ids:
            problems.append(Flaw(here, f"found id {cell['id']!r} again, expected another one"))
        else:
            ids.add(cell["id"])
    return problems


def _wrong_key(cell: dict[str, Any]) -> str | None:
    kind, id, source = cell.get("cell_type"), cell.get("id"), cell.get("source")
    if kind not in KINDS:
        return f"found cell_type {kind!r}, expected one of {', '.join(KINDS)}"
    if not isinstance(id, str) or not re.fullmatch(r"[a-zA-Z0-9-_]{1,64}", id):
        return f"found id {id!r}, expected up to 64 letters, digits, - and _"
    lines = source if isinstance(source, list) else [source]
    if not all(isinstance(line, str) for line in lines):
        return "found a source that is not text, expected a list of lines"
    return None


def _parse_cell(place: Spot, number: int, raw: dict[str, Any]) -> tuple[NotebookCell, list[Flaw]]:
    here = Spot(place.path, cell=f"cell {number} (id {raw['id']})")
    text = "".join(raw["source"])
    is_code = raw["cell_type"] == "code" and not _is_foreign(text)
    problems = check_characters(here, text, is_code)
    if raw.get("attachments"):
        found = f"found attachments ({', '.join(sorted(raw['attachments']))})"
        problems.append(Flaw(here, f"{found}, expected none: they would be handed out unread"))
    if is_code:
        source, wrong = parse_source(here, text, mask_magics(text))
        problems += wrong + check_python(source, mask_magics)
    else:
        source = Source.plain(here, text)
        problems += find_markers(here, text)
    return NotebookCell(raw["cell_type"], raw["id"], source), problems


def _is_foreign(text: str) -> bool:
    """Whether a code cell is handed to another program, such as ``%%bash``."""
    first = text.lstrip().partition("\n")[0].split()
    return bool(first) and first[0].startswith("%%") and first[0] not in _PYTHON_CELLS


def dump(notebook: dict[str, Any]) -> str:
    """A notebook's text as Jupyter writes it."""
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def split_lines(text: str) -> list[str]:
    """A text as notebooks store it: its lines, each with its line feed."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def bare_cell(kind: str, id: str, source: list[str]) -> dict[str, Any]:
    """A cell with nothing but its kind, id and lines."""
    bare: dict[str, Any] = {"cell_type": kind, "id": id, "metadata": {}, "source": source}
    return bare | ({"execution_count": None, "outputs": []} if kind == "code" else {})
