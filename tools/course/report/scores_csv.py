"""`scores.csv` and `attention.csv`: the tables of a report that a spreadsheet opens.

UTF-8 without a byte order mark, commas, newlines; rows in the order of the students' names;
no cell can be taken for a formula.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from grader.lab.tasks import TASK_NAMES
from tools.common.atomic_write import write_atomic
from tools.common.sanitize import csv_cell
from tools.course.gradebook.records import Moved
from tools.course.report.pages.model import Attention, is_final, is_graded, is_open

ATTENTION_HEADER = ("student", "submission", "stage", "reason", "how to run it again")
MOVED_HEADER = ("student", "task", "check", "before", "after", "why")


def scores_header(reports: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """The lab's tasks, and after them any other that a report has."""
    names = dict.fromkeys(TASK_NAMES)
    for data in reports:
        names |= dict.fromkeys(str(task["task"]) for task in data["tasks"])
    return ("student", "score", "max_score", *names, "status", "flags")


def scores_csv(reports: Iterable[Mapping[str, Any]]) -> str:
    """The table. What could not be told is an empty cell, never a zero, and so is its sum."""
    ordered = sorted(reports, key=lambda data: str(data["student"]))
    header = scores_header(ordered)
    return _table(header, (_scores_row(data, header[3:-2]) for data in ordered))


def attention_csv(items: Iterable[Attention]) -> str:
    """The table of what a person has to look at."""
    rows = [(i.student, i.submission, i.stage, i.reason, i.again) for i in items]
    return _table(ATTENTION_HEADER, sorted(rows))


def write_scores(out: Path, reports: Iterable[Mapping[str, Any]]) -> Path:
    """Write `scores.csv` into the report folder."""
    return _write(out / "scores.csv", scores_csv(reports))


def write_attention(out: Path, items: Iterable[Attention]) -> Path:
    """Write `attention.csv` into the report folder."""
    return _write(out / "attention.csv", attention_csv(items))


def write_moved(out: Path, moves: Iterable[Moved]) -> Path:
    """Write `moved.csv`: every check whose points moved since the rubric was last changed."""
    rows = ((one.student, one.task, one.check, one.before, one.after, one.why) for one in moves)
    return _write(out / "moved.csv", _table(MOVED_HEADER, rows))


def _scores_row(data: Mapping[str, Any], names: Sequence[str]) -> list[object]:
    tasks = data["tasks"] if is_graded(data) else ()
    told = {str(task["task"]): None if is_open(task) else task["score"] for task in tasks}
    return [
        data["student"],
        data["score"] if is_final(data) else None,
        data["max_score"],
        *(told.get(name) for name in names),
        data["status"],
        "; ".join(str(flag) for flag in data["flags"]),
    ]


def _table(header: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([csv_cell(value) for value in row] for row in rows)
    return out.getvalue()


def _write(path: Path, text: str) -> Path:
    write_atomic(path, text.encode())
    return path
