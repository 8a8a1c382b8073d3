"""Brightspace (D2L): the grades export, filled in or made from nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence

from grader.errors import MaterialError
from tools.common.numbers import points
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

FILE = "brightspace.csv"
END = "End-of-Line Indicator"
_ITEM = re.compile(r".+ Points Grade( <.*>)?")
_MAXIMUM = re.compile(r"<[^>]*\bMaxPoints:(\d+(?:[.,]\d+)?)")


def export(request: Request) -> Export:
    """The export with the grades in it; without one, `OrgDefinedId,<item> Points Grade,...`."""
    if request.source is None:
        return _new(request)
    table = read_sheet(request, "Brightspace")
    headers = headers_of(table)
    columns = {
        "org_defined_id": column_of(headers, "OrgDefinedId"),
        "username": column_of(headers, "Username"),
        "email": column_of(headers, "Email"),
    }
    if columns["org_defined_id"] is None and columns["username"] is None:
        raise MaterialError(
            [f"{request.source_name}: no OrgDefinedId and no Username among {headers}"]
        )
    usual = [index for index, head in enumerate(headers) if _ITEM.fullmatch(head)]
    grade = grade_column(headers, usual, request, "Brightspace")
    maximum = _MAXIMUM.search(headers[grade])
    sheet = Sheet(
        table=table,
        name=request.source_name,
        students=tuple(_students(table, headers, columns)),
        grade=grade,
        maximum=float(maximum[1].replace(",", ".")) if maximum else None,
    )
    return fill(sheet, request, FILE)


def _students(
    table: Table, headers: Sequence[str], columns: dict[str, int | None]
) -> list[Candidate]:
    last, first = column_of(headers, "Last Name"), column_of(headers, "First Name")
    students = []
    for row in range(1, len(table.rows)):
        ids = {
            kind: plain_value(table.value(row, column))
            for kind, column in columns.items()
            if column is not None
        }
        if not any(ids.values()):
            continue
        name = None
        if last is not None and first is not None:
            name = f"{table.value(row, first)} {table.value(row, last)}"
        students.append(Candidate(row, ids, name))
    return students


def _new(request: Request) -> Export:
    if not request.column:
        raise MaterialError(
            [
                (
                    "Brightspace needs the grades that you downloaded from it, or --column "
                    "ITEM to make a file"
                )
            ]
        )
    item = request.column if _ITEM.fullmatch(request.column) else f"{request.column} Points Grade"
    grades, problems = without_held_back(request)
    rows, written, missing = [], [], []
    for person in people(grades):
        found = person.ids.get("org_defined_id", person.ids.get("sid"))
        if found is None:
            missing.append(Problem(person.label, Kind.NOT_IN_FILE, "no OrgDefinedId is known"))
            continue
        rows.append([f"#{plain_value(found)}", points(person.grade.score, DECIMALS), "#"])
        written.append(person.label)
    return Export(
        {FILE: csv_bytes(["OrgDefinedId", item, END], rows)}, tuple(written), (*problems, *missing)
    )
