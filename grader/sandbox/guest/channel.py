"""The child's end of the conversation: whole frames over one stream socket."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from . import frames

# Both sides of the sandbox go by these.
MAX_MESSAGE = 64 * 1024  # bytes, between the grader and the fork server
OUT_OF_MEMORY_STATUS = 12  # of a child: ENOMEM; only a hint, a submission can exit with it as well


class Channel:
    """Receives questions and sends answers; what `serve` of a responder is given."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def receive(self) -> tuple[dict[str, Any], dict[str, np.ndarray]] | None:
        """The next question (arrays are read-only), or None when there are no more.

        Raises
        ------
        EOFError
            If the stream ends inside a frame.
        """
        prefix = bytearray(frames.PREFIX.size)
        first = os.readv(self._fd, [prefix])
        if first == 0:
            return None
        self._fill(memoryview(prefix)[first:])
        total, _ = frames.PREFIX.unpack(prefix)
        frame = bytearray(total)  # the grader's own frames need no limit here
        frame[: len(prefix)] = prefix
        self._fill(memoryview(frame)[len(prefix) :])
        return frames.decode(frame)

    def send(
        self, header: Mapping[str, Any], arrays: Mapping[str, np.ndarray] | None = None
    ) -> None:
        """Send one answer, after everything printed so far.

        A crash at a later question then costs no output of an earlier one.
        """
        frame = memoryview(frames.encode(header, arrays))
        flush_output()
        while frame:
            frame = frame[os.write(self._fd, frame) :]

    def _fill(self, view: memoryview) -> None:
        while view:
            count = os.readv(self._fd, [view])
            if count == 0:
                raise EOFError("the stream ends inside a frame")
            view = view[count:]


def flush_output() -> None:
    """Flush both streams, whatever the submission has put in their places."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
