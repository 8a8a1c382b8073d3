"""The sandbox: which level this machine offers, and children at that level."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from grader.errors import SandboxError
from grader.sandbox.guest import frames
from grader.sandbox.host import levels
from grader.sandbox.host.child import Child
from grader.sandbox.host.modules import ALLOWED_MODULES
from grader.sandbox.host.printed import MAX_BYTES
from grader.sandbox.host.server import LevelUnavailable, ServerDied, Setup

LEVELS = levels.LEVELS

# The deadline of each question is the grader's; this only ends a child whose grader hangs.
BACKSTOP_CPU_S = 3600
# Nothing of one child reaches the next, but a fresh server now and then costs nothing either.
CHILDREN_PER_SERVER = 500


class Sandbox:
    """A fork server and the children it makes, one at a time.

    Parameters
    ----------
    responder : python file imported in the fork server; defines `prepare(header, arrays)`, run
        once, and `serve(channel, prepared)`, run in each child with what the former has returned
        when every layer is on
    public : header and arrays that every submission may see, in memory before the fork and so free
        in a child
    isolation : "auto" for the best level that this machine offers, or the level demanded
    memory_mb : what a child may allocate beyond what it inherits
    trust_submissions : run without a sandbox where none is to be had
    allowed_modules : found by a submission at every level, whether it can open files or not
    output_bytes : what a child may print; the first 64 KiB are kept

    Raises
    ------
    SandboxError
        With one sentence on what to do, if the level cannot be had.
    """

    level: str  # "full", "flat", "sealed" or "none"
    notice: str  # the sentence for the user about that level

    def __init__(
        self,
        responder: Path,
        *,
        public: tuple[Mapping[str, Any], Mapping[str, np.ndarray]] = ({}, {}),
        isolation: str = "auto",
        memory_mb: int = 1024,
        trust_submissions: bool = False,
        allowed_modules: Sequence[str] = ALLOWED_MODULES,
        cpu_limit_s: int = BACKSTOP_CPU_S,
        output_bytes: int = MAX_BYTES,
    ) -> None:
        candidates = levels.candidates(isolation, trust_submissions, sys.platform)
        self._setup = Setup(
            responder=Path(responder).resolve(),
            public_fd=_file_with(frames.encode(*public)),
            modules=tuple(allowed_modules),
            memory_mb=memory_mb,
            cpu_s=cpu_limit_s,
            output_bytes=output_bytes,
        )
        self._child: Child | None = None
        try:
            self._server, reasons = levels.first_available(candidates, self._setup)
        except BaseException:
            os.close(self._setup.public_fd)
            raise
        self.level = self._server.level
        self.notice = levels.notice(self.level, reasons)
        self._closed = False

    @property
    def server_pid(self) -> int:
        """Number of the fork server's process, for those who measure it."""
        return self._server.pid

    def start(self) -> Child:
        """A fresh child with every layer on.

        A fork server that has died is replaced once.

        Raises
        ------
        SandboxError
            If that fails too.
        """
        if self._child is not None:
            self._child.close()
        if self._server.children >= CHILDREN_PER_SERVER:
            self._restart()
        try:
            self._child = Child(self._server)
        except ServerDied:
            self._restart()
            self._child = Child(self._server)
        return self._child

    def close(self) -> None:
        """End everything."""
        if self._closed:
            return
        self._closed = True
        if self._child is not None:
            self._child.close()
        self._server.close()
        os.close(self._setup.public_fd)

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _restart(self) -> None:
        with contextlib.suppress(SandboxError):
            self._server.close()
        try:
            self._server = levels.start_and_test(self._setup, self.level)
        except LevelUnavailable as reason:
            raise SandboxError(f"the sandbox could not be started again: {reason}") from None


def _file_with(content: bytes) -> int:
    """An anonymous file with what is public, for this fork server and any later one."""
    fd = os.memfd_create("public")
    with open(fd, "wb", closefd=False) as file:
        file.write(content)
    return fd
