"""A child between its fork and the first byte of a submission: put on every layer, then serve.

The order matters. Rules and filters come last, because they forbid what the steps before them do;
nothing is read from the grader until all of them are on.
"""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from . import frames, kernel, landlock, limits, seccomp
from .channel import OUT_OF_MEMORY_STATUS, Channel, flush_output

CHANNEL_FD = 3
FAILED_STATUS = 1
_READY = frames.encode({"ready": True})


@dataclass(frozen=True)
class Layers:
    """What the fork server has prepared once for all its children."""

    limits: tuple[tuple[int, int], ...]  # which one, and to what
    confined: bool  # false only where submissions are trusted
    ruleset: int | None  # descriptor; None where there is no Landlock
    program: bytes | None  # seccomp filter


def run(
    layers: Layers, channel: int, output: int, parent: int, work: Callable[[Channel], None]
) -> NoReturn:
    """Become the child for good: never returns.

    Parameters
    ----------
    channel, output : descriptors of the conversation and of what is printed
    parent : pid of the fork server as seen from here, 0 where it is outside our namespace
    """
    status = FAILED_STATUS
    try:
        _take_descriptors(channel, output, layers.ruleset)
        _put_on(layers, parent)
        os.write(CHANNEL_FD, _READY)  # from here on, a failure is not the sandbox's
        work(Channel(CHANNEL_FD))
        status = 0
    except MemoryError:
        status = OUT_OF_MEMORY_STATUS
    except SystemExit:  # from a submission that got past the responder: "ended early"
        pass
    except BaseException:
        traceback.print_exc()
    finally:
        flush_output()
        os._exit(status)  # no exit handlers, which a submission may have left


def _take_descriptors(channel: int, output: int, ruleset: int | None) -> None:
    """Own session; 0 is /dev/null already, 1 and 2 the output, 3 the channel, no more."""
    os.setsid()  # process groups reach across pid namespaces: kill(0) would hit the fork server
    os.dup2(channel, CHANNEL_FD)
    os.dup2(output, 1)
    os.dup2(output, 2)
    keep = CHANNEL_FD if ruleset is None else ruleset
    os.closerange(CHANNEL_FD + 1, keep)
    os.closerange(keep + 1, os.sysconf("SC_OPEN_MAX"))


def _put_on(layers: Layers, parent: int) -> None:
    limits.set_limits(layers.limits)
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(FAILED_STATUS)  # the fork server died before the line above
    if not layers.confined:
        return
    kernel.drop_capabilities()
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
    if layers.ruleset is not None:
        landlock.restrict(layers.ruleset)
        os.close(layers.ruleset)
    if layers.program is not None:
        seccomp.install(layers.program)
