"""`nnlab judge`: scores anew from stored observations."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import click

from grader.judge import checks_by_task
from grader.rubric import load_rubric
from tools.batch.rejudge import Judgement, Moved, judge_again
from tools.commands.options import (
    jobs_option,
    json_option,
    out_argument,
    quiet_option,
    rubric_option,
)
from tools.gradebook import Gradebook
from tools.machine import available_cores
from tools.pages import clean
from tools.put import put_file
from tools.report import write_reports

_SHOWN = 20


@click.command(
    epilog="""\b
Examples:
  nnlab judge grades --dry-run       what a changed rubric would do
  nnlab judge grades                 do it, and write the reports again

No student code is run. Whose score moved, in which check and why, is printed and written to
OUT/moved.csv."""
)
@out_argument
@click.option("--dry-run", is_flag=True, help="Say whose score would move; change nothing.")
@rubric_option
@jobs_option
@json_option
@quiet_option
def command(
    out: Path, dry_run: bool, rubric: Path, jobs: int | None, as_json: bool, quiet: bool
) -> None:
    """Judge again from the gradebook, after a change of the rubric."""
    judged_by = load_rubric(rubric, checks_by_task())
    cores = jobs or available_cores()
    with Gradebook(out, write=not dry_run) as book:
        run = book.latest_run()
        judgements = list(judge_again(out, judged_by, run, book.students(), cores))
        if not dry_run:
            new_run = replace(run, rubric_sha256=judged_by.sha256, rubric=rubric.read_text("utf-8"))
            book.begin_run(new_run)
            for new in judgements:
                book.save_verdicts(new.student, new.after, new.attention, judged_by.sha256)
            write_reports(out, book, judged_by, jobs=cores)
            put_file(out / "moved.csv", moved_csv(judgements).encode())
    _tell(judgements, dry_run, as_json, quiet)
    sys.exit(int(any(new.attention for new in judgements)))


def moved_csv(judgements: Iterable[Judgement]) -> str:
    """Every check whose points changed, as a table."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["student", "task", "check", "before", "after", "why"])
    for new in judgements:
        for one in new.moved:
            row = (one.student, one.task, one.check, one.before, one.after, one.why)
            table.writerow([clean.csv_cell(cell) for cell in row])
    return text.getvalue()


def _tell(judgements: list[Judgement], dry_run: bool, as_json: bool, quiet: bool) -> None:
    moved = [new for new in judgements if new.moved]
    if as_json:
        rows = [_as_dict(one) for new in moved for one in new.moved]
        click.echo(json.dumps({"judged": len(judgements), "moved": rows, "dry_run": dry_run}))
        return
    if quiet:
        return
    for new in moved[:_SHOWN]:
        before, after = (sum(c.score for c in checks) for checks in (new.before, new.after))
        click.echo(f"{new.student}: {before:g} -> {after:g}")
        for one in new.moved:
            click.echo(clean.line(f"  {one.task} {one.check}: {one.why}", 160))
    if len(moved) > _SHOWN:
        click.echo(f"... and {len(moved) - _SHOWN} more; all are in moved.csv.")
    would = "would move" if dry_run else "moved"
    click.echo(f"Judged {len(judgements)} submissions; {len(moved)} {would}.")


def _as_dict(one: Moved) -> dict[str, object]:
    return {
        "student": one.student,
        "task": one.task,
        "check": one.check,
        "before": one.before,
        "after": one.after,
        "why": one.why,
    }
