"""Canvas: the gradebook CSV, filled in or made from nothing.

What the importer does with headers, points row and cells is in Canvas's own
`lib/gradebook_importer.rb`; a file written here changes one assignment and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from grader.errors import MaterialError
from tools.common.numbers import number
from tools.common.table import Table
from tools.course.export.people import Candidate, Recipient
from tools.course.export.result import Export, Request
from tools.course.export.worksheet import (
    Sheet,
    column_of,
    fill,
    grade_column,
    headers_of,
    new_file,
    read_sheet,
    students_of,
)

FILE = "canvas.csv"
_ASSIGNMENT = re.compile(r".*\s\(\d+\)")  # Title (id)
_IDS = {"ID": "user_id", "SIS User ID": "sid", "SIS Login ID": "login"}
_TOTAL = re.compile(r"(Current|Final) (Score|Points|Grade)|Override (Score|Grade|Status)")
_TEST_STUDENT = ("student, test", "test student")


def export(request: Request) -> Export:
    """The gradebook that was downloaded, with the grades in it; without one, the least one."""
    if request.source is None:
        return _new(request)
    table = read_sheet(request, "Canvas")
    headers = headers_of(table)
    if column_of(headers, "ID") is None or column_of(headers, "Section") is None:
        raise MaterialError(
            [
                f"{request.source_name}: this is not a Canvas gradebook: no ID and Section among "
                f"{headers}"
            ]
        )
    first = (column_of(headers, "Section") or 0) + 1
    usual = [index for index in range(first, len(headers)) if _is_assignment(headers[index])]
    column = grade_column(headers, usual, request, "Canvas")
    students = tuple(_students(table, headers))
    sheet = Sheet(
        table=table,
        name=request.source_name,
        students=students,
        grade=column,
        maximum=_maximum(table, column),
        locked={row.row: why for row in students if (why := _locked(table.value(row.row, column)))},
    )
    return fill(sheet, request, FILE)


def _is_assignment(header: str) -> bool:
    """Totals of a grading period look alike, "Final Score (2026)", and Canvas ignores them."""
    return bool(_ASSIGNMENT.fullmatch(header)) and not _TOTAL.search(header)


def _students(table: Table, headers: Sequence[str]) -> Iterator[Candidate]:
    ids = {kind: column_of(headers, head) for head, kind in _IDS.items()}
    names = [1, 0] if headers[0].casefold() == "lastname" else [0]
    for student in students_of(table, ids, names):
        if student.ids["user_id"] and (student.name or "").casefold() not in _TEST_STUDENT:
            yield student


def _maximum(table: Table, column: int) -> float | None:
    for index in range(1, min(4, len(table.rows))):
        if table.value(index, 0).startswith("Points Possible"):
            return number(table.value(index, column))
    return None


def _locked(cell: str) -> str | None:
    if cell.casefold() == "ex":
        return "excused in Canvas"
    if cell.casefold() == "n/a":
        return "the assignment is not assigned to this student in Canvas"
    return None


def _new(request: Request) -> Export:
    """Student,ID,SIS Login ID,Section,Title (id): what the importer needs, no more."""
    if not request.column:
        raise MaterialError(
            [
                "Canvas needs the gradebook that you downloaded from it, or --column "
                "'Title (id)' to make one"
            ]
        )

    def row_of(person: Recipient, score: str) -> Sequence[str] | None:
        user, login = (
            next((person.ids[kind] for kind in kinds if kind in person.ids), "")
            for kinds in (("user_id",), ("login", "username"))
        )
        return [person.name or person.label, user, login, "", score] if user or login else None

    header = ["Student", "ID", "SIS Login ID", "Section", request.column]
    return new_file(request, FILE, header, row_of, "no Canvas id and no login")
