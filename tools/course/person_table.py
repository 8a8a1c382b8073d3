"""CSV files that people write about students: overrides.csv and extensions.csv."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from grader.errors import MaterialError
from tools.common.table import Table, read_table
from tools.course.student import Student

T = TypeVar("T")
Row = TypeVar("Row")


@dataclass(frozen=True)
class People:
    """Finds students as an instructor writes them: by folder, else by id."""

    students: Sequence[Student]

    def find(self, name: str) -> str:
        """The folder of a student; ValueError says why there is none."""
        if any(one.folder == name for one in self.students):
            return name
        found = [one.folder for one in self.students if one.id == name]
        if len(found) > 1:
            raise ValueError(f"student {name!r} is ambiguous: {', '.join(found)}")
        if not found:
            names = sorted(one.folder for one in self.students)
            raise ValueError(f"no student {name!r}{nearest(name, names)}")
        return found[0]


@dataclass
class Cells:
    """One line; what is wrong with it is gathered."""

    values: Mapping[str, str]
    problems: list[str] = field(default_factory=list)

    def read(self, column: str, parse: Callable[[str], T]) -> T | None:
        """A cell as `parse` understands it; None if the cell is empty or wrong."""
        try:
            text = self.values.get(column, "")
            return parse(text) if text else None
        except ValueError as error:
            self.problems.append(str(error))
            return None


def read_lines(
    data: bytes,
    file: str,
    required: Collection[str],
    optional: Collection[str],
    parse: Callable[[Cells], tuple[object, Row]],
) -> list[Row]:
    """The rows of a file. `parse` gives a key that no other line may have, and the row.

    Raises
    ------
    MaterialError
        With every mistake: file, line, what was found, what was expected.
    """
    table = read_table(data, file) if data.strip() else None
    if table is None:
        return []
    columns = _columns(table, file, required, optional)
    problems: list[str] = []
    rows: list[Row] = []
    line_of: dict[object, int] = {}
    line = 1
    for index, row in enumerate(table.rows):
        if index > 0 and not row.blank:
            cells = Cells({name: table.value(index, at) for name, at in columns.items()})
            key, parsed = parse(cells)
            if not cells.problems and key in line_of:
                cells.problems.append(f"repeats line {line_of[key]}; keep one of them")
            problems += [f"{file}:{line}: {problem}" for problem in cells.problems]
            line_of.setdefault(key, line)
            rows.append(parsed)
        line += 1 + sum(cell.raw.count("\n") for cell in row.cells)
    if problems:
        raise MaterialError(problems)
    return rows


def nearest(name: str, names: Sequence[str]) -> str:
    """A question to put behind an error, or nothing if no name is near."""
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else ""


def _columns(
    table: Table, file: str, required: Collection[str], optional: Collection[str]
) -> dict[str, int]:
    headers = [cell.value.strip().casefold() for cell in table.rows[0].cells]
    known = (*required, *optional)
    problems = [*_missing(headers, file, required, known)]
    problems += [
        f"{file}:1: there are two columns {each!r}" for each in known if headers.count(each) > 1
    ]
    if problems:
        raise MaterialError(problems)
    return {each: headers.index(each) for each in known if each in headers}


def _missing(
    headers: Sequence[str], file: str, required: Iterable[str], known: Iterable[str]
) -> Iterable[str]:
    for each in required:
        if each not in headers:
            near = nearest(each, headers)
            yield f"{file}:1: column {each!r} is missing{near}; expected {', '.join(known)}"
