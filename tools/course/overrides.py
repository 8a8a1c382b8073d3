"""A person's word: OUT/overrides.csv, read, validated and laid over computed scores.

The file has the columns `student`, `task` (a task, or blank or `all` for the whole), `points` and
`comment`. What it changes in a report says so, with the computed value beside it:

    report["override"]        null | {"points": number|null, "computed_score": number,
                                      "computed_status": str, "comment": str|null}
    report["tasks"][i]["override"]  null | {"computed_score": number, "comment": str|null}

A task's points enter the sum, from which lateness is taken (`report["late"]["deduction"]`, where
there is one: `report["score"]` is what remains). Points for the whole are the score, whatever
tasks and lateness say, and settle a submission that needed attention; without them `points` is
null.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.errors import MaterialError
from tools.common.numbers import number, points
from tools.common.table import Table, read_table

FILE = "overrides.csv"
WHOLE = ("", "all")
COLUMNS = ("student", "task", "points", "comment")
_NOTHING_SAID = {"points": None, "comment": None}  # of the whole, where tasks alone were changed


@dataclass(frozen=True)
class Override:
    """One line of the file."""

    student: str
    task: str | None  # None: the whole submission
    points: float
    comment: str | None = None


def read_overrides(
    path: Path, students: Collection[str], max_points: Mapping[str, float]
) -> tuple[Override, ...]:
    """The overrides in `path`, none where there is no such file.

    `max_points` has the points of each task. Raises MaterialError with every mistake found: file,
    line, what stands there, what was expected, the nearest name.
    """
    if not path.is_file():
        return ()
    table = read_table(path.read_bytes(), path.name)
    columns = _columns(table, path.name)
    reader = _Reader(path.name, students, max_points)
    line = 1
    for index, row in enumerate(table.rows):
        if index > 0 and not row.blank:
            reader.read(line, {name: table.value(index, at) for name, at in columns.items()})
        line += 1 + sum(cell.raw.count("\n") for cell in row.cells)
    if reader.problems:
        raise MaterialError(reader.problems)
    return tuple(reader.overrides)


def apply_overrides(report: Mapping[str, Any], overrides: Iterable[Override]) -> dict[str, Any]:
    """A new report with the overrides of its student; earlier ones are taken back first."""
    report = without_overrides(report)
    mine = {each.task: each for each in overrides if each.student == report["student"]}
    if not mine:
        return report
    computed = {"computed_score": report["score"], "computed_status": report["status"]}
    report["tasks"] = [_task(task, mine.get(task["task"])) for task in report["tasks"]]
    report["score"] = _total(report)
    whole = mine.get(None)
    if whole:
        report |= {"score": whole.points, "status": "graded"}
    said = {"points": whole.points, "comment": whole.comment} if whole else _NOTHING_SAID
    report["override"] = computed | said
    return report


def without_overrides(report: Mapping[str, Any]) -> dict[str, Any]:
    """The report as it was computed, in a new object, with the key `override` null everywhere."""
    plain = dict(report)
    plain["tasks"] = [_computed_task(task) for task in report["tasks"]]
    override = report.get("override")
    if override:
        plain |= {"score": override["computed_score"], "status": override["computed_status"]}
    return plain | {"override": None}


def _task(task: dict[str, Any], override: Override | None) -> dict[str, Any]:
    if override is None:
        return task
    said = {"computed_score": task["score"], "comment": override.comment}
    return task | {"score": override.points, "override": said}


def _computed_task(task: Mapping[str, Any]) -> dict[str, Any]:
    override = task.get("override")
    score = override["computed_score"] if override else task["score"]
    return dict(task) | {"score": score, "override": None}


def _total(report: Mapping[str, Any]) -> float:
    late = report.get("late") or {}
    total = sum(task["score"] for task in report["tasks"]) - late.get("deduction", 0.0)
    return round(max(0.0, total), 4)


def _columns(table: Table, name: str) -> dict[str, int]:
    headers = [cell.value.strip().casefold() for cell in table.rows[0].cells]
    problems = [
        f"{name}:1: column {each!r} is missing{_nearest(each, headers)}; "
        f"expected {', '.join(COLUMNS)}"
        for each in COLUMNS
        if each not in headers and each != "comment"
    ]
    problems += [
        f"{name}:1: column {each!r} stands there twice"
        for each in COLUMNS
        if headers.count(each) > 1
    ]
    if problems:
        raise MaterialError(problems)
    return {each: headers.index(each) for each in COLUMNS if each in headers}


class _Reader:
    """Reads line by line and gathers what is wrong."""

    def __init__(
        self, file: str, students: Collection[str], max_points: Mapping[str, float]
    ) -> None:
        self.overrides: list[Override] = []
        self.problems: list[str] = []
        self._file = file
        self._students = students
        self._max_points = max_points
        self._line_of: dict[tuple[str, str | None], int] = {}

    def read(self, line: int, cells: Mapping[str, str]) -> None:
        """Take one line in, or say what is wrong with it."""
        task = self._task_name(cells["task"])
        found = [
            *self._student_problems(cells["student"]),
            *self._task_problems(cells["task"], task),
            *self._points_problems(cells["points"], task),
        ]
        key = (cells["student"], task)
        if not found and key in self._line_of:
            found = [f"says again what line {self._line_of[key]} says; keep one of them"]
        self.problems += [f"{self._file}:{line}: {problem}" for problem in found]
        if not found:
            self._line_of[key] = line
            value = number(cells["points"])
            assert value is not None  # _points_problems has looked
            comment = cells.get("comment") or None
            self.overrides.append(Override(cells["student"], task, value, comment))

    def _task_name(self, cell: str) -> str | None:
        if cell.casefold() in WHOLE:
            return None
        upper = cell.upper()
        return upper if upper in self._max_points else cell

    def _student_problems(self, student: str) -> Iterable[str]:
        if student not in self._students:
            yield f"no student {student!r}{_nearest(student, sorted(self._students))}"

    def _task_problems(self, cell: str, task: str | None) -> Iterable[str]:
        if task is not None and task not in self._max_points:
            near = _nearest(cell, list(self._max_points))
            names = ", ".join(self._max_points)
            yield f"no task {cell!r}{near}; expected {names}, or all for the whole"

    def _points_problems(self, cell: str, task: str | None) -> Iterable[str]:
        limit = sum(self._max_points.values()) if task is None else self._max_points.get(task)
        value = number(cell)
        of = "the whole" if task is None else task
        if value is None:
            yield f"points are {cell!r}, expected a number such as 7.5"
        elif value < 0 or (limit is not None and value > limit):
            most = "" if limit is None else f" to {points(limit)}, the points of {of}"
            yield f"points are {cell}, expected 0{most}"


def _nearest(name: str, names: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else ""
