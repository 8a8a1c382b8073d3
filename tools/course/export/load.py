"""Grades out of an OUT folder: the owners beside the reports of `nnlab grade`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grader.errors import MaterialError
from tools.common.numbers import read_json
from tools.course.export.student_grade import Grade, grade_from_report, with_releases
from tools.course.gradebook.book import FILE as GRADEBOOK
from tools.course.gradebook.book import Gradebook
from tools.course.gradebook.ledger import Release
from tools.course.owners import FILE, read_owners
from tools.course.student import Owner

SCHEMA = 1  # of report.json


def load_grades(out: Path) -> tuple[Grade, ...]:
    """Every student's grade, sorted by student, as far as graders let it leave.

    Raises MaterialError, all mistakes at once: no owners.json, an owner without a report, a report
    of another schema or one that is damaged. Whom owners.json does not name is left over from an
    earlier run, and no concern of this one: see `left_over`.
    """
    owners = read_owners(out)
    reports = _reports(out)
    problems = [
        f"{out / 'students' / student}: no report.json, although {FILE} has this student; "
        "grade again to finish"
        for student in sorted(owners.keys() - reports.keys())
    ]
    if not owners:
        problems.append(f"{out}: no student has been graded here")
    grades = []
    for student in sorted(owners.keys() & reports.keys()):
        try:
            grades.append(read_grade(reports[student], owners[student]))
        except MaterialError as error:
            problems += error.problems
    if problems:
        raise MaterialError(problems)
    return with_releases(grades, _releases(out))


def _releases(out: Path) -> Mapping[str, Release]:
    if not (out / GRADEBOOK).is_file():
        return {}
    with Gradebook(out, write=False) as book:
        return book.ledger.releases()


def left_over(out: Path) -> list[str]:
    """Students with a report whom owners.json does not name: graded once, but not last time."""
    return sorted(_reports(out).keys() - read_owners(out).keys())


def _reports(out: Path) -> dict[str, Path]:
    return {path.parent.name: path for path in out.glob("students/*/report.json")}


def read_grade(path: Path, owner: Owner) -> Grade:
    """One report.json as a grade; MaterialError names the file and what is wrong with it."""
    report = read_report(path)
    if report.get("student") != owner.student:
        raise MaterialError(
            [f"{path}: this is the report of {report.get('student')!r}, expected {owner.student!r}"]
        )
    try:
        return grade_from_report(report, owner, path.parent)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise MaterialError([f"{path}: not a report of schema {SCHEMA}: {error!r}"]) from None


def read_report(path: Path) -> Mapping[str, Any]:
    """A report.json of our schema, as it stands."""
    return read_json(path, SCHEMA)
