"""Grades on their way to a learning system: what would change in its file, and who is held back."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from grader.errors import MaterialError
from tools.common.atomic_write import write_atomic
from tools.common.table import read_table
from tools.course.gradebook.book import Gradebook
from tools.course.gradebook.ledger import Claim
from tools.course.person_table import Cells, People, read_lines
from tools.course.report.build import report_of
from tools.course.student import Student
from tools.desk.classroom import Classroom, DecidedOfAll
from tools.desk.job import Job

if TYPE_CHECKING:  # imported where it is used, so that the first page does not wait for it
    from tools.course.export import Export, Grade, Request

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
    """The last previews, for the links to download them, and everybody's grade."""

    feedback: Job | None = None  # its result is an Export whose files are in OUT/exports

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Preview] = OrderedDict()
        self._grades: dict[str, tuple[object, Grade]] = {}
        self._lock = Lock()

    def grades(self, room: Classroom, book: Gradebook) -> tuple[Grade, ...]:
        """Everybody's grade as it is now; only what has changed since is made again."""
        from tools.course.export import grade_from_report, with_releases

        with self._lock:
            decided = DecidedOfAll(book.ledger)
            for folder, pupil in room.pupils.items():
                if folder not in self._grades or self._grades[folder][0] is not pupil.tasks:
                    student, stored, checks, run = room.work[folder]
                    mine = decided.of(folder)
                    report, _ = report_of(student, stored, checks, run, room.rules, mine)
                    place = book.out / "students" / folder
                    grade = grade_from_report(report, stored.owner, place)
                    self._grades[folder] = pupil.tasks, grade
            grades = [self._grades[folder][1] for folder in sorted(room.pupils)]
            return with_releases(grades, {one.folder: one.release for one in room.pupils.values()})

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


def preview_of(room: Classroom, grades: Sequence[Grade], system: str, request: Request) -> Preview:
    """What an export would write.

    Raises
    ------
    MaterialError
        If the system's file cannot be understood.
    """
    from tools.course.export import SYSTEMS, export_grades

    if system not in SYSTEMS:
        raise MaterialError([f"The kit does not know the system {system!r}."])
    if system in FROM_FILE and request.source is None and not request.column:
        raise MaterialError(
            [f"{system.title()} needs the file that you downloaded from it: choose it."]
        )
    export = export_grades(system, replace(request, grades=tuple(grades)))
    cells = _cells(request, export) if request.source is not None else ()
    return Preview(system, export, cells, request.source_name, room.changes)


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


def feedback_systems() -> tuple[str, ...]:
    """The systems that take feedback files."""
    from tools.course.export.feedback import NAMES

    return tuple(NAMES)


def write_feedback(count: object, out: Path, system: str, with_attention: bool) -> Export:
    """Bring the pages up to date and write feedback.zip, as `nnlab export --feedback` does."""
    from tools.course.export import Request, feedback_zip, load_grades
    from tools.course.report.current import make_current

    make_current(out)
    export = feedback_zip(Request(load_grades(out), with_attention=with_attention), system)
    for name, content in export.files.items():
        write_atomic(out / "exports" / name, content)
    return replace(export, files=dict.fromkeys(export.files, b""))


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
            cells.problems.append("the claim is empty")
        return (student, task, words), Claim(student, words, author, file, task=task or None)

    return read_lines(data, file, ("student", "claim"), ("task",), parse)
