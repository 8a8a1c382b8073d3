"""Recognizes what is wrong with a task: what was seen is what a mistake would give.

Every task is compared part by part. A mistake is named only if everything that was seen of its
part agrees with it; two faults, or half of one, are named as such.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from grader.lab.functional import RIGHT, NetworkFunctions
from grader.lab.mistakes import batches, decays, errors, forward, gradients, labels, loss, steps
from grader.lab.mistakes.mistake import Mistake, stages_with, together
from grader.lab.mistakes.predicting import Mistakes, stages_of

if TYPE_CHECKING:
    from grader.lab.evidence import NetworkEvidence


def diagnose(evidence: NetworkEvidence, task: str) -> Mistake | None:
    """The mistakes that explain what was seen of a task; None if it is right or not explained."""
    look = _LOOKS.get(task)
    found = None if look is None else look(evidence)
    if not found and not (task in ("T#6", "T#7", "T#11") and _has_strange_scores(evidence)):
        cause = errors.of_task(evidence, task)
        found = (cause,) if cause else None
    return together(found) if found else None


def _has_strange_scores(evidence: NetworkEvidence) -> bool:
    """Whether scores of the wrong shape may be what stops a later task."""
    seen = forward.seen_scores(evidence)
    return any(scores.shape != evidence.answers.scores(case).shape for case, scores in seen.items())


def forward_functions(evidence: NetworkEvidence) -> tuple[NetworkFunctions, ...]:
    """What right code for T#7 may start from, if known mistakes of T#5 and T#6 explain it.

    The network with the mistake of T#5, and the same if the backward pass works on with what a
    mistake of T#6 left behind; nothing if the scores are not explained.
    """
    scores, own_loss = _scores(evidence), _loss(evidence) or ()
    if scores is None or any(not one.edits for one in scores):
        return ()
    start = stages_of(scores)
    carried = tuple(one for one in own_loss if one.carried)
    if not carried:
        return (start,)
    continued = stages_with(carried, start, carried=True)
    return (start, continued) if continued else (start,)


def _scores(evidence: NetworkEvidence) -> Mistakes | None:
    return evidence.cached("mistakes of T#5", lambda: forward.explain(evidence))


def _loss(evidence: NetworkEvidence) -> Mistakes | None:
    return evidence.cached("mistakes of T#6", lambda: loss.explain(evidence))


def _gradients(evidence: NetworkEvidence) -> Mistakes | None:
    return gradients.explain(
        evidence, forward_functions(evidence) or (RIGHT,), _loss(evidence) or ()
    )


def _decay(evidence: NetworkEvidence) -> Mistakes | None:
    return evidence.cached("mistakes of T#10", lambda: decays.explain(evidence))


def _step(evidence: NetworkEvidence) -> Mistakes | None:
    return steps.explain(evidence, _decay(evidence) or ())


_LOOKS: Mapping[str, Callable[[NetworkEvidence], Mistakes | None]] = {
    "T#5": _scores,
    "T#6": _loss,
    "T#7": _gradients,
    "T#8": batches.explain,
    "T#9": _step,
    "T#10": _decay,
    "T#11": labels.explain,
}
