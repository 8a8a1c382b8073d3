"""Why a person should look at a grade before it leaves.

A doubt has a slug, so that a person can accept all doubts of one kind at once. Whoever sets the
score, or accepts the doubt, settles it; a newer submission raises it again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from grader.engine.verdict import CheckVerdict, Judged
from grader.lab.rubric import DATA_KINDS
from grader.submission.submission import Finding
from grader.two_layer_net import LAB
from tools.course.gradebook.ledger import Decision
from tools.course.gradebook.records import StoredSubmission
from tools.course.late import Lateness, Punctuality

# Slug -> what it means, in the order of `nnlab accept --help`.
DOUBTS: Mapping[str, str] = {
    "not-imported": "the code cannot be imported",
    "no-class": "there is no class TwoLayerNet",
    "zero": "the score is zero",
    "not-asked": "part of the lab was not run",
    "other-data": "best_net may be for another data set; if accepted, T#12 is judged on that",
    "could-not-tell": "a check could not be judged",
    "suspicious": "the judge found something odd",
    "lateness": "it is unknown whether the work is late",
    "same-name": "two students have the same name and no id",
    "unreadable": "nothing could be read",
    "grader-failed": "the grader failed",
}
NOT_IMPORTED = "The code cannot be imported"
NO_CLASS = "No class TwoLayerNet was handed in."
OTHER_DATA = "other-data"
_ON_IMAGES = frozenset(one.id for one in LAB.checks.values() if one.needs_data)
# How the checks of T#12 begin when they cannot tell because of the data set.
_OTHER_DATA = (
    "best_net says that it was trained on",
    "best_net does not say which data set",
)


def is_for_other_data(message: str) -> bool:
    """Whether a check could not be judged because best_net may be for another data set."""
    return any(each in message for each in _OTHER_DATA)


def doubts_of(
    stored: StoredSubmission,
    checks: Sequence[CheckVerdict],
    late: Lateness | None = None,
    settled: Collection[str] = (),
) -> Iterator[Finding]:
    """The doubts about one submission; `settled` are tasks whose score a person set."""
    yield from stored.attention
    checks = [check for check in checks if check.task not in settled]
    yield from _untold([check for check in checks if check.judged is Judged.COULD_NOT_TELL])
    unasked = dict.fromkeys(check.task for check in checks if check.judged is Judged.NOT_ASKED)
    if unasked:
        yield Finding("not-asked", f"The grader did not run all checks of {', '.join(unasked)}.")
    if not settled:
        yield from _nothing_earned(checks)
    if late is not None and late.punctuality is Punctuality.UNKNOWN:
        yield Finding("lateness", late.message)


def _untold(checks: Sequence[CheckVerdict]) -> Iterator[Finding]:
    """Checks that could not be judged; those of another data set have one cause, told once."""
    other = [check for check in checks if is_for_other_data(check.message)]
    for check in other[:1]:  # without its accuracy on the other set, nothing is to be accepted
        slug = "could-not-tell" if check.worth_if_accepted is None else OTHER_DATA
        yield Finding(slug, f"{check.task}: {check.message}")
    for check in checks:
        if check not in other:
            yield Finding("could-not-tell", f"{check.task} {check.id}: {check.message}")


def _nothing_earned(checks: Sequence[CheckVerdict]) -> Iterator[Finding]:
    """Zeros, with the cause if it is known: a missing colon must not cost 100 points unseen."""
    causes = [check.message for check in checks if check.judged is Judged.NOT_REACHED]
    imports = next((each for each in causes if each.startswith(NOT_IMPORTED)), None)
    if imports is not None:
        yield Finding("not-imported", imports)
    elif NO_CLASS in causes:
        yield Finding("no-class", NO_CLASS)
    elif checks and not any(check.score for check in checks):
        yield Finding("zero", "The score is zero.")


def accepted_doubts(stored: StoredSubmission, decisions: Iterable[Decision]) -> set[str]:
    """Slugs of the doubts that somebody has accepted for this very submission."""
    return {one.accepts for one in decisions if one.sha256 == stored.sha256}


def on_accepted_data(
    checks: Sequence[CheckVerdict], accepted: Collection[str]
) -> Sequence[CheckVerdict]:
    """The checks, those of a network for the other data set judged on that if accepted."""
    if OTHER_DATA not in accepted:
        return checks
    return [check if check.worth_if_accepted is None else _on_other_data(check) for check in checks]


def data_of_tasks(
    checks: Sequence[CheckVerdict], kind: str, accepted: Collection[str]
) -> dict[str, str]:
    """Task -> the data set that it is judged on, for the tasks that were asked about images."""
    if kind not in DATA_KINDS:
        return {}
    asked = [check for check in checks if check.id in _ON_IMAGES]
    moved = {check.task for check in asked if check.worth_if_accepted is not None}
    (other,) = (each for each in DATA_KINDS if each != kind)
    return {
        check.task: other if OTHER_DATA in accepted and check.task in moved else kind
        for check in asked
    }


def _on_other_data(check: CheckVerdict) -> CheckVerdict:
    worth = check.worth_if_accepted or 0.0
    full = Judged.RIGHT if worth == 1 else Judged.PARTLY
    return replace(
        check,
        judged=full if worth else Judged.WRONG,
        score=round(worth * check.max_score, 4),
        worth=worth,
        message=f"Your instructor accepted the other data set. {check.message}",
        worth_if_accepted=None,
    )
