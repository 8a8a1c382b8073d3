"""What runs do that are killed: commands of the kit, and its two writers alone."""

from __future__ import annotations

import contextlib
import itertools
import os
import pickle
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from grader.errors import NnlabError
from tools import cli
from tools.commands import accept, export, grade, judge, release, report  # noqa: F401 - before any fork
from tools.course.gradebook.book import Gradebook
from tools.course.gradebook.records import Graded
from tools.release import put_in_place

STUDENTS = ("ada", "ben", "cy")


def nnlab(*arguments: str) -> None:
    """A command line of the kit."""
    sys.argv = ["nnlab", *arguments]
    cli.main()


def nothing() -> None:
    """Only begin and end."""


def put_release(out: str, version: str) -> None:
    """Put a release in place that has nothing to do with the lab; the versions differ in all.

    The last step of `nnlab release`, without the proof before it that takes seconds.
    """
    try:
        put_in_place(Path(out), release_files(version), release_zip(version))
    except NnlabError as error:
        print(error)
        sys.exit(cli.exit_code(error))


def release_files(version: str) -> dict[str, bytes]:
    """A tree of a release."""
    names = ["cattern/neural_net.py", "README.md", *(f"{version}/{at}.py" for at in range(40))]
    return {name: f"{name} of {version}\n".encode() * 2_000 for name in names}


def release_zip(version: str) -> bytes:
    """Its zip."""
    return version.encode() * 200_000


def save_for_ever(out: str, pickled: str) -> None:
    """Save all students again and again, each time in another version, until a kill.

    It ends by itself in the end: its killer may have been killed.
    """
    graded = pickle.loads(Path(pickled).read_bytes())
    numbers, end_s = itertools.count(), time.monotonic() + 60
    with Gradebook(Path(out), write=True) as book:
        while time.monotonic() < end_s:
            number = next(numbers)
            for student in STUDENTS:
                book.save(1, in_version(graded, student, f"version {number}"))


def in_version(graded: Graded, student: str, version: str) -> Graded:
    """The same of another student, with the version in every row."""
    return Graded(
        submission=replace(graded.submission, student=student, source=version),
        observations=tuple((*row[:3], version) for row in graded.observations),
        content=graded.content,
        verdicts=tuple(replace(verdict, message=version) for verdict in graded.verdicts),
    )


def report_again_and_again(out: str, times: str) -> None:
    """Write all reports so often, and make a change to every page each time."""
    for number in range(int(times)):
        (Path(out) / "overrides.csv").write_text(overrides(number), encoding="utf-8")
        with contextlib.suppress(SystemExit):
            nnlab("report", out, "--quiet")


def overrides(number: int) -> str:
    """A person's word on everybody, in a few versions."""
    rows = [f"{student},T#5,{number % 2 + 1},version {number % 2}" for student in STUDENTS]
    return "\n".join(["student,task,points,comment", *rows]) + "\n"


def mount_disk(folder: str) -> None:
    """A file system of its own in place of a folder."""
    _mount("-t", "tmpfs", "-o", "size=64m", "none", folder)


def leave_free(folder: str, free_kb: str) -> None:
    """Make it so small that only so much is left."""
    disk = os.statvfs(folder)
    used_kb = (disk.f_blocks - disk.f_bfree) * disk.f_frsize // 1024
    _mount("-o", f"remount,size={max(used_kb + int(free_kb), 4)}k", folder)


def protect(folder: str) -> None:
    """Let nobody write into a folder, root included."""
    _mount("--bind", folder, folder)
    _mount("-o", "remount,bind,ro", folder)


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)
