"""Brightspace (D2L): the grades export, filled in or made from nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence

from grader.errors import MaterialError
from tools.common.numbers import number
from tools.common.table import plain_value
from tools.course.export.people import Recipient
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
    names = [column_of(headers, name) for name in ("First Name", "Last Name")]
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
        students=tuple(students_of(table, columns, names)),
        grade=grade,
        maximum=number(maximum[1]) if maximum else None,
    )
    return fill(sheet, request, FILE)


def _new(request: Request) -> Export:
    if not request.column:
        raise MaterialError(
            [
                "Brightspace needs the grades that you downloaded from it, or --column ITEM to "
                "make a file"
            ]
        )
    item = request.column if _ITEM.fullmatch(request.column) else f"{request.column} Points Grade"

    def row_of(person: Recipient, score: str) -> Sequence[str] | None:
        found = person.ids.get("org_defined_id", person.ids.get("sid"))
        return None if found is None else [f"#{plain_value(found)}", score, "#"]

    header = ["OrgDefinedId", item, END]
    return new_file(request, FILE, header, row_of, "no OrgDefinedId is known")
