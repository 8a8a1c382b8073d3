"""The class dashboard: one self-contained page, with a small script for its list alone.

The bars are drawn as plain SVG rectangles instead of by a plotting library: they then follow the
reader's colors (light, dark, print), need no inline styles that the page's policy would have to
allow, are the same bytes everywhere, and cost no second of import.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup

from grader.engine.verdict import Judged
from tools.common import sanitize
from tools.course.report.pages import page
from tools.course.report.pages.model import Attention
from tools.course.report.pages.summary import (
    Comparison,
    MistakeCount,
    Row,
    Spread,
    compare,
    count_tasks,
    counted_scores,
    measured,
    rank_mistakes,
    row_of,
    spread,
    titles_of,
)

LETTERS = {
    Judged.RIGHT: "r",
    Judged.FOLLOW_THROUGH: "f",
    Judged.PARTLY: "p",
    Judged.WRONG: "w",
    Judged.NOT_REACHED: "n",
    Judged.NOT_ASKED: "a",
    Judged.COULD_NOT_TELL: "u",
}
TOP = 9  # mistakes that are always open: the next lecture has no time for more
SHOWN = 60  # names under a mistake, and moves in the comparison; the list below has all


@dataclass(frozen=True)
class Measure:
    """One small distribution with its name and unit."""

    title: str
    unit: str  # "", "s", "MB"
    share: bool  # shown as per cent
    spread: Spread

    def text(self, value: float) -> str:
        """A value with its unit."""
        return page.percent(value) if self.share else f"{value:.3g} {self.unit}".rstrip()


MEASURES = (
    ("validation_accuracy", "Validation accuracy", "", True),
    ("test_accuracy", "Test accuracy", "", True),
    ("cpu_s", "CPU time", "s", False),
    ("peak_memory_mb", "Peak memory", "MB", False),
)


def dashboard_html(
    reports: Iterable[Mapping[str, Any]],
    attention: Iterable[Attention] = (),
    *,
    title: str = "Simple Neural Network Lab",
    old: Iterable[Mapping[str, Any]] | None = None,
) -> str:
    """The page, students in the order of their names whatever the order of the reports."""
    reports = sorted(reports, key=lambda data: str(data["student"]))
    rows = [row_of(data) for data in reports]
    titles = titles_of(reports)
    mistakes = rank_mistakes(rows)
    comparison = None if old is None else compare(rows, old)
    counted = [row for row in rows if row.counted]
    scores = counted_scores(rows)
    ran = [row for row in rows if row.ran]
    best = max((row.max_score for row in rows), default=0.0)
    return page.render(
        "dashboard.html",
        page.asset("base.css", "dashboard.css"),
        page.asset("dashboard.js"),
        title=sanitize.line(title, 120),
        rows=rows,
        best=best,
        scores=spread(scores, 0.0, best) if scores and best else None,
        full=sum(row.score == row.max_score for row in counted),
        tasks=count_tasks(rows, titles),
        mistakes=mistakes,
        attention=[_cleaned(item) for item in attention],
        measures=_measures([row for row in rows if row.graded]),
        runs=list(dict.fromkeys(row.run for row in ran or rows)),
        comparison=comparison,
        data=Markup(_embedded(rows, titles, mistakes, comparison)),
        known={row.student for row in rows if row.link},
        TOP=TOP,
        SHOWN=SHOWN,
        LETTERS=LETTERS,
    )


def _cleaned(item: Attention) -> tuple[Attention, str | None]:
    link = sanitize.file_link(("students", item.student, "feedback.html"))
    names = ("student", "submission", "stage", "reason", "again")
    return replace(item, **{name: sanitize.line(getattr(item, name)) for name in names}), link


def _measures(rows: Sequence[Row]) -> list[Measure]:
    return [
        Measure(title, unit, share, found)
        for key, title, unit, share in MEASURES
        if (found := measured(rows, key)) is not None
    ]


def _embedded(
    rows: Sequence[Row],
    titles: Mapping[str, str],
    mistakes: Sequence[MistakeCount],
    comparison: Comparison | None,
) -> str:
    """What the script needs to sort, filter and search: short keys, for 5,000 students count."""
    number_of = {mistake.slug: i for i, mistake in enumerate(mistakes)}
    moved = {move.row.key: move.by for move in comparison.moves} if comparison else {}
    return sanitize.json_for_html(
        {
            "tasks": list(titles),
            "rows": [
                {
                    "name": row.student,
                    "link": row.link,
                    "status": row.status,
                    "score": row.score if row.graded else None,
                    "final": row.final,
                    "max": row.max_score,
                    "judged": "".join(
                        LETTERS[row.judged[name]] if row.graded and name in row.judged else "-"
                        for name in titles
                    ),
                    "val": row.measured.get("validation_accuracy"),
                    "test": row.measured.get("test_accuracy"),
                    "cpu": row.measured.get("cpu_s"),
                    "mem": row.measured.get("peak_memory_mb"),
                    "mistakes": [number_of[slug] for slug in row.mistakes],
                    "moved": round(moved.get(row.key, 0.0), 2) if comparison else None,
                    "flags": list(row.flags),
                }
                for row in rows
            ],
        }
    )
