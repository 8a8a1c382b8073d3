"""`nnlab forget`: remove students and all that belongs to them."""

from __future__ import annotations

from pathlib import Path

import click

from tools.commands.options import check_students, graded_argument, jobs_option
from tools.course.gradebook.book import Gradebook
from tools.course.privacy import forget


@click.command(
    "forget",
    epilog="""\b
Examples:
  nnlab forget grades ada

Not removed: OUT/exports, the downloads that you graded, and backups.""",
)
@graded_argument
@click.argument("students", nargs=-1, required=True, metavar="STUDENT...")
@jobs_option
def command(out: Path, students: tuple[str, ...], jobs: int) -> None:
    """Remove students from OUT: gradebook, reports, overrides.csv and extensions.csv."""
    with Gradebook(out, write=True) as book:
        there = [one.folder for one in book.people()]
    check_students(students, there)
    forget(out, students, jobs=jobs)
    click.echo(f"Removed: {', '.join(students)}. Look at {out / 'exports'} and your downloads too.")
