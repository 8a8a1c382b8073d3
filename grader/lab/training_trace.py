"""Reads the record of a training with scripted gradients: rows, steps, and the rates they imply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from grader.engine.check import Unanswered
from grader.engine.observation import Observation
from grader.lab.answers import Answers
from grader.lab.questions import PARAMS, TracePlan, trace_plan

NONE = -1  # stands for "no such row"
_SAME_ROW = 1e-5
# 78 draws of 24 rows miss as many with a chance below 1e-14.
MANY_ROWS = 11


@dataclass(frozen=True)
class TrainingTrace:
    """One training run, seen from inside `loss`.

    T steps were seen; a batch has B rows of D inputs.
    """

    case: str
    plan: TracePlan
    observation: Observation
    data: Mapping[str, np.ndarray] = field(repr=False)

    @classmethod
    def of(cls, observation: Observation, answers: Answers, case: str) -> TrainingTrace:
        """The record; Unanswered where the training ended before its first batch."""
        if not observation.values.get("num_calls"):
            raise Unanswered(observation.question, observation)
        return cls(case, trace_plan(case), observation, answers.case(case).arrays)

    @property
    def undone(self) -> list[str]:
        """Tasks of `train` that are still the release's stub, and were skipped."""
        return list(self.observation.values.get("undone", ()))

    @property
    def num_steps(self) -> int:
        """How many batches were seen."""
        return int(self.observation.values["num_calls"])

    @cached_property
    def batch_sizes(self) -> list[int]:
        """Rows of each batch seen."""
        return [shape[0] if shape else 0 for shape in self.observation.values["X_shapes"]]

    @cached_property
    def all_rows(self) -> np.ndarray | None:
        """Which training rows the batches hold, one after the other; NONE for what is none."""
        return self._rows_of("X")

    @property
    def has_validation_rows(self) -> bool:
        """Whether a batch holds rows of the validation set."""
        rows = self._rows_of("X_val")
        return rows is not None and bool((rows != NONE).any())

    def _rows_of(self, name: str) -> np.ndarray | None:
        taken, data = self.examples, self.data[name]
        if taken is None:
            return None
        # Data may have been through single precision; no two rows are as near as that.
        same = (np.abs(taken[:, None] - data) <= _SAME_ROW).all(axis=2)  # (T B, N)
        return np.where(same.any(axis=1), same.argmax(axis=1), NONE)

    @property
    def examples(self) -> np.ndarray | None:
        """What the batches hold, one after the other, (T B, D); None if not of D columns."""
        batches, inputs = self.observation.arrays.get("batch/X"), self.data["X"].shape[1]
        if batches is None or batches.ndim < 2 or batches.shape[-1] != inputs:
            return None
        return batches.reshape(-1, inputs)

    @cached_property
    def all_labels(self) -> np.ndarray | None:
        """The labels of the batches, one after the other."""
        labels = self.observation.arrays.get("batch/y")
        return None if labels is None else labels.reshape(-1)

    @cached_property
    def rows(self) -> np.ndarray | None:
        """The rows by batch, (T, B); None where the batches are not of one size."""
        rows, sizes = self.all_rows, self.batch_sizes
        if rows is None or len(set(sizes)) != 1 or rows.size != sum(sizes):
            return None
        return rows.reshape(len(sizes), -1)

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
        """The scripted gradients that the steps seen were given, (T, ...)."""
        given, last = self.observation.values["given"], len(self.data["grads_W1"]) - 1
        at = np.minimum(given[: self.num_steps], last)
        return {name: self.data[f"grads_{name}"][at] for name in PARAMS}

    def flat(self, arrays: Mapping[str, np.ndarray], names: tuple[str, ...] = PARAMS) -> np.ndarray:
        """Parameters side by side: (T, how many numbers they have)."""
        return np.concatenate([arrays[name].reshape(self.num_steps, -1) for name in names], axis=1)

    @cached_property
    def update_rules(self) -> dict[tuple[tuple[str, ...], float], Any]:
        """Where `grader.lab.update_rules` keeps the rule of some parameters at some tolerance."""
        return {}

    @cached_property
    def own_rates(self) -> np.ndarray | None:
        """The variable `learning_rate` over its first value, (T,), where it could be read."""
        named = self.observation.values.get("learning_rate") or [None]
        if any(rate is None for rate in named) or not named[0]:
            return None
        rates = np.array(named, dtype=float) / named[0]
        return rates if np.isfinite(rates).all() else None
