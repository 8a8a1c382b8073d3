"""Moodle: the offline grading worksheet, filled in.

Its headers are in the site's language and are matched letter by letter when it comes back, so
they are taken from the file: by their English names where they have them, else by the shape of
the columns, which Moodle writes in one order in every language.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from grader.errors import MaterialError
from tools.common.numbers import number
from tools.common.table import Table
from tools.course.export.people import Candidate
from tools.course.export.result import Export, Request
from tools.course.export.worksheet import (
    Sheet,
    column_of,
    feedback_column,
    fill,
    grade_column,
    headers_of,
    read_sheet,
    students_of,
)

FILE = "moodle.csv"
_PARTICIPANT = re.compile(r"(\D+)(\d+)")  # "Participant 10482", in any language
_YEAR = re.compile(r"\b\d{4}\b")  # every long date has one


def export(request: Request) -> Export:
    """The worksheet with grades and feedback comments in it."""
    table = read_sheet(request, "Moodle")
    headers = headers_of(table)
    rows = [i for i, row in enumerate(table.rows) if i > 0 and not row.blank]
    identifier = _identifier(table, headers, rows, request.source_name)
    grade, maximum = _grade(table, headers, rows, request)
    usual = _feedback(table, headers, rows, after=maximum if maximum is not None else grade)
    sheet = Sheet(
        table=table,
        name=request.source_name,
        students=tuple(_students(table, headers, identifier)),
        grade=grade,
        maximum=None if maximum is None else _constant(table, rows, maximum),
        feedback=feedback_column(headers, request, usual),
        locked=_locked(table, headers, rows),
    )
    return fill(sheet, request, FILE, as_feedback)


def as_feedback(text: str) -> str:
    """Feedback as Moodle stores it: HTML, in one line."""
    # Keeps our own first word at the start of the cell, so that it is known again.
    return "<br />".join(html.escape(line, quote=False) for line in text.split("\n"))


def _identifier(table: Table, headers: Sequence[str], rows: Sequence[int], name: str) -> int:
    for column in range(len(headers)):
        found = [_PARTICIPANT.fullmatch(table.value(row, column)) for row in rows]
        prefixes = {match[1] for match in found if match}
        if found and all(found) and len(prefixes) == 1:
            return column
    raise MaterialError(
        [f"{name}: this is not a Moodle worksheet: no column of participants among {list(headers)}"]
    )


def _grade(
    table: Table, headers: Sequence[str], rows: Sequence[int], request: Request
) -> tuple[int, int | None]:
    """Columns of the grade and of its maximum, which follows it."""
    if column_of(headers, "Scale") is not None and request.column is None:
        raise MaterialError(
            [f"{request.source_name}: the assignment is graded on a scale; grade it in points"]
        )
    named = column_of(headers, "Grade")
    pairs = [named] if named is not None else _pairs(table, rows, len(headers))
    grade = grade_column(headers, pairs, request, "Moodle")
    follows = grade + 1 if grade + 1 < len(headers) else None
    if follows is not None and _constant(table, rows, follows) is None:
        follows = None
    return grade, follows


def _pairs(table: Table, rows: Sequence[int], width: int) -> list[int]:
    """Columns of blanks and numbers that have a column of one positive number after them."""
    found = []
    for column in range(width - 1):
        maximum = _constant(table, rows, column + 1)
        cells = [table.value(row, column) for row in rows]
        grades = [number(cell) for cell in cells if cell]
        if maximum and all(grade is not None and grade <= maximum for grade in grades):
            found.append(column)
    return found


def _constant(table: Table, rows: Sequence[int], column: int) -> float | None:
    """The number that stands in every row of a column, or None."""
    values = {number(table.value(row, column)) for row in rows}
    return values.pop() if len(values) == 1 else None


def _feedback(table: Table, headers: Sequence[str], rows: Sequence[int], after: int) -> int | None:
    """The feedback comments: by name, else the last column, if it is none of dates."""
    named = column_of(headers, "Feedback comments")
    if named is not None:
        return named
    last = len(headers) - 1
    cells = [table.value(row, last) for row in rows]
    dates = all(cell == "-" or _YEAR.search(cell) for cell in cells)
    return last if last > after + 1 and not dates else None


def _locked(table: Table, headers: Sequence[str], rows: Sequence[int]) -> dict[int, str]:
    column = column_of(headers, "Grade can be changed")
    if column is None:
        return {}
    why = "locked in Moodle: its grade cannot be changed"
    return {row: why for row in rows if table.value(row, column).casefold() == "no"}


def _students(table: Table, headers: Sequence[str], identifier: int) -> Iterator[Candidate]:
    ids = {
        "participant": identifier,
        "sid": column_of(headers, "ID number"),
        "email": column_of(headers, "Email address"),
        "username": column_of(headers, "Username"),
    }
    for student in students_of(table, ids, [column_of(headers, "Full name")]):
        number = _PARTICIPANT.fullmatch(student.ids["participant"])
        yield replace(student, ids={**student.ids, "participant": number[2] if number else ""})
