"""Grades on their way to a learning system: what would change in its file, and who is held back."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass, replace
from threading import Lock

from grader.errors import MaterialError
from tools.common.table import read_table
from tools.course.export import SYSTEMS, Export, Kind, Problem, Request, export_grades
from tools.course.export.grade import Grade, grade_from_report
from tools.course.gradebook import Claim, Gradebook, Release, Student
from tools.course.person_table import Cells, People, read_lines
from tools.course.report.build import Decided, report_of
from tools.desk.classroom import Classroom

FROM_FILE = ("canvas", "moodle", "brightspace", "blackboard")
KEPT = 8  # previews that can be downloaded


@dataclass(frozen=True)
class CellChange:
    """One cell of the system's file that the export writes."""

    row: int  # from 1, as a spreadsheet counts
    who: str  # what the row begins with
    column: str
    before: str
    after: str


@dataclass(frozen=True)
class Preview:
    """An export that was not given away yet."""

    system: str
    export: Export
    cells: tuple[CellChange, ...]
    source: str  # name of the system's file; "" if none was needed
    changes: str  # count of the gradebook's changes


class Previews:
    """The last previews, for the links to download them."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Preview] = OrderedDict()
        self._lock = Lock()

    def keep(self, preview: Preview) -> str:
        """Its key."""
        key = secrets.token_hex(8)
        with self._lock:
            self._kept[key] = preview
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return key

    def get(self, key: str) -> Preview | None:
        """The preview of a key."""
        return self._kept.get(key)


def preview_of(room: Classroom, book: Gradebook, system: str, request: Request) -> Preview:
    """What an export would write.

    Raises
    ------
    MaterialError
        If the system's file cannot be understood.
    """
    if system not in SYSTEMS:
        raise MaterialError([f"{system!r} is no system that the kit knows."])
    if system in FROM_FILE and request.source is None and not request.column:
        raise MaterialError([f"{system.title()} needs the file that it handed out: choose it."])
    grades, held = _grades(room, book)
    export = export_grades(system, replace(request, grades=grades))
    problems = (*held, *(one for one in export.problems if one.student not in _names(held)))
    export = replace(export, problems=problems)
    cells = _cells(request, export) if request.source is not None else ()
    return Preview(system, export, cells, request.source_name, room.changes)


def _names(held: tuple[Problem, ...]) -> set[str]:
    return {one.student for one in held}


def _grades(room: Classroom, book: Gradebook) -> tuple[tuple[Grade, ...], tuple[Problem, ...]]:
    """Everybody's grade as it is now; a grade that a person holds leaves with nobody."""
    grades, held = [], []
    for folder, (student, stored, checks, run) in sorted(room.work.items()):
        pupil = room.pupils[folder]
        if pupil.release is Release.HELD:
            held.append(Problem(folder, Kind.HELD_BACK, "a grader holds this grade"))
            continue
        decided = Decided.of(book.ledger, folder)
        report, _ = report_of(student, stored, checks, run, room.rules, decided)
        grades.append(grade_from_report(report, stored.owner, book.out / "students" / folder))
    return tuple(grades), tuple(held)


def _cells(request: Request, export: Export) -> tuple[CellChange, ...]:
    assert request.source is not None
    (content,) = export.files.values()
    before = read_table(request.source, request.source_name, request.encoding)
    after = read_table(content, request.source_name, request.encoding)
    headers = [cell.value for cell in before.rows[0].cells]
    return tuple(
        CellChange(
            index + 1,
            ", ".join(filter(None, (cell.value for cell in old.cells[:2]))),
            headers[column] if column < len(headers) else f"column {column + 1}",
            was.value,
            now.value,
        )
        for index, (old, new) in enumerate(zip(before.rows, after.rows, strict=True))
        for column, (was, now) in enumerate(zip(old.cells, new.cells, strict=False))
        if was.value != now.value
    )


def read_claims(data: bytes, file: str, students: list[Student], author: str) -> list[Claim]:
    """Regrade requests of a CSV with the columns student, task and claim.

    Raises
    ------
    MaterialError
        With every mistake: line, what was found, what was expected.
    """
    people = People(students)

    def parse(cells: Cells) -> tuple[object, Claim]:
        student = cells.read("student", people.find)
        words, task = cells.values["claim"].strip(), cells.values.get("task", "").strip().upper()
        if not words:
            cells.problems.append("there is no claim")
        return (student, task, words), Claim(student, words, author, file, task=task or None)

    return read_lines(data, file, ("student", "claim"), ("task",), parse)
