"""Training runs spread over processes, the longest first."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

from grader.errors import KitError
from tools.lab_data import LabData
from tools.training_runs import Outcome, RandomState, Run, train

# Forked workers share the parent's copy of the data (345 MB). Elsewhere each gets its own.
START_METHOD = "fork" if sys.platform == "linux" else "spawn"

_data: LabData | None = None  # set in worker processes alone: sent once, not with every run


def train_side_by_side(
    states: Mapping[Run, RandomState], data: LabData, jobs: int
) -> Iterator[tuple[Run, Outcome]]:
    """Train every run from its state and yield outcomes as they come.

    With one job everything happens in this process. The longest run comes first, so that no
    core is left with a long one while the others have nothing to do.
    """
    longest_first = sorted(states, key=lambda run: run.cost, reverse=True)
    jobs = min(jobs, len(states))
    if jobs <= 1:
        yield from ((run, train(run, states[run], data)) for run in longest_first)
        return
    pool = ProcessPoolExecutor(jobs, get_context(START_METHOD), _start_worker, (data,))
    try:
        futures = {pool.submit(_train, run, states[run]): run for run in longest_first}
        for future in as_completed(futures):
            yield futures[future], future.result()
    except BrokenProcessPool as error:
        raise KitError(
            "A process that trained was ended from outside, perhaps for want of memory: "
            "start the command again, with fewer --jobs."
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _start_worker(data: LabData) -> None:
    global _data
    _data = data
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends a worker at once and in silence


def _train(run: Run, state: RandomState) -> Outcome:
    assert _data is not None
    return train(run, state, _data)
