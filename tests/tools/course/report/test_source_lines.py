"""The line that a mistake stands on, in sources of students."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.engine.verdict import CheckVerdict, Judged
from grader.sandbox.ended import Ended
from tools.course.report.source_lines import line_of_check, line_of_mistake
from tools.release.sources import NEURAL_NET

TEXT = Path("solutions", NEURAL_NET).read_text(encoding="utf-8")
REFERENCE = "".join(line for line in TEXT.splitlines(keepends=True) if " SOLUTION T#" not in line)
MISTAKES = {
    "no-half": ("+ 0.5 * reg *", "+ reg *"),
    "step-uphill": ("self.params[name] -= learning", "self.params[name] += learning"),
    "no-second-bias": ("hidden @ W2 + b2", "hidden @ W2"),
}


@pytest.mark.parametrize("slug", MISTAKES)
def test_line_of_a_mistake_is_the_changed_line(slug: str) -> None:
    right, wrong = MISTAKES[slug]
    source = REFERENCE.replace(right, wrong)
    lines = zip(source.split("\n"), REFERENCE.split("\n"), strict=True)
    changed = [number for number, (got, was) in enumerate(lines, 1) if got != was]
    assert [line_of_mistake(source, slug)] == changed


def test_part_of_the_parameters_does_not_hide_the_mistake() -> None:
    source = REFERENCE.replace(*MISTAKES["step-uphill"])
    assert line_of_mistake(source, "step-uphill-for-W1-b1") == line_of_mistake(
        source, "step-uphill"
    )


@pytest.mark.parametrize("source", ["", "x = 1\n" * 20])
def test_no_line_is_named_if_none_is_like_the_mistake(source: str) -> None:
    assert line_of_mistake(source, "no-half") is None
    assert line_of_mistake(source, "no such mistake") is None


def test_traceback_names_its_line_first() -> None:
    message = "T#5: it failed\n  cattern/neural_net.py, line 3\nValueError: no"
    check = CheckVerdict(
        "scores-hidden", "T#5", Judged.WRONG, Ended.RAISED, 0.0, 1.0, False, message
    )
    assert line_of_check("a\nb\nc\nd", check) == 3
    assert line_of_check("a", check) is None
