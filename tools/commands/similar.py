"""`nnlab similar`: pairs of submissions that are more alike than the lab explains."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from tools.commands.options import graded_argument, json_option
from tools.common import sanitize
from tools.common.nearest import NearPath
from tools.common.plural import plural
from tools.course.gradebook.book import Gradebook
from tools.course.similar import THRESHOLD, Match, SimilarityReport, SimilarPair, similar_in

SHOWN = 20  # pairs; --json prints all


@click.command(
    epilog="""\b
Examples:
  nnlab similar grades                           pairs of this class
  nnlab similar grades --archive grades-2025     also with last year's
  nnlab similar grades --json                    everything, for a script

The release's own lines and what most of the class writes do not count. No student code runs.
docs/integrity.md says what a score means, how often it is wrong, and how to talk to students."""
)
@graded_argument
@click.option(
    "--archive",
    "archives",
    type=NearPath(),
    multiple=True,
    metavar="PATH",
    help="An earlier year: a graded folder or its submissions. May be given several times.",
)
@json_option
def command(out: Path, archives: tuple[Path, ...], as_json: bool) -> None:
    """List pairs of submissions that share more rare work than others do.

    A listed pair is a reason to read both submissions. It is not a finding of misconduct.
    """
    with Gradebook(out, write=False) as book:
        report = similar_in(book, archives)
    if as_json:
        click.echo(json.dumps({"threshold": THRESHOLD, **asdict(report)}))
        return
    for line in _table(report):
        click.echo(line)


def _table(report: SimilarityReport) -> Iterator[str]:
    if report.note:
        yield report.note
        return
    count = len(report.pairs) + report.left_out
    pairs = plural(count, "pair", ("stands", "stand"))
    yield f"{pairs} out among {report.submissions} submissions."
    for pair in report.pairs[:SHOWN]:
        yield ""
        yield from _pair(pair)
    if count > SHOWN:
        yield f"... and {count - SHOWN} more; --json prints the first {len(report.pairs)}."
    if count:
        yield ""
        yield "These pairs share rare work. Read both submissions before you draw a conclusion."


def _pair(pair: SimilarPair) -> Iterator[str]:
    yield f"{pair.score:4.1f}  {sanitize.line(pair.sentence, 300)}"
    for match in pair.matches[:3]:
        yield f"      {sanitize.line(_where(match), 200)}"


def _where(match: Match) -> str:
    """Return the lines of both students: `cattern/neural_net.py 70-83 | 66-80`."""
    first, second = match.first, match.second
    other = "" if second.file == first.file else f"{second.file} "
    return (
        f"{first.file} {_lines(first.first_line, first.last_line)} | "
        f"{other}{_lines(second.first_line, second.last_line)}"
    )


def _lines(first: int, last: int) -> str:
    return f"line {first}" if first == last else f"lines {first}-{last}"
