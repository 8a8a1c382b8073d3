"""What an export needs to know of one submission, whatever the learning system."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.common.numbers import points
from tools.common.plural import plural
from tools.common.sanitize import line, plain
from tools.course.report.pages.model import is_final, is_graded, is_open
from tools.course.student import Owner

GRADED, UNGRADABLE = "graded", "ungradable"  # the third is "attention"


@dataclass(frozen=True)
class CheckGrade:
    """One check as students may see it."""

    id: str
    judged: str
    score: float
    max_score: float
    public: bool
    message: str
    hint: str | None = None
    mistake: str | None = None  # slug of the catalogue; the hint then names the mistake

    @property
    def text(self) -> str:
        """The message, and the hint below it."""
        return f"{self.message}\n{self.hint}" if self.hint else self.message


@dataclass(frozen=True)
class TaskGrade:
    """One task; `computed` is what the checks gave where a person's word replaced it."""

    task: str
    title: str
    judged: str
    score: float
    max_score: float
    checks: tuple[CheckGrade, ...] = ()
    computed: float | None = None
    comment: str | None = None
    scored: bool = True  # False where it could not be told, or nothing of the submission ran


@dataclass(frozen=True)
class Grade:
    """One submission's grade, ready to leave the kit."""

    owner: Owner
    score: float  # what counts
    max_score: float
    status: str = GRADED
    tasks: tuple[TaskGrade, ...] = ()
    computed: float | None = None  # what the checks gave, where lateness or a person changed it
    late_deduction: float | None = None  # points taken off for lateness
    comment: str | None = None  # the person's word on the whole
    flags: tuple[str, ...] = ()
    scored: bool = True  # whether there is a score at all, as scores.csv has it
    folder: Path | None = None  # with feedback.html, feedback.md, report.json

    @property
    def final(self) -> bool:
        """Whether the score may go into a gradebook without a person looking first."""
        return self.status == GRADED

    @property
    def nothing_ran(self) -> bool:
        """Whether nothing was judged and no person spoke: there is no score to give at all."""
        return self.status == UNGRADABLE and not self.scored

    @property
    def feedback(self) -> str:
        """A short plain text: the score, why it is what it is, then a line for each task."""
        lines = [f"Score {points(self.score)} of {points(self.max_score)}."]
        if self.computed is not None:
            lines.append(f"The checks gave {points(self.computed)}.")
        lines += self.remarks
        return plain("\n".join([*lines, *(_task_line(task) for task in self.tasks)]), 4000)

    @property
    def remarks(self) -> list[str]:
        """What is to be said of the whole, without saying how many points there are."""
        remarks = []
        if self.late_deduction:
            remarks.append(f"Lateness cost {plural(round(self.late_deduction, 2), 'point')}.")
        if self.comment:
            remarks.append(f"Your instructor: {line(self.comment, 1000)}")
        if self.status == UNGRADABLE:
            remarks += ["This could not be graded.", *(line(flag) for flag in self.flags)]
        elif not self.final:
            remarks.append("Part of this could not be graded; your instructor will look at it.")
        return remarks


def _task_line(task: TaskGrade) -> str:
    head = f"{task.task} {task.title}: {points(task.score)}/{points(task.max_score)}, "
    if task.computed is not None:
        head += f"set by your instructor (the checks gave {points(task.computed)})"
        return head + (f": {line(task.comment)}" if task.comment else "")
    lost = [check for check in task.checks if check.score < check.max_score]
    named = [check.hint for check in lost if check.mistake and check.hint]
    told = [*named, *(check.message for check in lost), ""][0]
    return head + task.judged + (f". {line(told)}" if told else "")


def grade_from_report(report: Mapping[str, Any], owner: Owner, folder: Path | None = None) -> Grade:
    """A report.json, read into a grade; raises KeyError or TypeError where it is none."""
    override, late = report.get("override"), report.get("late")
    score, status = report["score"], report["status"]
    if score is None and status == GRADED:
        raise TypeError("graded without a score")
    graded = is_graded(report)
    tasks = tuple(_task(task, graded) for task in report["tasks"])
    before_lateness = round(sum(task.score for task in tasks), 4)
    deduction = min(float(late["deduction"]), before_lateness) if late else 0.0
    computed = None
    if override:
        computed = float(override["computed_score"])
        if override["points"] is not None:
            deduction = 0.0  # a person's word on the whole counts, whatever the clock says
    elif deduction:
        computed = before_lateness
    return Grade(
        owner=owner,
        score=float(score or 0.0),
        max_score=float(report["max_score"]),
        status=status,
        tasks=tasks,
        computed=computed,
        late_deduction=deduction or None,
        comment=override["comment"] if override else None,
        flags=tuple(report.get("flags", ())),
        scored=is_final(report) and score is not None,
        folder=folder,
    )


def _task(task: Mapping[str, Any], graded: bool) -> TaskGrade:
    override = task.get("override")
    return TaskGrade(
        task=task["task"],
        title=task["title"],
        judged=task["judged"],
        score=float(task["score"]),
        max_score=float(task["max_score"]),
        checks=tuple(_check(check) for check in task["checks"]),
        computed=float(override["computed_score"]) if override else None,
        comment=override["comment"] if override else None,
        scored=graded and not is_open(task),
    )


def _check(check: Mapping[str, Any]) -> CheckGrade:
    return CheckGrade(
        id=line(check["id"], 80),
        judged=check["judged"],
        score=float(check["score"]),
        max_score=float(check["max_score"]),
        public=bool(check["public"]),
        message=plain(check["message"] or "", 3000),
        hint=plain(check["hint"], 1000) if check.get("hint") else None,
        mistake=check.get("misconception"),
    )
