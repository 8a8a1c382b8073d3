"""Starts runs through the fork server, kills them, and tells what is left of a folder."""

from __future__ import annotations

import contextlib
import json
import os
import random
import select
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from tools.common.machine import ONE_BLAS_THREAD

PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Ended:
    """How a run ended: its exit code, -9 when it was killed, and what it printed."""

    code: int
    printed: str
    wall_s: float


class Runner:
    """Runs functions of `tests.faults.work`, one at a time; a context manager."""

    def __init__(self, *, own_mounts: bool = False) -> None:
        apart = ["unshare", "--mount"] if own_mounts else []
        self._printed = tempfile.NamedTemporaryFile()  # noqa: SIM115 - closed at the end
        self._server = subprocess.Popen(
            [*apart, sys.executable, "-m", "tests.faults.forking"],
            cwd=PROJECT,
            env={**os.environ, **ONE_BLAS_THREAD},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.communicate(timeout=60)
        self._printed.close()

    def run(self, function: str, *arguments: object, kill_after_s: float | None = None) -> Ended:
        """Run to the end, or kill with all it has started when its time has come."""
        began = time.monotonic()
        line = json.dumps([function, self._printed.name, *map(str, arguments)])
        print(line, file=self._server.stdin, flush=True)
        pid = int(self._server.stdout.readline())
        if kill_after_s is not None and not _ends_within(self._server.stdout, kill_after_s):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        code = int(self._server.stdout.readline())
        printed = Path(self._printed.name).read_text(encoding="utf-8")
        return Ended(code, printed, time.monotonic() - began)

    @property
    def works(self) -> bool:
        """Whether it can run anything at all."""
        try:
            return self.run("nothing").code == 0
        except (OSError, ValueError):  # it ended before it read a line
            return False

    def as_seen(self, path: Path) -> Path:
        """A path as runs see it, where they have mounts of their own."""
        return Path(f"/proc/{self._server.pid}/root") / path.relative_to("/")


@dataclass
class Killer:
    """Kills runs of one kind at random moments of their time."""

    runner: Runner
    whole_s: float  # that an undisturbed one takes; learned anew from each that gets through
    chance: random.Random = field(default_factory=lambda: random.Random(5))
    killed: int = 0

    def run(self, function: str, *arguments: object) -> Ended:
        """One run, which may get through before its moment comes."""
        moment_s = self.chance.uniform(0, self.whole_s)
        ended = self.runner.run(function, *arguments, kill_after_s=moment_s)
        if ended.code == -signal.SIGKILL:
            self.killed += 1
        else:
            self.whole_s = ended.wall_s
        return ended


def _ends_within(pipe, timeout_s: float) -> bool:
    return bool(select.select([pipe], [], [], timeout_s)[0])


def files_in(folder: Path) -> dict[str, bytes]:
    """Everything in a folder by path, without the gradebook and what is no result."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "gradebook" not in path.name and path.name != ".pages.json"
    }
