"""The published training runs, each from its own random state, so that they can go side by side.

The published notebook seeds once and trains run after run. A run draws its initial weights and
then its minibatches, whatever it learns from them: drawing alone therefore leads to the state
in which the next run began.
"""

from __future__ import annotations

import signal
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from grader.errors import KitError
from mnist_data import LabData
from solutions.cattern.neural_net import TwoLayerNet
from tools.common.machine import ONE_BLAS_THREAD, environment

RandomState = dict[str, Any]  # what np.random.get_state(legacy=False) returns
NUM_CLASSES = 10


@dataclass(frozen=True)
class TrainingRun:
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


def fixed_rate_and_decay(published: dict[str, Any]) -> list[TrainingRun]:
    """The two runs of the notebook before its sweep."""
    return [
        TrainingRun(name, **{k: table[k] for k in TrainingRun.__dataclass_fields__ if k != "name"})
        for name, table in (("fixed rate", published["fixed_rate"]), ("decay", published["decay"]))
    ]


def sweep(published: dict[str, Any]) -> list[TrainingRun]:
    """The 36 runs of the published tuning, in the order in which they were made."""
    table = published["tuning"]
    names = ("hidden_sizes", "learning_rates", "regs", "learning_rate_decays")
    grid = product(*(table[name] for name in names))
    size = (table["num_iters"], table["batch_size"])
    return [
        TrainingRun(f"H={H} rate={rate:g} reg={reg:g} decay={decay:g}", H, *size, rate, decay, reg)
        for H, rate, reg, decay in grid
    ]


def start_states(
    runs: Sequence[TrainingRun], data: LabData, state: RandomState
) -> dict[TrainingRun, RandomState]:
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


def train(run: TrainingRun, state: RandomState, data: LabData) -> Trained:
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


# side by side

_data: LabData | None = None  # set in worker processes alone: mapped once, not sent with each run


def train_side_by_side(
    states: Mapping[TrainingRun, RandomState], data: LabData, jobs: int
) -> Iterator[tuple[TrainingRun, Trained]]:
    """Train every run from its state and yield the results as they come.

    The longest run comes first, so that no core is left with a long one while the others have
    nothing to do. Workers are new processes, whatever this one has loaded, with one BLAS thread
    each; they share one copy of the data, which is a file.
    """
    if not states:
        return
    with tempfile.TemporaryDirectory() as folder:
        write_arrays(data, Path(folder))
        pool = ProcessPoolExecutor(
            min(jobs, len(states)),
            get_context("spawn"),
            _start_worker,
            (Path(folder), data.kind, data.source),
        )
        try:
            longest_first = sorted(states, key=lambda run: run.cost, reverse=True)
            with environment(ONE_BLAS_THREAD):  # submitting is what starts the processes
                futures = {pool.submit(_train, run, states[run]): run for run in longest_first}
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BrokenProcessPool as error:
            raise KitError(
                "A training process was killed, perhaps because memory ran out: run the command "
                "again with fewer --jobs."
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)


def write_arrays(data: LabData, folder: Path) -> None:
    """Write the arrays into a folder, for processes that share them."""
    for name, value in vars(data).items():
        if isinstance(value, np.ndarray):
            np.save(folder / f"{name}.npy", value, allow_pickle=False)


def map_arrays(folder: Path, kind: str, source: str) -> LabData:
    """Map the arrays of `write_arrays`, read-only; all processes share one copy in memory."""
    arrays = {path.stem: np.asarray(np.load(path, mmap_mode="r")) for path in folder.glob("*.npy")}
    return LabData(**arrays, kind=kind, source=source)


def _start_worker(folder: Path, kind: str, source: str) -> None:
    global _data
    _data = map_arrays(folder, kind, source)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends a worker at once and in silence


def _train(run: TrainingRun, state: RandomState) -> Trained:
    assert _data is not None
    return train(run, state, _data)
