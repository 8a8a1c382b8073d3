"""OUT/overrides.csv: scores, changes and comments that a person sets, one on each line.

Its columns are `student` (folder, or id), `task` (a task; blank or `all` for the whole), `points`
and `comment`. Points are `17` (the score), `+2` or `-1.5` (a change of it), or nothing (a comment).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tools.common.numbers import number, points
from tools.course.gradebook.ledger import Kind, Scope, ScoreEntry
from tools.course.person_table import Cells, People, nearest, read_lines
from tools.course.student import Student

FILE = "overrides.csv"
WHOLE = ("", "all")


def read_overrides(
    data: bytes, students: Sequence[Student], max_points: Mapping[str, float], bonus: float = 0.0
) -> list[ScoreEntry]:
    """The entries of the file; `max_points` has the points of each task.

    Raises
    ------
    MaterialError
        With every mistake: line, what was found, what was expected, the nearest name.
    """
    people = People(students)

    def parse(cells: Cells) -> tuple[object, ScoreEntry]:
        task = cells.read("task", lambda text: _task(text, max_points))
        limit = max_points.get(task, 0.0) if task else sum(max_points.values()) + bonus
        student = cells.read("student", people.find)
        if not cells.values["student"]:
            cells.problems.append("there is no student")
        kind, value = cells.read(
            "points", lambda text: parse_points(text, limit, task or "the whole submission")
        ) or (Kind.COMMENT, None)
        entry = ScoreEntry(
            student=student,
            scope=Scope.TASK if task else Scope.STUDENT,
            kind=kind,
            task=task,
            value=value,
            reason=cells.values.get("comment", ""),
            author="",
            source=FILE,
        )
        return (student, task), entry

    return read_lines(data, FILE, ("student", "task", "points"), ("comment",), parse)


def _task(cell: str, max_points: Mapping[str, float]) -> str | None:
    if cell.casefold() in WHOLE:
        return None
    if cell.upper() in max_points:
        return cell.upper()
    names = list(max_points)
    raise ValueError(
        f"no task {cell!r}{nearest(cell, names)}; expected {', '.join(names)}, or all "
        "for the whole submission"
    )


def parse_points(cell: str, limit: float, of: str) -> tuple[Kind, float]:
    """The kind and value of `17`, `+2` or `-1.5`; ValueError says what is wrong."""
    is_change = cell[0] in "+-"
    value = number(cell.removeprefix("+"))
    if value is None:
        raise ValueError(f"points are {cell!r}, expected a number such as 7.5, +2 or -1.5")
    if is_change and abs(value) > limit:
        raise ValueError(f"points are {cell}, expected a change of at most {points(limit)}")
    if not is_change and value > limit:
        raise ValueError(f"points are {cell}, expected 0 to {points(limit)}, the points of {of}")
    return (Kind.CHANGE if is_change else Kind.ABSOLUTE), value
