"""From observations to a verdict: runs the checks and gives each its credit.

The checks are the pytest tests in this folder. `pytest grader/` runs them one by one with
pytest's own reports; a batch calls the very same functions from here, since pytest's machinery
around a test takes longer than most of the tests.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

import numpy as np

from grader.check import Check, NotReached, Unanswered, Wrong, checks_in
from grader.data import SHIFTED_IMAGES
from grader.evidence import Evidence
from grader.observation import NOT_IMPORTED, Ended, Observation
from grader.rubric import Rubric
from grader.tasks import TASK_NAMES, TASKS, Task
from grader.training import RECORD_CHECKS, Blameless
from grader.verdict import CheckVerdict, Judged, TaskVerdict, Verdict

TEST_MODULES = (
    "test_t05_scores",
    "test_t06_loss",
    "test_t07_gradients",
    "test_t08_minibatch",
    "test_t09_step",
    "test_t10_decay",
    "test_t11_predict",
    "test_t12_tuning",
)


@lru_cache(maxsize=1)
def all_checks() -> Mapping[str, Check]:
    """Every check by id, in the order of the tasks."""
    found = [
        check
        for name in TEST_MODULES
        for check in checks_in(importlib.import_module(f"grader.{name}"))
    ]
    assert len({check.id for check in found}) == len(found), "two checks share an id"
    return {check.id: check for check in found}


def checks_by_task() -> dict[str, list[str]]:
    """Ids of the checks of each task, to compare a rubric with."""
    return {
        task: [check.id for check in all_checks().values() if check.task == task]
        for task in TASK_NAMES
    }


def judge(evidence: Evidence) -> Verdict:
    """The verdict on one submission."""
    evidence.checks = all_checks()
    verdicts = [judge_check(check, evidence) for check in all_checks().values()]
    tasks = tuple(
        _task_verdict(task, [one for one in verdicts if one.task == task.name]) for task in TASKS
    )
    return Verdict(tasks, tuple(_flags(evidence)), tuple(_memorised(evidence)))


def judge_check(check: Check, evidence: Evidence) -> CheckVerdict:
    """What one check says, with the credit that follows through."""
    # Submissions come with inf and nan; comparisons are written so that these fail.
    with np.errstate(all="ignore"):
        return _judge_check(check, evidence)


def _judge_check(check: Check, evidence: Evidence) -> CheckVerdict:
    evidence.checks = all_checks()
    verdict = _blank(check, evidence.rubric)
    evidence.deviations.clear()
    if check.task in RECORD_CHECKS and _is_stub(check.task, evidence):
        message = f"{check.task} is not done yet."
        return replace(verdict, judged=Judged.NOT_REACHED, message=message)
    try:
        share = check.test(evidence)
    except Unanswered as gap:
        evidence.held[check.id] = False
        return _unanswered(verdict, check, gap, evidence)
    except Blameless as reason:
        return _followed(verdict, evidence, f"{reason}; the steps seen are right.")
    except NotReached as reason:
        return replace(verdict, judged=Judged.NOT_REACHED, message=f"{reason}.")
    except Wrong as wrong:
        evidence.held[check.id] = False
        return _fallen_back(verdict, check, wrong, evidence)
    except Exception as fault:  # our own: never a student's zero
        return _our_fault(verdict, fault)
    evidence.held[check.id] = True
    return _earned(verdict, check, share, evidence)


def _is_stub(task: str, evidence: Evidence) -> bool:
    """Whether a task of `train` is still the stub of the release."""
    try:
        return task in evidence.record("steps").undone
    except Unanswered:
        return False


def _blank(check: Check, rubric: Rubric) -> CheckVerdict:
    return CheckVerdict(
        id=check.id,
        task=check.task,
        judged=Judged.WRONG,
        ended=Ended.FINISHED,
        score=0.0,
        max_score=rubric.points_of(check.task, check.id),
        public=check.public,
        message="",
    )


def _earned(
    verdict: CheckVerdict, check: Check, share: float | None, evidence: Evidence
) -> CheckVerdict:
    """Right, or right in part."""
    worth = 1.0 if share is None else float(share)
    sentences = []
    for slug in evidence.deviations:
        worth = min(worth, evidence.rubric.deviations[slug].worth)
        sentences.append(evidence.rubric.deviations[slug].sentence)
    message = " ".join(sentences) or f"{check.title}: {'right' if worth == 1 else 'in part'}."
    judged = Judged.RIGHT if worth == 1 else Judged.PARTLY
    return replace(verdict, judged=judged, score=_points(verdict, worth), message=message)


def _fallen_back(
    verdict: CheckVerdict, check: Check, wrong: Wrong, evidence: Evidence
) -> CheckVerdict:
    """Wrong as it stands; right where it follows from the student's own earlier results."""
    followed = _followed_through(verdict, check, evidence)
    if followed is not None:
        return followed
    try:
        found = evidence.explained(check.task)
    except Exception as fault:  # of a record that no training leaves
        return _our_fault(verdict, fault)
    return replace(
        verdict,
        message=str(wrong),
        got=wrong.got,
        expected=wrong.expected,
        hint=None if found is None else found.advice,
        misconception=None if found is None else found.slug,
    )


def _followed_through(
    verdict: CheckVerdict, check: Check, evidence: Evidence
) -> CheckVerdict | None:
    """The verdict where the answer is right for the student's own earlier results, else None."""
    if check.follow_through is None:
        return None
    evidence.deviations.clear()
    try:
        share = check.follow_through(evidence)
    except (Wrong, Unanswered, NotReached):
        return None
    except Exception as fault:
        return _our_fault(verdict, fault)
    worth = 1.0 if share is None else float(share)
    says = (check.follow_through.__doc__ or "").strip().rstrip(".")
    return _followed(verdict, evidence, f"{says}.", worth)


def _followed(
    verdict: CheckVerdict, evidence: Evidence, message: str, worth: float = 1.0
) -> CheckVerdict:
    worth *= evidence.rubric.follow_through
    for slug in evidence.deviations:
        worth = min(worth, evidence.rubric.deviations[slug].worth)
    return replace(
        verdict,
        judged=Judged.FOLLOW_THROUGH,
        score=_points(verdict, worth),
        message=message,
    )


def _unanswered(
    verdict: CheckVerdict, check: Check, gap: Unanswered, evidence: Evidence
) -> CheckVerdict:
    """Nothing came back: the task is not done, an earlier one stands in the way, or it broke."""
    observation = gap.observation
    if observation is None:
        return replace(verdict, judged=Judged.NOT_REACHED, message=_missing(gap.what))
    verdict = replace(verdict, ended=observation.ended)
    error = observation.error or ""
    if observation.ended is Ended.SANDBOX_FAILED:
        message = f"The grader could not run this: {error}"
        return replace(verdict, judged=Judged.COULD_NOT_TELL, message=message)
    followed = _followed_through(verdict, check, evidence)
    if followed is not None:
        return followed
    if error.startswith(NOT_IMPORTED):
        message = f"Nothing of this could be seen: {error}"
        return replace(verdict, judged=Judged.NOT_REACHED, message=message)
    undone = next((task for task in TASK_NAMES if f"{task} is not done yet" in error), None)
    if undone is not None:
        return replace(verdict, judged=Judged.NOT_REACHED, message=f"{undone} is not done yet.")
    earlier = _earlier(check.task, observation, evidence)
    if earlier is not None:
        message = f"{earlier} stands in the way: {error}"
        return replace(verdict, judged=Judged.NOT_REACHED, message=message)
    return replace(verdict, judged=Judged.WRONG, message=_ended(observation))


def _earlier(task: str, observation: Observation, evidence: Evidence) -> str | None:
    """The earlier task that stands in the way of an answer, if there is one."""
    if task in ("T#9", "T#10"):
        if not evidence.observations.by_question["record/steps"].values.get("num_calls"):
            return "T#8"
        return "T#9" if task == "T#10" and not evidence.holds("step-size") else None
    if observation.ended is not Ended.RAISED or task not in ("T#6", "T#7", "T#11"):
        return None
    case = observation.question.split("/")[1]
    if evidence.array(f"scores/{case}", "scores") is None:
        return "T#5"
    return "T#6" if task == "T#7" and "loss" not in observation.arrays else None


def _missing(question: str) -> str:
    """What was not handed in, or not asked."""
    if question.startswith("best_net"):
        return "No best_net.pkl or best_net.npz was handed in."
    if question == "train/images":  # only asked for where a record was seen
        return "This was not asked: there are no images here to train on."
    return "No class TwoLayerNet was handed in."


def _ended(observation: Observation) -> str:
    if observation.ended is Ended.FINISHED and observation.question.startswith("record/"):
        return "train() never calls self.loss(): nothing can be seen of its batches and steps."
    how = {
        Ended.RAISED: "It stopped with an error",
        Ended.TIMED_OUT: "It ran out of time",
        Ended.OUT_OF_MEMORY: "It ran out of memory",
        Ended.KILLED: "The process that ran it was lost",
        Ended.FLOODED: "It printed without end",
    }.get(observation.ended, "It gave no answer")
    return f"{how}: {observation.error}" if observation.error else f"{how}."


def _our_fault(verdict: CheckVerdict, fault: Exception) -> CheckVerdict:
    message = f"The grader failed here ({type(fault).__name__}: {fault}); a person has to look."
    return replace(verdict, judged=Judged.COULD_NOT_TELL, message=message)


def _points(verdict: CheckVerdict, worth: float) -> float:
    return round(verdict.max_score * worth, 4)


def _task_verdict(task: Task, checks: list[CheckVerdict]) -> TaskVerdict:
    return TaskVerdict(
        task=task.name,
        title=task.title,
        judged=together({check.judged for check in checks}),
        score=round(sum(check.score for check in checks), 4),
        max_score=round(sum(check.max_score for check in checks), 4),
        checks=tuple(checks),
    )


def together(judged: set[Judged]) -> Judged:
    """One word for several checks."""
    if Judged.COULD_NOT_TELL in judged:
        return Judged.COULD_NOT_TELL
    if len(judged) == 1:
        return judged.pop()
    if judged == {Judged.RIGHT, Judged.FOLLOW_THROUGH}:
        return Judged.FOLLOW_THROUGH
    if judged <= {Judged.WRONG, Judged.NOT_REACHED}:
        return Judged.WRONG
    return Judged.PARTLY


def _flags(evidence: Evidence) -> list[str]:
    """Sentences to be told; they cost no point."""
    flags = []
    changed: dict[str, set[str]] = {}
    for question, seen in evidence.observations.by_question.items():
        for name in seen.values.get("changed") or ():
            changed.setdefault(question.split("/")[0], set()).add(name)
    for kind, names in changed.items():
        method = {"scores": "loss", "grads": "loss", "record": "train"}.get(kind, kind)
        flags.append(f"{method}() changes {', '.join(sorted(names))} in place.")
    return sorted(set(flags))


def _memorised(evidence: Evidence) -> list[str]:
    """A table of known images knows nothing of images moved by one pixel."""
    if evidence.truth is None:
        return []
    test, shifted = (evidence.array(f"best_net/{name}", "labels") for name in ("test", "shifted"))
    truth = evidence.truth.y_test
    if test is None or test.shape != truth.shape:
        return []
    known = float((test == truth).mean())
    # No labels at all count as wrong ones: so does a table answer for images that it lacks.
    moved = 0.0
    if shifted is not None and shifted.size == 4 * SHIFTED_IMAGES:
        moved = float((shifted.reshape(4, -1) == truth[:SHIFTED_IMAGES]).mean())
    if known > 0.5 and moved < evidence.rubric.shifted_share * known:
        return [
            f"best_net has {known:.3f} on the test images and {moved:.3f} on the same images moved "
            "by one pixel: it may know the images themselves; a person should look."
        ]
    return []
