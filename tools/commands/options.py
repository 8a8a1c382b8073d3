"""Options that several commands share."""

from __future__ import annotations

import click

from grader.rubric import DEFAULT_RUBRIC
from tools.nearest import NearPath

out_argument = click.argument("out", type=NearPath(file_okay=False), metavar="OUT")
rubric_option = click.option(
    "--rubric",
    type=NearPath(dir_okay=False),
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
