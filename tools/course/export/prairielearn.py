"""PrairieLearn: `results.json` of an external grader."""

from __future__ import annotations

from typing import Any

from tools.common.numbers import to_small_json
from tools.course.export.result import Export, Request, without_held_back
from tools.course.export.student_grade import Grade, text_of
from tools.course.report.pages.model import Check, Task


def export(request: Request) -> Export:
    """`<student>/results.json` for each, but for those who need attention."""
    grades, problems = without_held_back(request)
    files = {
        f"{grade.owner.student}/results.json": to_small_json(results(grade)) for grade in grades
    }
    return Export(files, tuple(grade.owner.student for grade in grades), problems)


def results(grade: Grade) -> dict[str, Any]:
    """The object of `results.json`; the score is a fraction, as PrairieLearn wants it.

    Every test has points: one without would switch off the points of all.
    """
    fraction = grade.score / grade.report.max_score if grade.report.max_score > 0 else 0.0
    tests = [_test(task, check) for task in grade.report.tasks for check in task.checks]
    full = sum(test["points"] == test["max_points"] for test in tests)
    return {
        "gradable": True,
        "score": round(min(1.0, max(0.0, fraction)), 4),
        "message": f"{full} of {len(tests)} checks passed",
        "output": grade.feedback,
        "tests": tests,
    }


def not_gradable(reasons: list[str]) -> dict[str, Any]:
    """For a submission with nothing in it to grade: no attempt is used up."""
    return {"gradable": False, "format_errors": reasons}


def _test(task: Task, check: Check) -> dict[str, Any]:
    return {
        "name": f"{task.name} {check.id}",
        "description": task.title,
        "points": round(check.score, 4),
        "max_points": round(check.max_score, 4),
        "output": text_of(check),
    }
