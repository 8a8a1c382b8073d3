"""`nnlab prairielearn`: a question with its external grader."""

from __future__ import annotations

from pathlib import Path

import click

from tools.commands.options import mnist_option
from tools.common.atomic_write import write_all_atomic
from tools.course.platforms.kit import judges_on, mnist_at_hand
from tools.course.platforms.pack_prairielearn import prairielearn_files


@click.command(
    "prairielearn",
    epilog="""\b
Examples:
  nnlab prairielearn lab-for-prairielearn --image myschool/nnlab-grader""",
)
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--image",
    default="nnlab-grader",
    show_default=True,
    help="Name under which the grader's image will be pushed.",
)
@mnist_option
def command(out: Path, image: str, mnist: Path | None) -> None:
    """Make a folder with a question for the course and the image that grades it.

    The image contains the reference solution, so keep it private.
    """
    mnist = mnist or mnist_at_hand()
    files = prairielearn_files(image, mnist)
    write_all_atomic(out, files)
    click.echo(f"{len(files)} files in {out}; {out / 'README.md'} says what to do with them")
    click.echo(judges_on(mnist))
