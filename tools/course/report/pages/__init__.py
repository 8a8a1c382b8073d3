"""What people read: feedback to one student, and the dashboard of a class.

Pages are made from reports alone (`report.json`, and for pictures what a grader adds in
`Extras`). The same input gives the same bytes: nothing here looks at a clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tools.common.atomic_write import write_atomic
from tools.common.sanitize import file_link
from tools.course.report.pages.dashboard import dashboard_html
from tools.course.report.pages.feedback import feedback_html
from tools.course.report.pages.markdown import feedback_md
from tools.course.report.pages.model import Attention, ConfidentError, Extras, Report

__all__ = [
    "Attention",
    "ConfidentError",
    "Extras",
    "folder_of",
    "write_dashboard",
    "write_student",
]


def folder_of(out: Path, student: str) -> Path:
    """Folder of one student's pages; ValueError for a name that could leave the report."""
    if file_link(("students", student)) is None:
        raise ValueError(f"student {student!r} cannot be the name of a folder")
    return out / "students" / student


def write_student(
    folder: Path, report: Mapping[str, Any], extras: Extras | None = None
) -> tuple[Path, Path]:
    """Write `feedback.html` and `feedback.md` of one student into `folder`."""
    clean = Report.from_dict(report)
    extras = extras or Extras()
    html, md = folder / "feedback.html", folder / "feedback.md"
    write_atomic(html, feedback_html(clean, extras).encode())
    write_atomic(md, feedback_md(clean, extras).encode())
    return html, md


def write_dashboard(
    out: Path,
    reports: Iterable[Mapping[str, Any]],
    attention: Iterable[Attention] = (),
    *,
    title: str = "Simple Neural Network Lab",
    compare: Iterable[Mapping[str, Any]] | None = None,
) -> Path:
    """Write `index.html` of a class into `out`, beside an earlier report of it if `compare`."""
    page = out / "index.html"
    write_atomic(page, dashboard_html(reports, attention, title=title, old=compare).encode())
    return page
