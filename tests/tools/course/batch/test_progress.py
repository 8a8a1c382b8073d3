"""What a batch shows while it runs."""

from __future__ import annotations

import io

from rich.console import Console

from grader.submission.submission import Finding
from tests.tools.course.gradebook.samples import graded
from tools.commands import progress
from tools.commands.progress import LiveWatcher, PlainWatcher, make_watcher
from tools.course.batch.grade import Watcher

TROUBLE = graded(
    "ben", status="attention", attention=(Finding("grader-failed", "\x1b[31mits worker died"),)
)


def test_piped_it_is_plain_lines_and_every_problem(capsys, monkeypatch):
    with make_watcher(quiet=False) as watcher:
        assert isinstance(watcher, PlainWatcher)
        watcher.begin(4, 1, "Images: MNIST in x.")
        for each in (graded(), TROUBLE, graded("cy")):
            watcher.graded(None, each)
    printed = capsys.readouterr()
    assert printed.out == ""  # for results
    lines = printed.err.splitlines()
    assert lines[:2] == ["Images: MNIST in x.", "Grading 4 submissions; unchanged: 1."]
    assert lines[2].startswith("ben: ")
    assert "its worker died" in lines[2]
    assert "\x1b" not in printed.err
    assert lines[-1].startswith("4 of 4, ")


def test_quiet_shows_nothing(capsys):
    with make_watcher(quiet=True) as watcher:
        assert type(watcher) is Watcher
        watcher.begin(1, 0)
        watcher.graded(None, TROUBLE)
    assert capsys.readouterr() == ("", "")


def test_terminal_shows_a_line_with_rate_time_left_and_problems(monkeypatch):
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=110)
    monkeypatch.setattr(progress, "Console", lambda stderr: console)
    with progress._bar() as bar:
        watcher = LiveWatcher(bar)
        watcher.begin(3, 1, "Images: MNIST in x.")
        watcher.graded(None, graded())
        watcher.graded(None, TROUBLE)
        bar.refresh()
    shown = screen.getvalue()
    assert "Images: MNIST in x." in shown
    assert "ben: " in shown
    assert "its worker died" in shown
    assert "3/3" in shown
    assert "/s, 1 need attention" in shown
    assert "0:00:00" in shown  # time left
