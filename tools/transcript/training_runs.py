"""The published training runs, each from its own random state, so that they can go side by side.

The published notebook seeds once and trains run after run. A run draws its initial weights and
then its minibatches, whatever it learns from them: drawing alone therefore leads to the state
in which the next run began.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from mnist_data import LabData
from solutions.cattern.neural_net import TwoLayerNet

RandomState = dict[str, Any]  # what np.random.get_state(legacy=False) returns
NUM_CLASSES = 10


@dataclass(frozen=True)
class Run:
    """One training run: its name and its settings."""

    name: str
    hidden_size: int
    num_iters: int
    batch_size: int
    learning_rate: float
    learning_rate_decay: float
    reg: float

    @property
    def cost(self) -> int:
        """Proportional to the time it takes, nearly."""
        return self.hidden_size * self.num_iters * self.batch_size


@dataclass(frozen=True)
class Trained:
    """What a run came to; accuracies from 0 to 1, times in seconds."""

    losses: tuple[float, ...]  # of every hundredth iteration
    validation_accuracy: float
    test_accuracy: float
    wall_s: float
    cpu_s: float


def fixed_rate_and_decay(published: dict[str, Any]) -> list[Run]:
    """The two runs of the notebook before its sweep."""
    return [
        Run(name, **{k: table[k] for k in Run.__dataclass_fields__ if k != "name"})
        for name, table in (("fixed rate", published["fixed_rate"]), ("decay", published["decay"]))
    ]


def sweep(published: dict[str, Any]) -> list[Run]:
    """The 36 runs of the published tuning, in the order in which they were made."""
    table = published["tuning"]
    names = ("hidden_sizes", "learning_rates", "regs", "learning_rate_decays")
    grid = product(*(table[name] for name in names))
    size = (table["num_iters"], table["batch_size"])
    return [
        Run(f"H={H} rate={rate:g} reg={reg:g} decay={decay:g}", H, *size, rate, decay, reg)
        for H, rate, reg, decay in grid
    ]


def start_states(runs: Sequence[Run], data: LabData, state: RandomState) -> dict[Run, RandomState]:
    """The random state before each run, where the first begins in `state`.

    Changes the global random state.
    """
    num_train, input_size = data.X_train.shape
    states = {}
    np.random.set_state(state)
    for run in runs:
        states[run] = np.random.get_state(legacy=False)
        TwoLayerNet(input_size, run.hidden_size, NUM_CLASSES)
        # All minibatches in one call: the same draws, in less than half the time.
        np.random.choice(num_train, run.num_iters * run.batch_size)
    return states


def train(run: Run, state: RandomState, data: LabData) -> Trained:
    """Train the reference from this random state; changes the global state."""
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    np.random.set_state(state)
    net = TwoLayerNet(data.X_train.shape[1], run.hidden_size, NUM_CLASSES)
    settings = {k: v for k, v in vars(run).items() if k not in ("name", "hidden_size")}
    history = net.train(data.X_train, data.y_train, data.X_val, data.y_val, **settings)
    return Trained(
        losses=tuple(float(loss) for loss in history["loss_history"][::100]),
        validation_accuracy=float(np.mean(net.predict(data.X_val) == data.y_val)),
        test_accuracy=float(np.mean(net.predict(data.X_test) == data.y_test)),
        wall_s=time.perf_counter() - wall_s,
        cpu_s=time.process_time() - cpu_s,
    )
