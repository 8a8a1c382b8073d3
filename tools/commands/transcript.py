"""`nnlab transcript`: the published run beside the reference's."""

from __future__ import annotations

import json
import time
from pathlib import Path

import click

from grader.errors import KitError
from grader.lab.data import load_lab_data
from mnist_data.find import cache_folder
from tools.commands.options import jobs_option
from tools.common.nearest import NearChoice
from tools.transcript.text import SweepProgress, as_object, summary, table
from tools.transcript.transcript import sweep_figures, toy_figures, training_figures


@click.command(
    epilog="""\b
Examples:
  nnlab transcript                  about ten seconds
  nnlab transcript --full --jobs 8  with the sweep: most of an hour on one core"""
)
@click.option("--full", is_flag=True, help="Include the 36-way sweep: most of an hour on one core.")
@jobs_option
@click.option(
    "--data",
    "kind",
    type=NearChoice(["auto", "mnist", "synthetic"]),
    default="auto",
    show_default=True,
    help="auto: MNIST if it is found, otherwise the offline digits.",
)
@click.option(
    "--resume",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File for the results of --full; default: a file in the user's cache.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of the table.")
@click.option("--quiet", is_flag=True, help="Print no progress.")
def command(
    full: bool, jobs: int, kind: str, resume: Path | None, as_json: bool, quiet: bool
) -> None:
    """Repeat the published run with the reference and compare every figure.

    On MNIST all figures agree to the last published digit. On the offline digits only the toy
    model's figures do.

    You can interrupt the sweep; run the command again to resume.
    """
    started = time.perf_counter()
    data = load_lab_data(kind)

    def show(*lines: str) -> None:
        if not as_json:
            print(*lines, sep="\n", flush=True)

    show(f"Data: {data.source}")
    if data.kind != "mnist":
        show(f"The published figures are for MNIST; those of {data.title} may differ.")
    figures, state = toy_figures()
    figures += training_figures(data, jobs, state)
    show(*table(figures, data))
    if full:
        results = resume or cache_folder() / f"sweep-{data.kind}.json"
        with SweepProgress(jobs, quiet) as progress:
            tuning = sweep_figures(data, jobs, state, results, progress.tell)
        show(*table(tuning, data), progress.summary())
        figures += tuning
    if as_json:
        print(json.dumps(as_object(figures, data), indent=1))
    show("", f"{summary(figures)} {time.perf_counter() - started:.0f} s.")
    differing = sum(figure.agrees is False for figure in figures)
    if differing:
        raise KitError(
            f"{differing} of {len(figures)} figures differ from the published ones. Another numpy "
            "or another processor may round differently; the table shows which figures."
        )
