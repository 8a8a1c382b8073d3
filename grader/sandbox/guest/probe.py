"""The self-test: try from inside what a submission must not do, and name what succeeded.

Only effects count, not return values. Runs in a child of its own with every layer on, before any
submission; the fork it tries ends at once.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

from .channel import Channel

_VSOCK = 40  # reaches the host of a virtual machine; network namespaces do not cover it


def serve(channel: Channel) -> None:
    """Answer one question, `{"canary": path}`, by what succeeded."""
    message = channel.receive()
    if message is not None:
        channel.send({"succeeded": succeeded(message[0]["canary"])})


def succeeded(canary: str) -> list[str]:
    """Names of the attempts that worked: none where the level holds.

    Parameters
    ----------
    canary : path of a file outside that anybody may read and write
    """
    attempts: dict[str, Callable[[], object]] = {
        "read a file outside": lambda: os.close(os.open(canary, os.O_RDONLY)),
        "write a file outside": lambda: os.close(os.open(canary, os.O_WRONLY)),
        "list /proc": lambda: list(Path("/proc").iterdir()),
        "open an internet socket": lambda: socket.socket(socket.AF_INET).close(),
        "open a unix socket": lambda: socket.socket(socket.AF_UNIX).close(),
        "open a vsock socket": lambda: socket.socket(_VSOCK).close(),
        "signal other processes": lambda: os.kill(-1, 0),
        "start a process": _fork,
    }
    return [name for name, attempt in attempts.items() if _works(attempt)]


def _works(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except OSError:
        return False
    return True


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)
