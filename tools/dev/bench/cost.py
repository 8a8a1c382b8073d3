"""What a command costs: CPU of all its processes, time on the clock, memory, by the kernel."""

from __future__ import annotations

import contextlib
import os
import signal
import statistics
import subprocess
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.common.machine import ONE_BLAS_THREAD


@dataclass(frozen=True)
class Cost:
    """One run of a command."""

    cpu_s: float  # user and system, of the process and of the children it waited for
    wall_s: float
    peak_mb: float  # of the largest process
    status: int  # as the shell says it: 0 done, negative a signal
    timed_out: bool = False
    output: str = ""


def run(
    command: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    timeout_s: float = 120.0,
    memory_mb: int | None = None,
    env: Mapping[str, str] | None = None,
) -> Cost:
    """Run a command to its end, or end it with all that it has started."""
    began = time.monotonic()
    process = subprocess.Popen(
        list(_limited(command, memory_mb)),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**_clean(os.environ), **ONE_BLAS_THREAD, **(env or {})},
        start_new_session=True,
    )
    late = threading.Event()
    timer = threading.Timer(timeout_s, _end, (process.pid, late))
    timer.start()
    assert process.stdout is not None
    output = process.stdout.read(1 << 20)
    while process.stdout.read(1 << 20):  # a flood is drained, not kept
        pass
    _, status, usage = os.wait4(process.pid, 0)
    timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    return Cost(
        cpu_s=usage.ru_utime + usage.ru_stime,
        wall_s=time.monotonic() - began,
        peak_mb=usage.ru_maxrss / 1024,
        status=process.returncode,
        timed_out=late.is_set(),
        output=output.decode("utf-8", "replace"),
    )


def _clean(variables: Mapping[str, str]) -> dict[str, str]:
    """The variables without those by which this environment would reach into another."""
    own = ("PYTHON", "PYTEST", "VIRTUAL_ENV")
    return {name: value for name, value in variables.items() if not name.startswith(own)}


def _limited(command: Sequence[str | Path], memory_mb: int | None) -> Iterable[str]:
    if memory_mb is not None:
        yield from ("prlimit", f"--as={memory_mb << 20}")
    yield from map(str, command)


def _end(group: int, late: threading.Event) -> None:
    late.set()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def medians(costs: Sequence[Cost]) -> dict[str, float]:
    """The middle of several runs: other load on the machine moves an average."""
    return {
        "cpu_ms": round(1e3 * statistics.median(one.cpu_s for one in costs), 2),
        "wall_ms": round(1e3 * statistics.median(one.wall_s for one in costs), 2),
        "peak_mb": round(statistics.median(one.peak_mb for one in costs), 1),
    }
