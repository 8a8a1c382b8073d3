"""The learning rates that the steps of a training imply."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grader.engine.check import Unanswered, Wrong
from grader.lab import update_rules as update_rules

if TYPE_CHECKING:
    from grader.lab.evidence import NetworkEvidence

# Rates nearer to each other than this are one: single precision blurs those of a momentum.
SAME = 1e-4


def rates_of(evidence: NetworkEvidence) -> np.ndarray:
    """Rate of each step over the first, from the steps or, where they tell nothing, by name."""
    decaying, steady = evidence.trace("steps"), evidence.trace("steady")
    if decaying.num_steps != decaying.plan.num_iters:
        raise Unanswered("record/steps", decaying.observation)
    rates = update_rules.rates_of(decaying, steady, evidence.rubric.tolerance.step)
    if rates is None:
        raise Wrong("The grader cannot infer a learning rate from the steps.")
    if not (np.isfinite(rates).all() and (rates != 0).all()):
        raise Wrong("The learning rate becomes 0 or is not finite.")
    if decaying.observation.error and decaying.batch_sizes and update_rules.never_change(rates):
        raise Unanswered("record/steps", decaying.observation)  # what raises may be the decay
    return rates


def rates_without_decay(evidence: NetworkEvidence) -> np.ndarray:
    """The same where learning_rate_decay is 1; all ones where nothing tells."""
    steady, tolerance = evidence.trace("steady"), evidence.rubric.tolerance.step
    rates = update_rules.rates_of(steady, steady, tolerance)
    named = evidence.trace("steps").own_rates
    if (
        named is not None
        and np.ptp(named)
        and not update_rules.update_rule_of(steady, tolerance).is_known
    ):
        rates = steady.own_rates  # steps of no rule say nothing against the variable's own
    return np.ones(steady.num_steps) if rates is None else rates
