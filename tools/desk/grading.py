"""What a grader types, as rows of the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from grader.errors import MaterialError
from tools.common.numbers import number
from tools.course.gradebook.ledger import Extension, Kind, Scope, ScoreEntry
from tools.course.overrides import parse_points
from tools.course.report.build import Rules
from tools.desk.source import mistake_of

LONGEST = 4000  # characters of a comment


@dataclass(frozen=True)
class Typed:
    """The fields of the grading form, as they were typed."""

    scope: str = Scope.TASK
    task: str = ""
    line: str = ""
    mistake: str = ""
    points: str = ""
    words: str = ""
    keep: str = ""  # "on": keep the comment for other students

    @classmethod
    def of(cls, form: Mapping[str, str]) -> Typed:
        """The fields of a request."""
        names = cls.__dataclass_fields__
        return cls(**{name: form[name].strip() for name in names if name in form})

    def entry(self, student: str | None, author: str, rules: Rules) -> ScoreEntry:
        """The entry of the ledger.

        Raises
        ------
        MaterialError
            With every field that is wrong.
        """
        problems: list[str] = []
        task = self._task(rules, problems)
        limit = rules.max_points[task] if task else sum(rules.max_points.values()) + rules.bonus
        kind, value = Kind.COMMENT, None
        if self.points:
            try:
                kind, value = parse_points(self.points, limit, task or "the whole submission")
            except ValueError as error:
                problems.append(str(error)[0].upper() + str(error)[1:] + ".")
        if not (self.points or self.words):
            problems.append("Type points, or a comment.")
        if len(self.words) > LONGEST:
            problems.append(f"The comment is longer than {LONGEST} characters.")
        if self.scope == Scope.MISTAKE and kind is Kind.ABSOLUTE:
            problems.append("For a mistake, type a change such as -1 or +0.5.")
        line = number(self.line) if self.scope == Scope.LINE else None
        if problems:
            raise MaterialError(problems)
        return ScoreEntry(
            student=None if self.scope == Scope.MISTAKE else student,
            scope=Scope(self.scope),
            kind=kind,
            task=None if self.scope == Scope.MISTAKE else task,
            line=None if line is None else int(line),
            mistake=self.mistake if self.scope == Scope.MISTAKE else None,
            value=value,
            reason=self.words,
            author=author,
        )

    def _task(self, rules: Rules, problems: list[str]) -> str | None:
        if self.scope not in list(Scope):
            problems.append(f"{self.scope!r} is not known.")
        if self.scope == Scope.MISTAKE:
            known = mistake_of(self.mistake)
            return known.task or None if known else None
        if self.scope == Scope.STUDENT:
            return None
        if self.task and self.task not in rules.max_points:
            problems.append(f"There is no task {self.task!r}.")
            return None
        if self.scope == Scope.TASK and not self.task:
            problems.append("Choose a task.")
        if self.scope == Scope.LINE and not self.line.isdecimal():
            problems.append("Choose a line.")
        return self.task or None


def extension_of(student: str, form: Mapping[str, str], author: str) -> Extension:
    """An extension as it was typed.

    Raises
    ------
    MaterialError
        With every field that is wrong.
    """
    problems: list[str] = []
    due, received = (_moment(form.get(name, ""), problems) for name in ("due", "received"))
    typed = form.get("days", "").strip()
    days = number(typed) if typed else None
    if typed and (days is None or not 0 <= days <= 366):
        problems.append("Days are a number from 0 to 366.")
    if due and typed:
        problems.append("Type a due date or days, not both.")
    if not (due or received or typed or problems):
        problems.append("Type days, a due date, or the submission time.")
    if problems:
        raise MaterialError(problems)
    reason = form.get("words", "").strip()
    return Extension(student, reason, author, due=due, days=days, received=received)


def _moment(text: str, problems: list[str]) -> str | None:
    """A time as a browser sends it; without an offset it is this machine's time."""
    if not text.strip():
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        problems.append(f"{text.strip()!r} is not a time.")
        return None
    return (moment if moment.tzinfo else moment.astimezone()).isoformat()
