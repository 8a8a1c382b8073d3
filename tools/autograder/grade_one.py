"""Grade one submission by the command line, as another system's harness wants it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from grader.errors import KitError
from tools.export.grade import Grade
from tools.export.load import read_grade, read_report
from tools.owner import Owner
from tools.pages.clean import plain

Grading = Callable[[Path, Path], None]  # grades the submission (a folder) into an OUT folder

_WORKED = (0, 1)  # exit codes of nnlab after which there is a report


def by_command(data: str) -> Grading:
    """`nnlab grade` in a process of its own; `data` is "auto", "mnist" or "synthetic"."""

    def grade(submission: Path, out: Path) -> None:
        command = [sys.executable, "-m", "tools.cli", "grade", str(submission), "-o", str(out)]
        command += ["--jobs", "1", "--data", data, "--json"]
        done = subprocess.run(command, capture_output=True, text=True, env=_environment())
        sys.stderr.write(done.stderr)
        if done.returncode not in _WORKED:
            raise KitError(
                f"nnlab grade ended with {done.returncode}: {plain(done.stderr, 2000).strip()}"
            )

    return grade


def grade_one(submission: Path, grading: Grading) -> Grade:
    """The grade of the one submission in a folder.

    Raises KitError where grading left no report: that is never the student's zero.
    """
    with tempfile.TemporaryDirectory(prefix="nnlab-") as work:
        out = Path(work) / "out"
        grading(submission, out)
        reports = sorted(out.glob("students/*/report.json"))
        if len(reports) != 1:
            raise KitError(f"grading left {len(reports)} reports of one submission{_why(out)}")
        student = read_report(reports[0]).get("student")
        return read_grade(reports[0], Owner(str(student)))


def _why(out: Path) -> str:
    attention = out / "attention.csv"
    if not attention.is_file():
        return ""
    return ": " + plain(attention.read_text(encoding="utf-8", errors="replace"), 2000)


def _environment() -> Mapping[str, str]:
    return os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
