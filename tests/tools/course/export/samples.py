"""Grades, reports and OUT folders for the tests of exports; every name is invented."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tools.course.entries import apply_entries
from tools.course.export import Grade, Request, grade_from_report, write_owners
from tools.course.gradebook.ledger import Kind, Scope, ScoreEntry
from tools.course.student import Owner


def check(
    name: str, score: float, most: float, judged: str = "", public: bool = True, message: str = ""
) -> dict[str, Any]:
    """A check of report.json."""
    return {
        "id": name,
        "judged": judged or ("right" if score == most else "wrong"),
        "ended": "finished",
        "score": score,
        "max_score": most,
        "public": public,
        "message": message or ("as expected" if score == most else "off by 0.5"),
        "got": None,
        "expected": None,
        "hint": None if score == most else "Look at the bias.",
        "misconception": None,
    }


def report(
    student: str, score: float = 17.5, status: str = "graded", message: str = "", **more: Any
) -> dict[str, Any]:
    """A report of 20 points: T#5 of 10, full; T#6 of 10 with what is left."""
    left = score - 10
    tasks = [
        {
            "task": "T#5",
            "title": "Scores",
            "score": 10.0,
            "max_score": 10.0,
            "judged": "right",
            "checks": [check("published", 4, 4), check("shapes", 6, 6, public=False)],
        },
        {
            "task": "T#6",
            "title": "Loss",
            "score": left,
            "max_score": 10.0,
            "judged": "right" if left == 10 else "partly",
            "checks": [check("value", left, 10, message=message)],
        },
    ]
    return {
        "schema": 1,
        "student": student,
        "submission": {"name": student, "sha256": "0" * 64, "received": None},
        "status": status,
        "score": score,
        "max_score": 20.0,
        "tasks": tasks,
        "measured": {},
        "flags": [],
        "run": {"rubric_sha256": "", "kit_version": "1", "data": "mnist", "isolation": "full"},
    } | more


def grade(
    student: str,
    score: float = 17.5,
    name: str | None = None,
    ids: Mapping[str, str] | None = None,
    folder: Path | None = None,
    original: str = "",
    members: Iterable[Mapping[str, str]] = (),
    **more: Any,
) -> Grade:
    """A grade as `load_grades` gives it."""
    owner = Owner(
        student, name=name, ids=ids or {}, original=original, members=tuple(members), system="test"
    )
    return grade_from_report(report(student, score, **more), owner, folder)


def scored(data: Mapping[str, Any], *words: tuple[Any, ...]) -> dict[str, Any]:
    """The report with a person's absolute scores: (task or None, points, comment)."""
    entries = [
        ScoreEntry(
            id=at,
            student=data["student"],
            scope=Scope.TASK if task else Scope.STUDENT,
            kind=Kind.ABSOLUTE,
            task=task,
            value=float(value),
            reason="".join(comment),
        )
        for at, (task, value, *comment) in enumerate(words, 1)
    ]
    return apply_entries(data, entries, {"T#5": 10.0, "T#6": 10.0})


def write_out(out: Path, grades: Iterable[Grade], reports: Iterable[dict[str, Any]] = ()) -> Path:
    """An OUT folder with owners, reports and feedback pages."""
    told = {each["student"]: each for each in reports}
    grades = list(grades)
    for each in grades:
        student = each.owner.student
        folder = out / "students" / student
        folder.mkdir(parents=True)
        data = told.get(student) or report(student, each.score, each.report.status)
        (folder / "report.json").write_text(json.dumps(data))
        (folder / "feedback.html").write_text(f"<p>{student}</p>")
        (folder / "feedback.md").write_text(f"# {student}\n")
    write_owners(out, [each.owner for each in grades])
    return out


def request(grades: Iterable[Grade], source: bytes | str | None = None, **more: Any) -> Request:
    """A request with `source` as the downloaded file."""
    data = source.encode() if isinstance(source, str) else source
    return Request(grades=tuple(grades), source=data, source_name="download.csv", **more)


def changed_lines(before: bytes, after: bytes) -> list[tuple[bytes, bytes]]:
    """Lines that differ, pairwise; both have the same number of lines."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    assert len(old) == len(new)
    return [pair for pair in zip(old, new, strict=True) if pair[0] != pair[1]]
