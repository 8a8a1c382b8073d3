"""T#10: the decay of the learning rate, judged on the rates that the steps imply."""

from __future__ import annotations

import numpy as np

from grader.engine.check import Wrong, check
from grader.lab import update_rules as update_rules
from grader.lab.evidence import NetworkEvidence
from grader.lab.questions import RECORD_DECAY
from grader.lab.rates import SAME, rates_of, rates_without_decay
from grader.lab.training import judged_training


@check("T#10", "decay-factor")
def test_decay_factor(evidence: NetworkEvidence) -> None:
    """The learning rate is multiplied by learning_rate_decay."""
    rates = rates_of(evidence)
    if np.ptp(rates_without_decay(evidence)) > SAME:
        raise Wrong(
            "With learning_rate_decay 1 the learning rate must stay the same, but it changes."
        )
    falls = rates[1:] / rates[:-1]
    changes = falls[np.abs(falls - 1) > SAME]
    if not changes.size:
        raise Wrong("The learning rate never changes.")
    wrong = changes[~(np.abs(changes - RECORD_DECAY) <= SAME)]
    if wrong.size:
        raise Wrong(
            f"The learning rate is multiplied by {wrong[0]:.4g}, but learning_rate_decay is "
            f"{RECORD_DECAY:g}."
        )
    _begins_afresh(evidence)


def _begins_afresh(evidence: NetworkEvidence) -> None:
    """Wrong if a second training of one network begins at the rate that the first one left."""
    if not evidence.finished("record/again"):
        return
    again, steady = evidence.trace("again"), evidence.trace("steady")
    first = update_rules.first_length(again, steady, evidence.rubric.tolerance.step)
    if first is not None and abs(first - 1) > SAME:
        raise Wrong(
            f"A second call of train() starts at {first:.4g} times the given learning rate. Every "
            "call must start at the rate that it is given."
        )


@check("T#10", "decay-epoch")
def test_decay_epoch(evidence: NetworkEvidence) -> None:
    """The learning rate changes once an epoch."""
    rates = rates_of(evidence)
    decaying, steady = evidence.trace("steps"), evidence.trace("steady")
    per_epoch = decaying.plan.per_epoch
    changes = [t for t in range(1, len(rates)) if abs(rates[t] / rates[t - 1] - 1) > SAME]
    expected = [t for t in range(1, len(rates)) if (t - 1) % per_epoch == 0]
    if changes == expected:
        return
    ends = list(range(per_epoch, len(rates), per_epoch))
    first = update_rules.first_length(decaying, steady, evidence.rubric.tolerance.step)
    if changes == ends and first is not None and abs(first - 1) > SAME:
        # No deviation: the rate that was handed in is never used.
        raise Wrong(
            f"The first step is {first:.4g} times as long as it should be. The learning rate "
            "decays before each epoch; it must decay after it."
        )
    # From the second check on, or where each epoch ends, just before the check.
    if changes in (expected[1:], ends):
        evidence.deviates("decay-late")
        return
    when = f"before step {', '.join(map(str, changes[:6]))}" if changes else "never"
    raise Wrong(
        f"With {per_epoch} steps an epoch the rate changed {when}"
        f"{' and later' if len(changes) > 6 else ''}; expected before step "
        f"{', '.join(map(str, expected))} (steps count from 0)."
    )


@check("T#10", "decay-training", needs_data=True)
def test_decay_training(evidence: NetworkEvidence) -> None:
    """A short training on images learns with this decay."""
    judged_training(evidence, "T#10", "images")
