from __future__ import annotations

import pytest

from tests.tools.course.report.pages import samples
from tests.tools.course.report.pages.hostile import HOSTILE
from tools.course.report.pages import terminal_text


@pytest.mark.parametrize("text", HOSTILE)
def test_no_control_sequence_of_a_submission_reaches_the_terminal(text):
    shown = terminal_text(samples.hostile(text, text))
    assert all(char == "\n" or char.isprintable() or char == "\u3000" for char in shown)


def test_markup_of_rich_is_shown_and_not_obeyed():
    shown = terminal_text(samples.hostile("[bold red]x[/bold red]", "[link=http://a]b[/link]"))
    assert "[bold red]x[/bold red]" in shown
    assert "[link=http://a]b[/link]" in shown


def test_lines_keep_to_the_width():
    shown = terminal_text(samples.raised("Ada"), width=60)
    assert max(len(line) for line in shown.split("\n")) <= 60


def test_a_mistake_is_told_with_its_numbers_and_its_question():
    shown = terminal_text(samples.report("Ada", "loss-sum-not-mean"))
    assert "Ada  92.5 of 100 points" in shown
    assert "✗ this does not hold: loss agrees with the published one.  (public)" in shown
    assert "The loss is the sum over the batch, not the mean. If the batch" in shown
    assert "    got      6.0189395\n    expected 1.3037879\n    off by   4.72\n" in shown
    assert shown.count("If the batch were twice as large") == 1


def test_a_right_task_takes_one_line():
    assert terminal_text(samples.report("Ada")).count("T#8") == 1


def test_color_comes_only_when_asked_for():
    assert "\x1b[" in terminal_text(samples.report("Ada"), color=True)
    assert "\x1b" not in terminal_text(samples.report("Ada"))
