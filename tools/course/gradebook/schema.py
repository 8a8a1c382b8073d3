"""Tables of the gradebook, and how an older file becomes one of this version.

Any SQLite tool reads it. One row of `submissions` for each student; what belongs to a student in
the other tables goes and comes with it, in one transaction.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Callable

from grader.engine.observation import Ended, Observation
from grader.engine.protocol import frame_of
from grader.errors import KitError
from grader.sandbox.guest import frames
from tools.course.gradebook.records import owner_of_json, pack_frames
from tools.course.student import student_of

VERSION = 7

_CREATE = """
CREATE TABLE runs (              -- one row for each time that grading or judging was started
    id            INTEGER PRIMARY KEY,
    started       TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
    seed          INTEGER NOT NULL,   -- of the hidden questions
    data          TEXT NOT NULL,      -- 'mnist', 'synthetic' or 'none'
    isolation     TEXT NOT NULL,      -- level of the sandbox that was asked for
    rubric_sha256 TEXT NOT NULL,
    rubric        TEXT NOT NULL,      -- the file itself
    kit_version   TEXT NOT NULL,
    numpy_version TEXT NOT NULL,
    asked_with    TEXT NOT NULL,      -- digest of all that shapes an observation
    questions_sha256 TEXT NOT NULL,   -- of the questions themselves; '' if unknown
    labels        BLOB NOT NULL       -- of the validation and test images, for judging again
);
CREATE TABLE submissions (
    student      TEXT PRIMARY KEY,    -- folder of the student
    run          INTEGER NOT NULL REFERENCES runs (id),  -- that observed it
    name         TEXT NOT NULL,       -- of the folder or archive
    sha256       TEXT NOT NULL,       -- of its files
    fingerprint  TEXT NOT NULL,       -- of names, sizes and times: unchanged means not run again
    received     TEXT,                -- ISO 8601 with offset
    status       TEXT NOT NULL CHECK (status IN ('graded', 'attention', 'ungradable')),
    owner        TEXT NOT NULL,       -- JSON: who handed it in, with the system's ids
    findings     TEXT NOT NULL,       -- JSON: notes that cost no points
    attention    TEXT NOT NULL,       -- JSON: doubts from outside the verdicts
    attempts     TEXT NOT NULL,       -- JSON: earlier attempts, which are not graded
    source       TEXT NOT NULL,       -- neural_net.py as text
    notebook     TEXT NOT NULL DEFAULT '', -- its code cells as text, each under a line "# %%"
    output       TEXT NOT NULL,       -- what the code printed, its beginning
    isolation    TEXT NOT NULL,       -- level of the sandbox that it ran in
    wall_s       REAL NOT NULL,
    cpu_s        REAL NOT NULL,
    peak_memory_mb REAL NOT NULL,
    figures      TEXT NOT NULL,       -- JSON: accuracies of best_net, final toy loss
    judged_by    TEXT NOT NULL,       -- sha256 of the rubric
    judged_with  TEXT NOT NULL DEFAULT '', -- digest of the code that judged
    again        TEXT NOT NULL        -- how to run it again
);
CREATE TABLE observations (
    student  TEXT NOT NULL REFERENCES submissions (student) ON DELETE CASCADE,
    question TEXT NOT NULL,           -- 'scores/published'
    position INTEGER NOT NULL,        -- in the order of asking
    ended    TEXT NOT NULL,
    error    TEXT,
    PRIMARY KEY (student, question)
) WITHOUT ROWID;
CREATE TABLE contents (              -- what came back, of all questions together
    student TEXT PRIMARY KEY REFERENCES submissions (student) ON DELETE CASCADE,
    content BLOB NOT NULL             -- zlib of the frames that came back
);
CREATE TABLE verdicts (
    student   TEXT NOT NULL REFERENCES submissions (student) ON DELETE CASCADE,
    id        TEXT NOT NULL,          -- of the check
    position  INTEGER NOT NULL,
    task      TEXT NOT NULL,
    judged    TEXT NOT NULL,
    ended     TEXT NOT NULL,
    score     REAL NOT NULL,
    max_score REAL NOT NULL,
    public    INTEGER NOT NULL,
    message   TEXT NOT NULL,
    got       TEXT,                   -- JSON
    expected  TEXT,                   -- JSON
    hint      TEXT,
    misconception TEXT,
    worth     REAL NOT NULL DEFAULT 0, -- share of max_score, not rounded
    worth_if_accepted REAL,           -- the same if a person accepts what could not be told
    PRIMARY KEY (student, id)
) WITHOUT ROWID;
CREATE TABLE problems (              -- what a person must look at, outside the verdicts
    student    TEXT NOT NULL,
    submission TEXT NOT NULL,
    stage      TEXT NOT NULL,
    reason     TEXT NOT NULL,
    again      TEXT NOT NULL,
    source     TEXT NOT NULL DEFAULT ''  -- the paths that were graded, a line each
);
"""

# Columns of every table to which people add rows; no row is ever edited, only withdrawn.
_LEDGER = """
    reason       TEXT NOT NULL,       -- in a person's words
    author       TEXT NOT NULL,
    source       TEXT NOT NULL,       -- 'overrides.csv', 'accept', 'desk'
    time         TEXT NOT NULL,       -- ISO 8601 in UTC
    withdrawn    TEXT,                -- when; NULL: in force
    withdrawn_by TEXT
"""
_STUDENT = "student TEXT NOT NULL REFERENCES students (folder) ON DELETE CASCADE"
_PEOPLE = f"""
CREATE TABLE students (              -- everybody who was ever graded here; the folder stays
    folder   TEXT PRIMARY KEY,        -- in OUT/students, unique without regard to case
    system   TEXT NOT NULL,
    id       TEXT,                    -- NULL: the name identifies the student
    name     TEXT,                    -- as shown, in Unicode NFC
    section  TEXT NOT NULL,
    source   TEXT NOT NULL,           -- class folder or download that the work came from
    original TEXT NOT NULL,           -- name of the submission in there
    UNIQUE (system, id)
);
CREATE UNIQUE INDEX folders ON students (lower(folder));
CREATE TABLE entries (               -- scores and comments that people set
    id      INTEGER PRIMARY KEY,
    student TEXT REFERENCES students (folder) ON DELETE CASCADE,
    scope   TEXT NOT NULL CHECK (scope IN ('student', 'task', 'line', 'mistake')),
    kind    TEXT NOT NULL CHECK (kind IN ('absolute', 'change', 'comment')),
    task    TEXT,
    line    INTEGER,
    mistake TEXT,                     -- slug of the catalogue: for all who have it
    value   REAL,                     -- points
    {_LEDGER}
);
CREATE TABLE extensions (            -- more time for one student
    id       INTEGER PRIMARY KEY,
    {_STUDENT},
    due      TEXT,                    -- ISO 8601 with offset
    days     REAL,                    -- after the course's due date
    received TEXT,                    -- when the work really came
    {_LEDGER}
);
CREATE TABLE decisions (             -- doubts that a person has accepted
    id      INTEGER PRIMARY KEY,
    {_STUDENT},
    accepts TEXT NOT NULL,            -- slug of the doubt
    value   TEXT,
    sha256  TEXT NOT NULL,            -- of the submission that the person looked at
    {_LEDGER}
);
CREATE TABLE releases (
    id      INTEGER PRIMARY KEY,
    {_STUDENT},
    state   TEXT NOT NULL CHECK (state IN ('draft', 'held', 'released')),
    {_LEDGER}
);
CREATE TABLE moves (                 -- checks whose points moved since the rubric was changed
    {_STUDENT},
    task     TEXT NOT NULL,
    check_id TEXT NOT NULL,
    before   REAL,                    -- NULL: the check is new
    after    REAL,                    -- NULL: the check was removed
    why      TEXT NOT NULL,
    PRIMARY KEY (student, check_id)
) WITHOUT ROWID;
CREATE TABLE marks (                 -- 'changes' counts transactions; digests of imported files
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO marks VALUES ('changes', '0'), ('reported', '0');
"""
_REQUESTS = f"""
CREATE TABLE IF NOT EXISTS claims (                -- regrade requests, and what was answered
    id      INTEGER PRIMARY KEY,
    {_STUDENT},
    task    TEXT,                     -- NULL: the whole
    answers INTEGER,                  -- id of the claim that this row answers; NULL: a claim
    {_LEDGER}
);
CREATE TABLE IF NOT EXISTS items (                 -- comments with points that graders use again
    id      INTEGER PRIMARY KEY,
    student TEXT,                     -- always NULL
    task    TEXT,
    value   REAL,                     -- points to add; NULL: a comment only
    {_LEDGER}
);
"""


def _gather_contents(connection: sqlite3.Connection) -> None:
    """In version 1 each observation had a packed frame of its own."""
    connection.execute(
        "CREATE TABLE contents (student TEXT PRIMARY KEY "
        "REFERENCES submissions (student) ON DELETE CASCADE, content BLOB NOT NULL)"
    )
    for (student,) in connection.execute("SELECT student FROM submissions").fetchall():
        packed = connection.execute(
            "SELECT content FROM observations WHERE student = ? ORDER BY position", (student,)
        ).fetchall()
        if packed:
            content = pack_frames(zlib.decompress(frame) for (frame,) in packed)
            connection.execute("INSERT INTO contents VALUES (?, ?)", (student, content))
    connection.execute("ALTER TABLE observations DROP COLUMN content")


def _name_answers(connection: sqlite3.Connection) -> None:
    """In version 2 there was a frame for each observation, with no more than values and arrays."""
    connection.execute("ALTER TABLE runs ADD COLUMN questions_sha256 TEXT NOT NULL DEFAULT ''")
    for student, content in connection.execute("SELECT * FROM contents").fetchall():
        rows = connection.execute(
            "SELECT question, ended, error FROM observations WHERE student = ? ORDER BY position",
            (student,),
        )
        came, packed = [], memoryview(zlib.decompress(content))
        for question, ended, error in rows:
            size, _ = frames.PREFIX.unpack_from(packed)
            values, arrays = frames.decode(packed[:size])
            came.append(frame_of(Observation(question, Ended(ended), values, arrays, error)))
            packed = packed[size:]
        connection.execute(
            "UPDATE contents SET content = ? WHERE student = ?", (pack_frames(came), student)
        )


def _separate_students(connection: sqlite3.Connection) -> None:
    """In version 3 a student was the name of a folder, and people's words were in CSV files."""
    for statement in filter(str.strip, _PEOPLE.split(";\n")):
        connection.execute(statement)
    connection.execute("ALTER TABLE submissions ADD COLUMN attempts TEXT NOT NULL DEFAULT '[]'")
    rows = connection.execute("SELECT student, status, owner, attention FROM submissions")
    taken: set[tuple[str, str]] = set()
    for student, status, owner, attention in rows.fetchall():
        known = student_of(owner_of_json(owner))
        identity = None if known.id is None else (known.system, known.id)
        connection.execute(
            "INSERT INTO students VALUES (?, ?, ?, ?, '', '', ?)",
            (student, known.system, known.id, known.name, known.original)
            if identity not in taken
            else (student, known.system, None, known.name, known.original),
        )
        taken |= {identity} if identity else set()
        # What could not be told is in the verdicts, and needs no copy.
        told = status == "attention" and _is_told(connection, student)
        slug = "unreadable" if status == "ungradable" else "suspicious"
        doubts = [{"slug": slug, "message": each} for each in json.loads(attention) if not told]
        connection.execute(
            "UPDATE submissions SET attention = ? WHERE student = ?", (json.dumps(doubts), student)
        )


def _keep_notebooks(connection: sqlite3.Connection) -> None:
    """Version 4 did not keep the code of notebooks; it stays unknown until graded again."""
    connection.execute("ALTER TABLE submissions ADD COLUMN notebook TEXT NOT NULL DEFAULT ''")


def _add_requests(connection: sqlite3.Connection) -> None:
    """Files of version 4 and 5 have claims and items only if they were made by a later kit."""
    for statement in filter(str.strip, _REQUESTS.split(";\n")):
        connection.execute(statement)


def _keep_worth(connection: sqlite3.Connection) -> None:
    """Version 6 kept rounded points only; its verdicts are judged in full the next time.

    It did not keep where a problem was found either: the next run drops such problems.
    """
    connection.execute("ALTER TABLE submissions ADD COLUMN judged_with TEXT NOT NULL DEFAULT ''")
    connection.execute("ALTER TABLE problems ADD COLUMN source TEXT NOT NULL DEFAULT ''")
    connection.execute("ALTER TABLE verdicts ADD COLUMN worth REAL NOT NULL DEFAULT 0")
    connection.execute("ALTER TABLE verdicts ADD COLUMN worth_if_accepted REAL")


def _is_told(connection: sqlite3.Connection, student: str) -> bool:
    query = "SELECT 1 FROM verdicts WHERE student = ? AND judged = 'could not tell'"
    return connection.execute(query, (student,)).fetchone() is not None


# version -> what leads from it to the next; the first public version is 1
_MIGRATIONS: dict[int, Callable[[sqlite3.Connection], None]] = {
    1: _gather_contents,
    2: _name_answers,
    3: _separate_students,
    4: _keep_notebooks,
    5: _add_requests,
    6: _keep_worth,
}


def tables(connection: sqlite3.Connection) -> list[str]:
    """Names of the tables, those first to which others refer."""
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    first = ("runs", "students", "submissions")
    names = {row[0] for row in rows}
    return [*(name for name in first if name in names), *sorted(names.difference(first))]


def prepare(connection: sqlite3.Connection, name: str, *, write: bool) -> None:
    """Create the tables in a new file, or bring an older one up to date.

    Raises
    ------
    KitError
        If the file is of a later version than this kit knows, must be changed to be read, or is
        damaged.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version < 0:
        advice = "`nnlab rescue OUT` saves what can be read"
        raise KitError(f"{name} is damaged: {version} is not a version; {advice}")
    if version > VERSION:
        raise KitError(
            f"{name} is of version {version}, this kit reads up to {VERSION}: use the newer kit"
        )
    if version < VERSION and not write:
        raise KitError(
            f"{name} is of version {version}, this kit reads {VERSION}: "
            "`nnlab report OUT` brings it up to date"
        )
    if version == 0:
        connection.executescript(
            f"BEGIN IMMEDIATE;{_CREATE}{_PEOPLE}{_REQUESTS}PRAGMA user_version = {VERSION};COMMIT;"
        )
        return
    for older in range(version, VERSION):
        _bring_on(connection, name, older)


def _bring_on(connection: sqlite3.Connection, name: str, version: int) -> None:
    """One step, whole or not at all."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        _MIGRATIONS[version](connection)
        connection.execute(f"PRAGMA user_version = {version + 1}")
        connection.execute("COMMIT")
    except BaseException as error:
        connection.execute("ROLLBACK")
        if isinstance(error, (zlib.error, frames.FrameError)):
            advice = "move the file away and grade again"
            raise KitError(f"{name} is damaged ({error}); {advice}") from error
        raise
