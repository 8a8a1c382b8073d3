"""One child: questions go in, answers come out, every wait has an end."""

from __future__ import annotations

import os
import select
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import numpy as np

from grader.errors import SandboxError
from grader.sandbox.ended import Ended
from grader.sandbox.guest import frames
from grader.sandbox.host import ends, printed
from grader.sandbox.host.exchange import Broken, Deadline, Exchange, Gone
from grader.sandbox.host.process import ChildProcess
from grader.sandbox.host.server import Ending, ForkServer, ServerDied

_FAREWELL_S = 1.0  # an honest child needs a millisecond to flush and go
_SETTLE_S = 60.0  # to put on its layers; ours, so only a broken machine takes long


@dataclass(frozen=True)
class Reply:
    """One answer; the arrays are read-only. All of it is the submission's word."""

    header: dict[str, Any]
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    frame: bytes = b""  # the same as it came


@dataclass(frozen=True)
class Usage:
    """What the whole life of a child cost, by the kernel's account."""

    wall_s: float
    cpu_s: float
    peak_memory_mb: float  # beyond what it inherited from the fork server


class ChildEnded(Exception):
    """The child ended, or was ended, before it answered; `detail` is for the student."""

    def __init__(self, ended: Ended, detail: str) -> None:
        super().__init__(f"{ended}: {detail}")
        self.ended = ended
        self.detail = detail


class Child:
    """A confined process that answers questions, made by `Sandbox.start`.

    Raises
    ------
    ServerDied, SandboxError
        If it could not be made, or could not put on its layers.
    """

    def __init__(self, server: ForkServer, job: Mapping[str, Any] | None = None) -> None:
        self._server = server
        self._born = time.monotonic()
        started = server.start_child(job)
        self._process = ChildProcess(started.pidfd)
        self._channel = started.channel
        self._output = started.output
        self._output_open = True
        self._printed = bytearray()
        self._printed_bytes = 0  # all of it, kept or not
        self._verdict: ChildEnded | None = None
        self._usage: Usage | None = None
        self._await_ready()

    @property
    def output(self) -> str:
        """What it has printed so far, at most 64 KiB, without control characters."""
        return printed.clean(bytes(self._printed))

    def cpu_s(self) -> float:
        """CPU time that it has used so far."""
        return self._process.cpu_s()

    def own_s(self) -> float:
        """Time since its birth that is its own: all but the waiting for a core."""
        return self._process.own_s()

    def ask(
        self,
        header: Mapping[str, Any],
        arrays: Mapping[str, np.ndarray] | None = None,
        *,
        cpu_s: float,
        wall_s: float,
        max_reply_bytes: int,
    ) -> Reply:
        """Send one question and wait for its answer; see `Replies.next`."""
        replies = self.ask_all(header, arrays)
        return replies.next(cpu_s=cpu_s, wall_s=wall_s, max_reply_bytes=max_reply_bytes)

    def ask_all(
        self, header: Mapping[str, Any], arrays: Mapping[str, np.ndarray] | None = None
    ) -> Replies:
        """Put several questions in one frame; the answers are taken one by one."""
        return Replies(self, Exchange(self._channel, frames.encode(header, arrays)))

    def close(self) -> Usage:
        """End it, gently if it is willing, and say what it cost."""
        if self._usage is None:
            self._channel.shutdown(socket.SHUT_WR)  # "no more questions"
            self._wait_for_end()
            self._finish()
        assert self._usage is not None
        return self._usage

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _next(self, exchange: Exchange, cpu_s: float, wall_s: float, max_reply_bytes: int) -> Reply:
        if self._usage is not None:
            raise self._verdict or RuntimeError("the child has been closed")
        try:
            exchange.expect(max_reply_bytes)
            return self._answer(exchange, Deadline(self._process, cpu_s, wall_s))
        except Broken as broken:
            self._verdict = self._end(broken)
            raise self._verdict from None

    def _await_ready(self) -> None:
        deadline = Deadline(self._process, _SETTLE_S, _SETTLE_S)
        try:
            exchange = Exchange(self._channel, b"")
            exchange.expect(1024)
            self._answer(exchange, deadline)
        except Broken as broken:
            if self._finish() is None:
                raise ServerDied("the fork server died") from None
            detail = f"a child could not be confined: {broken.detail}\n{self.output}"
            raise SandboxError(detail.strip()) from None

    def _answer(self, exchange: Exchange, deadline: Deadline) -> Reply:
        poll = select.poll()
        if self._output_open:
            poll.register(self._output, select.POLLIN)
        while not exchange.advance():
            poll.register(self._channel, exchange.events())
            for fd, _ in poll.poll(deadline.wait_ms()):
                if fd == self._output and not self._drain():
                    poll.unregister(self._output)
        return Reply(*exchange.reply())

    def _drain(self) -> bool:
        """Take what was printed; say whether more may come.

        Raises
        ------
        Broken
            If it is more than anybody will read.
        """
        try:
            data = os.read(self._output, printed.MAX_BYTES + 1)
        except BlockingIOError:
            return True
        self._output_open = bool(data)
        self._printed += data[: printed.MAX_BYTES - len(self._printed)]
        self._printed_bytes += len(data)
        limit = self._server.setup.output_bytes
        if self._printed_bytes > limit:
            size = f"{limit / 1e6:g} MB" if limit >= 1e6 else f"{limit // 1024} KiB"
            raise Broken(Ended.FLOODED, f"printed more than {size}")
        return self._output_open

    def _wait_for_end(self) -> None:
        """Give a child that has no more questions a moment to flush and go."""
        end_s = time.monotonic() + _FAREWELL_S
        poll = self._process.poller()
        if self._output_open:
            poll.register(self._output, select.POLLIN)
        while self._process.alive() and (left_s := end_s - time.monotonic()) > 0:
            for fd, _ in poll.poll(left_s * 1000):
                if fd == self._output:
                    try:
                        if not self._drain():
                            poll.unregister(self._output)
                    except Broken:
                        return

    def _end(self, broken: Broken) -> ChildEnded:
        """End the child and find the reason that its own end gives, if it came first."""
        first = isinstance(broken, Gone) and self._process.wait(_FAREWELL_S)
        ending = self._finish()
        if ending is None:
            return ChildEnded(Ended.SANDBOX_FAILED, "the sandbox broke down")
        if not first:
            return ChildEnded(broken.ended, broken.detail)
        setup = self._server.setup
        return ChildEnded(
            *ends.explain(
                ending.status,
                cpu_s=ending.cpu_s,
                cpu_limit_s=setup.cpu_s,
                peak_mb=ending.peak_mb,
                memory_mb=setup.memory_mb,
            )
        )

    def _finish(self) -> Ending | None:
        """Make sure that it is dead, collect what is left of it; None if the server is dead too."""
        self._process.waited_s()  # the last chance to read it
        self._process.kill()
        try:
            ending = self._server.wait_ending()
        except ServerDied:
            ending = None
        self._drain_rest()
        self._usage = Usage(
            wall_s=time.monotonic() - self._born,
            cpu_s=ending.cpu_s if ending else self._process.cpu_s(),
            peak_memory_mb=ending.peak_mb if ending else 0.0,
        )
        self._channel.close()
        os.close(self._output)
        self._process.close()
        return ending

    def _drain_rest(self) -> None:
        """What a dead child left in the pipe; up to the limit, since nothing can be ended now."""
        while self._output_open:
            before = len(self._printed)
            try:
                self._drain()
            except Broken:
                return
            if len(self._printed) == before:
                return


class Replies:
    """The answers to one frame of questions, in the order in which the child gives them."""

    def __init__(self, child: Child, exchange: Exchange) -> None:
        self._child = child
        self._exchange = exchange

    def next(self, *, cpu_s: float, wall_s: float, max_reply_bytes: int) -> Reply:
        """Wait for the next answer.

        Parameters
        ----------
        cpu_s : CPU time that the child may use on it; other load on the machine does not count
        wall_s : its own time on the clock, generous, for a child that sleeps (`ChildProcess.own_s`)
        max_reply_bytes : size of the largest proper answer

        Raises
        ------
        ChildEnded
            If no proper answer came; the child is gone then, and every later call raises this.
        """
        return self._child._next(self._exchange, cpu_s, wall_s, max_reply_bytes)
