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
    TimeRemainingColumn,
)

from tools.common import sanitize
from tools.common.plural import plural
from tools.course.batch.grade import Watcher
from tools.course.collect.model import Entry
from tools.course.doubts import doubts_of
from tools.course.gradebook.records import Graded

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
        "{task.description}",
        BarColumn(),
        MofNCompleteColumn(),
        "{task.fields[rate]}",
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )


class PlainWatcher(Watcher):
    """A line every ten seconds, and one for each problem."""

    def __init__(self) -> None:
        self.total = self.done = self.attention = 0
        self.began = self.last = time.monotonic()

    def show(self, text: str) -> None:
        """Print a line."""
        click.echo(text, err=True)

    def begin(self, total: int, already: int, images: str | None = None) -> None:
        self.total, self.done = total, already
        self.already, self.began = already, time.monotonic()
        if images:
            self.show(images)
        self.show_begin()

    def show_begin(self) -> None:
        """Say how much there is to do."""
        self.show(f"Grading {plural(self.total, 'submission')}; unchanged: {self.already}.")

    @property
    def rate(self) -> str:
        """Submissions per second since the beginning."""
        seconds = max(time.monotonic() - self.began, 1e-3)
        return f"{(self.done - self.already) / seconds:.1f}/s"

    def graded(self, entry: Entry, graded: Graded) -> None:
        self.done += 1
        doubts = doubts_of(graded.submission, graded.verdicts)
        doubt = next((one for one in doubts if one.slug != "not-asked"), None)  # that is all
        if doubt is not None:
            self.attention += 1
            self.show(sanitize.line(f"{graded.submission.student}: {doubt.message}", 200))
        self.show_done()

    def show_done(self) -> None:
        """Say how much is done."""
        if time.monotonic() - self.last >= _EVERY_S or self.done == self.total:
            self.last = time.monotonic()
            self.show(f"{self.done} of {self.total}, {self.rate}")


class LiveWatcher(PlainWatcher):
    """A line that renews itself, problems above it."""

    def __init__(self, progress: Progress) -> None:
        super().__init__()
        self.progress = progress
        self.task = progress.add_task("Grading", total=None, rate="")

    def show(self, text: str) -> None:
        self.progress.console.print(text, markup=False, highlight=False)

    def show_begin(self) -> None:
        self.progress.update(self.task, total=self.total, completed=self.done)

    def show_done(self) -> None:
        trouble = f", {self.attention} need attention" if self.attention else ""
        self.progress.update(self.task, completed=self.done, rate=f"{self.rate}{trouble}")
