"""`report.json` of one student, from the gradebook's rows. Keys are those of the contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grader.engine.judge import together
from grader.engine.rubric import Rubric
from grader.engine.verdict import CheckVerdict
from grader.lab.tasks import TASKS, Task
from grader.submission.submission import Finding
from tools.course.doubts import accepted_doubts, data_of_tasks, doubts_of, on_accepted_data
from tools.course.entries import apply_entries, settled_tasks
from tools.course.gradebook.ledger import Decision, Extension, Ledger, ScoreEntry
from tools.course.gradebook.records import RunRecord, StoredSubmission
from tools.course.imports import points_of
from tools.course.late import (
    Lateness,
    LatePolicy,
    Punctuality,
    after_deduction,
    late_policy,
    unknown_lateness,
)
from tools.course.student import Student

SCHEMA = 1


@dataclass(frozen=True)
class Rules:
    """What the rubric says about scores."""

    max_points: Mapping[str, float]  # task -> points
    policy: LatePolicy | None = None
    bonus: float = 0.0

    @classmethod
    def of(cls, rubric: Rubric) -> Rules:
        """The rules of a rubric."""
        return cls(points_of(rubric), late_policy(rubric.late), rubric.bonus)


@dataclass(frozen=True)
class Decided:
    """What people decided about one student, each oldest first."""

    entries: Sequence[ScoreEntry] = ()
    decisions: Sequence[Decision] = ()
    extension: Extension | None = None

    @classmethod
    def of(cls, ledger: Ledger, student: str) -> Decided:
        """Everything in force about a student."""
        extensions = ledger.rows(Extension, student)
        return cls(
            ledger.rows(ScoreEntry, student),
            ledger.rows(Decision, student),
            extensions[-1] if extensions else None,
        )


NOTHING_DECIDED = Decided()


def report_of(
    student: Student,
    stored: StoredSubmission,
    checks: Sequence[CheckVerdict],
    run: RunRecord,
    rules: Rules,
    decided: Decided = NOTHING_DECIDED,
) -> tuple[dict[str, Any], tuple[Finding, ...]]:
    """The report as a JSON object, and the doubts that nobody has settled.

    `run` is the run that observed the submission. Beyond the contract's keys there are `name`,
    `system`, `id` and `section` of the student, `override` (see `tools.course.entries`), and
    `late`: null without a policy, else what lateness costs and the score without it.
    """
    accepted = accepted_doubts(stored, decided.decisions)
    on_data = data_of_tasks(checks, run.data, accepted)
    checks = on_accepted_data(checks, accepted)
    by_task: dict[str, list[CheckVerdict]] = {task.name: [] for task in TASKS}
    for check in checks:
        by_task[check.task].append(check)
    tasks = [
        _task(task, by_task[task.name], rules.max_points[task.name], stored)
        | {"data": on_data.get(task.name)}
        for task in TASKS
    ]
    raw = round(sum(task["score"] for task in tasks), 4)
    full = round(sum(task["max_score"] for task in tasks), 4)
    late = _lateness(student, stored, rules.policy, full, decided.extension)
    settled = settled_tasks(decided.entries, tasks)
    doubts = tuple(
        one for one in doubts_of(stored, checks, late, settled) if one.slug not in accepted
    )
    shown = [] if late is None or late.punctuality is Punctuality.ON_TIME else [late.message]
    told = (*(doubt.message for doubt in doubts), *shown)
    report = {
        "schema": SCHEMA,
        "student": student.folder,
        "name": student.name,
        "system": student.system,
        "id": student.id,
        "section": student.section,
        "submission": {
            "name": stored.name,
            "sha256": stored.sha256,
            "received": stored.received,
        },
        "status": _status(stored, doubts),
        "score": raw if late is None else after_deduction(raw, late),
        "max_score": full,
        "tasks": tasks,
        "late": None if late is None or rules.policy is None else _late(late, raw),
        "measured": {
            "validation_accuracy": stored.figures.get("validation_accuracy"),
            "test_accuracy": stored.figures.get("test_accuracy"),
            "toy_final_loss": stored.figures.get("toy_final_loss"),
            "wall_s": stored.measured.wall_s,
            "cpu_s": stored.measured.cpu_s,
            "peak_memory_mb": stored.measured.peak_memory_mb,
        },
        "flags": [*dict.fromkeys(told), *(finding.message for finding in stored.findings)],
        "run": {
            "seed": run.seed,
            "rubric_sha256": stored.judged_by or run.rubric_sha256,
            "kit_version": run.kit_version,
            "data": run.data,
            "isolation": stored.isolation,
        },
    }
    report = apply_entries(report, decided.entries, rules.max_points, rules.bonus)
    return report, doubts if report["status"] != "graded" else ()


def _status(stored: StoredSubmission, doubts: Sequence[Finding]) -> str:
    if not doubts:
        return "graded"
    return "ungradable" if stored.status == "ungradable" else "attention"


def _lateness(
    student: Student,
    stored: StoredSubmission,
    policy: LatePolicy | None,
    max_score: float,
    extension: Extension | None,
) -> Lateness | None:
    """Without a policy, the learning system's own mark is still told."""
    if policy is None:
        return unknown_lateness(marked_late=True) if stored.owner.late else None
    given = None if extension is None else extension.received
    policy = policy.for_student(student.section, extension)
    marked_late = None if given else stored.owner.late
    return policy.lateness(given or stored.received, max_score, marked_late=marked_late)


def _late(late: Lateness, raw_score: float) -> dict[str, Any]:
    return {
        "punctuality": str(late.punctuality),
        "late_s": late.late_s,
        "deduction": late.deduction,
        "raw_score": raw_score,
        "message": late.message,
    }


def _task(
    task: Task, own: Sequence[CheckVerdict], max_points: float, stored: StoredSubmission
) -> dict[str, Any]:
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
