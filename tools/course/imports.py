"""Brings the files that people edit into the gradebook, by every command that reads scores."""

from __future__ import annotations

import hashlib
from pathlib import Path

from grader.engine.rubric import Rubric
from tools.course.extensions import FILE as EXTENSIONS
from tools.course.extensions import read_extensions
from tools.course.gradebook.book import Gradebook
from tools.course.gradebook.ledger import Extension, ScoreEntry
from tools.course.overrides import FILE as OVERRIDES
from tools.course.overrides import read_overrides


def import_files(book: Gradebook, rubric: Rubric) -> None:
    """Make the lines of overrides.csv and extensions.csv the rows in force of that source.

    A file that has not changed since it was imported is left alone. A file that is gone has no
    lines.

    Raises
    ------
    MaterialError
        With every mistake of both files; nothing of them is then imported.
    """
    people = book.people()
    if data := _changed(book, OVERRIDES):
        entries = read_overrides(data[0], people, points_of(rubric), rubric.bonus)
    if late := _changed(book, EXTENSIONS):
        extensions = read_extensions(late[0], people)
    if data:
        book.ledger.replace(ScoreEntry, OVERRIDES, entries)
        book.set_mark(OVERRIDES, data[1])
    if late:
        book.ledger.replace(Extension, EXTENSIONS, extensions)
        book.set_mark(EXTENSIONS, late[1])


def files_changed(book: Gradebook) -> bool:
    """Whether a file has changed since it was imported."""
    return any(_changed(book, file) for file in (OVERRIDES, EXTENSIONS))


def points_of(rubric: Rubric) -> dict[str, float]:
    """The points of each task."""
    return {task: sum(points.values()) for task, points in rubric.points.items()}


def _changed(book: Gradebook, file: str) -> tuple[bytes, str] | None:
    """Content and digest of a file; None if it was imported already."""
    path: Path = book.out / file
    data = path.read_bytes() if path.is_file() else b""
    digest = hashlib.sha256(data).hexdigest() if data else ""
    return None if digest == book.mark(file) else (data, digest)
