"""`nnlab judge`: scores anew from stored observations."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, replace
from pathlib import Path

import click

from tools.commands.grade import attention_count
from tools.commands.options import (
    graded_argument,
    jobs_option,
    json_option,
    quiet_option,
    rubric_option,
)
from tools.common import sanitize
from tools.common.plural import plural
from tools.course.batch.rejudge import judge_again, judge_and_save
from tools.course.batch.settings import read_rubric
from tools.course.gradebook.book import Gradebook
from tools.course.gradebook.records import Judgment
from tools.course.imports import import_files
from tools.course.report.build import Decided, Rules
from tools.course.report.shifts import Shift, medians, rules_of_run, shift_of
from tools.course.report.write import write_reports

_SHOWN = 20


@click.command(
    epilog="""\b
Examples:
  nnlab judge grades --rubric new.toml --dry-run   what a changed rubric would do
  nnlab judge grades --rubric new.toml             judge, and write the reports
  nnlab judge grades --rubric default              go back to the rubric of the kit

No student code runs. The command prints whose score moved, in which check and why, and writes it
to OUT/moved.csv."""
)
@graded_argument
@click.option("--dry-run", is_flag=True, help="Show whose score would move; change nothing.")
@rubric_option
@jobs_option
@json_option
@quiet_option
def command(
    out: Path, dry_run: bool, rubric: Path | None, jobs: int, as_json: bool, quiet: bool
) -> None:
    """Judge the stored results again after you changed the rubric."""
    attention, shifts = 0, list[Shift]()
    with Gradebook(out, write=not dry_run) as book:
        run, students = book.latest_run(), book.students()
        judged_by, text = read_rubric(rubric, run)
        rules = Rules.of(judged_by)
        old_rules = rules_of_run(run, rules)

        def watch(new: Judgment) -> None:
            who = new.student
            student, stored, seen_by = book.student(who), book.submission(who), book.run_of(who)
            decided = Decided.of(book.ledger, who)
            shifts.append(shift_of(student, stored, seen_by, decided, new, old_rules, rules))

        if dry_run:
            for new in judge_again(out, judged_by, students, jobs):
                watch(new)
        else:
            import_files(book, judged_by)
            run = replace(run, rubric_sha256=judged_by.sha256, rubric=text)
            judge_and_save(book, judged_by, students, jobs, run, watch)
            attention = attention_count(write_reports(out, book, judged_by, jobs=jobs))
    _tell(shifts, dry_run, as_json, quiet)
    sys.exit(int(attention > 0))


def _tell(shifts: list[Shift], dry_run: bool, as_json: bool, quiet: bool) -> None:
    moved = [new for new in shifts if new.moved]
    if as_json:
        rows = [asdict(one) for new in moved for one in new.moved]
        said = {"judged": len(shifts), "moved": rows, "dry_run": dry_run}
        click.echo(json.dumps(said | _effect(shifts)))
        return
    if quiet:
        return
    scores = [new for new in moved if new.before != new.after]
    if dry_run:
        effect = _effect(shifts)
        click.echo(
            "Median {median_before:g} before, {median_after:g} after; "
            "{up} would go up, {down} down.".format(**effect)
        )
    for new in scores[:_SHOWN]:
        click.echo(f"{new.student}: {new.before:g} -> {new.after:g}")
        for one in new.moved:
            click.echo("  " + sanitize.line(f"{one.task} {one.check}: {one.why}", 160))
    if len(scores) > _SHOWN:
        where = "--json prints all" if dry_run else "all are in moved.csv"
        click.echo(f"... and {len(scores) - _SHOWN} more; {where}.")
    would = "would move" if dry_run else "moved"
    click.echo(f"Judged {plural(len(shifts), 'submission')}; {len(scores)} {would}.")
    if len(moved) > len(scores):
        kept = plural(len(moved) - len(scores), "more submission")
        click.echo(f"In {kept}, points of single checks {would}, but the total stays the same.")


def _effect(shifts: list[Shift]) -> dict[str, float]:
    """What a rubric does to the class."""
    before, after = medians(shifts)
    return {
        "median_before": before,
        "median_after": after,
        "up": sum(new.after > new.before for new in shifts),
        "down": sum(new.after < new.before for new in shifts),
    }
