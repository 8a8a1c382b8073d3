"""`nnlab gradescope`: the autograder zip."""

from __future__ import annotations

from pathlib import Path

import click

from tools.commands.options import mnist_option
from tools.common.atomic_write import write_atomic
from tools.common.nearest import NearChoice
from tools.course.export.gradescope import HIDDEN_CHECKS, VISIBILITIES
from tools.course.platforms.kit import judges_on, mnist_at_hand
from tools.course.platforms.pack_gradescope import gradescope_zip


@click.command(
    "gradescope",
    epilog="""\b
Examples:
  nnlab gradescope autograder.zip
  nnlab gradescope autograder.zip --mnist ~/mnist""",
)
@click.argument("out", type=click.Path(path_type=Path), metavar="OUT.zip")
@mnist_option
@click.option(
    "--hidden-checks",
    type=NearChoice(VISIBILITIES),
    default=HIDDEN_CHECKS,
    show_default=True,
    help="When students see hidden checks.",
)
def command(out: Path, mnist: Path | None, hidden_checks: str) -> None:
    """Build a zip to upload as the autograder of a Gradescope assignment.

    It contains the kit and the reference solution, so keep it private. Give the assignment at
    least 1.5 GB of memory, 1 CPU and 20 minutes.
    """
    mnist = mnist or mnist_at_hand()
    data = gradescope_zip(mnist, hidden_checks)
    write_atomic(out, data)
    click.echo(f"{out}: {len(data) / 1e6:.1f} MB; upload it under Configure Autograder")
    click.echo(judges_on(mnist))
