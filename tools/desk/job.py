"""Long work in a process of its own, so that no page waits for it."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from threading import Thread
from typing import Any

from grader.errors import NnlabError

_CONTEXT = multiprocessing.get_context("spawn")  # this process has threads


@dataclass
class Job:
    """Work that runs, is done, or has failed."""

    what: str  # it does, "Reading submissions"
    total: int
    count: int | None = None  # done of the total; None if nobody counts
    result: Any = None
    error: str = ""

    @property
    def running(self) -> bool:
        """Whether the page should ask again."""
        return self.result is None and not self.error

    @property
    def step(self) -> str:
        """What it does now, in words."""
        return self.what if self.count is None else f"{self.what}: {self.count} of {self.total}"

    def start(self, work: Callable[..., Any], *arguments: Any) -> None:
        """Call `work(count, *arguments)` in a process; `count` takes the number that is done.

        Results, arguments and `work` must be of the kinds that pickle knows.
        """
        Thread(target=self._watch, args=(work, arguments), daemon=True).start()

    def _watch(self, work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        ours, theirs = _CONTEXT.Pipe(duplex=False)
        process = _CONTEXT.Process(target=_run, args=(theirs, work, arguments), daemon=True)
        process.start()
        theirs.close()
        try:
            while isinstance(came := ours.recv(), int):
                self.count = min(came, self.total)
            if isinstance(came, NnlabError):
                self.error = str(came)
            else:
                self.result = came
        except EOFError:
            self.error = "The work ended early; start it again."
        finally:
            process.join()


def _run(pipe: Connection, work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    """Do the work; graders who wait for a page come first."""
    os.nice(10)
    try:
        pipe.send(work(pipe.send, *arguments))
    except NnlabError as error:
        pipe.send(error)
