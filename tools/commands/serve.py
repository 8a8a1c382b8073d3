"""`nnlab serve`: the instructor's desk."""

from __future__ import annotations

from pathlib import Path

import click

from grader.errors import KitError
from tools.commands.options import WholeNumber, graded_argument


@click.command(
    epilog="""\b
Examples:
  nnlab serve grades                 opens the browser
  nnlab serve grades --port 0        takes a free port

Only this machine can reach the desk, and only with the address that is printed. Several graders:
write OUT/desk.toml with a table [graders] and a line NAME = "TOKEN" for each; chmod 600."""
)
@graded_argument
@click.option("--port", type=WholeNumber(0, 65535), default=8765, show_default=True, metavar="N")
@click.option("--no-browser", is_flag=True, help="Only print the address.")
def command(out: Path, port: int, no_browser: bool) -> None:
    """Open the desk: see the class, decide, comment, change the rubric, give grades back."""
    try:
        from tools.desk.server import serve
    except ImportError as error:
        raise KitError(f"{error.name} is missing: pip install 'nnlab[desk]'") from error
    serve(out, port, lambda text: click.echo(text), browser=not no_browser)
