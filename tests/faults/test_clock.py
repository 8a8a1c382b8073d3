"""A clock that is set back, by hand or by the network: nothing hangs, nothing is negative."""

from __future__ import annotations

import os
import time
from itertools import count

import pytest

from tests.faults.conftest import GRADED, QUICK, RIGHT
from tools.commands.progress import PlainWatcher
from tools.course.batch.observing import Grader
from tools.course.batch.settings import make_settings
from tools.course.collect.collecting import collect

YEAR_S = 365 * 24 * 3600


@pytest.fixture
def clock_set_back(monkeypatch):
    """Each look at the calendar clock finds it an hour earlier; the monotonic one cannot be set."""
    hours, real = count(), time.time
    monkeypatch.setattr(time, "time", lambda: real() - 3600 * next(hours))
    monkeypatch.setattr(time, "time_ns", lambda: int(time.time() * 1e9))


def test_submissions_are_graded_and_timed_by_a_clock_that_nobody_sets(
    tmp_path, first_class, clock_set_back
):
    endless = tmp_path / "eve" / "cattern" / "neural_net.py"
    endless.parent.mkdir(parents=True)
    endless.write_text(
        RIGHT.replace("def loss(self,", "def loss(self, *_):\n        while 1: 0\n    def _(self,")
    )
    settings = make_settings(data="none", timeout_s=0.1)
    with Grader(settings) as grader:
        entries = [*collect([first_class.folder]).entries, *collect([endless.parents[1]]).entries]
        graded = {entry.student: grader.grade(entry) for entry in entries}
    assert graded["ada"].submission.status == "graded"
    assert "timed out" in {row[2].replace("_", " ") for row in graded["eve"].observations}
    for one in graded.values():
        assert one.submission.measured.wall_s >= 0
        assert one.submission.measured.cpu_s >= 0


def test_progress_counts_on(clock_set_back, capsys):
    watcher = PlainWatcher()
    watcher.begin(10, 3)
    watcher.done = 7
    assert float(watcher.rate.removesuffix("/s")) > 0


def test_work_that_looks_older_than_what_was_graded_is_graded(tmp_path, runner):
    """A file from a machine whose clock runs behind, or handed in again with an earlier date."""
    folder = tmp_path / "class" / "ada" / "cattern"
    folder.mkdir(parents=True)
    source = folder / "neural_net.py"
    source.write_text(RIGHT)
    command = ("nnlab", "grade", tmp_path / "class", "-o", tmp_path / "out", *QUICK)
    assert runner.run(*command).code == GRADED
    before = (tmp_path / "out" / "scores.csv").read_text()
    source.write_text(RIGHT.replace("reg_loss(self.params, reg, len(X))", "0"))
    os.utime(source, (time.time() - YEAR_S, time.time() - YEAR_S))
    assert runner.run(*command).code == GRADED
    assert (tmp_path / "out" / "scores.csv").read_text() != before


def test_reports_from_the_future_are_written_again(out, runner):
    """Their times are compared for being equal, never for being later."""
    page = out / "students" / "ada" / "report.json"
    content = page.read_bytes()
    page.write_bytes(content.replace(b"ada", b"eve"))
    os.utime(page, (time.time() + YEAR_S, time.time() + YEAR_S))
    assert runner.run("nnlab", "report", out, "--quiet").code == 0
    assert page.read_bytes() == content
