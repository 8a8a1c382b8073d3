"""Canvas: the gradebook CSV, filled in or made from nothing.

What the importer does with headers, points row and cells is in Canvas's own
`lib/gradebook_importer.rb`; a file written here changes one assignment and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from grader.errors import MaterialError
from tools.common.numbers import number, points
from tools.common.table import Table, plain_value
from tools.course.export.people import Candidate, people
from tools.course.export.plain import csv_bytes
from tools.course.export.result import Export, Kind, Problem, Request, without_held_back
from tools.course.export.worksheet import (
    DECIMALS,
    Sheet,
    column_of,
    fill,
    grade_column,
    headers_of,
    read_sheet,
)

FILE = "canvas.csv"
_ASSIGNMENT = re.compile(r".*\s\(\d+\)")  # Title (id)
_IDS = {"ID": "user_id", "SIS User ID": "sid", "SIS Login ID": "login"}
_TOTAL = re.compile(r"(Current|Final) (Score|Points|Grade)|Override (Score|Grade|Status)")
_TEST_STUDENT = "student, test"


def export(request: Request) -> Export:
    """The gradebook that was downloaded, with the grades in it; without one, the least one."""
    if request.source is None:
        return _new(request)
    table = read_sheet(request, "Canvas")
    headers = headers_of(table)
    if column_of(headers, "ID") is None or column_of(headers, "Section") is None:
        raise MaterialError(
            [
                (
                    f"{request.source_name}: this is not a Canvas gradebook: no ID and "
                    f"Section among {headers}"
                )
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
    columns = {kind: column_of(headers, head) for head, kind in _IDS.items()}
    ids_at = {kind: column for kind, column in columns.items() if column is not None}
    for index, row in enumerate(table.rows[1:], start=1):
        ids = {kind: plain_value(table.value(index, column)) for kind, column in ids_at.items()}
        name = plain_value(table.value(index, 0))
        if headers[0].casefold() == "lastname":
            name = f"{name}, {plain_value(table.value(index, 1))}"
        if not row.blank and ids["user_id"] and name.casefold() != _TEST_STUDENT:
            yield Candidate(index, ids, name)


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
                (
                    "Canvas needs the gradebook that you downloaded from it, or --column "
                    "'Title (id)' to make one"
                )
            ]
        )
    grades, problems = without_held_back(request)
    header = ["Student", "ID", "SIS Login ID", "Section", request.column]
    rows, written, missing = [], [], []
    for person in people(grades):
        login = person.ids.get("login", person.ids.get("username", ""))
        if not (person.ids.get("user_id") or login):
            missing.append(Problem(person.label, Kind.NOT_IN_FILE, "no Canvas id and no login"))
            continue
        user = person.ids.get("user_id", "")
        score = points(person.grade.score, DECIMALS)
        rows.append([person.name or person.label, user, login, "", score])
        written.append(person.label)
    return Export({FILE: csv_bytes(header, rows)}, tuple(written), (*problems, *missing))
