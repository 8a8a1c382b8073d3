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

from grader.engine.rubric import load_rubric
from grader.two_layer_net import LAB
from tools.commands.options import (
    graded_argument,
    jobs_option,
    json_option,
    quiet_option,
    rubric_option,
)
from tools.common import sanitize
from tools.common.atomic_write import put_file
from tools.common.machine import available_cores
from tools.course.batch.rejudge import Shift, judge_again, judge_and_save, shifts_of
from tools.course.gradebook import Gradebook, Moved
from tools.course.late import late_policy
from tools.course.report import write_reports

_SHOWN = 20


@click.command(
    epilog="""\b
Examples:
  nnlab judge grades --dry-run       what a changed rubric would do
  nnlab judge grades                 do it, and write the reports again

No student code is run. Whose score moved, in which check and why, is printed and written to
OUT/moved.csv."""
)
@graded_argument
@click.option("--dry-run", is_flag=True, help="Say whose score would move; change nothing.")
@rubric_option
@jobs_option
@json_option
@quiet_option
def command(
    out: Path, dry_run: bool, rubric: Path, jobs: int | None, as_json: bool, quiet: bool
) -> None:
    """Judge again from the gradebook, after a change of the rubric."""
    judged_by = load_rubric(LAB, rubric)
    late_policy(judged_by.late)  # read when reports are written; its mistakes are told now
    cores = jobs or available_cores()
    with Gradebook(out, write=not dry_run) as book:
        students = book.students()
        if dry_run:
            shifts = list(shifts_of(judge_again(out, judged_by, students, cores)))
        else:
            text = rubric.read_text(encoding="utf-8")
            run = replace(book.latest_run(), rubric_sha256=judged_by.sha256, rubric=text)
            shifts = judge_and_save(book, judged_by, students, cores, run)
            reports = write_reports(out, book, judged_by, jobs=cores)
            put_file(out / "moved.csv", moved_csv(book.moves()).encode())
            attention = sum(report["status"] != "graded" for report in reports)
    _tell(shifts, dry_run, as_json, quiet)
    sys.exit(int(not dry_run and attention > 0))


def moved_csv(moves: Iterable[Moved]) -> str:
    """Every check whose points changed, as a table."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["student", "task", "check", "before", "after", "why"])
    for one in moves:
        row = (one.student, one.task, one.check, one.before, one.after, one.why)
        table.writerow([sanitize.csv_cell(cell) for cell in row])
    return text.getvalue()


def _tell(shifts: list[Shift], dry_run: bool, as_json: bool, quiet: bool) -> None:
    moved = [new for new in shifts if new.moved]
    if as_json:
        rows = [_as_dict(one) for new in moved for one in new.moved]
        click.echo(json.dumps({"judged": len(shifts), "moved": rows, "dry_run": dry_run}))
        return
    if quiet:
        return
    scores = [new for new in moved if new.before != new.after]
    for new in scores[:_SHOWN]:
        click.echo(f"{new.student}: {new.before:g} -> {new.after:g}")
        for one in new.moved:
            click.echo("  " + sanitize.line(f"{one.task} {one.check}: {one.why}", 160))
    if len(scores) > _SHOWN:
        where = "--json prints all" if dry_run else "all are in moved.csv"
        click.echo(f"... and {len(scores) - _SHOWN} more; {where}.")
    would = "would move" if dry_run else "moved"
    click.echo(f"Judged {len(shifts)} submissions; {len(scores)} {would}.")
    if len(moved) > len(scores):
        kept = len(moved) - len(scores)
        click.echo(f"In {kept} more, points of checks {would} and the sum stays.")


def _as_dict(one: Moved) -> dict[str, object]:
    return {
        "student": one.student,
        "task": one.task,
        "check": one.check,
        "before": one.before,
        "after": one.after,
        "why": one.why,
    }
