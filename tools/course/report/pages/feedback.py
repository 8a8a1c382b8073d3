"""Feedback to one student as a self-contained HTML page without a script."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from markupsafe import Markup

from grader.engine.verdict import Judged
from tools.common import sanitize
from tools.course.report.pages import page, pictures
from tools.course.report.pages.loss_bands import loss_band
from tools.course.report.pages.losses import losses
from tools.course.report.pages.model import Extras, Report, Tally, Task
from tools.course.report.pages.sections import counts, sections
from tools.course.report.pages.words import (
    adjustments,
    follow_through,
    holding,
    standing,
)

CODE_LIMIT = 4000  # characters of one block: far more than a solution needs
PAGE_LIMIT = 450_000  # bytes; 500 KB is promised


@dataclass(frozen=True)
class Piece:
    """One task's piece of the bar under the score; lengths out of 100."""

    judged: Judged
    x: float
    whole: float
    part: float


def feedback_html(report: Report, extras: Extras) -> str:
    """The page; lines and pictures are left out where they would make it too large to hand out."""
    html = _render(report, extras)
    if len(html.encode()) > PAGE_LIMIT:
        left_out = "Your own lines and the pictures are left out: they are too large for this page."
        html = _render(replace(report, flags=(*report.flags, left_out)), Extras())
    return html


def _render(report: Report, extras: Extras) -> str:
    return page.render(
        "feedback.html",
        page.asset("base.css", "feedback.css"),
        report=report,
        held=[task for task in report.tasks if task.holds],
        holding=holding,
        losses=losses(report, extras.lines),
        standing=standing(report),
        adjusted=adjustments(report),
        all=Tally.of(report.checks),
        public=Tally.of(check for check in report.checks if check.public),
        hidden=Tally.of(check for check in report.checks if not check.public),
        follows={
            task.name: words for task in report.tasks if (words := follow_through(report, task))
        },
        codes={name: sanitize.plain(code, CODE_LIMIT) for name, code in extras.code.items()},
        marked={sanitize.plain(line) for line in extras.marked},
        meter=_meter(report),
        parts=_parts,
        counts=counts,
        pictures=pictures.draw(_with_band(report, extras)),
    )


@dataclass(frozen=True)
class Parts:
    """What the page says of one task, in three places."""

    row: Markup  # of the table of all tasks
    head: Markup
    checks: Markup


@lru_cache(maxsize=500)
def _parts(task: Task) -> Parts:
    """A task as HTML: many of a class have the same results."""
    made: Any = page.environment().get_template("task.html").module
    return Parts(made.row(task), made.head(task), made.checks(sections(task)))


def _with_band(report: Report, extras: Extras) -> Extras:
    """Beside a loss curve, the band of the data it was trained on, unless one is given."""
    if extras.loss_history is None or extras.loss_band is not None:
        return extras
    return replace(extras, loss_band=loss_band(report.run.data))


def _meter(report: Report) -> list[Piece]:
    """One piece for each task, or one for the whole if the score is not the sum of the tasks."""
    if report.score is None:
        return []
    earned = math.fsum(task.score for task in report.tasks)
    if abs(earned - report.score) < 0.01:
        return _pieces([(task.shown, task.max_score, task.score) for task in report.tasks])
    kept = (Judged.RIGHT, report.score, report.score)
    lost = (Judged.WRONG, report.deduction, report.deduction)
    rest = max(0.0, report.max_score - report.score - report.deduction)
    return _pieces([kept, lost, (Judged.NOT_REACHED, rest, 0.0)])


def _pieces(shares: Sequence[tuple[Judged, float, float]]) -> list[Piece]:
    """Pieces side by side, from (color, whole, part) in points."""
    total = math.fsum(max(whole, part) for _, whole, part in shares) or 1.0
    pieces, x = [], 0.0
    for judged, whole, part in shares:
        width = 100 * max(whole, part) / total
        gap = min(0.6, width / 2)
        filled = max(0.0, 100 * part / total - gap)
        pieces.append(Piece(judged, round(x, 2), round(width - gap, 2), round(filled, 2)))
        x += width
    return pieces
