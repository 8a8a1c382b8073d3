"""Grades a submission as a batch would, and reads the verdict."""

from __future__ import annotations

from dataclasses import dataclass, field

from grader.engine.evidence import Evidence
from grader.engine.judge import judge
from grader.engine.observe import Observer
from grader.engine.verdict import CheckVerdict, Verdict
from grader.lab.mistakes.submissions import submission_of
from grader.submission.submission import Submission
from grader.two_layer_net import LAB

# What cannot be had without image data; where it is left out these checks are not asked.
ON_IMAGES = {"batch-training", "step-training", "decay-training"}
WITHOUT_TUNING = ("T#5", "T#6", "T#7", "T#8", "T#9", "T#10", "T#11")


@dataclass(frozen=True)
class Grader:
    """One sandbox, used again and again; what it has graded once it remembers."""

    observer: Observer
    verdicts: dict[str, Verdict] = field(default_factory=dict)  # by digest of the submission

    def grade(self, submission) -> Verdict:
        """The verdict on a submission, or on the text of a `neural_net.py`."""
        if isinstance(submission, str):
            submission = submission_of(submission)
        if submission.sha256 not in self.verdicts:
            self.verdicts[submission.sha256] = judge(self.evidence(submission))
        return self.verdicts[submission.sha256]

    def evidence(self, submission: Submission) -> Evidence:
        """What a submission shows, beside the answers."""
        observer = self.observer
        truth = observer.data.truth if observer.data else None
        seen = observer.observe(submission)
        return LAB.evidence_of(seen, observer.seed, observer.rubric, truth)


def checks_of(verdict: Verdict) -> dict[str, CheckVerdict]:
    """Every check that was asked, by id."""
    return {check.id: check for task in verdict.tasks for check in task.checks}


def lost_tasks(verdict: Verdict, *, on_images: bool = False) -> set[str]:
    """Tasks of T#5 to T#11 that lost points."""
    return {
        check.task
        for check in checks_of(verdict).values()
        if check.task in WITHOUT_TUNING
        and (on_images or check.id not in ON_IMAGES)
        and check.score < check.max_score
    }


def slugs_of(verdict: Verdict) -> dict[str, set[str]]:
    """Misconceptions that were named, by task."""
    named: dict[str, set[str]] = {}
    for check in checks_of(verdict).values():
        if check.misconception:
            named.setdefault(check.task, set()).add(check.misconception)
    return named
