"""Removes personal data: one student's, or everybody's names for sharing."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from grader.errors import KitError
from tools.common.atomic_write import write_atomic
from tools.common.table import read_table
from tools.course.batch.settings import read_rubric
from tools.course.extensions import FILE as EXTENSIONS
from tools.course.gradebook.book import FILE, Gradebook
from tools.course.gradebook.ledger import TABLES
from tools.course.overrides import FILE as OVERRIDES
from tools.course.report.write import write_reports

SIMILAR = "similar.json"  # the desk makes it again; it shows code


def forget(out: Path, students: Sequence[str], *, jobs: int = 1) -> None:
    """Remove students from the gradebook, the reports, overrides.csv and extensions.csv.

    Nothing of them remains in the gradebook's free pages. Exports, downloads and backups are not
    touched.
    """
    with Gradebook(out, write=True) as book:
        rubric, _ = read_rubric(None, book.latest_run())
        names = {*students, *(one.id for one in book.people() if one.folder in students and one.id)}
        for file in (OVERRIDES, EXTENSIONS):
            _remove_lines(out / file, names)
        book.forget(students)
        write_reports(out, book, rubric, jobs=jobs)
        book.compact()
    (out / SIMILAR).unlink(missing_ok=True)
    for student in students:
        shutil.rmtree(out / "students" / student, ignore_errors=True)


def pseudonymize(out: Path, copy: Path, *, jobs: int = 1) -> int:
    """Write a copy of OUT in which students are numbers, in an order that means nothing.

    Names, ids, sections, paths, sources, printed output, comments, authors and overrides.csv do
    not go along. Scores, verdicts, observations and times do.

    Raises
    ------
    KitError
        If the copy is there already.
    """
    if copy.exists():
        raise KitError(f"{copy} exists already; choose a new folder")
    with Gradebook(out, write=True) as book:
        folders = [one.folder for one in book.people()]
        rubric, _ = read_rubric(None, book.latest_run())
        book.compact()
        copy.mkdir(parents=True)
        shutil.copyfile(out / FILE, copy / FILE)
    random.SystemRandom().shuffle(folders)
    width = max(3, len(str(len(folders))))
    new = {folder: f"student-{at:0{width}}" for at, folder in enumerate(folders, 1)}
    with closing(sqlite3.connect(copy / FILE, isolation_level=None)) as db:
        _rename(db, new)
    with Gradebook(copy, write=True) as book:
        book.compact()
        write_reports(copy, book, rubric, jobs=jobs)
    return len(new)


def _remove_lines(path: Path, names: set[str]) -> None:
    if not path.is_file():
        return
    data = path.read_bytes()
    table = read_table(data, path.name)
    headers = [cell.value.strip().casefold() for cell in table.rows[0].cells]
    at = headers.index("student") if "student" in headers else 0
    rows = [
        row
        for index, row in enumerate(table.rows)
        if index == 0 or table.value(index, at) not in names
    ]
    write_atomic(
        path, type(table)(tuple(rows), table.separator, table.encoding, table.bom).to_bytes()
    )


def _rename(db: sqlite3.Connection, new: dict[str, str]) -> None:
    """Replace every folder by its number, and empty what names people."""
    db.execute("PRAGMA foreign_keys = OFF")
    db.execute("PRAGMA secure_delete = ON")
    db.execute("BEGIN IMMEDIATE")
    tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for table in tables:
        columns = {row[1] for row in db.execute(f"PRAGMA table_info({table})")}
        if "student" in columns:
            # First to names that no folder has, so that no two rows meet on the way.
            pairs = [(f"~{number}", folder) for folder, number in new.items()]
            db.executemany(f"UPDATE {table} SET student = ? WHERE student = ?", pairs)
            db.execute(f"UPDATE {table} SET student = substr(student, 2) WHERE student GLOB '~*'")
    renamed = [(number, folder) for folder, number in new.items()]
    db.executemany("UPDATE students SET folder = ? WHERE folder = ?", renamed)
    db.execute(
        "UPDATE students SET system = 'pseudonym', id = NULL, name = NULL, section = '', "
        "source = '', original = ''"
    )
    owner = (
        "json_object('student', student, 'name', NULL, 'system', 'pseudonym', 'ids', json('{}'), "
        "'received', received, 'late', NULL, 'original', '', 'members', json('[]'))"
    )
    db.execute(
        f"UPDATE submissions SET name = student, source = '', notebook = '', output = '', "
        f"again = '', "
        f"fingerprint = '', attempts = '[]', findings = '[]', owner = {owner}"
    )
    for table in TABLES.values():
        db.execute(f"UPDATE {table} SET reason = '', author = '', withdrawn_by = NULL, source = ''")
    db.execute("DELETE FROM problems")
    db.execute("DELETE FROM marks WHERE name LIKE '%.csv'")
    db.execute("COMMIT")
