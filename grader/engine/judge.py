"""From observations to a verdict: runs the checks and gives each its credit.

The checks are the pytest tests in this folder. `pytest grader/` runs them one by one with
pytest's own reports; a batch calls the very same functions from here, since pytest's machinery
around a test takes longer than most of the tests.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from grader.engine.check import CannotTell, CausedElsewhere, Check, NotReached, Unanswered, Wrong
from grader.engine.evidence import Evidence
from grader.engine.lab import Task
from grader.engine.observation import NOT_ASKED, NOT_IMPORTED, Ended, Observation
from grader.engine.rubric import Rubric
from grader.engine.verdict import CheckVerdict, Judged, TaskVerdict, Verdict


def judge(evidence: Evidence) -> Verdict:
    """The verdict on one submission."""
    lab = evidence.lab
    with np.errstate(all="ignore"):
        verdicts = [_judge_check(check, evidence) for check in lab.checks.values()]
        tasks = tuple(
            _task_verdict(task, [one for one in verdicts if one.task == task.name])
            for task in lab.tasks
        )
        return Verdict(tasks, tuple(lab.flags(evidence)), tuple(lab.attention(evidence)))


def judge_check(check: Check, evidence: Evidence) -> CheckVerdict:
    """What one check says, with the credit that follows through."""
    # Submissions come with inf and nan; comparisons are written so that these fail.
    with np.errstate(all="ignore"):
        return _judge_check(check, evidence)


def _judge_check(check: Check, evidence: Evidence) -> CheckVerdict:
    evidence.clear_notes()
    if check.needs_data and evidence.truth is None:
        message = "The grader did not run this check, because the run has no images."
        return _said(check, evidence, Judged.NOT_ASKED, message)
    if evidence.lab.is_stub(evidence, check.task):
        return _said(check, evidence, Judged.NOT_REACHED, f"{check.task} is not done yet.")
    try:
        share = check.test(evidence)
    except Unanswered as gap:
        evidence.passed[check.id] = False
        return _unanswered(check, evidence, gap)
    except CausedElsewhere as reason:
        return _followed(
            check, evidence, f"{reason}. We judged this task on its own, and it is right."
        )
    except NotReached as reason:
        return _said(check, evidence, Judged.NOT_REACHED, f"{reason}.")
    except CannotTell as reason:
        return _untold(check, evidence, reason)
    except Wrong as wrong:
        evidence.passed[check.id] = False
        return _fallen_back(check, evidence, wrong)
    except Exception as fault:  # our own: never a student's zero
        return _our_fault(check, evidence, fault)
    evidence.passed[check.id] = True
    return _earned(check, evidence, share)


def _said(
    check: Check,
    evidence: Evidence,
    judged: Judged,
    message: str,
    *,
    worth: float = 0.0,
    ended: Ended = Ended.FINISHED,
    **details: Any,
) -> CheckVerdict:
    """A verdict that is worth a share of the check's points."""
    score, points = _points(evidence.rubric, check, judged, worth)
    return CheckVerdict(
        id=check.id,
        task=check.task,
        judged=judged,
        ended=ended,
        score=score,
        max_score=points,
        public=check.public,
        message=message,
        worth=worth,
        **details,
    )


def with_points(verdict: CheckVerdict, rubric: Rubric) -> CheckVerdict:
    """The same verdict with the points that a rubric gives for its check."""
    score, points = _points(rubric, verdict, verdict.judged, verdict.worth)
    if (score, points) == (verdict.score, verdict.max_score):
        return verdict
    return replace(verdict, score=score, max_score=points)


def _points(
    rubric: Rubric, check: Check | CheckVerdict, judged: Judged, worth: float
) -> tuple[float, float]:
    """The score of a check and its maximum; 0 of 0 if it was not asked."""
    if judged is Judged.NOT_ASKED:
        return 0.0, 0.0
    points = rubric.points_of(check.task, check.id)
    return round(points * worth, 4), points


def _earned(check: Check, evidence: Evidence, share: float | None) -> CheckVerdict:
    """Right, or right in part."""
    worth = 1.0 if share is None else float(share)
    deviations = [evidence.rubric.deviations[slug] for slug in evidence.deviations]
    worth = min([worth, *(one.worth for one in deviations)])
    says = (
        " ".join(one.sentence for one in deviations)
        or f"{check.title}: {'right' if worth == 1 else 'partly right'}."
    )
    message = " ".join([says, *evidence.remarks])
    judged = Judged.RIGHT if worth == 1 else Judged.PARTLY
    return _said(check, evidence, judged, message, worth=worth)


def _fallen_back(check: Check, evidence: Evidence, wrong: Wrong) -> CheckVerdict:
    """Wrong as it stands; right where it follows from the student's own earlier results."""
    followed = _followed_through(check, evidence)
    if followed is not None:
        return followed
    return _wrong(check, evidence, str(wrong), got=wrong.got, expected=wrong.expected)


def _wrong(check: Check, evidence: Evidence, message: str, **details: Any) -> CheckVerdict:
    """A wrong answer, with the catalogued mistake that explains it."""
    try:
        found = evidence.explained(check.task)
    except Exception as fault:  # of a record that no training leaves
        return _our_fault(check, evidence, fault)
    if found is not None:
        details.update(hint=found.advice, misconception=found.slug)
    return _said(check, evidence, Judged.WRONG, message, **details)


def _followed_through(
    check: Check, evidence: Evidence, ended: Ended = Ended.FINISHED
) -> CheckVerdict | None:
    """The verdict where the answer is right for the student's own earlier results, else None."""
    if check.follow_through is None:
        return None
    evidence.clear_notes()
    try:
        share = check.follow_through(evidence)
    except (Wrong, Unanswered, NotReached):
        return None
    except CannotTell as reason:
        return _untold(check, evidence, reason, ended)
    except Exception as fault:
        return _our_fault(check, evidence, fault, ended)
    worth = 1.0 if share is None else float(share)
    says = (check.follow_through.__doc__ or "").strip().rstrip(".")
    return _followed(check, evidence, f"{says}.", worth, ended)


def _followed(
    check: Check,
    evidence: Evidence,
    message: str,
    worth: float = 1.0,
    ended: Ended = Ended.FINISHED,
) -> CheckVerdict:
    deviations = [evidence.rubric.deviations[slug] for slug in evidence.deviations]
    worth = min([worth * evidence.rubric.follow_through, *(one.worth for one in deviations)])
    message = " ".join([message, *evidence.remarks])
    return _said(check, evidence, Judged.FOLLOW_THROUGH, message, worth=worth, ended=ended)


def _unanswered(check: Check, evidence: Evidence, gap: Unanswered) -> CheckVerdict:
    """Nothing came back: the task is not done, an earlier one must work first, or it broke."""
    observation = gap.observation
    if observation is None:
        return _said(
            check, evidence, Judged.NOT_REACHED, evidence.lab.why_missing(evidence, gap.what)
        )
    if observation.ended is not Ended.SANDBOX_FAILED:
        followed = _followed_through(check, evidence, observation.ended)
        if followed is not None:
            return followed
    judged, message = _why_unanswered(check.task, evidence, observation)
    if judged is Judged.WRONG:
        return _wrong(check, evidence, message, ended=observation.ended)
    return _said(check, evidence, judged, message, ended=observation.ended)


def _why_unanswered(task: str, evidence: Evidence, observation: Observation) -> tuple[Judged, str]:
    error = observation.error or ""
    if observation.ended is Ended.SANDBOX_FAILED:
        return Judged.COULD_NOT_TELL, f"The grader could not run this: {error}"
    if error.startswith(NOT_IMPORTED):
        # Where that is stands in the finding, once.
        *_, cause = error.removeprefix(NOT_IMPORTED).splitlines() or [""]
        return Judged.NOT_REACHED, f"The code cannot be imported: {cause.strip()}"
    if not observation.was_asked:
        return (
            Judged.NOT_REACHED,
            f"The grader did not run this check: {error.removeprefix(NOT_ASKED).strip()}.",
        )
    undone = next(
        (name for name in evidence.lab.task_names if f"{name} is not done yet" in error), None
    )
    if undone is not None:
        return Judged.NOT_REACHED, f"{undone} is not done yet."
    earlier = evidence.lab.earlier_task(evidence, task, observation)
    if earlier is not None:
        return Judged.NOT_REACHED, f"{earlier} must work first{error and ': '}{error or '.'}"
    return Judged.WRONG, evidence.lab.why_empty(observation) or _ended(observation)


def _ended(observation: Observation) -> str:
    how = {
        Ended.RAISED: "Your code stopped with an error",
        Ended.TIMED_OUT: "Your code ran out of time",
        Ended.OUT_OF_MEMORY: "Your code ran out of memory",
        Ended.KILLED: "The process that ran your code ended",
        Ended.FLOODED: "Your code printed too much",
    }.get(observation.ended, "Your code gave no answer")
    return f"{how}: {observation.error}" if observation.error else f"{how}."


def _untold(
    check: Check, evidence: Evidence, reason: CannotTell, ended: Ended = Ended.FINISHED
) -> CheckVerdict:
    message, share = f"{reason}.", reason.share
    return _said(
        check, evidence, Judged.COULD_NOT_TELL, message, ended=ended, worth_if_accepted=share
    )


def _our_fault(
    check: Check, evidence: Evidence, fault: Exception, ended: Ended = Ended.FINISHED
) -> CheckVerdict:
    message = (
        f"The grader failed here ({type(fault).__name__}: {fault}); your instructor will "
        "look at it."
    )
    return _said(check, evidence, Judged.COULD_NOT_TELL, message, ended=ended)


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
    judged = judged - {Judged.NOT_ASKED} or judged
    if len(judged) == 1:
        return judged.pop()
    if judged == {Judged.RIGHT, Judged.FOLLOW_THROUGH}:
        return Judged.FOLLOW_THROUGH
    if judged <= {Judged.WRONG, Judged.NOT_REACHED}:
        return Judged.WRONG
    return Judged.PARTLY
