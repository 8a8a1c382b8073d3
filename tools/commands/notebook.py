"""`nnlab notebook`: the stored form of the reference notebook, and a page of it for instructors."""

from __future__ import annotations

from pathlib import Path

import click

from grader.errors import MaterialError
from tools.common.nearest import NearGroup, NearPath


@click.group(
    cls=NearGroup,
    epilog="""\b
Examples:
  nnlab notebook check --fix               after a session in Jupyter
  nnlab notebook html --short -o lab.html  the reference with its plots""",
)
def command() -> None:
    """Check the reference notebook, or execute it and render it as HTML."""


@command.command(
    epilog="""\b
Examples:
  nnlab notebook check
  nnlab notebook check --fix my-notebook.ipynb"""
)
@click.argument("path", type=NearPath(dir_okay=False), required=False)
@click.option("--fix", is_flag=True, help="Rewrite the file in its stored form.")
def check(path: Path | None, fix: bool) -> None:
    """Check that the notebook is stored clean: no outputs, readable ids, valid, small diffs.

    PATH is the reference notebook unless another one is named. --fix removes what Jupyter left in
    the file, and names cells without a readable id after their section.
    """
    from tools.notebook.form import check_form, fix_form
    from tools.notebook.run import NOTEBOOK
    from tools.release.text import Spot, decode

    path = path or NOTEBOOK
    place = Spot(path.name)
    text, unreadable = decode(place, path.read_bytes())
    if unreadable:
        raise MaterialError([str(problem) for problem in unreadable])
    if fix:
        fixed = fix_form(place, text)
        if fixed != text:
            path.write_bytes(fixed.encode("utf-8"))
            click.echo(f"{place}: rewritten.")
        text = fixed
    problems = check_form(place, text)
    if problems and not fix:
        problems.append(f"nnlab notebook check --fix {path} removes what a session left behind.")
    if problems:
        raise MaterialError(problems)
    click.echo(f"{place}: clean and valid.")


@command.command(
    epilog="""\b
Examples:
  nnlab notebook html -o lab.html
  nnlab notebook html --short -o lab.html"""
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    required=True,
    help="The page to write.",
)
@click.option("--short", is_flag=True, help="Shorten the sweep: a minute instead of an hour.")
def html(output: Path, short: bool) -> None:
    """Execute a copy of the reference notebook and write it as a page for instructors.

    The page holds the solutions: it is not for students.
    """
    from tools.notebook.run import execute, to_html

    click.echo("Executing the reference notebook ...", err=True)
    page = to_html(execute(short))
    output.write_text(page, encoding="utf-8")
    click.echo(f"{output}: {len(page) / 1e6:.1f} MB")
