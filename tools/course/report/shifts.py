"""What a new judgment does to grades: whose score moves, and the median of the class."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

from grader.errors import MaterialError
from tools.course.batch.settings import read_rubric
from tools.course.gradebook.records import Judgment, Moved, RunRecord, StoredSubmission
from tools.course.report.build import Decided, Rules, report_of
from tools.course.report.pages.model import is_final
from tools.course.student import Student


@dataclass(frozen=True)
class Shift:
    """One student's score before and after, as reports have it, and the checks that moved.

    A score counts in the median if it is a grade: see `counted_scores`.
    """

    student: str
    before: float
    after: float
    moved: tuple[Moved, ...]
    counted_before: bool
    counted_after: bool


def shift_of(
    student: Student,
    stored: StoredSubmission,
    run: RunRecord,
    decided: Decided,
    new: Judgment,
    old_rules: Rules,
    rules: Rules,
) -> Shift:
    """What a judgment that may not be stored yet means for its student."""
    before, _ = report_of(student, stored, new.before, run, old_rules, decided)
    stored = replace(stored, attention=new.attention)
    after, _ = report_of(student, stored, new.after, run, rules, decided)
    return Shift(
        new.student, before["score"], after["score"], new.moved, is_final(before), is_final(after)
    )


def rules_of_run(run: RunRecord, default: Rules) -> Rules:
    """The rules of the rubric that a class was judged with; `default` if this kit rejects it."""
    try:
        return Rules.of(read_rubric(None, run)[0])
    except MaterialError:
        return default


def grades_of(shifts: Sequence[Shift]) -> tuple[list[float], list[float]]:
    """The grades that count before and after; all scores if none counts yet."""
    before = [one.before for one in shifts if one.counted_before]
    after = [one.after for one in shifts if one.counted_after]
    if before and after:
        return before, after
    return [one.before for one in shifts], [one.after for one in shifts]


def medians(shifts: Sequence[Shift]) -> tuple[float, float]:
    """Median of the grades before and after."""
    before, after = grades_of(shifts)
    return statistics.median(before or [0.0]), statistics.median(after or [0.0])
