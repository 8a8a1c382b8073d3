"""Feedback to one student as a self-contained HTML page without a script."""

from __future__ import annotations

from dataclasses import dataclass, replace

from grader.engine.verdict import Judged
from tools.common import sanitize
from tools.course.report.pages import page, pictures
from tools.course.report.pages.loss_bands import loss_band
from tools.course.report.pages.model import Extras, Report, Tally, Task
from tools.course.report.pages.sections import counts, sections
from tools.course.report.pages.words import (
    DATA,
    ISOLATION,
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
        next=next_task(report),
        standing=standing(report),
        adjusted=adjustments(report),
        all=Tally.of(report.checks),
        public=Tally.of(check for check in report.checks if check.public),
        hidden=Tally.of(check for check in report.checks if not check.public),
        follows={
            task.name: words for task in report.tasks if (words := follow_through(report, task))
        },
        codes={name: sanitize.plain(code, CODE_LIMIT) for name, code in extras.code.items()},
        meter=_meter(report),
        sections=sections,
        counts=counts,
        pictures=pictures.draw(_with_band(report, extras)),
        DATA=DATA,
        ISOLATION=ISOLATION,
    )


def _with_band(report: Report, extras: Extras) -> Extras:
    """Beside a loss curve, the band of the data it was trained on, unless one is given."""
    if extras.loss_history is None or extras.loss_band is not None:
        return extras
    return replace(extras, loss_band=loss_band(report.run.data))


def next_task(report: Report) -> Task | None:
    """The first task that the student can still do something about."""
    done = (Judged.FOLLOW_THROUGH, Judged.COULD_NOT_TELL)
    return next((task for task in report.tasks if not (task.holds or task.judged in done)), None)


def _meter(report: Report) -> list[Piece]:
    total = sum(task.max_score for task in report.tasks) or 1.0
    pieces, x = [], 0.0
    for task in report.tasks:
        whole = 100 * task.max_score / total
        part = min(100 * task.score / total, whole)
        pieces.append(
            Piece(
                task.judged,
                round(x, 2),
                round(max(0, whole - 0.6), 2),
                round(max(0.0, part - 0.6), 2),
            )
        )
        x += whole
    return pieces
