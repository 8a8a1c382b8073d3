"""Training runs spread over processes, the longest first."""

from __future__ import annotations

import signal
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from grader.errors import KitError
from mnist_data import LabData
from tools.common.machine import ONE_BLAS_THREAD, environment
from tools.transcript.training_runs import RandomState, Run, Trained, train

_data: LabData | None = None  # set in worker processes alone: mapped once, not sent with each run


def train_side_by_side(
    states: Mapping[Run, RandomState], data: LabData, jobs: int
) -> Iterator[tuple[Run, Trained]]:
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


def _train(run: Run, state: RandomState) -> Trained:
    assert _data is not None
    return train(run, state, _data)
