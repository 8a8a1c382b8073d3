"""What an export needs to know of one submission, whatever the learning system."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tools.common.numbers import points
from tools.common.plural import plural
from tools.common.sanitize import line, plain
from tools.course.gradebook.ledger import Release
from tools.course.report.pages.model import Check, Report, Task
from tools.course.student import Owner

GRADED, UNGRADABLE = "graded", "ungradable"  # the third is "attention"
HELD = "held"  # a grader holds it, so no file contains it


@dataclass(frozen=True)
class Grade:
    """One submission's grade, ready to leave the kit."""

    owner: Owner
    report: Report
    folder: Path | None = None  # with feedback.html, feedback.md, report.json
    draft: bool = False  # its feedback is not released, but that of others is

    @property
    def score(self) -> float:
        """The points that count."""
        return self.report.score or 0.0

    @property
    def computed(self) -> float | None:
        """What the checks gave, if lateness or a person changed it."""
        if self.report.override:
            return self.report.override.computed
        earned = round(sum(task.score for task in self.report.tasks), 4)
        return earned if self.report.deduction else None

    @property
    def comment(self) -> str | None:
        """The person's word on the whole."""
        return self.report.override.comment if self.report.override else None

    @property
    def final(self) -> bool:
        """Whether the score may go into a gradebook without a person looking first."""
        return self.report.status == GRADED

    @property
    def nothing_ran(self) -> bool:
        """Whether nothing was judged and no person spoke: there is no score to give at all."""
        return self.report.status in (UNGRADABLE, HELD) and not self.report.final

    @property
    def feedback(self) -> str:
        """A short plain text: the score, why it is what it is, then a line for each task."""
        lines = [f"Score {points(self.score)} of {points(self.report.max_score)}."]
        if self.computed is not None:
            lines.append(f"The checks gave {points(self.computed)}.")
        lines += self.remarks
        return plain("\n".join([*lines, *map(_task_line, self.report.tasks)]), 4000)

    @property
    def remarks(self) -> list[str]:
        """What is to be said of the whole, without saying how many points there are."""
        remarks = []
        if self.report.deduction:
            remarks.append(f"Lateness cost {plural(round(self.report.deduction, 2), 'point')}.")
        if self.comment:
            remarks.append(f"Your instructor: {line(self.comment, 1000)}")
        if self.report.status == UNGRADABLE:
            remarks += ["This could not be graded.", *self.report.flags]
        elif self.report.status == HELD:
            remarks.append("This grade is not released yet.")
        elif not self.final:
            remarks.append("Part of this could not be graded; your instructor will look at it.")
        return remarks


def text_of(check: Check) -> str:
    """The message, and the hint below it."""
    return f"{check.message}\n{check.hint}" if check.hint else check.message


def _task_line(task: Task) -> str:
    head = f"{task.name} {task.title}: {points(task.score)}/{points(task.max_score)}, "
    if task.override is not None:
        head += f"set by your instructor (the checks gave {points(task.override.computed or 0)})"
        return head + (f": {line(task.override.comment)}" if task.override.comment else "")
    lost = [check for check in task.checks if check.score < check.max_score]
    named = [check.hint for check in lost if check.misconception and check.hint]
    told = [*named, *(check.message for check in lost), ""][0]
    return head + task.judged + (f". {line(told)}" if told else "")


def with_releases(grades: Iterable[Grade], releases: Mapping[str, Release]) -> tuple[Grade, ...]:
    """The grades as far as graders let them leave.

    A held grade keeps nothing but its owner. Feedback that is a draft stays here once any
    feedback was released; if graders never released any, all of it may leave.
    """
    any_released = Release.RELEASED in releases.values()
    states = ((one, releases.get(one.owner.student, Release.DRAFT)) for one in grades)
    return tuple(
        Grade(one.owner, _without_content(one.report))
        if state is Release.HELD
        else replace(one, draft=any_released and state is Release.DRAFT)
        for one, state in states
    )


def _without_content(report: Report) -> Report:
    nothing = replace(report, status=HELD, score=None, tasks=(), flags=(), override=None)
    return replace(nothing, late=None, deduction=0.0, graded=False, final=False)


def grade_from_report(report: Mapping[str, Any], owner: Owner, folder: Path | None = None) -> Grade:
    """A report.json, read into a grade; raises KeyError or TypeError where it is none."""
    if report["score"] is None and report["status"] == GRADED:
        raise TypeError("graded without a score")
    return Grade(owner, Report.from_dict(report), folder)
