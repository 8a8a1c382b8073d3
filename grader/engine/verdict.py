"""What the judge says: of a check, a task, a submission."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from grader.engine.observation import Ended


class Judged(StrEnum):
    """How an answer was judged; how the run ended is another matter (`Ended`)."""

    RIGHT = "right"
    PARTLY = "partly"
    FOLLOW_THROUGH = "follow-through"
    WRONG = "wrong"
    NOT_REACHED = "not reached"
    NOT_ASKED = "not asked"
    COULD_NOT_TELL = "could not tell"


@dataclass(frozen=True)
class CheckVerdict:
    """What one check says of one submission."""

    id: str  # "scores-published"
    task: str  # "T#1"
    judged: Judged
    ended: Ended
    score: float
    max_score: float
    public: bool
    message: str  # what holds, or what was got and expected and where to look
    got: Any = None  # JSON; None where unknown or hidden
    expected: Any = None  # JSON; None on hidden cases, always
    hint: str | None = None
    misconception: str | None = None  # slug of the catalogue
    worth: float = 0.0  # share of the points, from 0 to 1, of which the score is a rounded part
    worth_if_accepted: float | None = None  # the same if a person accepts a doubt


@dataclass(frozen=True)
class TaskVerdict:
    """The checks of one task, added up."""

    task: str
    title: str
    judged: Judged
    score: float
    max_score: float
    checks: tuple[CheckVerdict, ...]


@dataclass(frozen=True)
class Verdict:
    """Everything the judge says of one submission."""

    tasks: tuple[TaskVerdict, ...]
    flags: tuple[str, ...] = ()  # sentences that cost no point
    attention: tuple[str, ...] = ()  # sentences for which a person has to look

    @property
    def score(self) -> float:
        """Points over all tasks."""
        return round(sum(task.score for task in self.tasks), 4)

    @property
    def max_score(self) -> float:
        """Points that could be had."""
        return round(sum(task.max_score for task in self.tasks), 4)

    @property
    def could_not_tell(self) -> bool:
        """Whether some check failed through our own fault, so that a person has to look."""
        return any(
            check.judged is Judged.COULD_NOT_TELL for task in self.tasks for check in task.checks
        )
