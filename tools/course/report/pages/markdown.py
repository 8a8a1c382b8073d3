"""Feedback to one student as Markdown, for learning systems and repositories.

Text of a student stands in fenced blocks; everything else is escaped, so that no mark of it is
taken for Markdown or HTML.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from grader.engine.verdict import Judged
from tools.common import sanitize
from tools.course.report.pages.losses import losses
from tools.course.report.pages.model import Extras, Report, Tally, Task
from tools.course.report.pages.page import DATA, STATES, counted, percent, points
from tools.course.report.pages.sections import Remark, Section, counts, sections
from tools.course.report.pages.words import adjustments, follow_through, holding, standing

CODE_LIMIT = 4000
md = sanitize.markdown_inline


def feedback_md(report: Report, extras: Extras) -> str:
    """The whole file."""
    lines = [f"# Feedback for {md(report.student)}", ""]
    lines += _head(report)
    if report.graded:
        lines += [*_losses(report, extras), *_holds(report), *_overview(report)]
    for task in report.tasks if report.graded else ():
        lines += _task(report, task, extras.code.get(task.name))
    lines += _footer(report)
    return "\n".join(lines).rstrip("\n") + "\n"


def _head(report: Report) -> Iterator[str]:
    if report.graded:
        least = report.at_least
        yield f"**{least}{points(report.score)} of {points(report.max_score)} points**"
        yield ""
    for said in (*adjustments(report), standing(report)):
        if said:
            yield from (f"**{md(said.title)}.** {md(said.text, 600)}", "")
    for flag in report.flags:
        yield f"- {md(flag)}"
    if report.flags:
        yield ""


def _losses(report: Report, extras: Extras) -> Iterator[str]:
    found = losses(report, extras.lines)
    if not found:
        return
    yield from ("## What you lost", "")
    for loss in found:
        where = f"{md(loss.task.name)} {md(loss.task.title)}: " if loss.task else ""
        line = f" (line {loss.line})" if loss.line else ""
        yield f"- **{counted(loss.points)}**: {where}{md(loss.reason, 300)}{line}"
    yield ""


def _holds(report: Report) -> Iterator[str]:
    public = Tally.of(check for check in report.checks if check.public)
    hidden = Tally.of(check for check in report.checks if not check.public)
    yield from ("## What you got right", "")
    held = [task for task in report.tasks if task.holds]
    yield from (f"- {md(task.name)} {md(task.title)}{_how(task)}" for task in held)
    if not held:
        yield "No task earned full points."
    yield ""
    for name, tally in (("Public", public), ("Hidden", hidden)):
        yield (
            f"- {name} checks: {counts(tally)}, "
            f"{points(tally.score)} of {points(tally.max_score)} points"
        )
    yield from ("", "Public checks are examples; your score is made of both.", "")


def _how(task: Task) -> str:
    return "" if task.judged is Judged.RIGHT else f": {holding(task)}"


def _overview(report: Report) -> Iterator[str]:
    yield from ("| Task | | Judged | Points |", "|---|---|---|---:|")
    for task in report.tasks:
        worth = f"{points(task.score)} of {points(task.max_score)}"
        yield f"| {md(task.name)} | {md(task.title)} | {STATES[task.judged]} | {worth} |"
    yield ""


def _task(report: Report, task: Task, code: str | None) -> Iterator[str]:
    yield f"## {md(task.name)} {md(task.title)}: {STATES[task.judged]}"
    yield ""
    if task.asked:
        yield from (md(task.asked), "")
    if task.override:
        yield from (f"Points set by your instructor. {md(task.override.comment or '', 600)}", "")
    if followed := follow_through(report, task):
        yield from (md(followed), "")
    yield from _checks(task)
    if code:
        yield from ("Your lines:", "", sanitize.markdown_block(code, "python", CODE_LIMIT), "")


@lru_cache(maxsize=500)
def _checks(task: Task) -> tuple[str, ...]:
    """The checks of a task, line by line: many of a class have the same results."""
    return tuple(line for section in sections(task) for line in _section(section))


def _section(section: Section) -> Iterator[str]:
    yield from (f"**{section.name}** ({section.counts})", "")
    for remark in section.remarks:
        yield from _remark(remark)
    yield from (f"- {md(words, 600)}" for words in section.held)
    yield ""


def _remark(remark: Remark) -> Iterator[str]:
    yield f"- **{STATES[remark.judged]}**: {md(remark.head, 600)}"
    if remark.asked:
        yield f"  Checked: {md(remark.asked, 600)}."
    shown = {"got": remark.got, "expected": remark.expected, "off by": remark.off_by}
    values = [f"{name}: {value}" for name, value in shown.items() if value is not None]
    if remark.details:
        yield from ("", _indent(sanitize.markdown_block(remark.details)))
    if values:
        yield from ("", _indent(sanitize.markdown_block("\n".join(values))))
    if remark.hint is not None:
        named = f"A common mistake: {md(remark.misconception)}. " if remark.misconception else ""
        yield from ("", f"  {named}*{md(remark.hint, 600)}*")


def _indent(block: str) -> str:
    """Two blanks in front of each line keep a block inside its list item."""
    return "\n".join(f"  {line}" for line in block.split("\n"))


def _footer(report: Report) -> Iterator[str]:
    run = report.run
    yield from ("---", "")
    accuracy = report.measured.get("validation_accuracy")
    if accuracy is not None:
        yield f"- Validation accuracy of best\\_net: {percent(accuracy)}"
    digest = md(report.sha256[:12]) or "unknown"
    yield f"- Submission: {md(report.submission)}, SHA-256 {digest}"
    yield f"- Data: {md(DATA.get(run.data, run.data))}"
    yield f"- Rubric: {md(run.rubric_sha256[:12])}; kit {md(run.kit_version)}"
    yield f"- Isolation: {md(run.isolation)}"
