"""Memory of one worker over many submissions: `python -m tests.faults.memory --count 10000`.

Printed every hundred submissions: kilobytes that the worker holds, and its fork server.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.lab.mistakes.submissions import text_with
from tools.course.batch.observing import Grader
from tools.course.batch.settings import make_settings
from tools.course.collect.collecting import collect


@dataclass(frozen=True)
class Held:
    """What is held after so many submissions."""

    submissions: int
    worker_kb: int
    server_kb: int
    server_pid: int  # a fork server is replaced after some hundreds
    files: int  # open in the worker


def grade_again_and_again(count: int, every: int) -> Iterator[Held]:
    """Grade one small submission so often on one worker, without images."""
    with tempfile.TemporaryDirectory() as folder, Grader(make_settings(data="none")) as grader:
        package = Path(folder) / "ada" / "cattern"
        package.mkdir(parents=True)
        (package / "neural_net.py").write_text(text_with(), encoding="utf-8")
        (entry,) = collect([package.parent]).entries
        for number in range(1, count + 1):
            graded = grader.grade(entry)
            if graded.submission.status != "graded":
                raise RuntimeError(f"number {number}: {graded.submission.attention}")
            if number % every == 0:
                yield _held(number, grader)


def _held(submissions: int, grader: Grader) -> Held:
    server = grader.observer.sandbox._server._process.pid
    files = len(list(Path("/proc/self/fd").iterdir()))
    return Held(submissions, _held_kb(os.getpid()), _held_kb(server), server, files)


def _held_kb(pid: int) -> int:
    """Kilobytes of a process that are no file's."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("RssAnon")))


def main() -> None:
    """Print what is held, and how long it took."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--count", type=int, default=10_000)
    count, began = parser.parse_args().count, time.monotonic()
    for held in grade_again_and_again(count, max(count // 15, 1)):
        sys.stdout.write(
            f"{held.submissions:6d}  worker {held.worker_kb} kB, {held.files} open files;  "
            f"fork server {held.server_kb} kB (pid {held.server_pid})\n"
        )
        sys.stdout.flush()
    sys.stdout.write(f"{count} submissions in {time.monotonic() - began:.0f} s.\n")


if __name__ == "__main__":
    main()
