"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

from grader.rubric import DEFAULT_RUBRIC

out_argument = click.argument(
    "out", type=click.Path(file_okay=False, exists=True, path_type=Path), metavar="OUT"
)
rubric_option = click.option(
    "--rubric",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    default=DEFAULT_RUBRIC,
    help="Rubric to judge with (default: the kit's grader/rubric.toml).",
)
jobs_option = click.option(
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help="Processes (default: one a core).",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
quiet_option = click.option("--quiet", is_flag=True, help="Print errors alone.")
