"""One child process as the grader sees it: by a descriptor that can never mean another process."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from pathlib import Path


class ChildProcess:
    """A pidfd, and the clocks of the process behind it."""

    def __init__(self, pidfd: int) -> None:
        self._pidfd = pidfd
        self._pid = _pid(pidfd)
        self._clock = _cpu_clock(self._pid)
        self._born = time.monotonic()
        self._last_cpu_s = 0.0
        self._last_waited_s = 0.0

    def cpu_s(self) -> float:
        """CPU seconds used so far; the last value known once the process is gone."""
        try:
            now = time.clock_gettime(self._clock)
        except OSError:
            return self._last_cpu_s
        if self.alive():  # checked after reading: only then was the clock certainly this process's
            self._last_cpu_s = now
        return self._last_cpu_s

    def waited_s(self) -> float:
        """Seconds for which it could have run but had no core: the machine's doing, not its own.

        The kernel counts them for each thread. If it does not, they are estimated from the load.
        """
        try:
            now = _run_queue_s(self._pid)
        except (OSError, ValueError, IndexError):
            now = 0.0
        if not now and self.cpu_s():
            now = _estimated_wait_s(time.monotonic() - self._born)
        if self.alive():
            self._last_waited_s = max(self._last_waited_s, now)
        return self._last_waited_s

    def own_s(self) -> float:
        """Seconds since its birth without those that it waited for a core."""
        return time.monotonic() - self._born - self.waited_s()

    def poller(self) -> select.poll:
        """A poll object that reports its end; other descriptors may be added."""
        poll = select.poll()
        poll.register(self._pidfd, select.POLLIN)
        return poll

    def wait(self, timeout_s: float) -> bool:
        """Wait for its end; say whether it came."""
        return bool(self.poller().poll(timeout_s * 1000))

    def alive(self) -> bool:
        """Whether the process has not ended yet."""
        return not self.wait(0)

    def kill(self) -> None:
        """End the process now; nothing happens if it has ended."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    def close(self) -> None:
        """Let go of the process; this does not end it."""
        os.close(self._pidfd)


def _pid(pidfd: int) -> int:
    """The process's number in our pid namespace (-1 once it is reaped)."""
    fd = os.open(f"/proc/self/fdinfo/{pidfd}", os.O_RDONLY)
    try:
        _, found, number = os.read(fd, 4096).partition(b"\nPid:")
    finally:
        os.close(fd)
    if not found:
        raise OSError("the kernel does not say which process a pidfd means")
    return int(number.split()[0])


def _cpu_clock(pid: int) -> int:
    """The id of a process's CPU clock, as clock_getcpuclockid(3) makes it.

    Exact to the nanosecond and one call; /proc/<pid>/stat counts in steps of 10 ms.
    """
    return (~pid << 3) | 2


def _run_queue_s(pid: int) -> float:
    """Seconds that all threads of a process have waited for a core; 0.0 if nobody counts them."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    texts = ((thread / "schedstat").read_bytes() for thread in threads)
    return sum(int(text.split()[1]) for text in texts) / 1e9


def _estimated_wait_s(elapsed_s: float) -> float:
    """Roughly how much of a time a process waits if the machine has more to do than cores."""
    cores = len(os.sched_getaffinity(0))
    return elapsed_s * max(0.0, 1 - cores / max(os.getloadavg()[0], cores))
