"""Names what is wrong with the decay of T#10, from the rates that the steps imply."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from grader.engine.check import Unanswered
from grader.engine.compare import relative_error
from grader.lab import update_rules as update_rules
from grader.lab.functional import NetworkFunctions
from grader.lab.mistakes.catalogue import BY_SLUG, CATALOGUE
from grader.lab.mistakes.mistake import Mistake
from grader.lab.mistakes.predicting import Mistakes, is_round, rounded, stages_of, tried
from grader.lab.questions import PARAMS, RECORD_RATE, TracePlan
from grader.lab.rates import rates_of, rates_without_decay

if TYPE_CHECKING:
    from grader.lab.evidence import NetworkEvidence

_SAME = 1e-4
_FACTORS = ((), *((one,) for one in CATALOGUE["T#10"] if one.stage == "decayed"))
_TIMES = ((), *((one,) for one in CATALOGUE["T#10"] if one.stage == "decays_at"))


def explain(evidence: NetworkEvidence) -> Mistakes | None:
    """() if the decay is right, the mistakes that explain it, or None."""
    strengths = _of_strengths(evidence)
    shrinking = _of_parameters(evidence)
    if shrinking is not None:
        return (shrinking,)
    try:
        rates, steady = rates_of(evidence), rates_without_decay(evidence)
    except Unanswered:
        return None
    except AssertionError:
        return _of_no_rates(evidence)
    plan, found = evidence.trace("steps").plan, None
    early = _before_step(evidence, rates, plan)
    if early:
        return (early,)
    for factor, times in sorted(
        ((factor, times) for factor in _FACTORS for times in _TIMES),
        key=lambda two: sum(map(len, two)),
    ):
        predicted = _rates_under(stages_of((*factor, *times)), plan)
        if predicted is not None and relative_error(rates, predicted[: len(rates)]) <= _SAME:
            found = (*factor, *times)
            break
    if found is None:
        found = _fitted(rates, steady, plan) or _otherwise(rates, plan)
    never = found and found[0].slug == "rate-never-decays"
    if strengths and (found is not None or never):
        return (
            (strengths[0] if never else strengths[1],)
            if never or not found
            else (*found, strengths[1])
        )
    return found


def _of_strengths(evidence: NetworkEvidence) -> tuple[Mistake, Mistake] | None:
    """Whether reg falls during the training."""
    try:
        seen = evidence.trace("steps").observation.values.get("reg") or []
    except Unanswered:
        return None
    values = [value for value in seen if isinstance(value, float)]
    if len(values) < 2 or not values[-1] < 0.99 * values[0]:
        return None
    return BY_SLUG["decay-of-reg"], BY_SLUG["decay-of-reg-too"]


@lru_cache(maxsize=500)
def _rates_under(stages: NetworkFunctions, plan: TracePlan) -> np.ndarray | None:
    """Rates over the first, as some stages let them fall."""
    return tried(lambda: _made_rates(stages, plan))


def _made_rates(stages: NetworkFunctions, plan: TracePlan) -> np.ndarray:
    rate, epoch, rates = RECORD_RATE, 0, []
    for it in range(plan.num_iters):
        rates.append(rate)
        if stages.decays_at(it, plan.num_train / plan.batch_size):
            rate = stages.decayed(rate, plan.decay, epoch, RECORD_RATE)
            epoch += 1
    return np.array(rates) / RECORD_RATE


def _fitted(rates: np.ndarray, steady: np.ndarray, plan: TracePlan) -> Mistakes | None:
    """Another factor, a floor, or the right factor at other times."""
    changes = [t for t in range(1, len(rates)) if abs(rates[t] / rates[t - 1] - 1) > _SAME]
    expected = [t for t in range(1, len(rates)) if (t - 1) % plan.per_epoch == 0]
    if not changes:
        return (BY_SLUG["rate-never-decays"],)
    factors = np.array([rates[t] / rates[t - 1] for t in changes])
    is_one = bool(np.ptp(factors) <= _SAME)
    is_right = is_one and abs(factors[0] - plan.decay) <= _SAME
    told = {"factor": rounded(float(factors[0])), "decay": rounded(plan.decay)}
    if is_right and changes == expected[: len(changes)]:
        return (BY_SLUG["decay-stops"],)
    if is_right:
        return (BY_SLUG["decay-at-other-steps"].filled(when=_when(changes)),)
    if is_one and changes == expected:
        fixed = bool(steady[1:].any()) and abs(steady[1] / steady[0] - factors[0]) <= _SAME
        return (BY_SLUG["decay-fixed" if fixed else "decay-of-other-factor"].filled(**told),)
    if changes == expected and not is_one:
        listed = ", ".join(rounded(float(factor)) for factor in factors)
        floor = _floor(rates, plan)
        changing = BY_SLUG["decay-of-changing-factor"]
        return floor or (changing.filled(factors=listed, decay=rounded(plan.decay)),)
    if changes == expected[:1] and (is_round(float(factors[0])) or _floor(rates, plan) is None):
        return (BY_SLUG["decay-of-other-factor-once"].filled(**told),)
    return _floor(rates, plan)


def _floor(rates: np.ndarray, plan: TracePlan) -> Mistakes | None:
    """Whether the rate falls as it should until it meets a limit."""
    floor = rates.min()
    right = np.array(
        [plan.decay ** (1 + (t - 1) // plan.per_epoch) if t else 1.0 for t in range(len(rates))]
    )
    if relative_error(rates, np.maximum(right, floor)) > _SAME or not (right < floor - _SAME).any():
        return None
    return (BY_SLUG["decay-with-floor"].filled(floor=rounded(floor * RECORD_RATE)),)


def _otherwise(rates: np.ndarray, plan: TracePlan) -> Mistakes:
    """A known rule that stops at a limit, or else the rates as they are."""
    floor = rates.min()
    for factor in _FACTORS[1:]:
        for times in _TIMES:
            predicted = _rates_under(stages_of((*factor, *times)), plan)
            if predicted is None or not np.isfinite(predicted).all():
                continue
            limited = np.maximum(predicted[: len(rates)], floor)
            if relative_error(rates, limited) <= _SAME and len(set(limited.tolist())) > 2:
                limit = BY_SLUG["decay-with-floor"].filled(floor=rounded(floor * RECORD_RATE))
                return (*factor, *times, limit)
    listed = ", ".join(f"{rate:.3g}" for rate in rates[: 2 * plan.per_epoch])
    return (BY_SLUG["decay-otherwise"].filled(rates=listed, decay=rounded(plan.decay)),)


def _when(changes: list[int]) -> str:
    more = " and later" if len(changes) > 6 else ""
    return f"before iteration {', '.join(map(str, changes[:6]))}{more}"


def _before_step(evidence: NetworkEvidence, rates: np.ndarray, plan: TracePlan) -> Mistake | None:
    """Whether already the first step is shorter by the decay."""
    decaying, steady = evidence.trace("steps"), evidence.trace("steady")
    first = update_rules.first_length(decaying, steady, evidence.rubric.tolerance.step)
    ends = [t for t in range(1, len(rates)) if t % plan.per_epoch == 0]
    changes = [t for t in range(1, len(rates)) if abs(rates[t] / rates[t - 1] - 1) > _SAME]
    if first is None or abs(first - plan.decay) > 1e-3 or changes != ends:
        return None
    return BY_SLUG["decay-before-step"]


def _of_no_rates(evidence: NetworkEvidence) -> Mistakes | None:
    """What steps say that follow no rule at one rate."""
    named = evidence.trace("steps").observation.values.get("learning_rate") or []
    if any(rate == 0 for rate in named[1:]):
        return (BY_SLUG["rate-lost"],)
    return None


def _of_parameters(evidence: NetworkEvidence) -> Mistake | None:
    """Whether the weights lose the decay's share at the end of an epoch."""
    try:
        record = evidence.trace("steps")
    except Unanswered:
        return None
    states = record.states
    if states is None or record.num_steps < 6:
        return None
    for name in PARAMS:
        before, after = states[name][:-1], states[name][1:]
        plain = before - RECORD_RATE * record.grads[name]
        ends = np.arange(record.num_steps) % record.plan.per_epoch == 0
        if np.allclose(after[ends], record.plan.decay * plain[ends], rtol=1e-6):
            return BY_SLUG["decay-of-parameters"]
    return None
