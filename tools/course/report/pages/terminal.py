"""Feedback to one student as text for a terminal.

Everything is a `Text`: rich's own markup is never read from a submission.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from grader.engine.verdict import Judged
from tools.course.report.pages.model import Report, Tally, Task
from tools.course.report.pages.page import DATA, STATES, points
from tools.course.report.pages.sections import Remark, counts, sections
from tools.course.report.pages.words import adjustments, follow_through, standing

SIGNS = {  # sign and style
    Judged.RIGHT: ("✓", "green"),
    Judged.FOLLOW_THROUGH: ("↳", "blue"),
    Judged.PARTLY: ("◐", "yellow"),
    Judged.WRONG: ("✗", "red"),
    Judged.NOT_REACHED: ("○", "dim"),
    Judged.NOT_ASKED: ("-", "dim"),
    Judged.COULD_NOT_TELL: ("?", "magenta"),
}


def terminal_text(report: Mapping[str, Any], *, width: int = 100, color: bool = False) -> str:
    """The report of one student, `width` characters wide; plain unless `color`."""
    out = io.StringIO()
    console = Console(
        file=out,
        width=width,
        force_terminal=color,
        color_system="standard" if color else None,
        highlight=False,
        emoji=False,
        legacy_windows=False,
        _environ={},
    )
    for part in _parts(Report.from_dict(report)):
        console.print(part)
    return "\n".join(line.rstrip() for line in out.getvalue().split("\n"))


def _parts(report: Report) -> Iterator[RenderableType]:
    score = f"{report.at_least}{points(report.score)} of {points(report.max_score)} points"
    yield Text.assemble((report.student, "bold"), "  ", score if report.graded else "")
    for said in (*adjustments(report), standing(report)):
        if said:
            yield Text(f"{said.title}. {said.text}", "magenta")
    yield from (Text(f"Note: {flag}", "magenta") for flag in report.flags)
    if report.graded:
        yield from ("", _overview(report))
        for name, public in (("Public", True), ("Hidden", False)):
            tally = Tally.of(check for check in report.checks if check.public is public)
            earned = f"{points(tally.score)} of {points(tally.max_score)} points"
            yield Text(f"{name} checks: {counts(tally)}, {earned}")
        for task in report.tasks:
            yield from _task(report, task)
    run = report.run
    data = DATA.get(run.data, run.data)
    rubric = f"rubric {run.rubric_sha256[:12]}, isolation {run.isolation}"
    yield from ("", Text(f"Data: {data}, {rubric}", "dim"))


def _overview(report: Report) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for task in report.tasks:
        worth = f"{points(task.score)} of {points(task.max_score)}"
        cells = (Text(task.name), Text(task.title), _judged(task.judged), Text(worth))
        table.add_row(*cells)
    return table


def _judged(judged: Judged) -> Text:
    sign, style = SIGNS[judged]
    return Text(f"{sign} {STATES[judged]}", style)


def _task(report: Report, task: Task) -> Iterator[RenderableType]:
    """What is not right in a task; nothing for a right one."""
    remarks = [(section, remark) for section in sections(task) for remark in section.remarks]
    if not remarks:
        return
    yield from ("", Text.assemble((f"{task.name} {task.title}", "bold")))
    if followed := follow_through(report, task):
        yield Padding(Text(followed, "blue"), (0, 0, 0, 2))
    for section, remark in remarks:
        yield Padding(_remark(remark, section.name == "Public checks"), (0, 0, 0, 2))


def _remark(remark: Remark, public: bool) -> Text:
    sign, style = SIGNS[remark.judged]
    kind = "public" if public else "hidden"
    text = Text.assemble((f"{sign} ", style), remark.head, (f"  ({kind})", "dim"))
    if remark.asked:
        text.append(f"\n  Checked: {remark.asked}.", "dim")
    for line in remark.details.split("\n") if remark.details else ():
        text.append(f"\n    {line}", "dim")
    shown = (("got", remark.got), ("expected", remark.expected), ("off by", remark.off_by))
    for name, value in shown:
        if value is not None:
            text.append(f"\n  {name:9}" + value.replace("\n", "\n" + 11 * " "))
    if remark.hint is not None:
        text.append(f"\n  {remark.hint}", "italic")
    return text
