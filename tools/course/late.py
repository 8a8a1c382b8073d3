"""What handing in late costs; shown apart from the raw score, which it never changes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from grader.errors import MaterialError
from tools.common.plural import plural
from tools.course.gradebook.ledger import Extension

_DAY_S = 86_400.0
# Key of the rubric's [late] table -> the smallest and largest value, and what it is by default.
_NUMBERS = {
    "grace_minutes": (0.0, 7 * 24 * 60.0, 0.0),
    "percent_per_day": (0.0, 100.0, 10.0),
    "cap_percent": (0.0, 100.0, 100.0),
    "grace_days": (0.0, 366.0, 0.0),
}


class Punctuality(StrEnum):
    """What the time of submission says; no time says nothing, least of all "on time"."""

    ON_TIME = "on time"
    LATE = "late"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Lateness:
    """How late a submission was and what that costs."""

    punctuality: Punctuality
    late_s: float | None  # seconds after the deadline, 0 on time, None where unknown
    deduction: float  # points
    message: str  # one sentence for student and teacher


@dataclass(frozen=True)
class LatePolicy:
    """Each day begun after the deadline costs a part of the points that can be had.

    Within the grace nothing is lost; after it, the days count from the deadline itself. The first
    `grace_days` of them cost nothing.
    """

    deadline: datetime  # with offset
    grace_minutes: float = 0.0
    percent_per_day: float = 10.0
    cap_percent: float = 100.0  # the most that is ever subtracted
    grace_days: float = 0.0
    sections: Mapping[str, datetime] = field(default_factory=dict)  # section -> its own deadline

    def for_student(self, section: str, extension: Extension | None) -> LatePolicy:
        """The policy with the deadline of a section, or of a student who was given more time."""
        deadline = self.sections.get(section, self.deadline)
        if extension is not None and extension.due is not None:
            deadline = _moment(extension.due)
        elif extension is not None and extension.days is not None:
            deadline += timedelta(days=extension.days)
        return replace(self, deadline=deadline)

    def lateness(
        self, received: str | None, max_score: float, *, marked_late: bool | None = None
    ) -> Lateness:
        """What a submission received at an ISO 8601 time loses.

        `marked_late` is the learning system's own mark. It decides that work without a time was
        on time; if the mark says late, or there is none, a person has to decide.
        """
        if received is None and marked_late is False:
            return Lateness(
                Punctuality.ON_TIME, None, 0.0, "The learning system does not mark it as late."
            )
        if received is None:
            return unknown_lateness(marked_late)
        late_s = max(0.0, (_moment(received) - self.deadline).total_seconds())
        if late_s <= self.grace_minutes * 60:
            return Lateness(Punctuality.ON_TIME, late_s, 0.0, _on_time(late_s))
        days = math.ceil(late_s / _DAY_S)
        costing = max(0.0, days - self.grace_days)
        percent = min(self.cap_percent, costing * self.percent_per_day)
        deduction = round(max_score * percent / 100, 4)
        begun = plural(days, "day")
        lost = plural(round(deduction, 2), "point")
        message = f"Handed in {_span(late_s)} late: counts as {begun}, {percent:g}% = {lost}."
        return Lateness(Punctuality.LATE, late_s, deduction, message)


def after_deduction(score: float, lateness: Lateness) -> float:
    """The score that remains; never below zero, and never above what it was."""
    return round(max(0.0, score - lateness.deduction), 4)


def late_policy(table: Mapping[str, Any], where: str = "rubric.toml [late]") -> LatePolicy | None:
    """The policy of the rubric's [late] table; None if it is empty.

    Raises MaterialError with every mistake: key, found, expected.
    """
    if not table:
        return None
    problems = list(_mistakes(table, where))
    if problems:
        raise MaterialError(problems)
    numbers = {key: float(table.get(key, default)) for key, (_, _, default) in _NUMBERS.items()}
    sections = {name: _deadline(value) for name, value in table.get("sections", {}).items()}
    return LatePolicy(deadline=_deadline(table["deadline"]), sections=sections, **numbers)


def _mistakes(table: Mapping[str, Any], where: str) -> Iterable[str]:
    expected = ("deadline", "sections", *_NUMBERS)
    for key in table:
        if key not in expected:
            yield f"{where}: {key} is unknown; expected {', '.join(expected)}"
    sections = table.get("sections", {})
    if not isinstance(sections, Mapping):
        yield f"{where}: sections is {sections!r}, expected a table of deadlines"
        sections = {}
    deadlines = {"deadline": table.get("deadline")}
    deadlines |= {f"sections.{name}": value for name, value in sections.items()}
    for key, value in deadlines.items():
        deadline = _deadline(value)
        if deadline is None or deadline.tzinfo is None:
            yield (
                f"{where}: {key} is {value!r}, "
                "expected a time with offset such as 2026-03-03T23:59:00+07:00"
            )
    for key, (least, most, default) in _NUMBERS.items():
        value = table.get(key, default)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not least <= value <= most:
            yield f"{where}: {key} is {value!r}, expected a number from {least:g} to {most:g}"


def _deadline(value: Any) -> Any:
    """TOML has times; a text in ISO form is taken as well."""
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            return None
    return value if isinstance(value, datetime) else None


def _moment(received: str) -> datetime:
    moment = datetime.fromisoformat(received)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def unknown_lateness(marked_late: bool | None) -> Lateness:
    """The lateness of work without a time: nothing is subtracted until a person decides."""
    if marked_late:
        message = "The learning system marks this as late and gives no time."
    else:
        message = "The submission time is unknown, so nothing was subtracted."
    return Lateness(Punctuality.UNKNOWN, None, 0.0, message)


def _on_time(late_s: float) -> str:
    return (
        f"Handed in {_span(late_s)} late, within the grace period."
        if late_s
        else "Handed in on time."
    )


def _span(seconds: float) -> str:
    """Days, hours and minutes, the largest two of them."""
    minutes = math.ceil(seconds / 60)
    parts = (
        (minutes // 1440, "d"),
        (minutes // 60 % 24, "h"),
        (minutes % 60, "min"),
    )
    words = [f"{count} {unit}" for count, unit in parts if count]
    return " ".join(words[:2])
