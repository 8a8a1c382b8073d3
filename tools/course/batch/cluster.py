"""Observes on a Dask cluster: each worker has its own sandbox, data and reference.

The submissions are read here and travel as bytes; only what was observed and judged comes back,
so that workers need no shared files. A worker that would give other bytes than this machine is
refused, with the reason; one that joins later is tried like the first ones; one that dies costs
time only.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import time
import warnings
from collections import deque
from collections.abc import Iterator, Sequence
from queue import Empty, SimpleQueue
from typing import Any
from uuid import uuid4

import click
import dask.config
import numpy as np
from dask.utils import parse_timedelta
from distributed import Client, Future, KilledWorker, LocalCluster, Worker, get_worker
from distributed.utils import silence_logging_cmgr

from grader.errors import KitError, NnlabError, SubmissionError
from grader.submission.submission import Submission
from tools.course.batch.grade import Runner
from tools.course.batch.observing import Grader, unreadable
from tools.course.batch.pool import graded_or_trouble, in_trouble
from tools.course.batch.settings import Settings, code_digest, kit_version
from tools.course.collect.model import Entry
from tools.course.collect.reader import Reader
from tools.course.gradebook.records import Graded

_AHEAD = 4  # submissions under way for each worker, so that none waits for the network
_TALKATIVE = ("distributed", "tornado", "asyncio")  # loggers
_READY_S = 120  # to read the data and start a sandbox on a busy machine
_LOOK_S = 2  # between looks at who has joined
_ALONE_S = 60  # without any worker, until it is given up


@contextlib.contextmanager
def on_cluster(address: str, jobs: int, *, quiet: bool = False) -> Iterator[Runner]:
    """A runner for `grade`: on the scheduler at `address`, or "local" for an own one.

    Dask's own warnings about a busy machine are never shown, and with `quiet` neither are ours.

    Raises
    ------
    KitError
        If there is no scheduler at the address, or no worker that can be used.
    """
    with contextlib.ExitStack() as stack:
        for root in _TALKATIVE:
            stack.enter_context(silence_logging_cmgr(logging.CRITICAL, root))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        client = stack.enter_context(_client(address, jobs, stack))

        def run(
            entries: Sequence[Entry], settings: Settings, _jobs: int
        ) -> Iterator[tuple[Entry, Graded]]:
            yield from _Spread(_Crew(client, settings, quiet), settings, entries).graded()

        yield run


def _client(address: str, jobs: int, stack: contextlib.ExitStack) -> Client:
    if address == "local":
        # One thread a worker: a sandbox has one child at a time.
        cluster = LocalCluster(
            n_workers=jobs,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            silence_logs=logging.CRITICAL,
        )
        return Client(stack.enter_context(cluster))
    connect_s = parse_timedelta(dask.config.get("distributed.comm.timeouts.connect"))
    try:
        client = Client(address, timeout=connect_s)
    except (OSError, TimeoutError, ValueError) as error:
        raise KitError(f"--cluster {address}: there is no scheduler: {error}") from error
    try:
        client.wait_for_workers(1, timeout=connect_s)
    except TimeoutError:
        client.close()
        raise KitError(
            f"--cluster {address}: the scheduler has no worker; start some with "
            f"`dask worker {address} --nthreads 1`"
        ) from None
    return client


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


class _Crew:
    """The workers that take part; the others are refused, each with a sentence.

    Raises
    ------
    KitError
        If none can be used.
    """

    def __init__(self, client: Client, settings: Settings, quiet: bool) -> None:
        self.client, self.settings, self.quiet = client, settings, quiet
        # Workers that pass get one of these, and a task takes one: that keeps tasks from other
        # workers, and a worker of several threads from putting two into one sandbox.
        self.pass_name = f"nnlab-{uuid4().hex}"
        self.tried: set[str] = set()
        self.usable: set[str] = set()
        refused = self.admit()
        if not self.usable:
            raise KitError(f"no worker of the cluster can be used: {'; '.join(refused)}")

    def tell(self, message: str) -> None:
        """Show what happens, unless nobody wants to know."""
        if not self.quiet:
            click.echo(message, err=True)

    def present(self) -> set[str]:
        """Addresses of usable workers that are still there."""
        return self.usable & set(self.client.nthreads())

    def admit(self) -> list[str]:
        """Try all workers that have not been tried yet; what is told of those refused."""
        expected = fingerprint()
        asked = {
            address: self.client.submit(
                _readiness, self.settings, expected, workers=[address], pure=False
            )
            for address in sorted(set(self.client.nthreads()) - self.tried)
        }
        refused = []
        for address, future in asked.items():
            self.tried.add(address)
            reason = self._enlisted(address, future)
            if reason is not None:
                refused.append(f"{address}: {reason}")
                self.tell(f"Worker {address} is refused: {reason}")
        return refused

    def _enlisted(self, address: str, future: Future[Any]) -> str | None:
        try:
            reason: str | None = future.result(timeout=_READY_S)
            if reason is None:
                self.client.run(_enlist, self.pass_name, workers=[address])
                self.usable.add(address)
        except Exception as error:  # whatever its Python lacks: another kit, no kit at all
            reason = f"{type(error).__name__}: {error}"
        return reason


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


async def _enlist(pass_name: str, dask_worker: Worker) -> None:
    """Runs in a worker."""
    await dask_worker.set_resources(**{pass_name: 1})


def _grader(settings: Settings) -> Grader:
    """The worker's own grader, made once for each run."""
    worker: Any = get_worker()
    held = getattr(worker, "nnlab_grader", None)
    if held is None or held.settings != settings:
        if held is not None:
            held.close()
        held = worker.nnlab_grader = Grader(settings)
    return held


def _grade(entry: Entry, submission: Submission, settings: Settings) -> Graded:
    """Runs in a worker."""
    grader = _grader(settings)
    return graded_or_trouble(entry, lambda: grader.grade_read(entry, submission))


class _Spread:
    """Sends entries a few ahead of the workers, so that memory does not grow with the class."""

    def __init__(self, crew: _Crew, settings: Settings, entries: Sequence[Entry]) -> None:
        self.crew, self.settings = crew, settings
        self.waiting = deque(entries)
        # Futures that nobody refers to are dropped by the scheduler.
        self.under_way: dict[Any, tuple[Entry, Future[Graded]]] = {}
        self.done: SimpleQueue[Future[Graded]] = SimpleQueue()
        self.failed_once: set[str] = set()
        self.looked = self.last_seen = time.monotonic()

    def graded(self) -> Iterator[tuple[Entry, Graded]]:
        """Entries with their results, as they come."""
        with Reader() as reader:
            yield from self._fill(reader)
            while self.under_way:
                future = self._next()
                if future is not None and future.key in self.under_way:
                    entry, _ = self.under_way.pop(future.key)
                    graded = _result(entry, future)
                    if not self._tried_again(entry, graded):
                        yield entry, graded
                yield from self._fill(reader)

    def _tried_again(self, entry: Entry, graded: Graded) -> bool:
        """Send an entry once more where our own side failed on it: a worker may have been dying."""
        stored = graded.submission
        failed = stored.status == "attention" and not stored.sha256
        if not failed or entry.student in self.failed_once:
            return False
        self.crew.tell(
            f"{entry.student}: {stored.attention[0].message} The grader tries again once."
        )
        self.failed_once.add(entry.student)
        self.waiting.appendleft(entry)
        return True

    def _fill(self, reader: Reader) -> Iterator[tuple[Entry, Graded]]:
        """Send on; what cannot even be read comes back at once."""
        while self.waiting and len(self.under_way) < _AHEAD * len(self.crew.usable):
            entry = self.waiting.popleft()
            try:
                submission = reader.read(entry)
            except SubmissionError as error:
                yield entry, unreadable(entry, str(error))
                continue
            future = self.crew.client.submit(
                _grade,
                entry,
                submission,
                self.settings,
                resources={self.crew.pass_name: 1},
                pure=False,
            )
            self.under_way[future.key] = (entry, future)
            future.add_done_callback(self.done.put)

    def _next(self) -> Future[Graded] | None:
        """The next that is done; None after a while without any."""
        if time.monotonic() - self.looked > _LOOK_S:
            self._look()
            self.looked = time.monotonic()
        with contextlib.suppress(Empty):
            return self.done.get(timeout=_LOOK_S)
        return None

    def _look(self) -> None:
        """See who has joined and who is left."""
        were_there = self.crew.present()
        self.crew.admit()
        if self.crew.present():
            self.last_seen = time.monotonic()
            if not were_there:
                self._take_back()
        elif time.monotonic() - self.last_seen > _ALONE_S:
            raise KitError(
                "every worker of the cluster is gone; stored results are intact. Start workers "
                "and run the same command again to resume"
            )

    def _take_back(self) -> None:
        """Send everything anew: Dask does not offer newcomers what waits for those who died."""
        entries, futures = zip(*self.under_way.values(), strict=True)
        self.crew.client.cancel(list(futures))
        self.under_way.clear()
        self.waiting.extendleft(reversed(entries))


def _result(entry: Entry, future: Future[Graded]) -> Graded:
    try:
        graded: Graded = future.result()
        return graded
    except KilledWorker:
        return in_trouble(entry, "the workers that graded it died repeatedly")
