"""`nnlab ci`: workflows for continuous integration."""

from __future__ import annotations

from pathlib import Path

import click

from tools.common.atomic_write import write_atomic
from tools.common.nearest import NearChoice
from tools.course.platforms.kit import WORKFLOWS, github_workflow


@click.command(
    "ci",
    epilog="""\b
Examples:
  nnlab ci github
  nnlab ci github --for class -o lab-grading""",
)
@click.argument("service", type=NearChoice(["github"]))
@click.option(
    "--for",
    "audience",
    type=NearChoice(list(WORKFLOWS)),
    default="student",
    show_default=True,
    help="student: public checks at every push; class: grade everybody from a private repository.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Root of the repository to write it into, instead of printing it.",
)
def command(service: str, audience: str, output: Path | None) -> None:
    """Print a workflow, or write it where the service looks for it."""
    workflow = github_workflow(audience)
    if output is None:
        click.echo(workflow, nl=False)
        return
    path = output / WORKFLOWS[audience][1]
    write_atomic(path, workflow)
    click.echo(f"{path} written")
