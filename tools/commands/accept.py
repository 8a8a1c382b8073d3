"""`nnlab accept`: let doubtful grades leave."""

from __future__ import annotations

import json
from pathlib import Path

import click

from tools.commands.options import check_students, graded_argument, jobs_option, json_option
from tools.common.nearest import NearChoice
from tools.course.accept import accept
from tools.course.doubts import DOUBTS
from tools.course.gradebook.book import Gradebook

_LIST = "\n".join(f"  {slug:<15} {meaning}" for slug, meaning in DOUBTS.items())


@click.command(
    "accept",
    epilog=f"""\b
Reasons:
{_LIST}

\b
Examples:
  nnlab accept grades --reason not-imported           everybody whose code cannot be imported
  nnlab accept grades ada ben --reason lateness       two students only

If the student hands in again, the new submission is held back again.""",
)
@graded_argument
@click.argument("students", nargs=-1, metavar="[STUDENT]...")
@click.option(
    "--reason",
    "slug",
    type=NearChoice(list(DOUBTS)),
    required=True,
    help="The reason that you accept.",
)
@click.option("--note", default="", help="A note for the record.")
@jobs_option
@json_option
def command(
    out: Path,
    students: tuple[str, ...],
    slug: str,
    note: str,
    jobs: int,
    as_json: bool,
) -> None:
    """Accept grades that are held back for one reason, for all students or for some."""
    with Gradebook(out, write=True) as book:
        there = book.students()
    check_students(students, there)
    accepted = accept(out, slug, students, note, jobs=jobs)
    if as_json:
        click.echo(json.dumps({"reason": slug, "accepted": accepted}))
        return
    for student in accepted:
        click.echo(student)
    click.echo(f"Accepted: {len(accepted)} ({DOUBTS[slug]}).")
