"""`nnlab rescue`: save what can be read of a damaged gradebook."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from tools.commands.options import graded_argument
from tools.common import sanitize
from tools.course.gradebook.rescue import rescue


@click.command(
    "rescue",
    epilog="""\b
Examples:
  nnlab rescue grades

The damaged file stays beside the new one. Grade the listed students again.""",
)
@graded_argument
def command(out: Path) -> None:
    """Make a new gradebook from what can be read of a damaged one."""
    found = rescue(out)
    click.echo(f"The damaged file is now {found.damaged}.")
    for trouble in found.troubles:
        click.echo(sanitize.line(f"Damaged: {trouble}", 300))
    saved = found.saved.get("submissions", 0) - len(found.students)
    click.echo(f"Saved submissions: {max(0, saved)}; entries: {found.saved.get('entries', 0)}.")
    if found.students:
        click.echo(f"Grade again: {', '.join(found.students)}.")
    sys.exit(int(bool(found.troubles or found.students)))
