"""Reads and writes the gradebook. One process writes; a lock keeps a second one out."""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import json
import os
import sqlite3
import zlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, astuple, fields
from itertools import zip_longest
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from grader.engine.observation import Ended, Measured, Observation, Observations
from grader.engine.verdict import CheckVerdict
from grader.errors import KitError
from grader.sandbox.guest.frames import FrameError
from grader.submission.submission import Finding
from tools.course.collect.model import Problem
from tools.course.gradebook import schema
from tools.course.gradebook.ledger import Ledger
from tools.course.gradebook.records import (
    VERDICT_COLUMNS,
    Graded,
    Judgment,
    Moved,
    RunRecord,
    StoredSubmission,
    owner_json,
    owner_of_json,
    storable,
    unpack_observations,
    verdict_of_row,
    verdict_row,
)
from tools.course.student import Attempt, Owner, Student, student_of

_Made = TypeVar("_Made")
FILE = "gradebook.sqlite"
LOCK = ".gradebook.lock"
_RUN_COLUMNS = tuple(field.name for field in fields(RunRecord))
_STUDENT_COLUMNS = tuple(field.name for field in fields(Student))
_PLAIN_COLUMNS = (
    *("student", "name", "sha256", "fingerprint", "received", "status"),
    *("source", "notebook", "output", "isolation", "judged_by", "judged_with", "again"),
)
_WITHOUT_TEXTS = ", ".join(
    f"'' AS {name}" if name in ("source", "notebook", "output") else name
    for name in (
        *_PLAIN_COLUMNS,
        *("owner", "findings", "attention", "attempts", "figures"),
        *("wall_s", "cpu_s", "peak_memory_mb"),
    )
)
# What is read from a row with flipped bytes: a wrong word, a number where JSON was, broken zlib.
_DAMAGE = (ValueError, TypeError, KeyError, IndexError, AttributeError, zlib.error, FrameError)


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
            self.ledger = Ledger(self._db, self._transaction, self._troubles)
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
        """Note how the class is graded now; the number of the run.

        With another rubric than before, `moves` begins anew.
        """
        with self._transaction():
            return self._put_run(run)

    def _put_run(self, run: RunRecord) -> int:
        row = self._db.execute("SELECT rubric_sha256 FROM runs ORDER BY id DESC LIMIT 1").fetchone()
        if row is not None and row["rubric_sha256"] != run.rubric_sha256:
            self._db.execute("DELETE FROM moves")
        columns = asdict(run)
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        cursor = self._db.execute(
            f"INSERT INTO runs ({names}) VALUES ({marks})", tuple(columns.values())
        )
        return int(cursor.lastrowid or 0)

    @property
    def has_run(self) -> bool:
        """Whether anything was ever graded here."""
        with self._troubles("table runs"):
            return self._db.execute("SELECT 1 FROM runs").fetchone() is not None

    def latest_run(self) -> RunRecord:
        """How the class was graded last."""
        with self._troubles("table runs"):
            row = self._db.execute("SELECT * FROM runs ORDER BY id DESC LIMIT 1").fetchone()
        if row is None:
            raise KitError(f"{self.path}: nothing has been graded yet")
        return _run_of(row)

    def rubrics(self) -> dict[str, str]:
        """The texts of all rubrics that were ever judged by, by their digests."""
        with self._troubles("table runs"):
            rows = self._db.execute("SELECT DISTINCT rubric_sha256, rubric FROM runs")
            return {row["rubric_sha256"]: row["rubric"] for row in rows}

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

    # students

    def people(self) -> list[Student]:
        """Everybody who was ever graded here, by folder."""
        with self._troubles("table students"):
            rows = self._db.execute("SELECT * FROM students ORDER BY folder")
            return [Student(**{name: row[name] for name in _STUDENT_COLUMNS}) for row in rows]

    def student(self, folder: str) -> Student:
        """One student."""
        with self._troubles("table students"):
            row = self._db.execute("SELECT * FROM students WHERE folder = ?", (folder,)).fetchone()
            return Student(**{name: row[name] for name in _STUDENT_COLUMNS})

    def known(self) -> dict[Student, Owner]:
        """Everybody, with the owner of what they handed in last."""
        with self._troubles("table submissions"):
            rows = self._db.execute("SELECT student, owner FROM submissions")
            owners = {row["student"]: owner_of_json(row["owner"]) for row in rows}
        return {
            one: owners.get(one.folder) or Owner(one.folder, one.name, one.system)
            for one in self.people()
        }

    def register(self, students: Iterable[Student]) -> None:
        """Add students, or replace what is known of those who are there; folders stay."""
        with self._transaction():
            for student in students:
                self._put_student(student, "REPLACE")

    def _put_student(self, student: Student, conflict: str) -> None:
        columns = asdict(student)
        if conflict == "REPLACE":
            changes = ", ".join(f"{name} = excluded.{name}" for name in columns)
            ending = f"ON CONFLICT (folder) DO UPDATE SET {changes}"
        else:
            ending = "ON CONFLICT DO NOTHING"
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        self._db.execute(
            f"INSERT INTO students ({names}) VALUES ({marks}) {ending}",
            storable(columns.values()),
        )

    # submissions

    def save(self, run: int, graded: Graded) -> None:
        """Store all of one student, in place of what was there, or nothing."""
        student = graded.submission.student
        with self._transaction():
            self._put_student(student_of(graded.submission.owner), "NOTHING")
            self._db.execute("DELETE FROM submissions WHERE student = ?", (student,))
            self._db.execute("DELETE FROM moves WHERE student = ?", (student,))
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

    def update(self, stored: Iterable[StoredSubmission]) -> None:
        """Store what is now known of submissions whose observations stay."""
        with self._transaction():
            for one in stored:
                columns = _submission_columns(one)
                changes = ", ".join(f"{name} = ?" for name in columns)
                self._db.execute(
                    f"UPDATE submissions SET {changes} WHERE student = ?",
                    storable((*columns.values(), one.student)),
                )

    def save_judgments(
        self,
        by: str,
        judged_with: str,
        new: Iterable[Judgment],
        run: RunRecord | None = None,
    ) -> None:
        """Store new judgments of observations that stay: all of them, or none.

        `by` and `judged_with` are the digests of rubric and code; `run` is stored with them.
        """
        with self._transaction():
            if run is not None:
                self._put_run(run)
            for one in new:
                self._renew_verdicts(one)
                attention = json.dumps([asdict(each) for each in one.attention])
                self._db.execute(
                    "UPDATE submissions SET judged_by = ?, judged_with = ?, attention = ? "
                    "WHERE student = ?",
                    storable((by, judged_with, attention, one.student)),
                )
                self._put_moves(one.moved)
            self._db.execute("DELETE FROM moves WHERE before IS after")

    def _renew_verdicts(self, one: Judgment) -> None:
        """Replace the verdicts that changed, or all if the checks are others."""
        if [check.id for check in one.before] == [check.id for check in one.after]:
            old = one.before
        else:
            old = ()
            self._db.execute("DELETE FROM verdicts WHERE student = ?", (one.student,))
        self._put_verdicts(one.student, one.after, old)

    def _put_moves(self, moved: Iterable[Moved]) -> None:
        """Add moves; a check that moved before keeps its first points, and may move back."""
        self._db.executemany(
            "INSERT INTO moves VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE "
            "SET after = excluded.after, why = excluded.why",
            [
                storable((one.student, one.task, one.check, one.before, one.after, one.why))
                for one in moved
            ],
        )

    def moves(self) -> list[Moved]:
        """Checks whose points moved since the rubric was last changed, by student."""
        with self._troubles("table moves"):
            rows = self._db.execute("SELECT * FROM moves ORDER BY student, task, check_id")
            return [Moved(*row) for row in rows]

    def judged_with(self) -> set[tuple[str, str]]:
        """Digests of rubric and code by which anybody was judged."""
        with self._troubles():
            rows = self._db.execute(
                "SELECT DISTINCT judged_by, judged_with FROM submissions WHERE judged_by != ''"
            )
            return {(row["judged_by"], row["judged_with"]) for row in rows}

    def judged_by_other_rubric(self, by: str) -> list[str]:
        """Students whose verdicts are by another rubric than that of this digest."""
        with self._troubles():
            rows = self._db.execute(
                "SELECT student FROM submissions WHERE judged_by != ? ORDER BY student", (by,)
            )
            return [row["student"] for row in rows]

    def forget(self, students: Iterable[str]) -> None:
        """Drop students with all that belongs to them."""
        with self._transaction():
            for student in students:
                self._db.execute("DELETE FROM submissions WHERE student = ?", (student,))
                self._db.execute("DELETE FROM problems WHERE student = ?", (student,))
                self._db.execute("DELETE FROM students WHERE folder = ?", (student,))

    def drop_submissions(self, students: Iterable[str]) -> None:
        """Drop what students handed in; the students, and what people decided, stay."""
        with self._transaction():
            for student in students:
                self._db.execute("DELETE FROM submissions WHERE student = ?", (student,))

    def compact(self) -> None:
        """Rewrite the file, so that nothing deleted remains in it, and leave no log beside it."""
        with self._troubles():
            self._db.execute("VACUUM")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def seen(self, asked_with: str) -> dict[str, tuple[str, str]]:
        """Students observed with the same questions -> fingerprint and sha256 of what was seen.

        Those on whom our own side failed are left out, so that they are tried again.
        """
        with self._troubles():
            rows = self._db.execute(
                "SELECT student, fingerprint, sha256 FROM submissions s JOIN runs ON runs.id = run "
                "WHERE asked_with = ? AND status != 'attention' AND NOT EXISTS (SELECT 1 "
                "FROM observations o WHERE o.student = s.student AND ended = ?)",
                (asked_with, str(Ended.SANDBOX_FAILED)),
            )
            return {row["student"]: (row["fingerprint"], row["sha256"]) for row in rows}

    def students(self) -> list[str]:
        """Keys of all students, sorted."""
        with self._troubles():
            rows = self._db.execute("SELECT student FROM submissions ORDER BY student")
            return [row["student"] for row in rows]

    def submission(self, student: str) -> StoredSubmission:
        """One student's row."""
        with self._troubles(f"the submission of {student}"):
            row = self._db.execute(
                "SELECT * FROM submissions WHERE student = ?", (student,)
            ).fetchone()
            return _submission_of(row)

    def submissions(self, *, texts: bool = True) -> Iterator[StoredSubmission]:
        """All students' rows, by key; without `texts`, their code and output are left empty."""
        chosen = "*" if texts else _WITHOUT_TEXTS
        with self._troubles("table submissions"):
            for row in self._db.execute(f"SELECT {chosen} FROM submissions ORDER BY student"):
                yield _submission_of(row)

    def observations(self, student: str, questions: Collection[str] = ()) -> Observations:
        """What was observed of one student, of all questions or only of some."""
        stored = self.submission(student)
        return Observations(
            by_question=self.seen_of(student, questions),
            isolation=stored.isolation,
            measured=stored.measured,
            output=stored.output,
            findings=stored.findings,
        )

    def seen_of(self, student: str, questions: Collection[str] = ()) -> dict[str, Observation]:
        """The observations of one student by question, of all questions or only of some."""
        with self._troubles(f"the observations of {student}"):
            rows = self._db.execute(
                "SELECT question, ended, error FROM observations WHERE student = ? "
                "ORDER BY position",
                (student,),
            ).fetchall()
            return unpack_observations(rows, self.content(student), questions) if rows else {}

    def content(self, student: str) -> bytes:
        """What came back from one student's code, still packed; empty if nothing was asked."""
        with self._troubles():
            row = self._db.execute(
                "SELECT content FROM contents WHERE student = ?", (student,)
            ).fetchone()
        return b"" if row is None else bytes(row["content"])

    def verdicts(self, student: str) -> list[CheckVerdict]:
        """The checks of one student, in order."""
        with self._troubles(f"the verdicts of {student}"):
            rows = self._db.execute(
                f"SELECT {', '.join(VERDICT_COLUMNS)} FROM verdicts WHERE student = ? "
                "ORDER BY position",
                (student,),
            )
            return [verdict_of_row(*row) for row in rows]

    def checks(self) -> dict[str, list[CheckVerdict]]:
        """The checks of everybody, by student, without what was got and expected."""
        found: dict[str, list[CheckVerdict]] = {}
        empty = {"got": "NULL", "expected": "NULL"}
        columns = ", ".join(empty.get(name, name) for name in VERDICT_COLUMNS)
        with self._troubles("table verdicts"):
            cursor = self._db.cursor()
            cursor.row_factory = None  # plain tuples: there are many rows
            cursor.execute(f"SELECT student, {columns} FROM verdicts ORDER BY student, position")
            for student, rows in itertools.groupby(cursor, itemgetter(0)):
                found[student] = [verdict_of_row(*row[1:]) for row in rows]
        return found

    # marks

    def mark(self, name: str) -> str:
        """A note of the kit about this folder; "" if there is none."""
        with self._troubles("table marks"):
            row = self._db.execute("SELECT value FROM marks WHERE name = ?", (name,)).fetchone()
        return "" if row is None else str(row["value"])

    def set_mark(self, name: str, value: str) -> None:
        """Replace a note; this is no change of grades."""
        with self._troubles():
            self._db.execute("INSERT OR REPLACE INTO marks VALUES (?, ?)", (name, value))

    # problems

    def put_problems(self, problems: Iterable[Problem]) -> None:
        """Replace the list of what is for a person to look at."""
        with self._transaction():
            self._db.execute("DELETE FROM problems")
            self._db.executemany(
                "INSERT INTO problems VALUES (?, ?, ?, ?, ?, ?)",
                [storable(astuple(problem)) for problem in problems],
            )

    def problems(self) -> list[Problem]:
        """What is for a person to look at, besides the submissions' own."""
        with self._troubles():
            rows = self._db.execute("SELECT * FROM problems ORDER BY 1, 2, 3, 4")
            return [Problem(*row) for row in rows]

    def _put_verdicts(
        self, student: str, verdicts: Iterable[CheckVerdict], there: Iterable[CheckVerdict] = ()
    ) -> None:
        """Add verdicts, and leave those that are there already."""
        pairs = enumerate(zip_longest(verdicts, there))
        rows = [
            storable((student, *verdict_row(at, new)))
            for at, (new, old) in pairs
            if new is not None and new != old
        ]
        self._db.executemany(
            f"INSERT OR REPLACE INTO verdicts VALUES ({', '.join('?' * 16)})", rows
        )

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._troubles():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("UPDATE marks SET value = value + 1 WHERE name = 'changes'")
                self._db.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def _troubles(self, reading: str | None = None) -> Iterator[None]:
        """Turn an error of SQLite, or damage in what is read, into one sentence with advice."""
        try:
            yield
        except sqlite3.Error as error:
            if "disk is full" in str(error):
                advice = "make room and run the same command again; what is stored is intact"
            elif "readonly" in str(error) or "unable to open" in str(error):
                advice = "the folder must be writable"
            else:
                advice = _rescue(self.out)
            raise KitError(f"{self.path}: {error}; {advice}") from error
        except _DAMAGE as error:
            if reading is None:
                raise
            told = f"{reading} cannot be read ({error})"
            raise KitError(f"{self.path} is damaged: {told}; {_rescue(self.out)}") from error


def _rescue(out: Path) -> str:
    return f"`nnlab rescue {out}` saves what can be read"


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
    # A reader needs no right to write: SQLite then must not create files beside the database. But
    # after a kill the log that is there already holds transactions that the database lacks.
    options = "mode=rwc" if write else "mode=ro"
    log = path.with_name(f"{path.name}-wal")
    try:
        is_closed = not log.stat().st_size
    except FileNotFoundError:  # another process may remove it at any time
        is_closed = True
    options += "&immutable=1" if is_closed and not os.access(path.parent, os.W_OK) else ""
    uri = f"file:{quote(str(path.absolute()))}?{options}"
    db = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=30)
    try:
        db.row_factory = sqlite3.Row
        if write:
            # Survives a kill at any moment: a transaction is there whole or not at all. After a
            # power cut the last submissions may be missing; they are graded again.
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
        schema.prepare(db, path.name, write=write)
        db.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        db.close()
        raise
    return db


def _submission_columns(stored: StoredSubmission) -> dict[str, Any]:
    return {name: getattr(stored, name) for name in _PLAIN_COLUMNS} | {
        "owner": owner_json(stored.owner),
        "findings": json.dumps([asdict(one) for one in stored.findings]),
        "attention": json.dumps([asdict(one) for one in stored.attention]),
        "attempts": json.dumps([asdict(one) for one in stored.attempts]),
        "figures": json.dumps(dict(stored.figures)),
        **asdict(stored.measured),
    }


def _objects(kind: type[_Made], text: str) -> tuple[_Made, ...]:
    return () if text == "[]" else tuple(kind(**one) for one in json.loads(text))


def _submission_of(row: sqlite3.Row) -> StoredSubmission:
    return StoredSubmission(
        **{name: row[name] for name in _PLAIN_COLUMNS},
        owner=owner_of_json(row["owner"]),
        findings=_objects(Finding, row["findings"]),
        attention=_objects(Finding, row["attention"]),
        attempts=_objects(Attempt, row["attempts"]),
        measured=Measured(row["wall_s"], row["cpu_s"], row["peak_memory_mb"]),
        figures=json.loads(row["figures"]),
    )
