"""`nnlab report`: the pages and tables again, from stored verdicts."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from tools.commands.grade import attention_count, reports_of
from tools.commands.options import (
    graded_argument,
    jobs_option,
    json_option,
    quiet_option,
)
from tools.common.nearest import NearPath
from tools.common.plural import plural
from tools.course.batch.settings import read_rubric
from tools.course.gradebook.book import Gradebook
from tools.course.report.write import write_reports


@click.command(
    epilog="""\b
Examples:
  nnlab report grades                    after you changed overrides.csv
  nnlab report grades --compare last     show whose score moved since an earlier report"""
)
@graded_argument
@click.option(
    "--compare",
    type=NearPath(file_okay=False),
    help="An earlier OUT: the dashboard shows whose score moved.",
)
@jobs_option
@json_option
@quiet_option
def command(
    out: Path,
    compare: Path | None,
    jobs: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write the reports again from stored verdicts, without judging or running anything."""
    earlier = None if compare is None else reports_of(compare)
    with Gradebook(out, write=True) as book:
        rubric, _ = read_rubric(None, book.latest_run())
        reports = write_reports(out, book, rubric, jobs=jobs, compare=earlier)
        attention = attention_count(reports, book.problems())
    if as_json:
        click.echo(json.dumps({"out": str(out), "reports": len(reports), "attention": attention}))
    elif not quiet:
        click.echo(f"{plural(len(reports), 'report')}. Dashboard: {out / 'index.html'}")
    sys.exit(int(attention > 0))
