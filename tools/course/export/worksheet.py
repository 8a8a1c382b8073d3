"""Fill grades into a file that a learning system handed out: what all such systems share."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from grader.errors import MaterialError
from tools.common.numbers import decimal_mark, number, points
from tools.common.table import Table, plain_value, read_table
from tools.course.export.people import Candidate, Recipient, check_ids, match, people
from tools.course.export.plain import csv_bytes
from tools.course.export.result import Export, NotWritten, Obstacle, Request, without_held_back
from tools.course.export.student_grade import Grade

DECIMALS = 2  # all of these systems show and compare grades with two
OURS = "Score "  # how our feedback begins: such a cell may be written again


@dataclass(frozen=True)
class Sheet:
    """A system's file, understood: where the students are, where grade and feedback go."""

    table: Table
    name: str  # of the file, for messages
    students: tuple[Candidate, ...]
    grade: int  # column
    maximum: float | None = None  # points of the grade column, where the file says so
    feedback: int | None = None  # column
    beside: Mapping[int, str] = field(default_factory=dict)  # column -> value, with feedback
    locked: Mapping[int, str] = field(default_factory=dict)  # row -> why it must stay


def read_sheet(request: Request, system: str) -> Table:
    """The downloaded file as a table."""
    if request.source is None:
        raise MaterialError(
            [f"{system} needs the file that you downloaded from it: name it after --to"]
        )
    return read_table(request.source, request.source_name, request.encoding)


def fill(
    sheet: Sheet, request: Request, file: str, as_feedback: Callable[[str], str] = str
) -> Export:
    """The file with grades and feedback in it; everything else as it was, byte for byte."""
    check_ids(sheet.students, sheet.name)
    grades, problems = without_held_back(request)
    factor = _factor(sheet, request)
    pairs, left = match(people(grades), sheet.students, request.by_name)
    mark = _mark(sheet)
    values: dict[tuple[int, int], str] = {}
    written, notes = [], set()
    for person, candidate in pairs:
        row = candidate.row
        if row in sheet.locked:
            left.append(NotWritten(person.label, Obstacle.LEFT, sheet.locked[row]))
            continue
        written.append(person.label)
        score = round(person.grade.score * factor, DECIMALS)
        if number(sheet.table.value(row, sheet.grade)) != score:
            values[row, sheet.grade] = points(score, DECIMALS, mark)
        if sheet.feedback is not None:
            text, note = _feedback(sheet, row, person.grade, as_feedback)
            notes.add(note)
            if text is not None:
                values[row, sheet.feedback] = text
                values |= {(row, column): value for column, value in sheet.beside.items()}
    return Export(
        {file: sheet.table.with_values(values).to_bytes()},
        tuple(written),
        (*problems, *left),
        tuple(sorted(notes - {""})),
    )


def column_of(headers: Sequence[str], *names: str) -> int | None:
    """The first column whose header is one of `names`, whatever the case and the blanks."""
    wanted = [name.casefold() for name in names]
    for index, header in enumerate(headers):
        if " ".join(header.split()).casefold() in wanted:
            return index
    return None


def students_of(
    table: Table, ids: Mapping[str, int | None], names: Sequence[int | None] = ()
) -> list[Candidate]:
    """The rows with an id; `ids` are columns by kind, `names` those of first and last name."""
    columns = {kind: column for kind, column in ids.items() if column is not None}
    students = []
    for row in range(1, len(table.rows)):
        found = {kind: plain_value(table.value(row, column)) for kind, column in columns.items()}
        parts = [table.value(row, column) for column in names if column is not None]
        name = " ".join(parts) if parts and len(parts) == len(names) else None
        if any(found.values()):
            students.append(Candidate(row, found, name))
    return students


def new_file(
    request: Request,
    file: str,
    header: Sequence[str],
    row_of: Callable[[Recipient, str], Sequence[str] | None],
    unknown: str,
) -> Export:
    """A file made from nothing; `row_of` gives a person's row with the points, None if unknown."""
    grades, problems = without_held_back(request)
    rows, written, missing = [], [], []
    for person in people(grades):
        row = row_of(person, points(person.grade.score, DECIMALS))
        if row is None:
            missing.append(NotWritten(person.label, Obstacle.NOT_IN_FILE, unknown))
        else:
            rows.append(row)
            written.append(person.label)
    return Export({file: csv_bytes(header, rows)}, tuple(written), (*problems, *missing))


def column_holding(table: Table, values: Iterable[str]) -> int | None:
    """The column in which most of `values` stand: a role told by content, in any language."""
    wanted = {value.casefold() for value in values}
    hits = Counter(
        column
        for row in table.rows[1:]
        for column, cell in enumerate(row.cells)
        if plain_value(cell.value).casefold() in wanted
    )
    best = hits.most_common(2)
    if not best or (len(best) == 2 and best[0][1] == best[1][1]):
        return None
    return best[0][0]


def grade_column(
    headers: Sequence[str], usual: Iterable[int], request: Request, system: str
) -> int:
    """The column for the grade: the one asked for, else the only usual one.

    Raises MaterialError with the headers seen where there is none, or more than one.
    """
    usual = list(usual)
    if request.column is not None:
        return _asked_for(headers, request.column, request.source_name)
    if len(usual) == 1:
        return usual[0]
    seen = ", ".join(repr(headers[index]) for index in usual or range(len(headers)))
    found = "several grade columns" if usual else f"no grade column of {system}"
    raise MaterialError([f"{request.source_name}: {found}; choose with --column out of {seen}"])


def headers_of(table: Table, row: int = 0) -> list[str]:
    """What stands in the header row."""
    return [cell.value.strip() for cell in table.rows[row].cells]


def feedback_column(headers: Sequence[str], request: Request, usual: int | None) -> int | None:
    """The column for feedback: the one asked for, else the usual one, if any."""
    if request.feedback_column is None:
        return usual
    return _asked_for(headers, request.feedback_column, request.source_name)


def _asked_for(headers: Sequence[str], name: str, file: str) -> int:
    matches = [index for index, header in enumerate(headers) if header == name.strip()]
    if not matches:  # "Lab 1" for "Lab 1 (55120)" or "Lab 1 Points Grade"
        matches = [index for index, header in enumerate(headers) if header.startswith(name)]
    if len(matches) == 1:
        return matches[0]
    found = "is there more than once" if matches else "is not there"
    near = difflib.get_close_matches(name, headers, n=1)
    hint = f"; did you mean {near[0]!r}?" if near and not matches else ""
    seen = ", ".join(repr(header) for header in headers)
    raise MaterialError([f"{file}: column {name!r} {found}{hint}; columns: {seen}"])


def _factor(sheet: Sheet, request: Request) -> float:
    """What to multiply scores with; a column with another maximum is refused unless asked for."""
    maxima = {grade.report.max_score for grade in request.grades}
    if sheet.maximum is None or maxima <= {sheet.maximum}:
        return 1.0
    if request.scale and len(maxima) == 1 and (maximum := maxima.pop()) > 0:
        return sheet.maximum / maximum
    ours = " and ".join(points(each) for each in sorted(maxima))
    raise MaterialError(
        [
            f"{sheet.name}: the column is out of {points(sheet.maximum)} points, "
            f"the grades are out of {ours}; --scale converts them"
        ]
    )


def _mark(sheet: Sheet) -> str:
    """The decimal mark of the grades, or of the column after them: Moodle's maximum."""
    columns = (sheet.grade, sheet.grade + 1)
    rows = range(1, len(sheet.table.rows))
    return decimal_mark([sheet.table.value(row, column) for row in rows for column in columns])


def _feedback(
    sheet: Sheet, row: int, grade: Grade, as_feedback: Callable[[str], str]
) -> tuple[str | None, str]:
    """Text for the feedback cell (None: leave it) and a note for the instructor ("": none)."""
    assert sheet.feedback is not None
    old = sheet.table.value(row, sheet.feedback)
    if old and not old.startswith(OURS):
        return None, f"{sheet.name}: feedback that a person wrote was not changed"
    text = as_feedback(grade.feedback)
    fitting = sheet.table.writable(text)
    if fitting != text:
        encoding = sheet.table.encoding
        return (
            fitting,
            f"{sheet.name} is {encoding}: characters that it does not have became question marks",
        )
    return (None, "") if text == old else (text, "")
