"""Resource limits of one child."""

from __future__ import annotations

import resource
from collections.abc import Iterable

MIB = 1024 * 1024

FIXED = {
    "RLIMIT_NPROC": 0,  # no process, no thread (binds every uid but 0)
    "RLIMIT_FSIZE": 0,  # no file grows; pipes and sockets are not files
    "RLIMIT_CORE": 0,
    "RLIMIT_MEMLOCK": 0,
    "RLIMIT_MSGQUEUE": 0,
    "RLIMIT_NICE": 0,
    "RLIMIT_RTPRIO": 0,
    "RLIMIT_NOFILE": 32,
    "RLIMIT_SIGPENDING": 64,
    "RLIMIT_STACK": 8 * MIB,
}


def wanted(address_space: int, cpu_s: int) -> tuple[tuple[int, int], ...]:
    """Every limit and its value, but never above what this process has already."""
    found = []
    for name, value in {**FIXED, "RLIMIT_AS": address_space, "RLIMIT_CPU": cpu_s}.items():
        which = getattr(resource, name, None)
        if which is not None:  # the names differ between systems
            _, hard = resource.getrlimit(which)
            # Raising a hard limit fails, even for root in most containers.
            found.append((which, value if hard == resource.RLIM_INFINITY else min(value, hard)))
    return tuple(found)


def set_limits(limits: Iterable[tuple[int, int]]) -> None:
    """Lower every limit for good: hard equals soft.

    The CPU limit must be hard at once, because the process is pid 1 of its namespace and the
    kernel drops the signal of a soft limit there.
    """
    for which, value in limits:
        resource.setrlimit(which, (value, value))


def address_space_bytes(statm: str) -> int:
    """Size of the address space, from the text of a `/proc/<pid>/statm`."""
    return int(statm.split()[0]) * resource.getpagesize()
