"""Gradescope: one `results.json` for a submission, as an autograder hands it over."""

from __future__ import annotations

from typing import Any

from grader.engine.verdict import Judged
from tools.common.numbers import to_small_json
from tools.course.export.result import Export, Request, without_held_back
from tools.course.export.student_grade import Grade, text_of
from tools.course.report.pages.model import Check, Task

VISIBILITIES = ("visible", "hidden", "after_due_date", "after_published")
HIDDEN_CHECKS = "after_published"


def export(request: Request) -> Export:
    """`<submission>/results.json` for each; the folder is named as in Gradescope's own export.

    Gradescope demands a score, so there is no file for a student who needs attention.
    """
    grades, problems = without_held_back(request)
    files = {
        f"{_folder(grade)}/results.json": to_small_json(results(grade, request.hidden_checks))
        for grade in grades
    }
    return Export(files, tuple(grade.owner.student for grade in grades), problems)


def results(grade: Grade, hidden_checks: str = HIDDEN_CHECKS) -> dict[str, Any]:
    """The object of `results.json`.

    The score at the top is the one that counts: with an override or lateness it is not the sum
    of the tests. Hidden checks get the visibility `hidden_checks`; a check that could not be
    judged has no points, so that our fault is not shown as a failed test. The text for the whole
    tells of hidden checks, the total included, only where these are visible too.
    """
    told = grade.feedback if hidden_checks == "visible" else "\n".join(grade.remarks)
    return {
        "score": round(grade.score, 4),
        "output": told,
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [
            _test(f"{first}.{second}", task, check, hidden_checks)
            for first, task in enumerate(grade.report.tasks, 1)
            for second, check in enumerate(task.checks, 1)
        ],
        "leaderboard": [],
    }


def not_finished() -> dict[str, Any]:
    """What stands in `results.json` until grading has finished."""
    return _zero(
        "Grading did not finish. This is not your score: submit again, "
        "and tell your instructor if it happens twice."
    )


def nothing_to_grade(reason: str) -> dict[str, Any]:
    """For a submission in which there is nothing that could be graded."""
    return _zero(f"There is nothing to grade: {reason}")


def _zero(output: str) -> dict[str, Any]:
    """Without tests Gradescope demands a score."""
    return {
        "score": 0,
        "output": output,
        "output_format": "text",
        "stdout_visibility": "hidden",
        "tests": [],
    }


def _folder(grade: Grade) -> str:
    number = grade.owner.ids.get("submission_id")
    return f"submission_{number}" if number and number.isalnum() else grade.owner.student


def _test(number: str, task: Task, check: Check, hidden_checks: str) -> dict[str, Any]:
    test: dict[str, Any] = {
        "number": number,
        "name": f"{task.name} {check.id}",
        "name_format": "text",
        "output": text_of(check),
        "output_format": "text",
        "visibility": "visible" if check.public else hidden_checks,
    }
    if check.judged != Judged.COULD_NOT_TELL:
        right = check.judged in (Judged.RIGHT, Judged.FOLLOW_THROUGH)
        test |= {"score": round(check.score, 4), "max_score": round(check.max_score, 4)}
        test["status"] = "passed" if right else "failed"
    return test
