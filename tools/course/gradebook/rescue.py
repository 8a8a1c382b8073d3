"""Saves what can be read of a damaged gradebook."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from grader.errors import KitError
from tools.common.plural import plural
from tools.course.gradebook import schema
from tools.course.gradebook.book import FILE, Gradebook, expect_gradebook

_BY_STUDENT = ("submissions", "observations", "contents", "verdicts")


@dataclass
class Rescued:
    """What a rescue found."""

    damaged: Path  # the old file, set aside
    saved: dict[str, int] = field(default_factory=dict)  # table -> rows
    troubles: list[str] = field(default_factory=list)
    students: list[str] = field(default_factory=list)  # to be graded again


def rescue(out: Path) -> Rescued:
    """Set the gradebook aside and make a new one of the rows that can be read.

    Raises
    ------
    KitError
        If nothing at all can be read.
    """
    expect_gradebook(out)
    old = _set_aside(out)
    found = Rescued(old)
    with Gradebook(out, write=True, create=True):
        pass  # an empty one, of this version
    uri = f"file:{old.absolute()}?mode=ro"
    with (
        closing(sqlite3.connect(uri, uri=True)) as source,
        closing(sqlite3.connect(out / FILE, isolation_level=None)) as target,
    ):
        source.text_factory = lambda raw: raw.decode("utf-8", "replace")
        for table in schema.tables(target):
            _copy(source, target, table, found)
    if not found.saved.get("runs"):
        old.replace(out / FILE)
        told = "; ".join(found.troubles) or "it holds no run"
        raise KitError(f"{out / FILE}: nothing can be saved: {told}; move it away and grade again")
    _drop_unreadable(out, found)
    return found


def _set_aside(out: Path) -> Path:
    number = 1
    while (out / f"gradebook.damaged-{number}.sqlite").exists():
        number += 1
    old = out / f"gradebook.damaged-{number}.sqlite"
    (out / FILE).replace(old)
    for ending in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            (out / f"{FILE}{ending}").replace(f"{old}{ending}")
    return old


def _copy(
    source: sqlite3.Connection, target: sqlite3.Connection, table: str, found: Rescued
) -> None:
    """Copy the rows of one table, as far as they can be read."""
    there = {row[1] for row in target.execute(f"PRAGMA table_info({table})")}
    saved, lost = 0, 0
    try:
        for names, row in _rows(source, table):
            pairs = {name: value for name, value in zip(names, row, strict=True) if name in there}
            columns, marks = ", ".join(pairs), ", ".join("?" * len(pairs))
            try:
                target.execute(
                    f"INSERT OR REPLACE INTO {table} ({columns}) VALUES ({marks})",
                    tuple(pairs.values()),
                )
                saved += 1
            except sqlite3.Error:
                lost += 1
    except sqlite3.Error as error:
        found.troubles.append(f"table {table}: {error}")
    if lost:
        found.troubles.append(f"table {table}: {plural(lost, 'row')} with impossible values")
    found.saved[table] = saved


def _rows(source: sqlite3.Connection, table: str) -> Iterator[tuple[list[str], tuple[object, ...]]]:
    cursor = source.execute(f"SELECT * FROM {table}")
    names = [column[0] for column in cursor.description]
    for row in cursor:
        yield names, row


def _drop_unreadable(out: Path, found: Rescued) -> None:
    """Remove submissions that cannot be read to the end: they are to be graded again."""
    with Gradebook(out, write=True) as book:
        people = {one.folder for one in book.people()}
        stored = set(book.students())
        for student in sorted(stored):
            try:
                book.submission(student), book.run_of(student), book.observations(student)
                if not book.verdicts(student) and book.content(student):
                    raise KitError(f"{student}: no verdicts")
            except (KitError, TypeError) as error:
                found.troubles.append(str(error).split(";")[0])
                stored.discard(student)
        found.students = sorted(people - stored)
        book.drop_submissions(found.students)
