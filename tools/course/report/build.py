"""`report.json` of one student, from the gradebook's rows. Keys are those of the contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from grader.engine.judge import together
from grader.engine.verdict import CheckVerdict
from grader.lab.tasks import TASKS, Task
from grader.submission.submission import Finding
from tools.course.gradebook import RunRecord, StoredSubmission
from tools.course.late import Lateness, LatePolicy, Punctuality, after_deduction

SCHEMA = 1


def report_of(
    stored: StoredSubmission,
    checks: Sequence[CheckVerdict],
    run: RunRecord,
    max_points: Mapping[str, float],
    policy: LatePolicy | None = None,
    doubts: Sequence[Finding] = (),
) -> dict[str, Any]:
    """The report as a JSON object, with the run that observed the submission.

    `max_points` has each task's points, for what was not judged; `doubts` are those that nobody
    has accepted.

    Beyond the contract's keys there are `name`, as the learning system has it, and `late`: null
    without a policy, else what lateness costs and the score without it.
    """
    tasks = [_task(task, checks, max_points[task.name], stored) for task in TASKS]
    raw = round(sum(task["score"] for task in tasks), 4)
    full = round(sum(task["max_score"] for task in tasks), 4)
    late = _lateness(stored, policy, full)
    told = _told(stored, late)
    return {
        "schema": SCHEMA,
        "student": stored.student,
        "name": stored.owner.name,
        "submission": {
            "name": stored.name,
            "sha256": stored.sha256,
            "received": stored.received,
        },
        "status": _status(stored, doubts),
        "score": raw if late is None else after_deduction(raw, late),
        "max_score": full,
        "tasks": tasks,
        "late": None if late is None else _late(late, raw),
        "measured": {
            "validation_accuracy": stored.figures.get("validation_accuracy"),
            "test_accuracy": stored.figures.get("test_accuracy"),
            "toy_final_loss": stored.figures.get("toy_final_loss"),
            "wall_s": stored.measured.wall_s,
            "cpu_s": stored.measured.cpu_s,
            "peak_memory_mb": stored.measured.peak_memory_mb,
        },
        "flags": [
            *(doubt.message for doubt in doubts),
            *told,
            *(finding.message for finding in stored.findings),
        ],
        "run": {
            "seed": run.seed,
            "rubric_sha256": stored.judged_by or run.rubric_sha256,
            "kit_version": run.kit_version,
            "data": run.data,
            "isolation": stored.isolation,
        },
    }


def _status(stored: StoredSubmission, doubts: Sequence[Finding]) -> str:
    if not doubts:
        return "graded"
    return "ungradable" if stored.status == "ungradable" else "attention"


def _lateness(
    stored: StoredSubmission, policy: LatePolicy | None, max_score: float
) -> Lateness | None:
    if policy is None:
        return None
    return policy.lateness(stored.received, max_score, marked_late=stored.owner.late)


def _told(stored: StoredSubmission, late: Lateness | None) -> list[str]:
    """A sentence on lateness; without a policy, the learning system's own mark."""
    if late is not None:
        return [] if late.punctuality is Punctuality.ON_TIME else [late.message]
    return ["The learning system marks it as late."] if stored.owner.late else []


def _late(late: Lateness, raw_score: float) -> dict[str, Any]:
    return {
        "punctuality": str(late.punctuality),
        "late_s": late.late_s,
        "deduction": late.deduction,
        "raw_score": raw_score,
        "message": late.message,
    }


def _task(
    task: Task, checks: Sequence[CheckVerdict], max_points: float, stored: StoredSubmission
) -> dict[str, Any]:
    own = [check for check in checks if check.task == task.name]
    if not own:  # nothing could be read, or our own side failed
        judged = "could not tell" if stored.status == "attention" else "not reached"
        return _empty(task, judged, max_points)
    return {
        "task": task.name,
        "title": task.title,
        "score": round(sum(check.score for check in own), 4),
        "max_score": round(sum(check.max_score for check in own), 4),
        "judged": str(together({check.judged for check in own})),
        "checks": [_check(check) for check in own],
    }


def _empty(task: Task, judged: str, max_points: float) -> dict[str, Any]:
    return {
        "task": task.name,
        "title": task.title,
        "score": 0.0,
        "max_score": max_points,
        "judged": judged,
        "checks": [],
    }


def _check(check: CheckVerdict) -> dict[str, Any]:
    return {
        "id": check.id,
        "judged": str(check.judged),
        "ended": str(check.ended),
        "score": check.score,
        "max_score": check.max_score,
        "public": check.public,
        "message": check.message,
        "got": check.got,
        "expected": check.expected,
        "hint": check.hint,
        "misconception": check.misconception,
    }
