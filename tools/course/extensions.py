"""OUT/extensions.csv: more time for single students, and times that no system gives.

Its columns are `student` (folder, or id), and any of `due` (a time with offset), `days` (after the
course's due date), `received` (when the work came) and `reason`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tools.common.numbers import number
from tools.course.gradebook.ledger import Extension
from tools.course.person_table import Cells, People, read_lines
from tools.course.student import Student

FILE = "extensions.csv"


def read_extensions(data: bytes, students: Sequence[Student]) -> list[Extension]:
    """The extensions of the file.

    Raises
    ------
    MaterialError
        With every mistake: line, what was found, what was expected.
    """
    people = People(students)

    def parse(cells: Cells) -> tuple[object, Extension]:
        student = cells.read("student", people.find)
        due, days = cells.read("due", _moment), cells.read("days", _days)
        received = cells.read("received", _moment)
        if due is not None and days is not None:
            cells.problems.append("both due and days; keep one of them")
        if due is None and days is None and received is None and not cells.problems:
            cells.problems.append("there is no due, days or received")
        extension = Extension(
            student=student,
            due=due,
            days=days,
            received=received,
            reason=cells.values.get("reason", ""),
            source=FILE,
        )
        return student, extension

    optional = ("due", "days", "received", "reason")
    return read_lines(data, FILE, ("student",), optional, parse)


def _moment(cell: str) -> str:
    try:
        moment = datetime.fromisoformat(cell)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError(
            f"{cell!r} is not a time with offset, expected one such as 2026-03-03T23:59:00+07:00"
        )
    return moment.isoformat()


def _days(cell: str) -> float:
    value = number(cell)
    if value is None or not 0 <= value <= 366:
        raise ValueError(f"days are {cell!r}, expected a number from 0 to 366")
    return value
