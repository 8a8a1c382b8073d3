"""`nnlab grade`: a submission, or a class, to grades."""

from __future__ import annotations

import json
import os
import shlex
import statistics
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import click

from grader.errors import KitError, MaterialError
from tools.commands.options import (
    Number,
    jobs_option,
    json_option,
    quiet_option,
    rubric_option,
    seed_option,
)
from tools.commands.progress import make_watcher
from tools.common import sanitize
from tools.common.nearest import NearChoice, NearPath
from tools.common.plural import plural
from tools.course.batch.grade import Outcome, Runner, grade, judge_kept, kept_run
from tools.course.batch.pool import grade_entries
from tools.course.batch.settings import draw_seed, make_settings
from tools.course.collect.model import Problem
from tools.course.export.load import read_report
from tools.course.gradebook.book import Gradebook
from tools.course.report.alarm import other_data_alarm
from tools.course.report.pages import folder_of
from tools.course.report.pages.page import points
from tools.course.report.pages.summary import counted_scores, row_of
from tools.course.report.pages.terminal import terminal_text
from tools.course.report.write import write_reports

_SHOWN = 5  # findings of collecting; all are in attention.csv
LEVELS = ("auto", "full", "flat", "sealed", "container")


@click.command(
    epilog="""\b
Examples:
  nnlab grade downloads/submissions.zip -o grades
  nnlab grade ada/ -o out            one submission
  nnlab grade class/ -o grades --jobs 8 --roster students.csv

You can interrupt the command. Run it again to resume; only new and changed submissions run."""
)
@click.argument("paths", nargs=-1, required=True, type=NearPath(), metavar="PATH...")
@click.option(
    "-o",
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the gradebook and the reports; created if it is missing.",
)
@seed_option
@click.option(
    "--data",
    type=NearChoice(["auto", "mnist", "synthetic", "none"]),
    help="Images for training and best_net; OUT keeps the choice. auto, the default for a new OUT, "
    "takes MNIST if it is found. none skips all checks on images: quick, but T#12 stays open.",
)
@click.option(
    "--isolation",
    type=NearChoice(LEVELS),
    default="auto",
    show_default=True,
    help="Sandbox level to require; auto takes the best that the machine offers.",
)
@click.option(
    "--trust-submissions",
    is_flag=True,
    help="Run without a sandbox if this machine has none. Never for a class.",
)
@click.option("--timeout-s", type=Number(min=0.1), metavar="S", help="CPU seconds per question.")
@click.option("--memory-mb", type=Number(min=64), metavar="MB", help="Memory per submission.")
@click.option("--cluster", metavar="ADDRESS|local", help="Run on a Dask cluster.")
@click.option(
    "--roster",
    type=NearPath(dir_okay=False),
    help="CSV of the class: shows who is missing, adds ids.",
)
@click.option(
    "--section",
    metavar="NAME",
    help="Section of the course; two sections may have students with the same name.",
)
@click.option(
    "--forget-absent",
    is_flag=True,
    help="Remove students of earlier runs who are not in PATH; otherwise they stay.",
)
@click.option(
    "--compare",
    type=NearPath(file_okay=False),
    help="An earlier OUT: the dashboard shows whose score moved.",
)
@rubric_option
@jobs_option
@json_option
@quiet_option
def command(
    paths: tuple[Path, ...],
    out: Path,
    seed: int | None,
    data: str | None,
    isolation: str,
    trust_submissions: bool,
    timeout_s: float | None,
    memory_mb: float | None,
    cluster: str | None,
    roster: Path | None,
    section: str | None,
    forget_absent: bool,
    compare: Path | None,
    rubric: Path | None,
    jobs: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Run submissions in the sandbox, grade them, and write reports.

    PATH is a submission, a folder of them, or a learning system's bulk download.
    """
    _check_place(out, paths)
    kept = kept_run(out)
    settings = make_settings(
        rubric,
        kept=kept,
        seed=draw_seed() if seed is None and kept is None else seed,
        data=data,
        isolation=isolation,
        trust_submissions=trust_submissions,
        timeout_s=timeout_s,
        memory_mb=memory_mb,
    )
    with make_watcher(quiet or as_json) as watcher, _runner(cluster, jobs, quiet) as runner:
        outcome = grade(
            paths,
            out,
            settings,
            jobs=jobs,
            roster=roster,
            section=section,
            forget_absent=forget_absent,
            watcher=watcher,
            runner=runner,
        )
    judged_again = judge_kept(out, settings, jobs)
    with Gradebook(out, write=True) as book:
        earlier = None if compare is None else reports_of(compare)
        reports = write_reports(out, book, settings.rubric, jobs=jobs, compare=earlier)
    if as_json:
        click.echo(json.dumps(_summary(outcome, reports, out, judged_again)))
    elif not quiet:
        _tell(outcome, reports, out)
        if judged_again:
            again = plural(judged_again, "submission")
            click.echo(f"{again} judged again, because the rubric changed.")
    sys.exit(int(outcome.interrupted or attention_count(reports, outcome.problems) > 0))


def _check_place(out: Path, paths: Iterable[Path]) -> None:
    """Refuse an OUT within what is graded: the next run would take it for a student's work."""
    for path in paths:
        folder = path.resolve()
        if out.resolve().is_relative_to(folder):
            beside = shlex.quote(os.path.relpath(folder.parent / f"{folder.name}-grades"))
            raise click.UsageError(
                f"{out} is inside {path}, where everything is graded; choose another folder, "
                f"such as -o {beside}"
            )


def _runner(cluster: str | None, jobs: int, quiet: bool) -> AbstractContextManager[Runner]:
    """What grades the entries: this machine's cores, or a cluster."""
    if cluster is None:
        return nullcontext(grade_entries)
    try:
        from tools.course.batch.cluster import on_cluster
    except ImportError:
        raise KitError(
            "--cluster needs the package distributed: pip install 'nnlab[cluster]', "
            "or pip install -e '.[cluster]' in a checkout"
        ) from None
    return on_cluster(cluster, jobs, quiet=quiet)


def reports_of(out: Path) -> list[dict[str, Any]]:
    """Students and scores of an earlier OUT."""
    found = []
    for path in sorted(out.glob("students/*/report.json")):
        report = read_report(path)
        if not {"student", "score"} <= report.keys():
            raise MaterialError([f"{path}: no report: student or score is missing"])
        found.append({"student": report["student"], "score": report["score"]})
    return found


def attention_count(reports: Iterable[Mapping[str, Any]], problems: Sequence[Problem] = ()) -> int:
    """How many submissions, and findings of collecting, need a person."""
    return sum(bool(report["status"] != "graded") for report in reports) + len(problems)


def _tell(outcome: Outcome, reports: Sequence[Mapping[str, Any]], out: Path) -> None:
    for note in outcome.notes:
        click.echo(note)
    if len(reports) == 1:
        path = folder_of(out, reports[0]["student"]) / "report.json"
        click.echo(terminal_text(json.loads(path.read_text(encoding="utf-8"))))
    scores = counted_scores(map(row_of, reports))
    if scores:
        median, best = points(statistics.median(scores)), points(reports[0]["max_score"])
        click.echo(f"Graded: {len(scores)}, median {median} of {best}.")
    if waiting := attention_count(reports, outcome.problems):
        click.echo(f"Need attention: {waiting}; see {out / 'attention.csv'}.")
    if alarm := other_data_alarm(reports):
        click.echo(alarm)
    click.echo(f"Run now: {outcome.observed}; unchanged since an earlier run: {outcome.kept}.")
    for problem in outcome.problems[:_SHOWN]:
        click.echo(sanitize.line(f"Look at: {problem.reason}", 200))
    if outcome.absent:
        some = ", ".join(outcome.absent[:5]) + (", ..." if len(outcome.absent) > 5 else "")
        click.echo(sanitize.line(f"Kept from earlier runs, not in PATH: {some}.", 300))
    if outcome.interrupted:
        click.echo(f"Interrupted; {outcome.left} left. Run the same command again to resume.")
    click.echo(f"Dashboard: {out / 'index.html'}")


def _summary(
    outcome: Outcome, reports: Sequence[Mapping[str, Any]], out: Path, judged_again: int
) -> dict[str, Any]:
    return {
        "out": str(out),
        "data": outcome.data,
        "images": outcome.images,
        "collected": outcome.collected,
        "observed": outcome.observed,
        "unchanged": outcome.kept,
        "judged_again": judged_again,
        "absent": list(outcome.absent),
        "left": outcome.left,
        "interrupted": outcome.interrupted,
        "attention": attention_count(reports, outcome.problems),
        "students": [
            {key: report[key] for key in ("student", "status", "score", "max_score")}
            for report in reports
        ],
    }
