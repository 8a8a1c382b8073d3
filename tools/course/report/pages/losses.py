"""What a student lost, and where: the first thing on the feedback page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from grader.engine.verdict import Judged
from tools.course.report.pages.model import Check, Report, Task

_SENTENCE = re.compile(r".*?[.?!](?=\s|$)", re.DOTALL)
_LEAST = 0.005  # points; less is the rounding of shares


@dataclass(frozen=True)
class Loss:
    """Points that were lost for one reason."""

    points: float
    task: Task | None  # None: the whole submission
    reason: str  # "The factor 0.5 of the regularizer is missing."
    line: int | None  # of the student's source
    hint: str = ""  # what else is known about the mistake


def losses(report: Report, lines: Mapping[str, int]) -> tuple[Loss, ...]:
    """Return what was lost, the most points first; `lines` are those of checks by their ids.

    Points that nobody has judged yet are not lost. A score that a person set for the whole
    submission has no losses: it is not the sum of the tasks.
    """
    if not report.graded or (report.override and report.override.whole):
        return ()
    found = [loss for task in report.tasks for loss in _of_task(task, lines)]
    if report.deduction > _LEAST:
        found.append(Loss(report.deduction, None, report.late or "Late.", None))
    return tuple(sorted(found, key=lambda loss: -loss.points))


def _of_task(task: Task, lines: Mapping[str, int]) -> Iterator[Loss]:
    if task.max_score - task.score <= _LEAST:
        return
    if task.override is not None:
        reason = task.override.comment or "Your instructor set these points."
        yield Loss(task.max_score - task.score, task, reason, None)
        return
    by_reason: dict[str, list[Check]] = {}
    for check in task.checks:
        if check.max_score - check.score > _LEAST and check.judged is not Judged.COULD_NOT_TELL:
            by_reason.setdefault(_reason(task, check), []).append(check)
    for reason, checks in by_reason.items():
        line = next((lines[check.id] for check in checks if check.id in lines), None)
        points = sum(check.max_score - check.score for check in checks)
        hint = (checks[0].hint or "").removeprefix(reason).strip()
        yield Loss(points, task, reason, line, hint)
    if not task.checks:
        yield Loss(task.max_score, task, "Nothing in this task could be judged.", None)


def _reason(task: Task, check: Check) -> str:
    """The mistake's title, which begins its hint, or else the first line of the message."""
    if check.misconception and check.hint and (found := _SENTENCE.match(check.hint)):
        return found[0]
    return check.message.removeprefix(f"{task.name}: ").partition("\n")[0]
