"""The transcript as people and machines read it, and the progress of its sweep."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

from mnist_data import LabData
from tools.common.plural import plural
from tools.transcript.training_runs import Trained, TrainingRun
from tools.transcript.transcript import PublishedFigure

MARKS = {True: "agrees", False: "DIFFERS", None: ""}
SWEEP_RUNS = 36


def table(figures: Sequence[PublishedFigure], data: LabData) -> Iterator[str]:
    """Lines: published beside reproduced, section by section."""
    for section, group in groupby(figures, key=lambda figure: figure.section):
        toy = section == "toy model"  # its data are random numbers, the same everywhere
        published, here = ("published", "here") if toy else ("MNIST, published", data.title)
        yield f"\n{section:40} {published:>20} {here:>20}"
        yield from map(_row, group)


def _row(figure: PublishedFigure) -> str:
    published, reproduced = format(figure.published, figure.form), figure.printed
    limit = f" (below {figure.limit:g})" if figure.limit is not None and figure.agrees else ""
    mark = MARKS[figure.agrees] + limit
    return f"  {figure.name:38} {published:>20} {reproduced:>20}  {mark}".rstrip()


def summary(figures: Sequence[PublishedFigure]) -> str:
    """One sentence: how many agree of those that should."""
    comparable = [figure for figure in figures if figure.agrees is not None]
    agreeing = sum(bool(figure.agrees) for figure in comparable)
    others = len(figures) - len(comparable)
    rest = f"; for other data: {others}" if others else ""
    return f"{agreeing} of {len(comparable)} figures agree{rest}."


def as_object(figures: Sequence[PublishedFigure], data: LabData) -> dict[str, Any]:
    """What `--json` prints; `agrees` is null where no agreement is to be expected."""
    return {
        "data": data.kind,
        "numpy": np.__version__,
        "figures": [
            {key: getattr(figure, key) for key in ("section", "name", "published", "reproduced")}
            | {"printed": figure.printed, "limit": figure.limit, "agrees": figure.agrees}
            for figure in figures
        ],
    }


class SweepProgress:
    """Tells of each run of the sweep: a bar on a terminal, plain lines when piped."""

    def __init__(self, jobs: int, quiet: bool = False, console: Console | None = None) -> None:
        self._jobs = jobs
        self._console = console or Console(stderr=True, quiet=quiet)
        self._bar = Progress(
            "tuning",
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            "{task.description}",
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task("", total=SWEEP_RUNS)
        self._done = self._resumed = 0
        self._training_s = 0.0

    def __enter__(self) -> SweepProgress:
        self._started = time.perf_counter()
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        self._bar.stop()
        self._wall_s = time.perf_counter() - self._started
        if kind is KeyboardInterrupt:
            self._console.print("Interrupted. TrainingRun the same command again to resume.")

    def tell(self, run: TrainingRun, trained: Trained, resumed: bool) -> None:
        """One more run is known, from an earlier sweep or just now."""
        self._done += 1
        self._resumed += resumed
        self._training_s += 0.0 if resumed else trained.wall_s
        how = "from an earlier sweep" if resumed else f"{trained.wall_s:.0f} s"
        line = f"{run.name}: {trained.validation_accuracy:.4f} ({how})"
        self._bar.update(self._task, advance=1, description=line)
        if not self._console.is_terminal:
            self._console.print(f"{self._done:2}/{SWEEP_RUNS} {line}", soft_wrap=True)

    def summary(self) -> str:
        """How long the sweep took, and how well it used the cores."""
        new = self._done - self._resumed
        if not new:
            return f"All {self._done} runs were saved by an earlier sweep."
        busy = self._training_s / (self._jobs * self._wall_s)
        return (
            f"{plural(new, 'run')} in {self._wall_s:.0f} s with {plural(self._jobs, 'job')}; "
            f"a job was busy training for {busy:.0%} of the time."
        )
