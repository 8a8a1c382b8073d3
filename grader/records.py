"""Reads the record of a training with scripted gradients: rows, steps, and the rates they imply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from grader.answers import Answers
from grader.check import Unanswered
from grader.observation import Observation
from grader.questions import PARAMS, RECORD_RATE, RecordPlan, record_plan

NONE = -1  # stands for "no such row"


@dataclass(frozen=True)
class Record:
    """One training run, seen from inside `loss`.

    T steps were seen; a batch has B rows of D inputs.
    """

    case: str
    plan: RecordPlan
    observation: Observation
    data: Mapping[str, np.ndarray] = field(repr=False)

    @classmethod
    def of(cls, observation: Observation, answers: Answers, case: str) -> Record:
        """The record; Unanswered where the training ended before its first batch."""
        if not observation.values.get("num_calls"):
            raise Unanswered(observation.question, observation)
        return cls(case, record_plan(case), observation, answers.case(case).arrays)

    @property
    def undone(self) -> list[str]:
        """Tasks of `train` that are still the release's stub, and were skipped."""
        return list(self.observation.values.get("undone", ()))

    @property
    def num_steps(self) -> int:
        """How many batches were seen."""
        return int(self.observation.values["num_calls"])

    @property
    def batch_rows(self) -> np.ndarray | None:
        """(T, B, D), or None where the batches are no arrays of one shape."""
        return self.observation.arrays.get("batch/X")

    @property
    def batch_labels(self) -> np.ndarray | None:
        """(T, B), or None."""
        return self.observation.arrays.get("batch/y")

    @cached_property
    def rows(self) -> np.ndarray | None:
        """Which training rows each batch holds, (T, B); NONE for what is no training row."""
        batches = self.batch_rows
        if batches is None or batches.ndim != 3 or batches.shape[2] != self.data["X"].shape[1]:
            return None
        same = (batches[:, :, None, :] == self.data["X"][None, None]).all(axis=3)  # (T, B, N)
        return np.where(same.any(axis=2), same.argmax(axis=2), NONE)

    @cached_property
    def states(self) -> dict[str, np.ndarray] | None:
        """Parameters before each step and after the last, (T + 1, ...) each; None if incomplete."""
        states = {
            name: self.observation.arrays[f"params/{name}"]
            for name in PARAMS
            if f"params/{name}" in self.observation.arrays
        }
        for name, array in states.items():
            if array.shape[1:] != self.data[name].shape:
                return None
        return states if len(states) == len(PARAMS) else None

    @cached_property
    def steps(self) -> dict[str, np.ndarray]:
        """What each step took away, (T, ...) for each parameter: rate times gradient if plain."""
        if self.states is None:
            raise Unanswered(self.observation.question, self.observation)
        return {name: states[:-1] - states[1:] for name, states in self.states.items()}

    @property
    def grads(self) -> dict[str, np.ndarray]:
        """The scripted gradients of the steps seen, (T, ...)."""
        return {name: self.data[f"grads_{name}"][: self.num_steps] for name in PARAMS}

    @cached_property
    def local_rates(self) -> list[float | None]:
        """The variable `learning_rate` of `train` at each step, where it could be read."""
        return list(self.observation.values.get("learning_rate", []))

    def flat(self, arrays: Mapping[str, np.ndarray]) -> np.ndarray:
        """All parameters side by side: (T, number of parameters)."""
        return np.concatenate([arrays[name].reshape(self.num_steps, -1) for name in PARAMS], axis=1)


@dataclass(frozen=True)
class Law:
    """How steps follow from gradients at a constant rate: a line of few constants.

    step[t] = rate * grad[t] + carried * step[t - 1] + correction * grad[t - 1]
    """

    name: str  # "plain", "momentum", "nesterov", "adaptive", "none"
    rate: float = 0.0
    carried: float = 0.0
    correction: float = 0.0


def law_of(record: Record, tolerance: float, names: tuple[str, ...] = PARAMS) -> Law:
    """The law of the steps of some parameters in a record without decay.

    A momentum that scales the gradient by 1 - carried, and Nesterov's look-ahead in its usual
    forms, are the same line with other constants.
    """
    steps = np.concatenate([record.steps[name].reshape(record.num_steps, -1) for name in names], 1)
    grads = np.concatenate([record.grads[name].reshape(record.num_steps, -1) for name in names], 1)
    if _near(steps, RECORD_RATE * grads, tolerance):
        return Law("plain", RECORD_RATE)
    if len(steps) < 4:
        return Law("none")
    now, before = steps[1:].ravel(), steps[:-1].ravel()
    columns = np.stack([grads[1:].ravel(), before, grads[:-1].ravel()], axis=1)
    (rate, carried, correction), *_ = np.linalg.lstsq(columns, now, rcond=None)
    fits = _near(now, columns @ [rate, carried, correction], tolerance)
    if fits and rate > 0 and 0 < carried < 1:
        return _momentum(steps[0], grads[0], rate, carried, correction, tolerance)
    if _adaptive(steps, grads):
        return Law("adaptive", RECORD_RATE)
    return Law("none", rate if fits else 0.0, carried if fits else 0.0)


def _momentum(first, first_grad, rate, carried, correction, tolerance) -> Law:
    """Momentum with a rate that comes from the given one, or no known law."""
    loose = 1e3 * tolerance
    known = {
        "momentum": (RECORD_RATE, 0.0),
        "damped momentum": ((1 - carried) * RECORD_RATE, 0.0),
        "nesterov": ((1 + carried) * RECORD_RATE, -carried * RECORD_RATE),
        "damped nesterov": (
            (1 - carried) * (1 + carried) * RECORD_RATE,
            -carried * (1 - carried) * RECORD_RATE,
        ),
    }
    for name, (of_grad, of_last) in known.items():
        if abs(rate - of_grad) <= loose and abs(correction - of_last) <= loose:
            first_rate = float(first @ first_grad / (first_grad @ first_grad))
            # The velocity starts at zero, or at the first gradient in the damped forms.
            if min(abs(first_rate - rate), abs(first_rate - RECORD_RATE)) <= loose:
                return Law(name.split()[-1], rate, carried, correction)
    return Law("none", rate, carried, correction)


def _adaptive(steps: np.ndarray, grads: np.ndarray) -> bool:
    """Whether the first step is of one size everywhere, downhill, whatever the gradient's size.

    So do Adam, RMSprop and AdaGrad begin; the gradients of a record differ in size five times.
    """
    first = np.abs(steps[0])
    downhill = (np.sign(steps[0]) == np.sign(grads[0])).all()
    equal = first.max() - first.min() <= 1e-3 * first.max()
    moving = (np.abs(steps) > 0).all()
    return bool(downhill and equal and moving and 0 < first.max() <= 12 * RECORD_RATE)


def implied_rates(decaying: Record, steady: Record, tolerance: float) -> np.ndarray | None:
    """The learning rate of each step as a multiple of the first, (T,), or None if none fits.

    The two records share their gradients, so that wherever a step is the rate times something
    that does not know the rate, their ratio is the rate's. A velocity that has the rate inside
    is taken apart by the law of the steady record first.
    """
    count = min(decaying.num_steps, steady.num_steps)
    ours, theirs = decaying.flat(decaying.steps)[:count], steady.flat(steady.steps)[:count]
    rates = _common_ratio(ours, theirs, tolerance)
    if rates is not None:
        return rates
    law = law_of(steady, tolerance)
    if law.carried:
        grads = decaying.flat(decaying.grads)[:count]
        return _rates_under(law, ours, grads, tolerance)
    return None


def _common_ratio(ours: np.ndarray, theirs: np.ndarray, tolerance: float) -> np.ndarray | None:
    """Ratio of the two in each row, if it is one number a row."""
    size = np.abs(theirs).max(axis=1, keepdims=True)  # (T, 1)
    if not (size > 0).all():
        return None
    ratio = (ours * theirs).sum(axis=1) / (theirs * theirs).sum(axis=1)  # (T,)
    off = np.abs(ours - ratio[:, None] * theirs).max(axis=1) / size[:, 0]
    return ratio if (off <= 1e2 * tolerance).all() else None


def _rates_under(law: Law, steps: np.ndarray, grads: np.ndarray, tolerance: float):
    """Rates of steps that follow a momentum law with the rate inside the velocity."""
    rates = [1.0]
    for t in range(1, len(steps)):
        rest = steps[t] - law.carried * steps[t - 1]
        if law.correction:
            columns = np.stack([law.rate * grads[t], law.correction * grads[t - 1]], axis=1)
        else:
            columns = law.rate * grads[t][:, None]
        found, *_ = np.linalg.lstsq(columns, rest, rcond=None)
        if not _near(rest, columns @ found, 1e2 * tolerance):
            return None
        rates.append(float(found[0]))
    return np.array(rates)


def _near(got: np.ndarray, expected: np.ndarray, tolerance: float) -> bool:
    scale = max(float(np.abs(expected).max()), 1e-12)
    return bool(np.abs(got - expected).max() <= tolerance * scale)
