"""GitHub Actions: the step output that the classroom reporter action sums up."""

from __future__ import annotations

import base64
from typing import Any

from grader.engine.verdict import Judged
from tools.common.numbers import to_json
from tools.course.export.result import Export, Request, without_score
from tools.course.export.student_grade import Grade
from tools.course.report.pages.model import Check

FILE = "github-output.txt"  # to be appended to $GITHUB_OUTPUT


def export(request: Request) -> Export:
    """One file, or one in a folder for each student where there are several."""
    single = len(request.grades) == 1
    files = {
        FILE if single else f"{grade.owner.student}/{FILE}": step_output(grade)
        for grade in request.grades
    }
    students = tuple(grade.owner.student for grade in request.grades)
    return Export(files, students, notes=without_score(request))


def step_output(grade: Grade) -> bytes:
    """The line `result=...`: base64, so that nothing in it can begin another line."""
    return b"result=" + base64.b64encode(to_json(result(grade))) + b"\n"


def result(grade: Grade) -> dict[str, Any]:
    """The object that reporters decode.

    They add up the scores of the tests, and fail where there are none. So a grade that is not
    the sum of its checks, or that has none, becomes one test of its own; where there is no score,
    that is an error and no failure.
    """
    tasks = grade.report.tasks
    checks = [(f"{task.name} {check.id}", check) for task in tasks for check in task.checks]
    tests = [_test(name, _status(check), check.score) for name, check in checks]
    if not tests or abs(sum(check.score for _, check in checks) - grade.score) > 1e-6:
        full = grade.final and grade.score >= grade.report.max_score
        told = "pass" if full else "fail"
        tests = [_test("grade", told if grade.report.final else "error", grade.score)]
    statuses = {test["status"] for test in tests}
    return {
        "version": 1,
        "status": next((each for each in ("error", "fail") if each in statuses), "pass"),
        "max_score": _number(grade.report.max_score),
        "tests": tests,
    }


def _status(check: Check) -> str:
    if check.judged == Judged.COULD_NOT_TELL:
        return "error"
    return "pass" if check.judged in (Judged.RIGHT, Judged.FOLLOW_THROUGH) else "fail"


def _test(name: str, status: str, score: float) -> dict[str, Any]:
    where = {"test_code": "", "filename": "", "line_no": 0, "duration": 0}
    return {"name": name, "status": status, "score": _number(score), **where}


def _number(value: float) -> float:
    """Without a decimal point where there is nothing behind it."""
    return int(value) if value == int(value) else round(value, 4)
