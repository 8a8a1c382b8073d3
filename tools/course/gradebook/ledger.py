"""What people decided: scores, comments, extensions, accepted doubts and releases.

Nothing here is ever edited. A row is added, and may be withdrawn once; the newest row wins. A
grader who changes their mind leaves both rows behind, with author and time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from grader.errors import ConflictError


class Scope(StrEnum):
    """What an entry is about."""

    STUDENT = "student"  # the whole submission
    TASK = "task"
    LINE = "line"  # a line of the student's source
    MISTAKE = "mistake"  # a catalogued mistake, for all who have it


class Kind(StrEnum):
    """What an entry does."""

    ABSOLUTE = "absolute"  # replaces the computed score
    CHANGE = "change"  # adds points, or subtracts them
    COMMENT = "comment"


class Release(StrEnum):
    """Whether a student's grade may leave."""

    DRAFT = "draft"
    HELD = "held"
    RELEASED = "released"


@dataclass(frozen=True)
class _Row:
    """What every row of the ledger has."""

    student: str | None = None  # folder; None only for an entry on a mistake
    reason: str = ""  # in a person's words; of an entry, the comment that the student reads
    author: str = ""
    source: str = "desk"  # "overrides.csv", "accept", "desk", ...
    time: str = ""  # ISO 8601 in UTC; set when the row is added
    id: int = 0  # set when the row is added; grows with time
    withdrawn: str | None = None  # when
    withdrawn_by: str | None = None


@dataclass(frozen=True)
class ScoreEntry(_Row):
    """A score, a change of it, or a comment that a person set."""

    scope: str = Scope.STUDENT
    kind: str = Kind.COMMENT
    task: str | None = None
    line: int | None = None  # from 1
    mistake: str | None = None  # slug of the catalogue
    value: float | None = None  # points; None for a comment


@dataclass(frozen=True)
class Extension(_Row):
    """Another due date, more days, or another time of submission, for one student."""

    due: str | None = None  # ISO 8601 with offset
    days: float | None = None  # after the course's due date
    received: str | None = None  # when the work really came, ISO 8601 with offset


@dataclass(frozen=True)
class Decision(_Row):
    """A person looked at a doubt about one submission and accepts the grade."""

    accepts: str = ""  # slug of the doubt: "not-imported", "zero", "lateness", ...
    value: str | None = None  # for "other-data": the data set to judge on
    sha256: str = ""  # of the submission that was looked at: a newer one is a new doubt


@dataclass(frozen=True)
class Released(_Row):
    """The release state that a person set."""

    state: str = Release.DRAFT


@dataclass(frozen=True)
class Claim(_Row):
    """A student asks for a regrade (`reason`), or a grader answers."""

    task: str | None = None  # None: the whole
    answers: int | None = None  # id of the claim that this row answers


@dataclass(frozen=True)
class Item(_Row):
    """A comment (`reason`), with points or without, that graders use again."""

    task: str | None = None
    value: float | None = None  # points to add


Row = TypeVar("Row", bound=_Row)
TABLES: dict[type[_Row], str] = {
    ScoreEntry: "entries",
    Extension: "extensions",
    Decision: "decisions",
    Released: "releases",
    Claim: "claims",
    Item: "items",
}


class Ledger:
    """The rows that people added, in one gradebook: `book.ledger`."""

    def __init__(
        self,
        db: sqlite3.Connection,
        transaction: Callable[[], AbstractContextManager[None]],
        reading: Callable[[str], AbstractContextManager[None]],
    ) -> None:
        self._db, self._transaction, self._reading = db, transaction, reading

    def add(self, *rows: _Row, seen: int | None = None) -> None:
        """Add rows, all or none.

        `seen` is the `revision` of the rows' student, or mistake, that the author looked at.

        Raises
        ------
        ConflictError
            If somebody else has added or withdrawn a row of that student since.
        """
        with self._writing():
            if seen is not None:
                self._check_seen(rows, seen)
            for row in rows:
                self._insert(row)

    def withdraw(self, row: _Row, author: str) -> None:
        """Withdraw a row; one that is withdrawn already stays as it is."""
        with self._writing():
            self._withdraw(row, author)

    def replace(self, kind: type[Row], source: str, rows: Iterable[Row]) -> None:
        """Make `rows` the rows in force of this source.

        A row that is there already stays, with its time; a row that is gone is withdrawn.
        """
        with self._writing():
            old = [row for row in self.rows(kind) if row.source == source]
            for row in rows:
                same = next((one for one in old if _content(one) == _content(row)), None)
                old.remove(same) if same is not None else self._insert(row)
            for row in old:
                self._withdraw(row, source)

    def rows(
        self, kind: type[Row], student: str | None = None, *, withdrawn: bool = False
    ) -> list[Row]:
        """Rows of a kind, oldest first; those in force, or all with `withdrawn`.

        With a student, only that one's, and entries on mistakes, which may be anybody's.
        """
        where, values = ["1"], []
        if student is not None:
            where.append("(student = ? OR student IS NULL)")
            values.append(student)
        if not withdrawn:
            where.append("withdrawn IS NULL")
        with self._reading(f"table {TABLES[kind]}"):
            found = self._db.execute(
                f"SELECT * FROM {TABLES[kind]} WHERE {' AND '.join(where)} ORDER BY id", values
            ).fetchall()
            names = [field.name for field in fields(kind)]
            return [kind(**{name: row[name] for name in names}) for row in found]

    def revision(self, student: str | None, mistake: str | None = None) -> int:
        """A number that grows with each change to what people decided about a student.

        Without a student, about all who have a mistake.
        """
        counts = " + ".join(
            f"(SELECT count(*) + count(withdrawn) FROM {table} WHERE student = :student)"
            for table in TABLES.values()
        )
        if student is None:
            counts = "count(*) + count(withdrawn) FROM entries WHERE mistake = :mistake"
        values = {"student": student, "mistake": mistake}
        with self._reading("what people decided"):
            (count,) = self._db.execute(f"SELECT {counts}", values).fetchone()
        return int(count)

    def releases(self) -> dict[str, Release]:
        """The release states that people set, by student; everybody else's is a draft."""
        return {row.student or "": Release(row.state) for row in self.rows(Released)}

    @contextmanager
    def _writing(self) -> Iterator[None]:
        # A submission can be graded again after a power cut; what a person typed cannot.
        self._db.execute("PRAGMA synchronous = FULL")
        try:
            with self._transaction():
                yield
        finally:
            self._db.execute("PRAGMA synchronous = NORMAL")

    def _check_seen(self, rows: Iterable[_Row], seen: int) -> None:
        for student, mistake in {(row.student, getattr(row, "mistake", None)) for row in rows}:
            if self.revision(student, mistake) != seen:
                raise ConflictError(
                    f"Somebody else has changed {student or mistake} meanwhile; look again first."
                )

    def _insert(self, row: _Row) -> None:
        columns = asdict(row)
        del columns["id"]
        columns["time"] = row.time or _now()
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        self._db.execute(
            f"INSERT INTO {TABLES[type(row)]} ({names}) VALUES ({marks})", tuple(columns.values())
        )

    def _withdraw(self, row: _Row, author: str) -> None:
        self._db.execute(
            f"UPDATE {TABLES[type(row)]} SET withdrawn = ?, withdrawn_by = ? "
            "WHERE id = ? AND withdrawn IS NULL",
            (_now(), author, row.id),
        )


def _content(row: _Row) -> dict[str, Any]:
    """A row without what adding and withdrawing set."""
    skipped = ("id", "time", "withdrawn", "withdrawn_by")
    return {name: value for name, value in asdict(row).items() if name not in skipped}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
