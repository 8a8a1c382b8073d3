"""One question and its answer over a socket that never blocks."""

from __future__ import annotations

import contextlib
import math
import select
import socket
import time
from typing import Any

import numpy as np

from grader.sandbox.ended import Ended
from grader.sandbox.guest import frames
from grader.sandbox.host.process import ChildProcess

_CHUNK = 1 << 20
_TOO_BUSY = 20  # a core for a twentieth of the time is enough for every limit


class Broken(Exception):
    """The conversation is over: we end it, and know why."""

    def __init__(self, ended: Ended, detail: str) -> None:
        super().__init__(detail)
        self.ended = ended
        self.detail = detail


class Gone(Broken):
    """The child closed its end; its exit status will say more."""

    def __init__(self) -> None:
        super().__init__(Ended.KILLED, "ended early")


class Exchange:
    """Sends a frame and collects its answers, as far as the socket lets it at the moment."""

    def __init__(self, channel: socket.socket, question: bytes) -> None:
        self._channel = channel
        self._outgoing = memoryview(question)
        self._begun = False
        self.expect(0)

    def expect(self, max_reply_bytes: int) -> None:
        """Begin to collect an answer."""
        self._max_bytes = max_reply_bytes
        self._incoming = bytearray(frames.PREFIX.size)
        self._received = 0
        self._sized = False  # whether `_incoming` has the length that the frame announces

    def events(self) -> int:
        """What to poll the socket for."""
        return select.POLLIN | (select.POLLOUT if self._outgoing else 0)

    def advance(self) -> bool:
        """Send and receive what is possible without waiting; say whether the answer is whole.

        Raises
        ------
        Broken
            If the answer is longer than allowed, or was there before the question.
        Gone
            If there is nobody at the other end.
        """
        try:
            with contextlib.suppress(BlockingIOError):
                self._send()
            with contextlib.suppress(BlockingIOError):
                while self._receive():
                    pass
        except (BrokenPipeError, ConnectionResetError):
            raise Gone from None
        return self._sized and self._received == len(self._incoming)

    def reply(self) -> tuple[dict[str, Any], dict[str, np.ndarray], bytes]:
        """The answer, decoded, and as it came.

        Raises
        ------
        Broken
            If it is no frame.
        """
        try:
            frame = bytes(self._incoming)
            return *frames.decode(frame), frame
        except frames.FrameError as error:
            raise Broken(Ended.KILLED, f"broke the protocol: {error}") from None

    def _send(self) -> None:
        if self._outgoing and not self._begun:
            self._begun = True
            with contextlib.suppress(BlockingIOError):
                if self._channel.recv(1, socket.MSG_PEEK):
                    raise Broken(
                        Ended.KILLED, "broke the protocol: sent a reply without a question"
                    )
        while self._outgoing:
            self._outgoing = self._outgoing[self._channel.send(self._outgoing[:_CHUNK]) :]

    def _receive(self) -> bool:
        """Take what has come; say whether there may be more to take."""
        # Released however this ends: somebody (a profiler, a debugger) may hold on to our frame,
        # and a buffer that is looked at cannot grow.
        with memoryview(self._incoming)[self._received :] as missing:
            if not missing:
                return False
            count = self._channel.recv_into(missing)
        if count == 0:
            raise Gone
        self._received += count
        if not self._sized and self._received == frames.PREFIX.size:
            self._make_room()
        return True

    def _make_room(self) -> None:
        """Believe the announced length only up to the limit."""
        total, _ = frames.PREFIX.unpack(self._incoming)
        if total > self._max_bytes:
            detail = f"reply too large: {total} bytes, at most {self._max_bytes} are expected"
            raise Broken(Ended.FLOODED, detail)
        if total < frames.PREFIX.size:
            raise Broken(Ended.KILLED, f"broke the protocol: a frame of {total} bytes")
        self._incoming.extend(bytes(total - frames.PREFIX.size))
        self._sized = True


class Deadline:
    """CPU time of the child and its own time on the clock, both counted from now.

    Waiting for a core is not the child's own time (`ChildProcess.own_s`). A wait of `_TOO_BUSY`
    times the limit ends the question too, but it says nothing about the code.
    """

    def __init__(self, process: ChildProcess, cpu_s: float, wall_s: float) -> None:
        self._process = process
        self._cpu_limit_s, self._wall_limit_s = cpu_s, wall_s
        self._cpu_end_s = process.cpu_s() + cpu_s
        self._own_end_s = process.own_s() + wall_s
        self._end_s = time.monotonic() + _TOO_BUSY * wall_s

    def wait_ms(self) -> int:
        """How long one may sleep before looking again.

        The child has one thread, so it cannot use up its remaining CPU time sooner than in as much
        time on the clock: a short question is looked at once, a long one a handful of times.

        Raises
        ------
        Broken
            If there is no time left.
        """
        cpu_left_s = self._cpu_end_s - self._process.cpu_s()
        own_left_s = self._own_end_s - self._process.own_s()
        if cpu_left_s <= 0:
            raise Broken(Ended.TIMED_OUT, f"CPU time limit of {self._cpu_limit_s:g} s")
        if own_left_s <= 0:
            limit = f"time limit of {self._wall_limit_s:g} s on the clock"
            raise Broken(Ended.TIMED_OUT, limit)
        if time.monotonic() > self._end_s:
            raise Broken(Ended.SANDBOX_FAILED, "this machine is too busy to run the code")
        return max(5, math.ceil(min(cpu_left_s, own_left_s) * 1000))
