"""How a child's exit status reads to a person."""

from __future__ import annotations

import os
import signal

from grader.sandbox.ended import Ended
from grader.sandbox.guest.channel import OUT_OF_MEMORY_STATUS

# Above this share of its memory, a death is taken for one of memory: libraries that cannot
# allocate abort or crash instead of raising.
NEAR = 0.8
# The limit is kept by counting clock ticks, the account by exact times: on a loaded virtual machine
# the two differ much, and nobody but the limit kills a child that has used half of it.
MUCH = 0.5

_CRASHES = {
    "SIGSEGV": "segmentation fault",
    "SIGABRT": "aborted",
    "SIGBUS": "bus error",
    "SIGFPE": "arithmetic error",
    "SIGILL": "illegal instruction",
}


def explain(
    status: int, *, cpu_s: float, cpu_limit_s: float, peak_mb: float, memory_mb: float
) -> tuple[Ended, str]:
    """Say why a process that nobody here has killed ended in the middle of a question.

    Parameters
    ----------
    status : as from wait4; used as a hint only, since the submission chooses it
    """
    code = os.waitstatus_to_exitcode(status)
    if code == OUT_OF_MEMORY_STATUS or (code < 0 and peak_mb >= NEAR * memory_mb):
        return Ended.OUT_OF_MEMORY, f"memory limit of {memory_mb:g} MB"
    if code >= 0:
        return Ended.KILLED, "ended early"
    name = _signal_name(-code)
    if name == "SIGKILL":
        if cpu_s >= MUCH * cpu_limit_s:
            return Ended.TIMED_OUT, f"CPU time limit of {cpu_limit_s:g} s"
        return Ended.SANDBOX_FAILED, "the system ended the process; this machine may lack memory"
    if name == "SIGSYS":
        return Ended.KILLED, "used a forbidden system interface"
    return Ended.KILLED, f"crashed ({_CRASHES.get(name, name)})"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
