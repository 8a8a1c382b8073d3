"""Markers: exact ones are read, whatever resembles one is noticed, ordinary text is not."""

from __future__ import annotations

import pytest

from grader.lab.tasks import TASK_NAMES
from tools.release.markers import (
    Marker,
    nearest_marker,
    nearest_task,
    read_marker,
    resembles_marker,
)

MISTAKES = [
    "# begin solution T#5",
    "# Begin Solution T#5",
    "#BEGIN SOLUTION T#5",
    "## BEGIN SOLUTION T#5",
    "### BEGIN SOLUTION",
    "#  BEGIN SOLUTION T#5",
    "# BEGIN  SOLUTION T#5",
    "# BEGIN SOLUTION  T#5",
    "# BEGIN SOLUTION T#5 ",
    "# BEGIN SOLUTION T#5.",
    "# BEGIN SOLUTION: T#5",
    "# BEGIN SOLUTION T5",
    "# BEGIN SOLUTION T #5",
    "# BEGIN SOLUTION #5",
    "# BEGIN SOLUTION",
    "# BEGIN SOLUTIONS T#5",
    "# BEGIN SOLUTON T#5",
    "# BEGIN SOLUTOIN T#5",
    "# BEGN SOLUTION T#5",
    "# BEIGN SOLUTION T#5",
    "# BIGIN SOLUTON T#5",
    "# BEGIN_SOLUTION T#5",
    "# BEGIN-SOLUTION T#5",
    "# BEGIN\N{EN DASH}SOLUTION T#5",
    "# BEGINSOLUTION T#5",
    "# BE GIN SOLU TION T#5",
    "# B E G I N  S O L U T I O N",
    "# BEGIN\N{NO-BREAK SPACE}SOLUTION T#5",
    "# BEGIN\tSOLUTION T#5",
    "# BE\N{ZERO WIDTH SPACE}GIN SOLUTION T#5",
    "# ＢＥＧＩＮ ＳＯＬＵＴＩＯＮ T#5",
    "# \N{CYRILLIC CAPITAL LETTER VE}EGIN SOLUTI\N{CYRILLIC CAPITAL LETTER O}N T#5",
    "# \N{GREEK CAPITAL LETTER BETA}\N{GREEK CAPITAL LETTER EPSILON}GIN SOLUTION T#5",
    "# BÉGIN SOLUTIÖN T#5",
    "# BEG1N S0LUT10N T#5",
    "BEGIN SOLUTION T#5",
    "// BEGIN SOLUTION T#5",
    "<!-- BEGIN SOLUTION T#5 -->",
    "# <BEGIN SOLUTION T#5>",
    "x = 1  # BEGIN SOLUTION T#5",
    "# END SOLUTON T#5",
    "# EDN SOLUTION T#5",
    "# END SOLUITON T#5",
    "# END_SOLUTION T#5",
    "# end solution t#5",
    "# END SOLUTION",
    "# this is where to BEGIN SOLUTION T#5",
]
HALVES = [
    "# END T#5",
    "# begin t5",
    "# SOLUTION",
    "# Solution T#5",
    "# start solution",
    "# STOP T#6",
]
ORDINARY = [
    "",
    "# T#5: the scores of each class",
    "a good solution ends there, and solutions differ",
    "We begin with T#5.",
    "the solution of T#6 and solution of T#7",
    "begin: a solver that resolves lotions",
    "def find_solution(beginning, ending):",
    "conclusion, resolution, evolution of a distribution",
    # One slip more than a marker may have.
    "being a solution, it fits",
    "edu solution",
    "edn soluton",
    "nd soluiton",
    "for name in self.params:",
]


@pytest.mark.parametrize("task", TASK_NAMES)
@pytest.mark.parametrize("word", ["BEGIN", "END"])
def test_exact_marker_is_read_with_its_indentation(word: str, task: str) -> None:
    assert read_marker(f"    # {word} SOLUTION {task}") == Marker(word, task, 4)


@pytest.mark.parametrize("line", MISTAKES)
def test_mistaken_marker_is_no_marker_but_resembles_one(line: str) -> None:
    assert read_marker(line) is None
    assert resembles_marker(line)


@pytest.mark.parametrize("line", HALVES)
def test_half_a_marker_counts_in_comments_alone(line: str) -> None:
    assert resembles_marker(line, comment=True)
    assert not resembles_marker(line)


@pytest.mark.parametrize("line", ORDINARY)
def test_ordinary_line_resembles_no_marker(line: str) -> None:
    assert not resembles_marker(line, comment=True)


@pytest.mark.parametrize(
    ("line", "nearest"),
    [
        ("# begin solution t#7", "# BEGIN SOLUTION T#7"),
        ("#END SOLUTON T#12", "# END SOLUTION T#12"),
        ("# END\N{EN DASH}SOLUTION T#10", "# END SOLUTION T#10"),
    ],
)
def test_nearest_marker_has_the_intended_word_and_task(line: str, nearest: str) -> None:
    assert nearest_marker(line) == nearest


@pytest.mark.parametrize(
    ("task", "nearest"), [("T#4", "T#5"), ("T#05", "T#5"), ("T#13", "T#12"), ("T#999", "T#12")]
)
def test_nearest_task_has_the_closest_number(task: str, nearest: str) -> None:
    assert nearest_task(task) == nearest
