"""The fork server as seen from the grader: start it, ask it for children, know when it is dead."""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from grader.errors import SandboxError
from grader.sandbox import guest
from grader.sandbox.guest.channel import MAX_MESSAGE
from grader.sandbox.host.modules import imports_everything
from grader.sandbox.host.printed import MAX_BYTES

_START_S, _ANSWER_S = 120, 30  # generous: an overloaded machine is nobody's fault

# Everything the fork server's environment holds. With more than one BLAS thread results differ in
# their last bits, and forked children hang. The seed fixes the order of sets, hence of what a
# submission does with them; -I would ignore it, so the interpreter gets the other switches.
_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONIOENCODING": "utf-8:backslashreplace",
    "LC_ALL": "C.UTF-8",
}
_PASSED_ON = ("LD_LIBRARY_PATH",)  # some interpreters find their own library by it
# No site, no user packages, no current folder; UTF-8 whatever the locale.
_SWITCHES = ("-S", "-s", "-P", "-X", "utf8")
_BOOT = (
    "import sys; sys.path += sys.argv[2:]; from guest.fork_server import main; main(sys.argv[1])"
)


class ServerDied(SandboxError):
    """The fork server is gone; another one can be started."""


class LevelUnavailable(Exception):
    """The level is not to be had on this machine; the message says which step it refused."""


@dataclass(frozen=True)
class Setup:
    """What every fork server of one sandbox is given."""

    responder: Path
    public_fd: int  # a file with one frame
    modules: tuple[str, ...]
    memory_mb: int
    cpu_s: int  # limit for one child's whole life
    output_bytes: int = MAX_BYTES  # what it may print in that time; 64 KiB of it are kept


@dataclass(frozen=True)
class Started:
    """What the grader holds of a new child."""

    channel: socket.socket
    output: int
    pidfd: int


@dataclass(frozen=True)
class Ending:
    """How the kernel says that a child ended."""

    status: int
    cpu_s: float
    peak_mb: float


class ForkServer:
    """One running fork server at one level.

    Raises
    ------
    LevelUnavailable
        If this machine cannot provide the level.
    SandboxError
        If it could not be started for another reason.
    """

    def __init__(self, setup: Setup, level: str) -> None:
        self.setup = setup
        self.level = level
        self.children = 0
        self._log = os.memfd_create("log")
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control = ours
        with theirs:
            self._process = _spawn(theirs.fileno(), self._log)
        try:
            self._configure()
        except BaseException:
            self.close()
            raise

    @property
    def pid(self) -> int:
        """Number of the process, for those who measure it."""
        return self._process.pid

    def start_child(self, job: Mapping[str, Any] | None = None) -> Started:
        """Fork a child; it waits for its first question.

        Raises
        ------
        ServerDied
            If there is no server any more.
        SandboxError
            If the machine has no room for another process.
        """
        ours, theirs = socket.socketpair()
        output, into = os.pipe2(os.O_CLOEXEC)
        try:
            with theirs:
                self._send(job or {"do": "serve"}, [theirs.fileno(), into])
            answer, fds = self._receive(_ANSWER_S)
            if answer["state"] != "started":
                raise SandboxError(f"no child could be started: {answer.get('detail')}")
        except BaseException:
            ours.close()
            os.close(output)
            raise
        finally:
            os.close(into)
        self.children += 1
        ours.setblocking(False)
        os.set_blocking(output, False)
        return Started(ours, output, fds[0])

    def wait_ending(self) -> Ending:
        """How the child that was started last has ended; it must have ended, or be about to."""
        answer, _ = self._receive(_ANSWER_S)
        return Ending(answer["status"], answer["cpu_s"], answer["peak_kb"] / 1024)

    def close(self) -> None:
        """End the server and with it everything inside."""
        self._control.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._log >= 0:
            os.close(self._log)
            self._log = -1

    def _configure(self) -> None:
        setup = self.setup
        config = {
            "level": self.level,
            "responder": str(setup.responder),
            "modules": setup.modules,
            "everything": imports_everything(self.level),
            "memory": setup.memory_mb << 20,
            "cpu_s": setup.cpu_s,
        }
        self._send(config, [setup.public_fd])
        answer, _ = self._receive(_START_S)
        if answer["state"] == "unavailable":
            raise LevelUnavailable(answer["reason"])
        if answer["state"] != "ready":
            raise SandboxError(f"the fork server could not start:\n{answer.get('detail')}")

    def _send(self, message: Mapping[str, Any], fds: Sequence[int]) -> None:
        try:
            socket.send_fds(self._control, [json.dumps(message).encode()], fds)
        except OSError:
            raise self._death() from None

    def _receive(self, timeout_s: float) -> tuple[dict[str, Any], list[int]]:
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        if not poll.poll(timeout_s * 1000):
            self._process.kill()
            raise ServerDied(f"the fork server did not answer for {timeout_s} s")
        try:
            data, fds, _, _ = socket.recv_fds(self._control, MAX_MESSAGE, 1)
        except OSError:
            data = b""
        if not data:
            raise self._death()
        return json.loads(data), list(fds)

    def _death(self) -> ServerDied:
        """The error to raise, with what the server last wrote."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        log = os.pread(self._log, 4000, max(0, os.fstat(self._log).st_size - 4000))
        said = log.decode("utf-8", "replace").strip()
        return ServerDied("the fork server died" + (f":\n{said}" if said else ""))


def _spawn(control: int, log: int) -> subprocess.Popen[bytes]:
    """Start the interpreter itself (no shim, no virtual environment) with the control socket."""
    interpreter = str(Path(sys.executable).resolve())
    folder = str(Path(guest.__file__).parent.parent)
    packages = str(Path(np.__file__).parent.parent)
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return subprocess.Popen(
        [interpreter, *_SWITCHES, "-c", _BOOT, str(control), folder, packages],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        env={**environment, **_ENVIRONMENT},
        cwd="/",
        pass_fds=[control],
        start_new_session=True,  # Ctrl-C is for the grader, which then ends us in order
    )
