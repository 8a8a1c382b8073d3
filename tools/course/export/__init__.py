"""Grades on their way to a learning system: one module for each.

`load_grades` reads an OUT folder, `export_grades` makes the files for a system, `feedback_zip` the
feedback under the names that the system takes back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tools.course.export import (
    blackboard,
    brightspace,
    canvas,
    github,
    gradescope,
    junit,
    moodle,
    plain,
    prairielearn,
)
from tools.course.export.feedback import feedback_zip
from tools.course.export.load import left_over, load_grades
from tools.course.export.result import Export, NotWritten, Obstacle, Request
from tools.course.export.student_grade import Grade, grade_from_report, with_releases
from tools.course.owners import read_owners, write_owners

__all__ = [
    "SYSTEMS",
    "Export",
    "Grade",
    "NotWritten",
    "Obstacle",
    "Request",
    "export_grades",
    "feedback_zip",
    "grade_from_report",
    "left_over",
    "load_grades",
    "read_owners",
    "with_releases",
    "write_owners",
]

SYSTEMS: Mapping[str, Callable[[Request], Export]] = {
    "canvas": canvas.export,
    "moodle": moodle.export,
    "gradescope": gradescope.export,
    "brightspace": brightspace.export,
    "blackboard": blackboard.export,
    "prairielearn": prairielearn.export,
    "csv": plain.export,
    "junit": junit.export,
    "github": github.export,
}


def export_grades(system: str, request: Request) -> Export:
    """The files that `system` (a key of SYSTEMS) takes, and who is not in them."""
    return SYSTEMS[system](request)
