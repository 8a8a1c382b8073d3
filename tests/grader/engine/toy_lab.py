"""A second lab, with one task: `Counter.sum(x)` adds the numbers of an array.

It shows what a lab has to provide, and proves that the engine knows none.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from grader.engine.check import check, checks_of_modules
from grader.engine.compare import Expected, assert_close
from grader.engine.evidence import Evidence
from grader.engine.lab import Lab, Task
from grader.engine.protocol import ReplyFormat
from grader.engine.question import Case, Question, Questions
from grader.engine.rubric import RubricFormat
from grader.submission.format import SubmissionFormat
from grader.submission.submission import Submission

SIZES = (1, 3, 8)
RIGHT = "class Counter:\n    def sum(self, x):\n        return x.sum()\n"


def make_questions(seed: int, with_data: bool) -> Questions:
    """One question for each size."""
    rng = np.random.default_rng(seed)
    cases = {f"of-{size}": Case(f"of-{size}", {"x": rng.normal(size=size)}) for size in SIZES}
    asked = [Question(f"sum/{case}", "sum", case, seed, round="all") for case in cases]
    return Questions(cases, tuple(asked))


@dataclass(frozen=True)
class Answers:
    """What the reference says."""

    questions: Questions

    def sum(self, case: str) -> np.ndarray:
        """The sum of a case's numbers, shape ()."""
        return np.array(self.questions.cases[case].arrays["x"].sum())


@check("T#1", "sum-hidden")
def test_sum(evidence: Evidence) -> None:
    """The sum of all numbers."""
    for size in SIZES:
        value = evidence.value(f"sum/of-{size}", "sum")
        assert_close(evidence, value, Expected("sum", evidence.answers.sum(f"of-{size}"), ""), 1e-9)


def submission_of(text: str) -> Submission:
    """A submission with this source."""
    return Submission("ana", "ana", {"counting/counter.py": text.encode()})


def toy_lab(rubric_path: Path) -> Lab:
    """The lab, with its rubric in a file."""
    return Lab(
        tasks=(Task("T#1", "Sum", "sum", "Add the numbers."),),
        checks=checks_of_modules(sys.modules[__name__]),
        submission=SubmissionFormat("counting", "counter.py", "Counter", ("T#1",)),
        guest=Path(__file__).with_name("toy_guest.py"),
        make_questions=make_questions,
        make_answers=lambda seed: Answers(make_questions(seed, False)),
        replies=ReplyFormat(arrays="sum", kinds="sum"),
        rubric=RubricFormat(deviations=("list-for-array", "array-for-number")),
        rubric_path=rubric_path,
        evidence=Evidence,
        reference=lambda data_kind: submission_of(RIGHT),
    )
