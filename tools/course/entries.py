"""Lays what people set over a computed report.

The effective score is the latest absolute entry, or else the computed score, plus the changes made
after it. What a person changed in a report is beside the computed value:

    report["override"]  null | {"points": number|null, "computed_score": number,
                                "computed_status": str, "comment": str|null}
    report["tasks"][i]["override"]  null | {"computed_score": number, "comment": str|null}

`points` is the absolute score of the whole, null if nobody set one. Lateness is subtracted from
the sum of the tasks, and not from an absolute score of the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tools.course.gradebook.ledger import Kind, Scope, ScoreEntry


def apply_entries(
    report: Mapping[str, Any],
    entries: Iterable[ScoreEntry],
    max_points: Mapping[str, float],
    bonus: float = 0.0,
) -> dict[str, Any]:
    """A new report with the entries of its student in force.

    `max_points` has the points of tasks, for one that was not asked and that a person scores. A
    total exceeds the maximum by `bonus` points at most.
    """
    mine = [one for one in entries if one.student in (None, report["student"])]
    by_task = {task["task"]: _of_task(mine, task) if mine else [] for task in report["tasks"]}
    whole = [one for one in mine if _is_whole(one)]
    report = dict(report) | {"override": None}
    tasks = [_task(task, by_task[task["task"]], max_points) for task in report["tasks"]]
    if not whole and not any(by_task.values()):
        return report | {"tasks": tasks}
    absolute = _latest_absolute(whole)
    maximum = round(sum(task["max_score"] for task in tasks), 4)
    return report | {
        "tasks": tasks,
        "max_score": maximum,
        "score": _total(report, tasks, whole, by_task, maximum + bonus),
        "status": report["status"] if absolute is None else "graded",
        "override": {
            "points": None if absolute is None else absolute.value,
            "computed_score": report["score"],
            "computed_status": report["status"],
            "comment": _comment(whole),
        },
    }


def settled_tasks(
    entries: Iterable[ScoreEntry], report_tasks: Sequence[Mapping[str, Any]]
) -> frozenset[str]:
    """Tasks whose score a person set, whatever the checks say."""
    entries = list(entries)
    if not entries:
        return frozenset()
    return frozenset(
        task["task"]
        for task in report_tasks
        if _latest_absolute(_of_task(entries, task)) is not None
    )


def _of_task(entries: Sequence[ScoreEntry], task: Mapping[str, Any]) -> list[ScoreEntry]:
    """Entries on a task, on a line of it, or on a mistake that was found in it."""
    if not entries:  # nearly always
        return []
    mistakes = {check["misconception"] for check in task["checks"]}
    return [
        one
        for one in entries
        if (one.scope in (Scope.TASK, Scope.LINE) and one.task == task["task"])
        or (one.scope == Scope.MISTAKE and one.mistake in mistakes)
    ]


def _is_whole(entry: ScoreEntry) -> bool:
    is_line = entry.scope == Scope.LINE and entry.task is None
    return entry.scope == Scope.STUDENT or is_line


def _latest_absolute(entries: Sequence[ScoreEntry]) -> ScoreEntry | None:
    return next((one for one in reversed(entries) if one.kind == Kind.ABSOLUTE), None)


def _changes(entries: Iterable[ScoreEntry], since: ScoreEntry | None) -> float:
    """Points that changes add, of those made after an absolute entry."""
    made_after = 0 if since is None else since.id
    return sum(
        one.value or 0.0 for one in entries if one.kind == Kind.CHANGE and one.id > made_after
    )


def _task(
    task: Mapping[str, Any], entries: Sequence[ScoreEntry], max_points: Mapping[str, float]
) -> dict[str, Any]:
    if not entries:
        return dict(task) | {"override": None}
    absolute = _latest_absolute(entries)
    base = task["score"] if absolute is None else absolute.value or 0.0
    maximum = task["max_score"]
    if absolute is not None and not maximum:  # not asked, and scored by a person
        maximum = max_points.get(task["task"], 0.0)
    return dict(task) | {
        "score": round(max(0.0, base + _changes(entries, absolute)), 4),
        "max_score": maximum,
        "override": {"computed_score": task["score"], "comment": _comment(entries)},
    }


def _total(
    report: Mapping[str, Any],
    tasks: Sequence[Mapping[str, Any]],
    whole: Sequence[ScoreEntry],
    by_task: Mapping[str, Sequence[ScoreEntry]],
    limit: float,
) -> float:
    absolute = _latest_absolute(whole)
    if absolute is None:
        deduction = (report.get("late") or {}).get("deduction", 0.0)
        base = max(0.0, sum(task["score"] for task in tasks) - deduction)
        changes = _changes(whole, None)
    else:
        base = absolute.value or 0.0
        later = [*whole, *(one for entries in by_task.values() for one in entries)]
        changes = _changes(later, absolute)
        limit = max(limit, base)
    return round(float(min(max(0.0, base + changes), limit)), 4)


def _comment(entries: Iterable[ScoreEntry]) -> str | None:
    said = [
        f"line {one.line}: {one.reason}" if one.line else one.reason
        for one in entries
        if one.reason
    ]
    return " ".join(said) or None
