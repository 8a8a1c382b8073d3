"""The engine grades another lab."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from grader.engine.judge import judge
from grader.engine.observe import Observer
from grader.engine.rubric import load_rubric
from grader.engine.verdict import CheckVerdict, Judged
from grader.sandbox.ended import Ended
from tests.grader.engine.toy_lab import RIGHT, submission_of, toy_lab

RUBRIC = """
[points."T#1"]
sum-hidden = 10
[follow_through]
worth = 1.0
[limits]
question_s = 1.0
load_s = 10.0
wall_factor = 3.0
wasted_s = 60.0
memory_mb = 512
output_mb = 1
[deviations.list-for-array]
worth = 0.9
sentence = "The sum is a list."
[deviations.array-for-number]
worth = 0.9
sentence = "The sum is an array."
"""
SEED = 3


@pytest.fixture(scope="module")
def observer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Observer]:
    path = tmp_path_factory.mktemp("toy") / "rubric.toml"
    path.write_text(RUBRIC)
    lab = toy_lab(path)
    with Observer(lab, SEED, load_rubric(lab), None) as observer:
        yield observer


def graded(observer: Observer, text: str) -> CheckVerdict:
    seen = observer.observe(submission_of(text))
    verdict = judge(observer.lab.evidence_of(seen, SEED, observer.rubric, None))
    ((only,),) = (task.checks for task in verdict.tasks)
    return only


def test_right_submission_earns_all_points(observer: Observer) -> None:
    found = graded(observer, RIGHT)
    assert (found.judged, found.score) == (Judged.RIGHT, 10)


def test_wrong_submission_hears_what_came_back(observer: Observer) -> None:
    found = graded(observer, RIGHT.replace("x.sum()", "2 * x.sum()"))
    assert (found.judged, found.score) == (Judged.WRONG, 0)
    assert "2 times what it should be" in found.message


def test_list_costs_the_deviation(observer: Observer) -> None:
    found = graded(observer, RIGHT.replace("x.sum()", "[x.sum()]"))
    assert (found.judged, found.score) == (Judged.PARTLY, 9)


def test_hanging_submission_times_out(observer: Observer) -> None:
    found = graded(observer, RIGHT.replace("return x.sum()", "while True: pass"))
    assert (found.judged, found.ended) == (Judged.WRONG, Ended.TIMED_OUT)


def test_hostile_submission_earns_nothing(observer: Observer) -> None:
    """It kills its process; the next submission is graded as ever."""
    found = graded(observer, RIGHT.replace("return x.sum()", "import os; os._exit(0)"))
    assert (found.judged, found.score) == (Judged.WRONG, 0)
    assert graded(observer, RIGHT).score == 10
