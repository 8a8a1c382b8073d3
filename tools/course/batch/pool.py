"""Workers on this machine: one process and one fork server for each, work handed out one by one.

A worker that dies takes nothing with it: its entry goes to a fresh worker once, and if that dies
too the entry is given back as trouble, for a person to look at.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from grader.errors import KitError, NnlabError
from grader.sandbox.guest import kernel
from tools.course.batch.observing import Grader, unreadable
from tools.course.batch.settings import Settings
from tools.course.collect.model import Entry
from tools.course.gradebook.records import Graded

_TRIES = 2
_DEATHS_IN_A_ROW = 6  # of workers, without a grade in between: then the machine is at fault
_GOODBYE_S = 10
# Not fork: this process may have threads (a progress bar), and BLAS must be loaded afresh.
_CONTEXT = multiprocessing.get_context("spawn")


class Worker:
    """One process that grades entries as they are sent."""

    def __init__(self, settings: Settings) -> None:
        self.pipe, theirs = _CONTEXT.Pipe()
        self.process: BaseProcess = _CONTEXT.Process(
            target=_work, args=(theirs, settings), daemon=True
        )
        self.process.start()
        theirs.close()
        self.entry: Entry | None = None

    def give(self, entry: Entry) -> None:
        """Hand it an entry."""
        self.entry = entry
        self.pipe.send(entry)

    def take(self) -> Graded:
        """What it made of the entry; EOFError if it died, KitError if it cannot work at all."""
        result: Graded | NnlabError = self.pipe.recv()
        if isinstance(result, NnlabError):
            raise result
        self.entry = None
        return result

    def end(self) -> None:
        """End it: nothing of value is in it. An idle one puts its sandbox away by itself."""
        self.pipe.close()
        if self.entry is None:
            self.process.join(_GOODBYE_S)
        self.process.kill()
        self.process.join()


def _work(pipe: Connection, settings: Settings) -> None:
    """Life of a worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends us
    with contextlib.suppress(OSError):
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    try:
        with Grader(settings) as grader:
            while True:
                entry = pipe.recv()
                pipe.send(graded_or_trouble(entry, partial(grader.grade, entry)))
    except EOFError:
        return
    except NnlabError as error:
        pipe.send(error)


def graded_or_trouble(entry: Entry, work: Callable[[], Graded]) -> Graded:
    """What the work makes of an entry; a fault of ours costs that entry's grade alone."""
    try:
        return work()
    except NnlabError:
        raise
    except Exception as fault:
        reason = f"the grader failed on it ({type(fault).__name__}: {fault})"
        return in_trouble(entry, reason)


def in_trouble(entry: Entry, reason: str) -> Graded:
    """What is stored where our own side failed: no zero, but something for a person."""
    return unreadable(entry, reason, "grader-failed")


def grade_entries(
    entries: Sequence[Entry], settings: Settings, jobs: int
) -> Iterator[tuple[Entry, Graded]]:
    """Grade entries on `jobs` workers; results come as they are ready.

    Raises
    ------
    NnlabError
        If workers cannot work at all: no data, no sandbox.
    """
    waiting = deque((entry, 1) for entry in entries)
    tries: dict[str, int] = {}
    deaths = 0
    workers: list[Worker] = []
    try:
        for _ in range(min(jobs, len(entries))):
            workers.append(_busy(Worker(settings), waiting, tries))
        while any(worker.entry for worker in workers):
            ready: list[Any] = wait([worker.pipe for worker in workers if worker.entry])
            for worker in [one for one in workers if one.pipe in ready]:
                entry = worker.entry
                assert entry is not None
                try:
                    graded = worker.take()
                except (EOFError, ConnectionResetError):
                    graded = None
                    worker.process.join(_GOODBYE_S)
                    worker.end()
                    deaths += 1
                    if deaths >= _DEATHS_IN_A_ROW:
                        raise KitError(_why_dying(deaths, worker.process.exitcode)) from None
                    workers.remove(worker)
                    worker = Worker(settings)
                    workers.append(worker)
                if graded is not None:
                    deaths = 0
                    yield entry, graded
                elif tries[entry.student] < _TRIES:
                    waiting.appendleft((entry, tries[entry.student] + 1))
                else:
                    yield entry, in_trouble(entry, "the grader's own process died on it twice")
                _busy(worker, waiting, tries)
    finally:
        for worker in workers:
            worker.end()


def _why_dying(deaths: int, code: int | None) -> str:
    if code is not None and code < 0:
        how = f"signal {-code} ended the last one"
        how += ", as when memory runs out" if code == -signal.SIGKILL else ""
    else:
        how = f"the last one ended with code {code}"
    return (
        f"{deaths} worker processes died one after the other; {how}. What is stored is intact: run "
        "the same command again to resume, with fewer --jobs if memory is short"
    )


def _busy(worker: Worker, waiting: deque[tuple[Entry, int]], tries: dict[str, int]) -> Worker:
    """Give a worker the next entry, if there is one."""
    if waiting:
        entry, number = waiting.popleft()
        tries[entry.student] = number
        try:
            worker.give(entry)
        except OSError as error:
            raise KitError(f"a worker process ended before it began: {error}") from error
    return worker
