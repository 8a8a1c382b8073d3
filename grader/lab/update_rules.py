"""Which rule of descent a record's steps follow, and at which learning rates.

T#9 and T#10 are two tasks: a step is right at whatever rate T#10 leaves it with, and a rate is
right whatever T#9 makes of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from grader.lab.questions import PARAMS, RECORD_RATE
from grader.lab.training_trace import TrainingTrace


@dataclass(frozen=True)
class UpdateRule:
    """How steps follow from gradients at a constant rate: a line of few constants.

    step[t] = rate * grad[t] + carried * step[t - 1] + correction * grad[t - 1]
    """

    name: str  # "plain", "momentum", "nesterov", "adaptive", "none"
    rate: float = 0.0
    momentum: float = 0.0
    nesterov: float = 0.0
    steady: bool = True  # whether the rate stayed the same, as it should without decay

    @property
    def is_known(self) -> bool:
        """Whether this is a rule of descent."""
        return self.name != "none"


def update_rule_of(
    record: TrainingTrace, tolerance: float, names: tuple[str, ...] = PARAMS
) -> UpdateRule:
    """The rule of the steps of some parameters in a record without decay.

    A momentum that scales the gradient by 1 - carried, and Nesterov's look-ahead in its usual
    forms, are the same line with other constants.
    """
    key = (names, tolerance)
    if key not in record.update_rules:  # most checks of T#9 and T#10 ask for the same
        record.update_rules[key] = _found_law(record, tolerance, names)
    rule: UpdateRule = record.update_rules[key]
    return rule


def _found_law(record: TrainingTrace, tolerance: float, names: tuple[str, ...]) -> UpdateRule:
    steps, grads = record.flat(record.steps, names), record.flat(record.grads, names)
    if not np.isfinite(steps).all():
        return UpdateRule("none")
    found = _rule_of_steps(steps, grads, tolerance)
    if found.is_known:
        return found
    # Some ask for the gradients at the point looked ahead to; the training ends a step behind it.
    ahead = _rule_of_steps(steps[:-1], grads[:-1], tolerance) if len(steps) > 1 else found
    if ahead.name == "nesterov":
        return ahead
    for steps_now, grads_now in _at_first_rate(record, steps, grads):
        rule = _rule_of_steps(steps_now, grads_now, tolerance)
        if rule.is_known:
            return replace(rule, steady=False)
    rates = plain_rates(steps, grads, tolerance)
    if rates is None or not abs(rates[0] / RECORD_RATE - 1) <= tolerance:
        return found
    # Steps that change within an epoch, or are left out, while the rate stays are no decay.
    named = record.own_rates
    if named is None or np.ptp(named) or (rates.all() and _by_epoch(record, rates, tolerance)):
        return UpdateRule("plain", RECORD_RATE, steady=False)
    return found


def _by_epoch(record: TrainingTrace, rates: np.ndarray, tolerance: float) -> bool:
    """Whether rates change only where an epoch ends: before or after the step that ends it."""
    changes = np.flatnonzero(np.abs(rates[1:] / rates[:-1] - 1) > tolerance) + 1
    return set((changes % record.plan.per_epoch).tolist()) <= {0, 1}


def _rule_of_steps(steps: np.ndarray, grads: np.ndarray, tolerance: float) -> UpdateRule:
    """The rule of steps (T, P) under gradients (T, P)."""
    if _near(steps, RECORD_RATE * grads, tolerance):
        return UpdateRule("plain", RECORD_RATE)
    if len(steps) < 4:
        return UpdateRule("none")
    now, before = steps[1:].ravel(), steps[:-1].ravel()
    columns = np.stack([grads[1:].ravel(), before, grads[:-1].ravel()], axis=1)
    (rate, momentum, nesterov), *_ = np.linalg.lstsq(columns, now, rcond=None)
    fits = _near(now, columns @ [rate, momentum, nesterov], tolerance)
    # Steps that carry nothing are fitted with next to nothing carried, of either sign.
    if fits and rate > 0 and 10 * tolerance < momentum < 1 - 10 * tolerance:
        return _momentum(steps[0], grads[0], rate, momentum, nesterov, tolerance)
    if _is_warming_up(steps, grads, tolerance):
        return UpdateRule("momentum", RECORD_RATE)
    if _is_adaptive(steps, grads):
        return UpdateRule("adaptive", RECORD_RATE)
    return UpdateRule("none")


def _momentum(
    first: np.ndarray,
    first_grad: np.ndarray,
    rate: float,
    momentum: float,
    nesterov: float,
    tolerance: float,
) -> UpdateRule:
    """Momentum with a rate that comes from the given one, or no known rule."""
    known = {
        "momentum": (RECORD_RATE, 0.0),
        "damped momentum": ((1 - momentum) * RECORD_RATE, 0.0),
        "nesterov": ((1 + momentum) * RECORD_RATE, -momentum * RECORD_RATE),
        "damped nesterov": (
            (1 - momentum) * (1 + momentum) * RECORD_RATE,
            -momentum * (1 - momentum) * RECORD_RATE,
        ),
    }
    for name, (of_grad, of_last) in known.items():
        loose = 1e2 * tolerance * of_grad
        if abs(rate - of_grad) <= loose and abs(nesterov - of_last) <= loose:
            first_rate = float(first @ first_grad / (first_grad @ first_grad))
            # The velocity starts at zero, or at the first gradient in the damped forms.
            if min(abs(first_rate - rate), abs(first_rate - RECORD_RATE)) <= loose:
                return UpdateRule(name.split()[-1], rate, momentum, nesterov)
    return UpdateRule("none")


def _is_warming_up(steps: np.ndarray, grads: np.ndarray, tolerance: float) -> bool:
    """Whether this is a momentum that carries another share at each step, as some let it grow."""
    rest, before = steps[1:] - RECORD_RATE * grads[1:], steps[:-1]
    if not (_near(steps[0], RECORD_RATE * grads[0], tolerance) and before.any(axis=1).all()):
        return False
    momentum = (rest * before).sum(axis=1) / (before * before).sum(axis=1)  # (T - 1,)
    in_range = -10 * tolerance < momentum.min() and momentum.max() < 1 - 10 * tolerance
    return bool(in_range and _near(rest, momentum[:, None] * before, 10 * tolerance))


def _is_adaptive(steps: np.ndarray, grads: np.ndarray) -> bool:
    """Whether the first step is of one size everywhere, downhill, whatever the gradient's size.

    So do Adam, RMSprop and AdaGrad begin; the gradients of a record differ in size five times.
    Later their steps differ; those that never do look at the sign alone.
    """
    sizes = np.abs(steps)
    downhill = (np.sign(steps[0]) == np.sign(grads[0])).all()
    return bool(
        downhill
        and (sizes > 0).all()
        and _is_one_size(sizes[0])
        and not all(_is_one_size(at_step) for at_step in sizes)
        and sizes[0].max() <= 12 * RECORD_RATE
    )


def _is_one_size(sizes: np.ndarray) -> bool:
    return bool(sizes.max() - sizes.min() <= 1e-3 * sizes.max())


def _at_first_rate(
    record: TrainingTrace, steps: np.ndarray, grads: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Steps and gradients as if the rate had stayed, where the variable says how it changed.

    The rate may be inside a velocity (it scales the gradient) or outside (it scales the step).
    """
    rates = record.own_rates
    if rates is None or np.ptp(rates) == 0:
        return
    yield steps, grads * rates[:, None]
    if rates.all():
        yield steps / rates[:, None], grads


def plain_rates(steps: np.ndarray, grads: np.ndarray, tolerance: float) -> np.ndarray | None:
    """The rate of each step (T,), if every step is one number times its gradient; else None."""
    rates = (steps * grads).sum(axis=1) / (grads * grads).sum(axis=1)  # (T,)
    size = max(float(np.abs(steps).max()), 1e-12)
    fits = np.abs(steps - rates[:, None] * grads).max() <= tolerance * size
    return rates if fits else None


def rates_of(decaying: TrainingTrace, steady: TrainingTrace, tolerance: float) -> np.ndarray | None:
    """The learning rate of each step of a record over the first, (T,); None if nothing tells.

    The steps tell it where they follow a rule; else the variable of that name does, unless it
    never changes and the steps do.
    """
    rule = update_rule_of(steady, tolerance)
    told = [implied_rates(decaying, steady, tolerance), decaying.own_rates]
    if not (rule.is_known and rule.steady):
        told.reverse()
        told.sort(key=lambda rates: rates is None or never_change(rates))
    return next((rates for rates in told if rates is not None), None)


def never_change(rates: np.ndarray) -> bool:
    """Whether rates over the first are all one, as far as the steps' own rounding can say."""
    return bool(np.ptp(rates) <= 1e-6)


def implied_rates(
    decaying: TrainingTrace, steady: TrainingTrace, tolerance: float
) -> np.ndarray | None:
    """The same, from the steps alone.

    The two records share their gradients, so that wherever a step is the rate times something
    that does not know the rate, their ratio is the rate's. A velocity that has the rate inside
    is taken apart by the rule of the steady record first.
    """
    if steady.num_steps != decaying.num_steps or decaying.num_steps == 0:
        return None
    ours, grads = decaying.flat(decaying.steps), decaying.flat(decaying.grads)
    theirs = steady.flat(steady.steps)
    if not (np.isfinite(ours).all() and np.isfinite(theirs).all()):
        return None
    rates = plain_rates(ours, grads, tolerance)
    if rates is not None and rates[0]:
        return np.asarray(rates / rates[0])
    rates = _common_ratio(ours, theirs, tolerance)
    if rates is not None:
        return rates
    rule = update_rule_of(steady, tolerance)
    return _rates_under(rule, ours, grads, tolerance) if rule.momentum else None


def first_length(decaying: TrainingTrace, steady: TrainingTrace, tolerance: float) -> float | None:
    """How long the first step is where decay was asked for, over that where it was not.

    No epoch is over by then, so that it should be 1. None where the two point elsewhere.
    """
    if not (decaying.num_steps and steady.num_steps):
        return None
    ours, theirs = (one.flat(one.steps)[:1] for one in (decaying, steady))
    ratio = None
    if np.isfinite(ours).all() and np.isfinite(theirs).all():
        ratio = _common_ratio(ours, theirs, tolerance)
    return None if ratio is None else float(ratio[0])


def _common_ratio(ours: np.ndarray, theirs: np.ndarray, tolerance: float) -> np.ndarray | None:
    """Ratio of the two in each row, if it is one number a row."""
    size = np.abs(theirs).max(axis=1, keepdims=True)  # (T, 1)
    if not (size > 0).all():
        return None
    ratio = (ours * theirs).sum(axis=1) / (theirs * theirs).sum(axis=1)  # (T,)
    off = np.abs(ours - ratio[:, None] * theirs).max(axis=1) / size[:, 0]
    return ratio if (off <= 10 * tolerance).all() else None


def _rates_under(
    rule: UpdateRule, steps: np.ndarray, grads: np.ndarray, tolerance: float
) -> np.ndarray | None:
    """Rates of steps that follow a momentum rule with the rate inside the velocity."""
    rates = [1.0]
    for t in range(1, len(steps)):
        rest = steps[t] - rule.momentum * steps[t - 1]
        columns = np.stack([rule.rate * grads[t], rule.nesterov * grads[t - 1]], axis=1)
        found, *_ = np.linalg.lstsq(columns, rest, rcond=None)
        if not _near(rest, columns @ found, 10 * tolerance):
            return None
        rates.append(float(found[0]))
    return np.array(rates)


def _near(got: np.ndarray, expected: np.ndarray, tolerance: float) -> bool:
    scale = max(float(np.abs(expected).max()), 1e-12)
    return bool(np.abs(got - expected).max() <= tolerance * scale)
