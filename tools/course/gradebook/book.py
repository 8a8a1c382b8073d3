"""Reads and writes the gradebook. One process writes; a lock keeps a second one out."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from grader.engine.observation import Measured, Observations
from grader.engine.verdict import CheckVerdict
from grader.errors import KitError
from grader.submission.submission import Finding
from tools.course.collect.model import Problem
from tools.course.gradebook import schema
from tools.course.gradebook.records import (
    Graded,
    RunRecord,
    StoredSubmission,
    owner_json,
    owner_of_json,
    storable,
    unpack_observations,
    verdict_of_row,
    verdict_row,
)

FILE = "gradebook.sqlite"
LOCK = ".gradebook.lock"
_RUN_COLUMNS = tuple(field.name for field in fields(RunRecord))


class Gradebook:
    """The gradebook of one report folder; a context manager.

    With `write`, this process alone may change it until it is closed; with `create` as well, it
    need not be there yet.

    Raises
    ------
    KitError
        If the folder cannot be written, another run holds it, the disk is full, or the file is
        damaged or of a later version.
    """

    def __init__(self, out: Path, *, write: bool, create: bool = False) -> None:
        self.out, self.path = out, out / FILE
        self._lock: int | None = None
        self._runs: dict[int, RunRecord] = {}
        if not create:
            expect_gradebook(out)
        if write:
            self._lock = _locked(out)
        try:
            with self._troubles():
                self._db = _opened(self.path, write)
        except BaseException:
            self._unlock()
            raise

    def __enter__(self) -> Gradebook:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of file and lock."""
        with contextlib.suppress(sqlite3.Error):
            self._db.close()
        self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    # runs

    def begin_run(self, run: RunRecord) -> int:
        """Note how the class is graded now; the number of the run."""
        columns = asdict(run)
        with self._troubles():
            names, marks = ", ".join(columns), ", ".join("?" * len(columns))
            cursor = self._db.execute(
                f"INSERT INTO runs ({names}) VALUES ({marks})", tuple(columns.values())
            )
        return int(cursor.lastrowid or 0)

    def latest_run(self) -> RunRecord:
        """How the class was graded last."""
        with self._troubles():
            row = self._db.execute("SELECT * FROM runs ORDER BY id DESC LIMIT 1").fetchone()
        if row is None:
            raise KitError(f"{self.path}: nothing has been graded yet")
        return _run_of(row)

    def run_of(self, student: str) -> RunRecord:
        """The run that observed a student: after a stopped one, not always the latest."""
        with self._troubles():
            (number,) = self._db.execute(
                "SELECT run FROM submissions WHERE student = ?", (student,)
            ).fetchone()
            if number not in self._runs:
                row = self._db.execute("SELECT * FROM runs WHERE id = ?", (number,)).fetchone()
                self._runs[number] = _run_of(row)
        return self._runs[number]

    # submissions

    def save(self, run: int, graded: Graded) -> None:
        """Store all of one student, in place of what was there, or nothing."""
        student = graded.submission.student
        with self._transaction():
            self._db.execute("DELETE FROM submissions WHERE student = ?", (student,))
            columns = _submission_columns(graded.submission) | {"run": run}
            names, marks = ", ".join(columns), ", ".join("?" * len(columns))
            self._db.execute(
                f"INSERT INTO submissions ({names}) VALUES ({marks})", storable(columns.values())
            )
            self._db.executemany(
                "INSERT INTO observations VALUES (?, ?, ?, ?, ?)",
                [storable((student, *row)) for row in graded.observations],
            )
            if graded.observations:
                self._db.execute("INSERT INTO contents VALUES (?, ?)", (student, graded.content))
            self._put_verdicts(student, graded.verdicts)

    def renew(self, stored: Iterable[StoredSubmission]) -> None:
        """Store what is now known of submissions whose observations stay."""
        with self._transaction():
            for one in stored:
                columns = _submission_columns(one)
                changes = ", ".join(f"{name} = ?" for name in columns)
                self._db.execute(
                    f"UPDATE submissions SET {changes} WHERE student = ?",
                    storable((*columns.values(), one.student)),
                )

    def save_judgements(
        self, by: str, new: Iterable[tuple[str, Iterable[CheckVerdict], Sequence[str]]]
    ) -> None:
        """Store new judgements of observations that stay: all of them, or none.

        `by` is the digest of the rubric; each of `new` is a student, the verdicts, and what a
        person should look at.
        """
        with self._transaction():
            for student, verdicts, attention in new:
                self._db.execute("DELETE FROM verdicts WHERE student = ?", (student,))
                self._put_verdicts(student, verdicts)
                status = "attention" if attention else "graded"
                self._db.execute(
                    "UPDATE submissions SET attention = ?, judged_by = ?, "
                    "status = iif(status = 'ungradable', status, ?) WHERE student = ?",
                    (json.dumps(list(attention)), by, status, student),
                )

    def judged_otherwise(self, by: str) -> list[str]:
        """Students whose verdicts are by another rubric than that of this digest."""
        with self._troubles():
            rows = self._db.execute(
                "SELECT student FROM submissions WHERE judged_by != ? ORDER BY student", (by,)
            )
            return [row["student"] for row in rows]

    def forget(self, students: Iterable[str]) -> None:
        """Drop students with all that belongs to them."""
        with self._transaction():
            self._db.executemany(
                "DELETE FROM submissions WHERE student = ?", [(student,) for student in students]
            )

    def seen(self, asked_with: str) -> dict[str, tuple[str, str]]:
        """Students observed with the same questions -> fingerprint and sha256 of what was seen.

        Those on whom our own side failed are left out, so that they are tried again.
        """
        with self._troubles():
            rows = self._db.execute(
                "SELECT student, fingerprint, sha256 FROM submissions s JOIN runs ON runs.id = run "
                "WHERE asked_with = ? AND (status != 'attention' OR NOT "
                "(SELECT count(*) = 0 OR max(judged = 'could not tell') FROM verdicts v "
                "WHERE v.student = s.student))",
                (asked_with,),
            )
            return {row["student"]: (row["fingerprint"], row["sha256"]) for row in rows}

    def students(self) -> list[str]:
        """Keys of all students, sorted."""
        with self._troubles():
            rows = self._db.execute("SELECT student FROM submissions ORDER BY student")
            return [row["student"] for row in rows]

    def submission(self, student: str) -> StoredSubmission:
        """One student's row."""
        with self._troubles():
            row = self._db.execute(
                "SELECT * FROM submissions WHERE student = ?", (student,)
            ).fetchone()
        return _submission_of(row)

    def submissions(self) -> Iterator[StoredSubmission]:
        """All students' rows, by key."""
        for student in self.students():
            yield self.submission(student)

    def observations(self, student: str, questions: Collection[str] = ()) -> Observations:
        """What was observed of one student, of all questions or only of some."""
        stored = self.submission(student)
        with self._troubles():
            rows = self._db.execute(
                "SELECT question, ended, error FROM observations WHERE student = ? "
                "ORDER BY position",
                (student,),
            ).fetchall()
        return Observations(
            by_question=unpack_observations(rows, self.content(student), questions) if rows else {},
            isolation=stored.isolation,
            measured=stored.measured,
            output=stored.output,
            findings=stored.findings,
        )

    def content(self, student: str) -> bytes:
        """What came back from one student's code, still packed; empty if nothing was asked."""
        with self._troubles():
            row = self._db.execute(
                "SELECT content FROM contents WHERE student = ?", (student,)
            ).fetchone()
        return b"" if row is None else bytes(row["content"])

    def verdicts(self, student: str) -> list[CheckVerdict]:
        """The checks of one student, in order."""
        with self._troubles():
            rows = self._db.execute(
                "SELECT * FROM verdicts WHERE student = ? ORDER BY position", (student,)
            )
            return [verdict_of_row(row) for row in rows]

    # problems

    def put_problems(self, problems: Iterable[Problem]) -> None:
        """Replace the list of what is for a person to look at."""
        with self._transaction():
            self._db.execute("DELETE FROM problems")
            self._db.executemany(
                "INSERT INTO problems VALUES (?, ?, ?, ?, ?)",
                [storable((p.student, p.submission, p.stage, p.reason, p.again)) for p in problems],
            )

    def problems(self) -> list[Problem]:
        """What is for a person to look at, besides the submissions' own."""
        with self._troubles():
            rows = self._db.execute("SELECT * FROM problems ORDER BY 1, 2, 3, 4")
            return [Problem(*row) for row in rows]

    def _put_verdicts(self, student: str, verdicts: Iterable[CheckVerdict]) -> None:
        rows = [
            storable((student, *verdict_row(at, verdict))) for at, verdict in enumerate(verdicts)
        ]
        self._db.executemany(
            "INSERT INTO verdicts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows
        )

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._troubles():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def _troubles(self) -> Iterator[None]:
        """SQLite's errors as one sentence that says what is left and what to do."""
        try:
            yield
        except sqlite3.Error as error:
            if "disk is full" in str(error):
                advice = "make room and start the same command again; what is stored is whole"
            elif "readonly" in str(error) or "unable to open" in str(error):
                advice = "the folder must be writable"
            else:
                advice = "if it stays so, move the file away and grade again"
            raise KitError(f"{self.path}: {error}; {advice}") from error


def expect_gradebook(out: Path) -> None:
    """Raise KitError for a folder without a gradebook."""
    if not (out / FILE).is_file():
        raise KitError(f"{out}: there is no {FILE}; `nnlab grade ... -o {out}` makes one")


def _run_of(row: sqlite3.Row) -> RunRecord:
    return RunRecord(**{name: row[name] for name in _RUN_COLUMNS})


def _locked(out: Path) -> int:
    """Hold the folder for this process; the lock goes with the process, however it ends."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        lock = os.open(out / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise KitError(f"{out}: cannot be written: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise KitError(f"{out}: another nnlab is at work on this folder; wait for it") from None
    return lock


def _opened(path: Path, write: bool) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None, timeout=30)
    try:
        db.row_factory = sqlite3.Row
        if write:
            # Survives a kill at any moment: a transaction is there whole or not at all.
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA foreign_keys = ON")
        schema.prepare(db, path.name, write=write)
    except BaseException:
        db.close()
        raise
    return db


def _submission_columns(stored: StoredSubmission) -> dict[str, Any]:
    columns = {
        name: getattr(stored, name)
        for name in (
            *("student", "name", "sha256", "fingerprint", "received", "status"),
            *("source", "output", "isolation", "judged_by", "again"),
        )
    }
    return columns | {
        "owner": owner_json(stored.owner),
        "findings": json.dumps([asdict(one) for one in stored.findings]),
        "attention": json.dumps(list(stored.attention)),
        "figures": json.dumps(dict(stored.figures)),
        **asdict(stored.measured),
    }


def _submission_of(row: sqlite3.Row) -> StoredSubmission:
    plain = {
        name: row[name]
        for name in (
            *("student", "name", "sha256", "fingerprint", "received", "status"),
            *("source", "output", "isolation", "judged_by", "again"),
        )
    }
    return StoredSubmission(
        **plain,
        owner=owner_of_json(row["owner"]),
        findings=tuple(Finding(**one) for one in json.loads(row["findings"])),
        attention=tuple(json.loads(row["attention"])),
        measured=Measured(row["wall_s"], row["cpu_s"], row["peak_memory_mb"]),
        figures=json.loads(row["figures"]),
    )
