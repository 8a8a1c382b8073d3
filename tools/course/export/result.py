"""What an export is asked for and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tools.course.export.student_grade import HELD, Grade


class Obstacle(StrEnum):
    """Why somebody's grade was not written."""

    NOT_IN_FILE = "not in the file"
    AMBIGUOUS = "ambiguous"
    HELD_BACK = "held back"
    LEFT = "left as it is"


@dataclass(frozen=True)
class NotWritten:
    """A grade that was not written: nobody is dropped silently."""

    student: str
    kind: Obstacle
    text: str


@dataclass(frozen=True)
class Request:
    """Grades on their way to one system, and what the instructor said about it."""

    grades: tuple[Grade, ...]
    source: bytes | None = None  # the file downloaded from the system
    source_name: str = ""
    column: str | None = None  # header of the grade column, or name of the item
    feedback_column: str | None = None
    encoding: str | None = None  # of the source, where it cannot be told from the bytes
    scale: bool = False  # convert to the maximum of the system's column
    by_name: bool = False  # names may decide where ids say nothing
    with_attention: bool = False  # also scores that a person should look at first
    hidden_checks: str = "after_published"  # Gradescope's visibility of hidden checks


@dataclass(frozen=True)
class Export:
    """Files to write, by relative path, and who is not in them."""

    files: Mapping[str, bytes]
    written: tuple[str, ...]  # labels of those whose grade is in the files
    problems: tuple[NotWritten, ...] = ()
    notes: tuple[str, ...] = field(default=())


Ready = tuple[tuple[Grade, ...], tuple[NotWritten, ...]]


def without_held_back(request: Request) -> Ready:
    """Grades that may enter a gradebook, and a problem for each that needs a person first.

    A failure of the kit must not become a zero by way of a grades file.
    """
    return held_back_unless(
        request, lambda each: each.final or (request.with_attention and not each.nothing_ran)
    )


def held_back_unless(request: Request, ready: Callable[[Grade], bool]) -> Ready:
    """Grades that are ready, and a problem for each that is not; no held one is ever ready."""
    is_ready = {id(each): each.report.status != HELD and ready(each) for each in request.grades}
    held = tuple(
        NotWritten(each.owner.student, Obstacle.HELD_BACK, why_held_back(each))
        for each in request.grades
        if not is_ready[id(each)]
    )
    return tuple(each for each in request.grades if is_ready[id(each)]), held


def why_held_back(grade: Grade) -> str:
    """What to do with a grade that is none yet, or with feedback that is a draft."""
    if grade.report.status == HELD:
        return "a grader holds this grade: release it at the desk"
    if grade.draft and grade.final:
        return "its feedback is a draft: release it at the desk"
    report = grade.report
    reason = report.flags[0] if report.flags else f"Its status is {report.status}."
    return f"{reason} Accept the grade, or set its score in overrides.csv."


def without_score(request: Request) -> tuple[str, ...]:
    """Notes on those who stand in a file of everybody without a score."""
    return tuple(
        f"{each.owner.student}: no score: {why_held_back(each)}"
        for each in request.grades
        if not each.report.final
    )
