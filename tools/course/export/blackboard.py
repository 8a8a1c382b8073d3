"""Blackboard Learn: the Grade Center download, filled in.

The `.xls` that it offers is tab-separated text in UTF-16; it is read and written as such. A
column header carries the column's id and comes back untouched, else Blackboard would make a new
text column worth nothing.
"""

from __future__ import annotations

import re

from grader.errors import MaterialError
from tools.common.numbers import number
from tools.course.export.people import usernames
from tools.course.export.result import Export, Request
from tools.course.export.worksheet import (
    Sheet,
    column_holding,
    column_of,
    feedback_column,
    fill,
    grade_column,
    headers_of,
    read_sheet,
    students_of,
)

_GRADE = re.compile(r".+ \[[^\]]*\] *\|\d+")  # Lab 1 [Total Pts: 20 Score] |337483
_MAXIMUM = re.compile(r"\[[^:\]]*: *(?:up to )?(\d+(?:[.,]\d+)?)[^\]]*\] *\|\d+$")
# SMART_TEXT takes HTML for HTML, and a tab or a new line would end a cell of the .xls.
_HARMLESS = str.maketrans({"<": "‹", ">": "›", "\t": " ", "\n": " | "})


def export(request: Request) -> Export:
    """The download with grades and feedback in it."""
    table = read_sheet(request, "Blackboard")
    headers = headers_of(table)
    username = column_of(headers, "Username", "User Name")
    if username is None:  # translated
        username = column_holding(table, usernames(request.grades))
    if username is None:
        raise MaterialError([f"{request.source_name}: no column of usernames among {headers}"])
    usual = [index for index, head in enumerate(headers) if _GRADE.fullmatch(head)]
    grade = grade_column(headers, usual, request, "Blackboard")
    maximum = _MAXIMUM.search(headers[grade])
    markup = column_of(headers, "Feedback Format")
    sheet = Sheet(
        table=table,
        name=request.source_name,
        students=tuple(
            students_of(
                table,
                {"username": username, "sid": column_of(headers, "Student ID")},
                [column_of(headers, name) for name in ("First Name", "Last Name")],
            )
        ),
        grade=grade,
        maximum=number(maximum[1]) if maximum else None,
        feedback=feedback_column(headers, request, column_of(headers, "Feedback to Learner")),
        beside={} if markup is None else {markup: "SMART_TEXT"},
    )
    # A tab-separated download goes back under the name that Blackboard gives such a file.
    file = "blackboard.xls" if table.separator == "\t" else "blackboard.csv"
    return fill(sheet, request, file, lambda text: text.translate(_HARMLESS))
