"""Knows which students' folders would come out as they are, so that they need not be made again.

A note only: OUT/.pages.json may be lost or damaged at any time, and then every folder is written.
It is believed of a folder only as long as size and time of each file in it are as they were left.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

import grader
import tools
from tools.common.atomic_write import write_atomic
from tools.course.report.pages import folder_of

FILE = ".pages.json"
FILES = ("feedback.html", "feedback.md", "report.json")


class PagesKept:
    """Digest and state of every student's folder, as they were written last."""

    def __init__(self, out: Path, notes: Mapping[str, Any]) -> None:
        self.out, self._notes = out, notes

    @classmethod
    def read(cls, out: Path) -> PagesKept:
        """The notes of a report folder; none where they cannot be read."""
        try:
            notes = json.loads((out / FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            notes = {}
        return cls(out, notes if isinstance(notes, dict) else {})

    def digest(self, student: str) -> str | None:
        """Digest of what a student's folder was made from; None where it is not as it was."""
        note = self._notes.get(student)
        if not isinstance(note, list) or len(note) != 2 or note[1] != _state(self.out, student):
            return None
        return str(note[0])

    def remove_all_but(self, students: Iterable[str]) -> None:
        """Remove what was written about others, and nothing that somebody else put there."""
        for student in {*self._notes} - {*students}:
            folder = folder_of(self.out, student)
            for name in FILES:
                (folder / name).unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                folder.rmdir()

    def write(self, digests: Mapping[str, str]) -> None:
        """Note how all folders are now."""
        notes = {
            student: [digest, _state(self.out, student)] for student, digest in digests.items()
        }
        write_atomic(self.out / FILE, json.dumps(notes).encode())


def _state(out: Path, student: str) -> list[list[int]] | None:
    """Size and time of each file, None if one is missing."""
    folder = folder_of(out, student)
    try:
        found = [(folder / name).stat() for name in FILES]
    except OSError:
        return None
    return [[one.st_size, one.st_mtime_ns] for one in found]


def digest_of(
    report: str, source: str, labels: bytes, content: bytes, images: np.ndarray | None
) -> str:
    """Digest of everything that a student's pages are made from, the code that makes them too."""
    digest = hashlib.sha256(_code())
    texts = (text.encode("utf-8", "backslashreplace") for text in (report, source))
    for part in (*texts, labels, content):
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    digest.update(b"" if images is None else b"images")  # which ones, the labels tell
    return digest.hexdigest()


@lru_cache(maxsize=1)
def _code() -> bytes:
    """Digest of the kit: pages change with its words, templates and pictures."""
    digest = hashlib.sha256()
    for package in (grader, tools):
        folder = Path(next(iter(package.__path__)))
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                digest.update(path.relative_to(folder).as_posix().encode())
                digest.update(path.read_bytes())
    return digest.digest()
