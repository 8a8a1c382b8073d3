"""Observes on a Dask cluster: each worker has its own sandbox, data and reference.

The submissions are read here and travel as bytes; only what was observed and judged comes back,
so that workers need no shared files. A worker that would give other bytes than this machine is
refused, with the reason.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import click
import numpy as np
from distributed import Client, Future, KilledWorker, LocalCluster, as_completed, get_worker

from grader.errors import KitError, NnlabError, SubmissionError
from grader.submission import Submission
from tools.batch.grade import Runner
from tools.batch.observing import Grader, unreadable
from tools.batch.pool import in_trouble
from tools.batch.settings import Settings, code_digest, kit_version
from tools.collect import Entry, Reader
from tools.gradebook import Graded

_AHEAD = 4  # submissions under way for each worker, so that none waits for the network
_CONNECT_S = 20
_READY_S = 120  # to read the data and start a sandbox on a busy machine


@contextlib.contextmanager
def on_cluster(address: str, jobs: int) -> Iterator[Runner]:
    """A runner for `tools.batch.grade`: on the scheduler at `address`, or "local" for an own one.

    Raises
    ------
    KitError
        If there is no scheduler at the address, or no worker that can be used.
    """
    with contextlib.ExitStack() as stack:
        client = stack.enter_context(_client(address, jobs, stack))

        def run(
            entries: Sequence[Entry], settings: Settings, _jobs: int
        ) -> Iterator[tuple[Entry, Graded]]:
            workers = _usable(client, settings)
            yield from _spread(client, workers, entries, settings)

        yield run


def _client(address: str, jobs: int, stack: contextlib.ExitStack) -> Client:
    if address == "local":
        # One thread a worker: a sandbox has one child at a time.
        cluster = LocalCluster(
            n_workers=jobs, threads_per_worker=1, processes=True, dashboard_address=None
        )
        return Client(stack.enter_context(cluster))
    try:
        client = Client(address, timeout=_CONNECT_S)
        client.wait_for_workers(1, timeout=_CONNECT_S)
    except (OSError, TimeoutError, ValueError) as error:
        raise KitError(f"--cluster {address}: no scheduler with workers: {error}") from error
    return client


def _usable(client: Client, settings: Settings) -> list[str]:
    """Addresses of the workers that can do the same as this machine."""
    expected = fingerprint()
    asked = {
        address: client.submit(_readiness, settings, expected, workers=[address], pure=False)
        for address in client.scheduler_info(n_workers=-1)["workers"]
    }
    answers = {address: _answer(future) for address, future in asked.items()}
    refused = {address: why for address, why in sorted(answers.items()) if why is not None}
    if len(refused) == len(answers):
        told = "; ".join(f"{address}: {why}" for address, why in refused.items())
        raise KitError(f"no worker of the cluster can be used: {told}")
    for address, why in refused.items():
        click.echo(f"Worker {address} is refused: {why}", err=True)
    return [address for address in answers if address not in refused]


def _answer(future: Future) -> str | None:
    try:
        return future.result(timeout=_READY_S)
    except Exception as error:  # whatever its Python lacks: another kit, no kit at all
        return f"{type(error).__name__}: {error}"


def fingerprint() -> dict[str, str]:
    """What has to be the same for reports to be the same bytes."""
    return {
        "kit": kit_version(),
        "code": code_digest(),
        "numpy": np.__version__,
        "arithmetic": _arithmetic(),
    }


def _arithmetic() -> str:
    """Digest of a product: BLAS goes by the processor, and its ways differ in the last digits."""
    square = np.random.RandomState(0).randn(200, 200)
    return hashlib.sha256(np.ascontiguousarray(square @ square).tobytes()).hexdigest()


def _readiness(settings: Settings, expected: dict[str, str]) -> str | None:
    """Runs in a worker: why it cannot be used, or None; makes its grader ready."""
    own = fingerprint()
    for name, value in expected.items():
        if own[name] != value:
            return f"its {name} is {own[name][:16]}, expected {value[:16]}"
    try:
        _grader(settings)
    except NnlabError as error:
        return str(error)
    return None


def _grader(settings: Settings) -> Grader:
    """The worker's own grader, made once for each run."""
    worker: Any = get_worker()
    key = (settings.rubric.sha256, settings.seed, settings.data, settings.isolation)
    held = getattr(worker, "nnlab_grader", None)
    if held is None or held[0] != key:
        if held is not None:
            held[1].close()
        held = (key, Grader(settings))
        worker.nnlab_grader = held
    return held[1]


def _spread(
    client: Client, workers: list[str], entries: Sequence[Entry], settings: Settings
) -> Iterator[tuple[Entry, Graded]]:
    """Send entries a few ahead of the workers, so that memory does not grow with the class."""
    reader, waiting = Reader(), iter(entries)
    pending: dict[Any, Entry] = {}
    completed = as_completed()

    def send_next() -> Iterator[tuple[Entry, Graded]]:
        for entry in waiting:
            try:
                submission = reader.read(entry)
            except SubmissionError as error:
                yield entry, unreadable(entry, str(error))
                continue
            future = client.submit(
                _grade, entry, submission, settings, workers=workers, pure=False, retries=2
            )
            pending[future.key] = entry
            completed.add(future)
            return

    for _ in range(_AHEAD * len(workers)):
        yield from send_next()
    for future in completed:
        entry = pending.pop(future.key)
        try:
            yield entry, future.result()
        except KilledWorker:
            yield entry, in_trouble(entry, "the workers that graded it died, again and again")
        yield from send_next()


def _grade(entry: Entry, submission: Submission, settings: Settings) -> Graded:
    """Runs in a worker."""
    return _grader(settings).grade_read(entry, submission)
