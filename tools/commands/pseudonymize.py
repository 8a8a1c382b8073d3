"""`nnlab pseudonymize`: a copy of OUT without names, to be shared."""

from __future__ import annotations

from pathlib import Path

import click

from tools.commands.options import graded_argument, jobs_option
from tools.common.plural import plural
from tools.course.privacy import pseudonymize


@click.command(
    "pseudonymize",
    epilog="""\b
Examples:
  nnlab pseudonymize grades shared-grades

What remains: scores, messages, submission times, computed values and error texts from student code.
Look at these before you share the copy.""",
)
@graded_argument
@click.argument("copy", type=click.Path(path_type=Path), metavar="COPY")
@jobs_option
def command(out: Path, copy: Path, jobs: int) -> None:
    """Write a copy of OUT with numbers instead of names."""
    count = pseudonymize(out, copy, jobs=jobs)
    click.echo(f"{plural(count, 'student')} in {copy}, with numbers instead of names.")
