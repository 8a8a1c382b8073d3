"""The lab that this kit grades: its checks, its rubric and everything in `grader.lab`."""

from __future__ import annotations

from pathlib import Path

from grader import (
    test_t05_scores,
    test_t06_loss,
    test_t07_gradients,
    test_t08_minibatch,
    test_t09_step,
    test_t10_decay,
    test_t11_predict,
    test_t12_tuning,
)
from grader.engine.check import checks_of_modules
from grader.engine.lab import Explanation, Lab
from grader.lab import judging
from grader.lab.answers import make_answers
from grader.lab.data import load_grading_data, seeded
from grader.lab.differences import differs_from_reference
from grader.lab.evidence import NetworkEvidence
from grader.lab.follow_through import needs_slopes
from grader.lab.param_summary import summarize_params
from grader.lab.questions import make_questions
from grader.lab.reference import reference_submission
from grader.lab.replies import REPLIES
from grader.lab.rubric import DATA_KINDS, RUBRIC
from grader.lab.submission_format import FORMAT
from grader.lab.tasks import TASKS

_FOLDER = Path(__file__).parent


def _diagnose(evidence: NetworkEvidence, task: str) -> Explanation | None:
    from grader.lab.mistakes import diagnose  # here: the catalogue is read for wrong answers alone

    return diagnose(evidence, task)


LAB = Lab(
    tasks=TASKS,
    checks=checks_of_modules(
        test_t05_scores,
        test_t06_loss,
        test_t07_gradients,
        test_t08_minibatch,
        test_t09_step,
        test_t10_decay,
        test_t11_predict,
        test_t12_tuning,
    ),
    submission=FORMAT,
    guest=_FOLDER / "lab" / "guest" / "harness.py",
    make_questions=make_questions,
    make_answers=make_answers,
    replies=REPLIES,
    rubric=RUBRIC,
    rubric_path=_FOLDER / "rubric.toml",
    evidence=NetworkEvidence,
    reference=reference_submission,
    data_kinds=DATA_KINDS,
    load_data=load_grading_data,
    seed_data=seeded,
    summarize=summarize_params,
    needs_further=(differs_from_reference, needs_slopes),
    diagnose=_diagnose,
    is_stub=judging.is_stub,
    earlier_task=judging.earlier_task,
    why_missing=judging.why_missing,
    why_empty=judging.why_empty,
    flags=judging.flags,
    attention=judging.attention,
)
