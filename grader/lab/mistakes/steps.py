"""Names what is wrong with the step of T#9, each parameter on its own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from grader.engine.check import Unanswered
from grader.engine.question import Questions
from grader.lab import update_rules as update_rules
from grader.lab.functional import NetworkFunctions
from grader.lab.mistakes import errors
from grader.lab.mistakes.catalogue import BY_SLUG
from grader.lab.mistakes.mistake import Mistake
from grader.lab.mistakes.predicting import (
    Arrays,
    Mistakes,
    is_round,
    pairs,
    params_of,
    rounded,
    same,
    singles,
    stages_of,
    tried,
)
from grader.lab.questions import PARAMS, RECORD_RATE
from grader.lab.training_trace import TrainingTrace

if TYPE_CHECKING:
    from grader.lab.evidence import NetworkEvidence

_EXACT = 1e-5


def explain(evidence: NetworkEvidence, decay: Mistakes) -> Mistakes | None:
    """() if the steps are right, the mistakes that explain them, or None.

    The training without decay is compared, at the rates that the mistakes of T#10 leave it with.
    """
    try:
        record = evidence.trace("steady")
    except Unanswered:
        return None
    ended = _ended_early(record)
    if ended:
        return (ended,)
    seen = record.states
    if seen is None or record.num_steps < 2:
        return None
    start = stages_of(tuple(one for one in decay if one.stage in ("decayed", "decays_at")))
    found = _catalogued(seen, start, evidence.answers.questions, record)
    if found and record.observation.error and _only_stays(record):
        error = errors.explain(record.observation)
        return (error,) if error else found
    if found == (BY_SLUG["no-learning-rate"],) and _is_decay_for_rate(evidence):
        return (BY_SLUG["decay-for-learning-rate"],)
    return found or _of_decay(evidence, record)


def _only_stays(record: TrainingTrace) -> bool:
    """Whether some parameters are never changed, and all others move."""
    moves = [bool(steps.any()) for steps in record.steps.values()]
    return any(moves) and not all(moves)


def _is_decay_for_rate(evidence: NetworkEvidence) -> bool:
    """Whether the first gradient of the training with decay is multiplied by the decay."""
    try:
        record = evidence.trace("steps")
    except Unanswered:
        return False
    steps, grads = record.flat(record.steps)[0], record.flat(record.grads)[0]
    off = np.abs(steps - record.plan.decay * grads).max()
    return bool(steps.any() and off <= _EXACT * np.abs(steps).max())


def _ended_early(record: TrainingTrace) -> Mistake | None:
    """The error in the first step, or a loop that is left too soon."""
    taken, asked = record.num_steps, record.plan.num_iters
    if record.observation.error is not None:
        is_lost = record.states is None or not record.flat(record.steps).any()
        return errors.explain(record.observation) if is_lost else None
    if taken < asked:
        return BY_SLUG["training-stops-early"].filled(taken=taken, asked=asked)
    return None


def _catalogued(
    seen: Arrays, start: NetworkFunctions, questions: Questions, record: TrainingTrace
) -> Mistakes | None:
    def matching(mistakes: Mistakes) -> set[str]:
        states = states_under(stages_of(mistakes, start), questions, record.num_steps)
        return {name for name in PARAMS if states and same(seen[name], states[name])}

    wrong = [name for name in PARAMS if name not in matching(())]
    if not wrong:
        return ()
    ones = {one: matching(one) for one in singles("T#9")}
    whole = next((one for one, names in ones.items() if len(names) == len(PARAMS)), None)
    if whole is not None:
        return whole
    shared = _shared(record)
    if shared:
        return shared
    fitted = {name: _fitted(record, name, start) for name in wrong}
    titles = {fault.title for faults in fitted.values() for fault in faults or ()}
    if all(fitted.values()) and len(titles) == len(next(iter(fitted.values())) or ()):
        faults = next(iter(fitted.values())) or ()
        if len(wrong) == len(PARAMS):
            return faults
        return tuple(one.only_for(wrong, "step") for one in faults)
    parts = _parts(wrong, {one: names for one, names in ones.items() if not one[0].whole}, fitted)
    if parts is not None:
        return parts
    two = next((two for two in pairs("T#9") if len(matching(two)) == len(PARAMS)), None)
    return two or _of_other_call(record)


def _parts(
    wrong: list[str], ones: Mapping[Mistakes, set[str]], fitted: Mapping[str, Mistakes | None]
) -> Mistakes | None:
    """A mistake for each group of parameters; None if one of them is not explained."""
    chosen: dict[Mistake, list[str]] = {}
    for name in wrong:
        options = [one for one, names in ones.items() if name in names]
        best = max(options, key=lambda one: len(ones[one] & set(wrong)), default=fitted[name])
        if not best:
            return None
        for one in best:
            chosen.setdefault(one, []).append(name)
    return tuple(one.only_for(names, "step") for one, names in chosen.items())


@lru_cache(maxsize=2_000)
def states_under(stages: NetworkFunctions, questions: Questions, num_steps: int) -> Arrays | None:
    """Parameters before each of so many steps and after the last, (T + 1, ...), by name."""
    data = questions.cases["steady"].arrays
    grads = {name: data[f"grads_{name}"][:num_steps] for name in PARAMS}
    return tried(lambda: stages.steps(params_of(data), grads, RECORD_RATE, 1.0, 4))


def _rates(start: NetworkFunctions, num_steps: int) -> np.ndarray:
    """The learning rate at each step without decay, (T,), as T#10 leaves it."""
    states = tried(
        lambda: start.steps({"b": np.zeros(1)}, {"b": np.ones((num_steps, 1))}, RECORD_RATE, 1.0, 4)
    )
    return -np.diff(states["b"][:, 0]) if states else np.full(num_steps, RECORD_RATE)


def _fitted(record: TrainingTrace, name: str, start: NetworkFunctions) -> Mistakes | None:
    """Constants that explain the steps of one parameter."""
    steps = record.steps[name].reshape(record.num_steps, -1)
    grads = record.grads[name].reshape(record.num_steps, -1)
    before = record.states[name][:-1].reshape(record.num_steps, -1)  # type: ignore[index]
    rates = _rates(start, record.num_steps)[:, None]
    if not np.isfinite(steps).all():
        return None
    right, taken = rates * grads, np.asarray(steps.any(axis=1))
    found = _first_fit(steps, right, before, record) if rates.all() else None
    if found is None and np.ptp(rates):  # a step that does not use the rate of T#10
        found = _first_fit(steps, RECORD_RATE * grads, before, record)
    if found is None and 2 < taken.sum() < len(taken):
        found = _first_fit(steps[taken], right[taken], before[taken], record)
        return (BY_SLUG["steps-skipped"], *found) if found else None
    return found


def _first_fit(
    steps: np.ndarray, right: np.ndarray, before: np.ndarray, record: TrainingTrace
) -> Mistakes | None:
    """What the first fit finds that explains some steps, (T, M), and the parameters before them."""
    fits = (_fit_factor, _fit_pattern, _fit_shrinking, _fit_momentum, _fit_limit, _fit_changed)
    return next((found for fit in fits if (found := fit(steps, right, before, record))), None)


def _fit_factor(
    steps: np.ndarray, right: np.ndarray, before: np.ndarray, record: TrainingTrace
) -> Mistakes | None:
    """One factor on every step."""
    factor = float((steps * right).sum() / (right * right).sum())
    if (
        abs(factor) < 1e-9
        or not np.abs(steps - factor * right).max() <= _EXACT * np.abs(factor * right).max()
    ):
        return None
    size = record.plan.batch_size
    uphill = (BY_SLUG["step-uphill"],) if factor < 0 else ()
    factor = abs(factor)
    whole = 1 / RECORD_RATE
    for base, more in (
        (1.0, ()),
        (whole, (BY_SLUG["no-learning-rate"],)),
        (RECORD_RATE, (BY_SLUG["learning-rate-squared"],)),
    ):
        if abs(factor / base * size - 1) < _EXACT:
            return (*uphill, *more, BY_SLUG["step-divided-by-batch-size"])
        if abs(factor / base / size - 1) < _EXACT:
            return (*uphill, *more, BY_SLUG["step-multiplied-by-batch-size"])
        if abs(factor / base - 1) < _EXACT:
            return (*uphill, *more)
    if is_round(factor * RECORD_RATE) and not is_round(factor):
        return (*uphill, BY_SLUG["step-of-fixed-rate"].filled(rate=rounded(factor * RECORD_RATE)))
    return (*uphill, BY_SLUG["step-scaled"].filled(factor=rounded(factor)))


def _fit_pattern(
    steps: np.ndarray, right: np.ndarray, before: np.ndarray, record: TrainingTrace
) -> Mistakes | None:
    """Steps that are left out, or whose length changes."""
    factors = (steps * right).sum(axis=1) / (right * right).sum(axis=1)
    if not np.abs(steps - factors[:, None] * right).max() <= _EXACT * np.abs(steps).max():
        return None
    taken = np.abs(factors) > _EXACT
    if taken.any() and not taken.all() and np.abs(factors[taken] - 1).max() < _EXACT:
        return (BY_SLUG["steps-skipped"],)
    if np.ptp(factors) > _EXACT:
        told = {
            "first": rounded(factors[0] * RECORD_RATE),
            "last": rounded(factors[-1] * RECORD_RATE),
        }
        return (BY_SLUG["rate-changes-within-epochs"].filled(**told),)
    return None


def _fit_shrinking(
    steps: np.ndarray, right: np.ndarray, before: np.ndarray, record: TrainingTrace
) -> Mistakes | None:
    """A share of the parameter in the step."""
    columns = np.stack([right.ravel(), before.ravel()], axis=1)
    (factor, share), *_ = np.linalg.lstsq(columns, steps.ravel(), rcond=None)
    fits = np.abs(columns @ [factor, share] - steps.ravel()).max() <= _EXACT * np.abs(steps).max()
    if fits and abs(factor - 1) < 1e-4 and 1e-4 < share < 0.9:
        return (BY_SLUG["parameters-shrink"],)
    return None


def _fit_momentum(
    steps: np.ndarray, right: np.ndarray, before: np.ndarray, record: TrainingTrace
) -> Mistakes | None:
    """A velocity with constants that belong to no known rule."""
    columns = np.stack([right[1:].ravel(), steps[:-1].ravel()], axis=1)
    (rate, carried), *_ = np.linalg.lstsq(columns, steps[1:].ravel(), rcond=None)
    rest = np.abs(columns @ [rate, carried] - steps[1:].ravel()).max()
    if not rest <= _EXACT * np.abs(steps).max() or abs(carried) < 1e-3:
        return None
    if abs(rate + 1) < 1e-3 and 0 < carried < 1:
        return (BY_SLUG["momentum-uphill"],)
    if rate > 0 and -1.0001 < carried < 0:
        return (BY_SLUG["momentum-alternates"],)
    if abs(carried - 1) < 1e-3 and abs(rate - 1) < 1e-3:
        return (BY_SLUG["gradients-pile-up"],)
    told = {"carried": rounded(carried), "rate": rounded(rate)}
    return (BY_SLUG["other-momentum"].filled(**told),)


def _fit_limit(
    steps: np.ndarray, right: np.ndarray, before: np.ndarray, record: TrainingTrace
) -> Mistakes | None:
    """A limit that cuts the gradient off."""
    limit = np.abs(steps / right * right).max()
    if np.abs(steps - np.clip(right, -limit, limit)).max() <= _EXACT * limit and limit > 0:
        return (BY_SLUG["gradient-clipped"],)
    return None


def _fit_changed(
    steps: np.ndarray, right: np.ndarray, before: np.ndarray, record: TrainingTrace
) -> Mistakes | None:
    """Decimals that the parameters are rounded to, or a limit that they are cut off at."""
    after = before - steps
    limit = float(np.abs(after).max())
    if limit and np.abs(np.clip(before - right, -limit, limit) - after).max() <= _EXACT * limit:
        return (BY_SLUG["parameters-clipped"].filled(limit=rounded(limit)),)
    for digits in range(1, 8):
        if np.abs(np.round(before - right, digits) - (before - steps)).max() < 10.0**-digits / 1e3:
            return (BY_SLUG["parameters-rounded"].filled(digits=digits),)
    return None


def _of_other_call(record: TrainingTrace) -> Mistakes | None:
    """Whether every step goes along a scripted gradient that another call was handed."""
    steps = record.flat(record.steps)  # (T, M)
    script = np.concatenate(
        [record.data[f"grads_{name}"].reshape(len(record.data["grads_W1"]), -1) for name in PARAMS],
        axis=1,
    )
    given = np.minimum(record.observation.values["given"], len(script) - 1)[: record.num_steps]
    along = steps @ script.T / np.linalg.norm(script, axis=1)  # (T, scripted)
    if not (along.max(axis=1) > 0.9999 * np.linalg.norm(steps, axis=1)).all() or not steps.any():
        return None
    if (along.argmax(axis=1) == given).any():
        return None
    return (BY_SLUG["gradient-of-another-call"],)


def _shared(record: TrainingTrace) -> Mistakes | None:
    """One number for all entries of all parameters, as if the loss were subtracted."""
    steps = record.flat(record.steps)
    alike = np.ptp(steps, axis=1) <= 1e-9 * np.maximum(1e-12, np.abs(steps).max(axis=1))
    return (BY_SLUG["step-by-loss"],) if alike.all() and steps.any() else None


def _of_decay(evidence: NetworkEvidence, record: TrainingTrace) -> Mistakes | None:
    """Whether the steps are right without decay, and the decay enters the step itself."""
    tolerance = evidence.rubric.tolerance.step
    try:
        if not update_rules.update_rule_of(record, tolerance).is_known:
            return None
        decaying = evidence.trace("steps")
        factor = update_rules.first_length(decaying, record, tolerance)
    except Unanswered:
        return None
    if factor is None or abs(factor - 1) < 1e-4:
        return ()
    told = {"decay": rounded(decaying.plan.decay), "factor": rounded(float(factor))}
    return (BY_SLUG["decay-in-the-step"].filled(**told),)
