"""What handing in late costs; shown apart from the raw score, which it never changes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from grader.errors import MaterialError

_DAY_S = 86_400.0
# Key of the rubric's [late] table -> the smallest and largest value, and what it is by default.
_NUMBERS = {
    "grace_minutes": (0.0, 7 * 24 * 60.0, 0.0),
    "percent_per_day": (0.0, 100.0, 10.0),
    "cap_percent": (0.0, 100.0, 100.0),
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

    Within the grace nothing is lost; after it, the days count from the deadline itself.
    """

    deadline: datetime  # with offset
    grace_minutes: float = 0.0
    percent_per_day: float = 10.0
    cap_percent: float = 100.0  # the most that is ever taken

    def lateness(
        self, received: str | None, max_score: float, *, marked_late: bool | None = None
    ) -> Lateness:
        """What a submission received at an ISO 8601 time loses.

        `marked_late` is the learning system's own mark, a hint where there is no time: then
        nothing is taken and a person has to decide.
        """
        if received is None:
            return _unknown(marked_late)
        late_s = max(0.0, (_moment(received) - self.deadline).total_seconds())
        if late_s <= self.grace_minutes * 60:
            return Lateness(Punctuality.ON_TIME, late_s, 0.0, _on_time(late_s))
        days = math.ceil(late_s / _DAY_S)
        percent = min(self.cap_percent, days * self.percent_per_day)
        deduction = round(max_score * percent / 100, 4)
        begun = "1 day begun" if days == 1 else f"{days} days begun"
        message = f"Handed in {_span(late_s)} late: {begun}, {percent:g} % = {deduction:g} points."
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
    return LatePolicy(deadline=_deadline(table["deadline"]), **numbers)


def _mistakes(table: Mapping[str, Any], where: str) -> Iterable[str]:
    expected = ("deadline", *_NUMBERS)
    for key in table:
        if key not in expected:
            yield f"{where}: {key} is unknown; expected {', '.join(expected)}"
    deadline = _deadline(table.get("deadline"))
    if deadline is None or deadline.tzinfo is None:
        yield (
            f"{where}: deadline is {table.get('deadline')!r}, "
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


def _unknown(marked_late: bool | None) -> Lateness:
    if marked_late:
        message = "Marked late by the learning system, which gives no time: a person has to decide."
    else:
        message = "The time of submission is not known, so nothing was taken off."
    return Lateness(Punctuality.UNKNOWN, None, 0.0, message)


def _on_time(late_s: float) -> str:
    return f"Handed in {_span(late_s)} late, within the grace." if late_s else "Handed in on time."


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
