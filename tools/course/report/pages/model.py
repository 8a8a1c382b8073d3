"""What the pages are made from: one report, already cleaned, and what a grader may add to it.

`Report.from_dict` is the one door for `report.json`: whatever a student could have influenced is
cleaned here, so that renderers only escape for their own format.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from grader.engine.verdict import Judged
from grader.lab.tasks import TASKS
from grader.two_layer_net import LAB
from tools.common import sanitize

ASKED = {task.name: task.asked for task in TASKS}
SCHEMA = 1


@dataclass(frozen=True)
class Check:
    """One check, as its reader sees it."""

    id: str
    title: str | None  # what it asks; None for a check that this kit does not have
    judged: Judged
    ended: str
    score: float
    max_score: float
    public: bool
    message: str  # may have several lines: a trimmed traceback of the student's own code
    got: str | None
    expected: str | None
    off_by: str | None  # largest difference, where got and expected are numbers of one shape
    hint: str | None
    misconception: str | None

    @property
    def holds(self) -> bool:
        """Whether there is nothing to say but that it is right."""
        return self.judged is Judged.RIGHT


@dataclass(frozen=True)
class Tally:
    """How many checks of some kind hold, and the points they earn."""

    held: int
    followed: int  # earn credit by follow-through
    total: int
    score: float
    max_score: float

    @classmethod
    def of(cls, checks: Iterable[Check]) -> Tally:
        """Count checks and points."""
        checks = tuple(checks)
        return cls(
            sum(check.holds for check in checks),
            sum(check.judged is Judged.FOLLOW_THROUGH for check in checks),
            len(checks),
            math.fsum(check.score for check in checks),
            math.fsum(check.max_score for check in checks),
        )


@dataclass(frozen=True)
class Override:
    """A person's word in the place of a computed score."""

    computed: float | None
    comment: str | None
    whole: bool = False  # it sets the whole score, and not only tasks


@dataclass(frozen=True)
class Task:
    """One task with its checks."""

    name: str
    title: str
    judged: Judged
    score: float
    max_score: float
    checks: tuple[Check, ...]
    open: bool  # something could not be told, so that its points are not final
    override: Override | None

    @property
    def holds(self) -> bool:
        """Whether there is nothing left to do: it is right, or has full points in another way."""
        return self.judged is Judged.RIGHT or 0 < self.max_score <= self.score

    @property
    def shown(self) -> Judged:
        """What its points say, for signs and colors: a person's word stands above the checks."""
        if self.override is None:
            return self.judged
        if self.holds:
            return Judged.RIGHT
        return Judged.PARTLY if self.score > 0 else Judged.WRONG

    @property
    def anchor(self) -> str:
        """Fragment that a link can point to: "t5"."""
        return "t" + "".join(char for char in self.name if char.isascii() and char.isdigit())

    @property
    def asked(self) -> str | None:
        """What the task asked for, None for a task of another lab."""
        return ASKED.get(self.name)

    @property
    def public(self) -> tuple[Check, ...]:
        """Checks that students have had themselves."""
        return tuple(check for check in self.checks if check.public)

    @property
    def hidden(self) -> tuple[Check, ...]:
        """Checks on cases that only the grader has."""
        return tuple(check for check in self.checks if not check.public)


@dataclass(frozen=True)
class Run:
    """What the grading itself was: the same for a whole class, or said so."""

    rubric_sha256: str
    kit_version: str
    data: str
    isolation: str


@dataclass(frozen=True)
class Report:
    """One `report.json`, clean to show."""

    key: str  # as in report.json, for paths alone; never shown
    student: str  # for the eye
    submission: str
    sha256: str
    received: str | None
    status: str
    score: float | None
    max_score: float
    tasks: tuple[Task, ...]
    measured: Mapping[str, float | None]
    flags: tuple[str, ...]
    run: Run
    graded: bool  # there is a verdict to show
    final: bool  # the score is a grade
    override: Override | None
    late: str | None  # what lateness costs, where the rubric has a policy
    deduction: float  # points that lateness really took off the score

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Report:
        """Read one report object of the contract; ValueError names what it is not."""
        if data.get("schema") != SCHEMA:
            raise ValueError(f"report has schema {data.get('schema')!r}, expected {SCHEMA}")
        submission = data["submission"]
        return cls(
            key=str(data["student"]),
            student=shown_name(data),
            submission=sanitize.line(submission["name"], 200),
            sha256=sanitize.line(submission["sha256"] or "", 64),
            received=_line(submission["received"]),
            status=sanitize.line(data["status"], 20),
            score=number(data["score"]),
            max_score=number(data["max_score"]) or 0.0,
            tasks=tuple(_task(json.dumps(task)) for task in data["tasks"]),
            measured={str(key): number(value) for key, value in data["measured"].items()},
            flags=tuple(sanitize.line(flag) for flag in data["flags"]),
            run=run_of(data),
            graded=is_graded(data),
            final=is_final(data) and number(data["score"]) is not None,
            override=_override(data),
            late=_line((data.get("late") or {}).get("message")),
            deduction=_deduction(data),
        )

    @property
    def at_least(self) -> str:
        """What stands before a score to which an open task may still add."""
        is_open = not self.final and any(task.open and task.max_score for task in self.tasks)
        return "at least " if is_open else ""

    @property
    def checks(self) -> tuple[Check, ...]:
        """All checks of all tasks."""
        return tuple(check for task in self.tasks for check in task.checks)

    def earlier_trouble(self, task: Task) -> tuple[Task, ...]:
        """Tasks before this one that are not right: what a follow-through follows."""
        before = self.tasks[: self.tasks.index(task)]
        fine = (Judged.RIGHT, Judged.FOLLOW_THROUGH)
        return tuple(other for other in before if other.judged not in fine)


@dataclass(frozen=True)
class ConfidentError:
    """A validation image that the network is sure of and wrong about."""

    image: np.ndarray  # uint8, (28, 28)
    true: int
    predicted: int
    probability: float | None = None  # 0 to 1


@dataclass(frozen=True)
class Extras:
    """What a grader may show beside a report; each may be missing."""

    code: Mapping[str, str] = field(default_factory=dict)  # task -> the student's own lines
    lines: Mapping[str, int] = field(default_factory=dict)  # check -> line of the source, from 1
    marked: Collection[str] = ()  # these lines of the source, without indentation
    loss_history: Sequence[float] | np.ndarray | None = None  # one loss for each step
    loss_band: tuple[np.ndarray, np.ndarray] | None = None  # lowest and highest, (steps,) each
    weights: np.ndarray | None = None  # uint8, (K, 28, 28): first layer of best_net
    confusion: np.ndarray | None = None  # int, (C, C): rows true, columns predicted
    errors: Sequence[ConfidentError] = ()
    gradient_errors: Mapping[str, float] = field(default_factory=dict)  # parameter -> relative


@dataclass(frozen=True)
class Attention:
    """Something a person has to look at: one line of `attention.csv`, as it was found."""

    student: str
    submission: str
    stage: str  # "collect", "observe", "judge"
    reason: str
    again: str  # how to run it again


def shown_name(data: Mapping[str, Any]) -> str:
    """The student as people know them: by name, with the key where that is another word."""
    key, name = sanitize.line(data["student"], 120), sanitize.line(data.get("name") or "", 120)
    if not name or _letters(name) == _letters(key):
        return name or key
    return f"{name} ({key})"


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _isolation(data: Mapping[str, Any]) -> str:
    """The level of the sandbox, or that it was not needed."""
    if data["status"] == "ungradable" and data["run"]["isolation"] == "none":
        return "nothing was run"
    return str(data["run"]["isolation"] or "")


def run_of(data: Mapping[str, Any]) -> Run:
    """The part of a report that says how it was made."""
    run = data["run"]
    return Run(
        rubric_sha256=sanitize.line(run["rubric_sha256"] or "", 64),
        kit_version=sanitize.line(run["kit_version"] or "", 40),
        data=sanitize.line(run["data"] or "", 40),
        isolation=sanitize.line(_isolation(data), 40),
    )


def is_graded(data: Mapping[str, Any]) -> bool:
    """Whether there is a verdict to show: something could be read, or a person spoke."""
    settled = bool(data.get("override"))
    return bool(data["tasks"]) and (data["status"] != "ungradable" or settled)


def is_open(task: Mapping[str, Any]) -> bool:
    """Whether a task has no score yet: not asked, or not told, and no person settled it."""
    judged = {task["judged"], *(check["judged"] for check in task["checks"])}
    has_none = Judged.COULD_NOT_TELL in judged or task["judged"] == Judged.NOT_ASKED
    return has_none and not task.get("override")


def is_final(data: Mapping[str, Any]) -> bool:
    """Whether a report's score is a grade: there is no doubt, or a person settled it."""
    return bool(data["status"] == "graded")


def _deduction(data: Mapping[str, Any]) -> float:
    """Points that lateness costs; a score that a person set for the whole stands as it is."""
    said, late = data.get("override") or {}, data.get("late") or {}
    if number(said.get("points")) is not None:
        return 0.0
    earned = math.fsum(number(task["score"]) or 0.0 for task in data["tasks"])
    return min(number(late.get("deduction")) or 0.0, earned)


def judged_of(value: object) -> Judged:
    """The word of the contract, or "could not tell" for a word that is none of it."""
    try:
        return Judged(str(value))
    except ValueError:
        return Judged.COULD_NOT_TELL


def number(value: object) -> float | None:
    """A finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


@lru_cache(maxsize=500)
def _task(text: str) -> Task:
    """A task of JSON: many of a class have the same results."""
    data = json.loads(text)
    return Task(
        name=sanitize.line(data["task"], 20),
        title=sanitize.line(data["title"], 80),
        judged=judged_of(data["judged"]),
        score=number(data["score"]) or 0.0,
        max_score=number(data["max_score"]) or 0.0,
        checks=tuple(_check(check) for check in data["checks"]),
        open=is_open(data),
        override=_override(data),
    )


def _override(data: Mapping[str, Any]) -> Override | None:
    """Of a report or of a task; both keys are additions to the contract, and often null."""
    said = data.get("override")
    if not said:
        return None
    whole = number(said.get("points")) is not None
    return Override(number(said.get("computed_score")), _line(said.get("comment"), 600), whole)


def _check(data: Mapping[str, Any]) -> Check:
    known = LAB.checks.get(str(data["id"]))
    return Check(
        id=sanitize.line(data["id"], 80),
        title=None if known is None else known.title,
        judged=judged_of(data["judged"]),
        ended=sanitize.line(data["ended"], 40),
        score=number(data["score"]) or 0.0,
        max_score=number(data["max_score"]) or 0.0,
        public=data["public"] is True,
        message=sanitize.plain(data["message"] or "", 2000),
        got=_value(data["got"]),
        expected=_value(data["expected"]),
        off_by=off_by(data["got"], data["expected"]),
        hint=_line(data["hint"], 600),
        misconception=_line(data["misconception"], 80),
    )


def _line(value: object, limit: int = sanitize.LINE_LIMIT) -> str | None:
    return None if value is None else sanitize.line(value, limit)


def _value(value: object) -> str | None:
    """A JSON value as a person reads it: text bare, numbers to 8 digits, rows below each other."""
    if value is None:
        return None
    if isinstance(value, str):
        return sanitize.plain(value, 600)
    if isinstance(value, list) and value and all(isinstance(row, list) for row in value):
        return sanitize.plain("\n".join(_flat(row) for row in value), 600)
    return sanitize.plain(_flat(value), 600)


def _flat(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.8g}"
    if isinstance(value, list):
        return "[" + ", ".join(_flat(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False, default=str)


def off_by(got: object, expected: object) -> str | None:
    """Largest absolute difference of two JSON numbers, or nested lists of one shape."""
    if any(value is None or isinstance(value, str) for value in (got, expected)):
        return None
    try:
        first, second = np.asarray(got, dtype=float), np.asarray(expected, dtype=float)
    except (TypeError, ValueError, OverflowError):
        return None
    if first.shape != second.shape:
        return None
    if not first.size or not (np.isfinite(first).all() and np.isfinite(second).all()):
        return None
    return f"{np.abs(first - second).max():.3g}"
