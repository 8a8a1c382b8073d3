"""Progress of a batch: a live line on a terminal, plain lines when piped, nothing when quiet."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)

from tools.common import sanitize
from tools.common.plural import plural
from tools.course.batch.grade import Watcher
from tools.course.collect import Entry
from tools.course.doubts import doubts_of
from tools.course.gradebook import Graded

_EVERY_S = 10.0  # between plain lines


@contextmanager
def make_watcher(quiet: bool) -> Iterator[Watcher]:
    """Someone who shows what a batch does, on standard error."""
    if quiet:
        yield Watcher()
    elif sys.stderr.isatty():
        with _bar() as progress:
            yield LiveWatcher(progress)
    else:
        yield PlainWatcher()


def _bar() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )


class _Counting(Watcher):
    """Counts, and notes what needs attention."""

    def __init__(self) -> None:
        self.total = self.done = self.attention = 0
        self.began = time.monotonic()

    def begin(self, total: int, already: int, images: str | None = None) -> None:
        self.total, self.done = total, already
        self.already, self.began = already, time.monotonic()

    @property
    def rate(self) -> str:
        """Submissions per second since the beginning."""
        seconds = max(time.monotonic() - self.began, 1e-3)
        return f"{(self.done - self.already) / seconds:.1f}/s"

    def count(self, graded: Graded) -> str | None:
        """One more; what a person has to look at, if anything."""
        self.done += 1
        stored = graded.submission
        doubts = doubts_of(stored, graded.verdicts)
        doubt = next(
            (one for one in doubts if one.slug != "not-asked"), None
        )  # that is all of them
        if doubt is None:
            return None
        self.attention += 1
        return sanitize.line(f"{stored.student}: {doubt.message}", 200)


class LiveWatcher(_Counting):
    """A line that renews itself, problems above it."""

    def __init__(self, progress: Progress) -> None:
        super().__init__()
        self.progress = progress
        self.task = progress.add_task("Grading", total=None, rate="")

    def begin(self, total: int, already: int, images: str | None = None) -> None:
        super().begin(total, already)
        if images:
            self.progress.console.print(images, markup=False, highlight=False)
        self.progress.update(self.task, total=total, completed=already)

    def graded(self, entry: Entry, graded: Graded) -> None:
        problem = self.count(graded)
        if problem:
            self.progress.console.print(problem, markup=False, highlight=False)
        trouble = f", {self.attention} need attention" if self.attention else ""
        self.progress.update(self.task, completed=self.done, rate=f"{self.rate}{trouble}")


class PlainWatcher(_Counting):
    """A line every ten seconds, and one for each problem."""

    def __init__(self) -> None:
        super().__init__()
        self.last = time.monotonic()

    def begin(self, total: int, already: int, images: str | None = None) -> None:
        super().begin(total, already)
        if images:
            click.echo(images, err=True)
        found = plural(total, "submission")
        click.echo(f"Grading {found}; unchanged: {already}.", err=True)

    def graded(self, entry: Entry, graded: Graded) -> None:
        problem = self.count(graded)
        if problem:
            click.echo(problem, err=True)
        if time.monotonic() - self.last >= _EVERY_S or self.done == self.total:
            self.last = time.monotonic()
            click.echo(f"{self.done} of {self.total}, {self.rate}", err=True)
