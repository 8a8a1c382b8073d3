"""Sentences that more than one kind of page says."""

from __future__ import annotations

from dataclasses import dataclass

from grader.engine.verdict import Judged
from tools.course.report.pages.model import Report, Task
from tools.course.report.pages.page import counted


def follow_through(report: Report, task: Task) -> str | None:
    """Why a task earned credit although an earlier one is not right; None where it did not."""
    if not any(check.judged is Judged.FOLLOW_THROUGH for check in task.checks):
        return None
    earlier = [other.name for other in report.earlier_trouble(task)]
    names = " and ".join(earlier) if len(earlier) < 3 else "An earlier task"
    names = names or "Another task"  # a later one can stop the training as well
    them = "them" if len(earlier) == 2 else "it"
    return (
        f"{names} lost points, and {task.name} builds on {them}. Your code for {task.name} is "
        "consistent with your own earlier results, so it earned credit."
    )


def holding(task: Task) -> str:
    """How a task that holds came to its points."""
    if task.override is not None:
        return "set by your instructor"
    if task.judged is Judged.RIGHT:
        return f"all {len(task.checks)} check{'' if len(task.checks) == 1 else 's'}"
    return f"by {task.judged}"


@dataclass(frozen=True)
class Standing:
    """What a reader has to know before the score."""

    title: str
    text: str


def standing(report: Report) -> Standing | None:
    """Why there is no score, or no final one; None if the score is final."""
    if not report.graded and report.status == "ungradable":
        return Standing(
            "This submission could not be graded",
            "The grader could not run your work. Please hand it in again as a folder or a zip file "
            "with cattern/neural_net.py, the notebook and best_net.pkl, or ask your instructor.",
        )
    if report.final:
        return None
    unasked = [task.name for task in report.tasks if task.judged is Judged.NOT_ASKED and task.open]
    unknown = [task.name for task in report.tasks if task.open and task.name not in unasked]
    if unknown:
        names = ", ".join(unknown)
        return Standing(
            "Not final yet",
            f"Something on our side failed, so {names} could not be judged in full. This is "
            "not your fault and costs you nothing. Your instructor will look at it.",
        )
    if unasked:
        return Standing(
            "Not final yet",
            f"This run skipped {', '.join(unasked)}, so there is no score yet.",
        )
    return Standing(
        "Your instructor will look at this",
        "Your submission was graded. Your instructor will look at it before the score is final.",
    )


def adjustments(report: Report) -> tuple[Standing, ...]:
    """What changed the computed score: a person's word, and lateness."""
    said = []
    override = report.override
    if override and (override.whole or override.comment):
        gave = (
            "" if override.computed is None else f"The checks gave {counted(override.computed)}. "
        )
        comment = override.comment or ""
        title = "set this score" if override.whole else "commented on this"
        said.append(Standing(f"Your instructor {title}", f"{gave}{comment}".strip()))
    if report.late and not report.deduction:  # a deduction is among the losses
        said.append(Standing("Time of submission", report.late))
    return tuple(said)
