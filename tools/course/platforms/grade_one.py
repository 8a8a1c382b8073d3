"""Grade one submission by the command line, as another system's harness wants it."""

from __future__ import annotations

import contextlib
import csv
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from grader.errors import KitError, SubmissionError
from tools.common.machine import ONE_BLAS_THREAD
from tools.common.sanitize import plain
from tools.course.export.load import read_grade, read_report
from tools.course.export.student_grade import Grade
from tools.course.student import Owner

Grading = Callable[[Path, Path], None]  # grades the submission (a folder) into an OUT folder

_WORKED = (0, 1)  # exit codes of nnlab after which there is a report
_STUDENTS_STAGES = ("collect", "read")  # where what was handed in is at fault, not the kit


def by_command(data: str) -> Grading:
    """`nnlab grade` in a process of its own; `data` is "auto", "mnist" or "synthetic"."""

    def grade(submission: Path, out: Path) -> None:
        command = [sys.executable, "-m", "tools.cli", "grade", str(submission), "-o", str(out)]
        command += ["--jobs", "1", "--data", data, "--json"]
        done = subprocess.run(
            command, capture_output=True, text=True, env=os.environ | ONE_BLAS_THREAD
        )
        sys.stderr.write(done.stderr)
        if done.returncode not in _WORKED:
            raise KitError(
                f"nnlab grade ended with {done.returncode}: {plain(done.stderr, 2000).strip()}"
            )

    return grade


def grade_one(submission: Path, grading: Grading) -> Grade:
    """The grade of a folder that is one submission, whatever is in it.

    Raises
    ------
    SubmissionError
        If there is nothing in it that could be graded; the message is for the student.
    KitError
        If grading left no report for another reason: that is never the student's zero.
    """
    with tempfile.TemporaryDirectory(prefix="nnlab-") as work:
        out = Path(work) / "out"
        grading(_as_one(submission, Path(work)), out)
        reports = sorted(out.glob("students/*/report.json"))
        if len(reports) != 1:
            raise _no_report(out, len(reports))
        student = read_report(reports[0]).get("student")
        return read_grade(reports[0], Owner(str(student)))


def _as_one(submission: Path, work: Path) -> Path:
    """A class of one, in which nothing in the submission can pass for another student.

    `nnlab grade` tells a submission from a class by what lies in the folder. Below a folder that
    is named as Moodle names a student's, everything is that student's.
    """
    place = work / "class"
    target = place / "submission_1_assignsubmission_file"
    shutil.copytree(submission, target, symlinks=True, ignore=_neither_file_nor_folder)
    return place


def _neither_file_nor_folder(folder: str, names: list[str]) -> list[str]:
    """Pipes and devices, which cannot be copied."""
    paths = [Path(folder, name) for name in names]
    return [
        path.name for path in paths if not (path.is_symlink() or path.is_file() or path.is_dir())
    ]


def _no_report(out: Path, found: int) -> SubmissionError | KitError:
    """What to say of a run that left no report, from its list for attention."""
    rows: list[dict[str, str]] = []
    with contextlib.suppress(OSError), (out / "attention.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    reasons = "; ".join(plain(row.get("reason") or "", 500) for row in rows) or "no reason given"
    if rows and not found and all(row.get("stage") in _STUDENTS_STAGES for row in rows):
        return SubmissionError(reasons)
    return KitError(
        f"grading left {found} reports of one submission: {reasons or 'no reason given'}"
    )
