"""Plain CSV: one row for each student, for any spreadsheet or script."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from tools.common.numbers import points
from tools.common.sanitize import csv_cell
from tools.course.export.people import Recipient, people
from tools.course.export.result import Export, Request, without_score
from tools.course.export.student_grade import Grade

FILE = "grades.csv"


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A CSV file, UTF-8: the header as it is, below it no cell that is a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow([csv_cell(cell) for cell in row])
    return text.getvalue().encode()


def export(request: Request) -> Export:
    """Every student, and every member of a group; the status column says who needs attention.

    What could not be told is an empty cell, and so is its sum, as in scores.csv.
    """
    kinds = sorted({kind for person in people(request.grades) for kind in person.ids})
    tasks = [task.name for task in request.grades[0].report.tasks] if request.grades else []
    for grade in request.grades:
        tasks += [task.name for task in grade.report.tasks if task.name not in tasks]
    header = ["student", "name", *kinds, "score", "max_score", "computed_score"]
    header += ["late_deduction", *tasks, "status", "comment"]
    rows = [_row(person, kinds, tasks) for person in people(request.grades)]
    students = tuple(grade.owner.student for grade in request.grades)
    return Export({FILE: csv_bytes(header, rows)}, students, notes=without_score(request))


def _row(person: Recipient, kinds: Sequence[str], tasks: Sequence[str]) -> list[str]:
    grade = person.grade
    told = [task for task in grade.report.tasks if grade.report.graded and not task.open]
    scores = {task.name: points(task.score) for task in told}
    return [
        grade.owner.student,
        person.name or "",
        *(person.ids.get(kind, "") for kind in kinds),
        points(grade.score) if grade.report.final else "",
        points(grade.report.max_score),
        "" if grade.computed is None else points(grade.computed),
        points(grade.report.deduction) if grade.report.deduction else "",
        *(scores.get(task, "") for task in tasks),
        grade.report.status,
        "; ".join(_comments(grade)),
    ]


def _comments(grade: Grade) -> Iterable[str]:
    """What a person said, of the whole and of tasks."""
    if grade.comment:
        yield grade.comment
    for task in grade.report.tasks:
        if task.override and task.override.comment:
            yield f"{task.name}: {task.override.comment}"
