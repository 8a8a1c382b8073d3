"""A class in figures: one slim row for each student, and everything that is counted over them."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grader.engine.verdict import Judged
from grader.lab.mistakes.catalogue import CATALOGUE
from tools.common import sanitize
from tools.course.report.pages.model import (
    Run,
    is_final,
    is_graded,
    judged_of,
    number,
    run_of,
    shown_name,
)
from tools.course.report.pages.sections import mistake_words

BINS = 20


@dataclass(frozen=True)
class Row:
    """What the dashboard knows of one student."""

    key: str  # as in report.json; never shown
    student: str  # clean
    link: str | None  # to the feedback page; None where a name could leave the folder
    status: str
    score: float | None
    max_score: float
    graded: bool  # there is a verdict to show
    final: bool  # and its score is a grade: everything could be told, or a person settled it
    judged: Mapping[str, Judged]  # task -> judged
    shares: Mapping[str, float]  # task -> share of its points, 0 to 1
    mistakes: Mapping[str, str]  # misconception -> what its student read
    measured: Mapping[str, float | None]
    flags: tuple[str, ...]
    ran: bool  # something of it was read, and so its run says how
    run: Run

    @property
    def counted(self) -> bool:
        """Whether the score is a grade."""
        return self.final and self.score is not None


@dataclass(frozen=True)
class Bin:
    """One bar of a distribution; `low` belongs to it, `high` only in the last one."""

    low: float
    high: float
    count: int


@dataclass(frozen=True)
class Spread:
    """How one number is distributed over the class."""

    count: int
    lowest: float
    median: float
    highest: float
    bins: tuple[Bin, ...]


@dataclass(frozen=True)
class TaskCount:
    """How many students stand where in one task."""

    name: str
    title: str
    counts: Mapping[Judged, int]
    mean_share: float  # of the points, 0 to 1

    @property
    def total(self) -> int:
        """Students whose work on it was judged."""
        return sum(self.counts.values())


@dataclass(frozen=True)
class MistakeCount:
    """How many students made one named mistake, and who."""

    slug: str
    label: str
    sentence: str
    who: tuple[Row, ...]


@dataclass(frozen=True)
class Move:
    """A student whose score is not what it was."""

    row: Row
    old: float
    new: float

    @property
    def by(self) -> float:
        """Points won, or lost where it is negative."""
        return self.new - self.old


@dataclass(frozen=True)
class Comparison:
    """A class beside an earlier report of it."""

    moves: tuple[Move, ...]  # largest first
    unchanged: int
    new: tuple[str, ...]  # students who were not there
    gone: tuple[str, ...]  # students who are no longer there


def row_of(data: Mapping[str, Any]) -> Row:
    """The slim row of one report object."""
    tasks = data["tasks"]
    checks = [check for task in tasks for check in task["checks"]]
    judged = {sanitize.line(task["task"], 20): judged_of(task["judged"]) for task in tasks}
    return Row(
        key=str(data["student"]),
        student=shown_name(data),
        link=sanitize.file_link(("students", str(data["student"]), "feedback.html")),
        status=sanitize.line(data["status"], 20),
        score=number(data["score"]),
        max_score=number(data["max_score"]) or 0.0,
        graded=is_graded(data),
        final=is_final(data),
        judged=judged,
        shares={sanitize.line(task["task"], 20): _share(task) for task in tasks},
        mistakes=_mistakes(checks),
        measured={str(key): number(value) for key, value in data["measured"].items()},
        flags=tuple(sanitize.line(flag) for flag in data["flags"]),
        ran=bool(data["submission"]["sha256"]),
        run=run_of(data),
    )


def _share(task: Mapping[str, Any]) -> float:
    return (number(task["score"]) or 0.0) / (number(task["max_score"]) or 1.0)


def _mistakes(checks: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for check in checks:
        if check["misconception"] is not None:
            sentence = sanitize.line(check["hint"] or check["message"], 600)
            for slug in str(check["misconception"]).split("+"):  # two at once
                found.setdefault(sanitize.line(slug, 80), sentence)
    return found


def counted_scores(rows: Iterable[Row]) -> list[float]:
    """The scores that are grades: what a median, or the bars of a class, are made from."""
    return [row.score for row in rows if row.counted and row.score is not None]


def titles_of(reports: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Task names and titles in the order of the first reports that have them."""
    titles: dict[str, str] = {}
    for data in reports:
        for task in data["tasks"]:
            titles.setdefault(sanitize.line(task["task"], 20), sanitize.line(task["title"], 80))
    return titles


def spread(values: Sequence[float], low: float | None = None, high: float | None = None) -> Spread:
    """Distribution over BINS equal bins; the ends default to the smallest and largest value."""
    low = min(values) if low is None else low
    high = max(max(values) if high is None else high, low + 1e-9)
    width = (high - low) / BINS
    filled = Counter(min(BINS - 1, max(0, int((value - low) / width))) for value in values)
    bins = tuple(Bin(low + i * width, low + (i + 1) * width, filled[i]) for i in range(BINS))
    return Spread(len(values), min(values), statistics.median(values), max(values), bins)


def measured(rows: Iterable[Row], key: str) -> Spread | None:
    """Distribution of one measurement; None where nobody has it."""
    values = [value for row in rows if (value := row.measured.get(key)) is not None]
    return spread(values) if values else None


def count_tasks(rows: Sequence[Row], titles: Mapping[str, str]) -> tuple[TaskCount, ...]:
    """Per task: how many are right, follow through, and so on."""
    made = []
    for name, title in titles.items():
        having = [row for row in rows if row.graded and name in row.judged]
        counts = Counter(row.judged[name] for row in having)
        shares = [row.shares[name] for row in having]
        mean = statistics.fmean(shares) if shares else 0.0
        made.append(TaskCount(name, title, {state: counts[state] for state in Judged}, mean))
    return tuple(made)


def rank_mistakes(rows: Sequence[Row]) -> tuple[MistakeCount, ...]:
    """Named mistakes, most common first."""
    who: dict[str, list[Row]] = {}
    for row in rows:
        for slug in row.mistakes:
            who.setdefault(slug, []).append(row)
    ranked = sorted(who.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple(
        MistakeCount(
            slug, mistake_words(slug), _advice(slug, made_by[0].mistakes[slug]), tuple(made_by)
        )
        for slug, made_by in ranked
    )


def _advice(slug: str, read: str) -> str:
    """The catalogue's own words, for a student may have read them among others."""
    known = (mistake for mistakes in CATALOGUE.values() for mistake in mistakes)
    return next((mistake.advice for mistake in known if mistake.slug == slug), read)


def compare(rows: Iterable[Row], old: Iterable[Mapping[str, Any]]) -> Comparison:
    """Whose score moved; students are matched by their key, scores compared to the hundredth."""
    before = {str(data["student"]): number(data["score"]) for data in old}
    now = {row.key: row for row in rows}
    moves = []
    for key in now.keys() & before.keys():
        row, was = now[key], before[key]
        if row.score is not None and was is not None and round(row.score - was, 2) != 0:
            moves.append(Move(row, was, row.score))
    return Comparison(
        tuple(sorted(moves, key=lambda move: (-abs(move.by), move.row.key))),
        len(now.keys() & before.keys()) - len(moves),
        tuple(now[key].student for key in sorted(now.keys() - before.keys())),
        tuple(sanitize.line(key, 120) for key in sorted(before.keys() - now.keys())),
    )
