"""Tables of the gradebook, and how an older file becomes one of this version.

Any SQLite tool reads it. One row of `submissions` for each student; what belongs to a student in
the other tables goes and comes with it, in one transaction.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable

from grader.engine.observation import Ended, Observation
from grader.engine.protocol import frame_of
from grader.errors import KitError
from grader.sandbox.guest import frames
from tools.course.gradebook.records import pack_frames

VERSION = 3

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
    questions_sha256 TEXT NOT NULL,   -- of the questions themselves; '' where it is not known
    labels        BLOB NOT NULL       -- of the validation and test images, for judging again
);
CREATE TABLE submissions (
    student      TEXT PRIMARY KEY,    -- key and folder name
    run          INTEGER NOT NULL REFERENCES runs (id),  -- that observed it
    name         TEXT NOT NULL,       -- of the folder or archive
    sha256       TEXT NOT NULL,       -- of its files
    fingerprint  TEXT NOT NULL,       -- of names, sizes and times: unchanged means not run again
    received     TEXT,                -- ISO 8601 with offset
    status       TEXT NOT NULL CHECK (status IN ('graded', 'attention', 'ungradable')),
    owner        TEXT NOT NULL,       -- JSON: who handed it in, with the system's ids
    findings     TEXT NOT NULL,       -- JSON: sentences that are no verdicts
    attention    TEXT NOT NULL,       -- JSON: sentences that a person should look at
    source       TEXT NOT NULL,       -- neural_net.py as text
    output       TEXT NOT NULL,       -- what the code printed, its beginning
    isolation    TEXT NOT NULL,       -- level of the sandbox that it ran in
    wall_s       REAL NOT NULL,
    cpu_s        REAL NOT NULL,
    peak_memory_mb REAL NOT NULL,
    figures      TEXT NOT NULL,       -- JSON: accuracies of best_net, final toy loss
    judged_by    TEXT NOT NULL,       -- sha256 of the rubric
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
    content BLOB NOT NULL             -- zlib of the frames as they came: docs/formats.md
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
    PRIMARY KEY (student, id)
) WITHOUT ROWID;
CREATE TABLE problems (              -- what is for a person to look at and belongs to no verdict
    student    TEXT NOT NULL,
    submission TEXT NOT NULL,
    stage      TEXT NOT NULL,
    reason     TEXT NOT NULL,
    again      TEXT NOT NULL
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


# version -> what leads from it to the next; the first public version is 1
_MIGRATIONS: dict[int, Callable[[sqlite3.Connection], None]] = {
    1: _gather_contents,
    2: _name_answers,
}


def prepare(connection: sqlite3.Connection, name: str, *, write: bool) -> None:
    """Create the tables in a new file, or bring an older one up to date.

    Raises
    ------
    KitError
        If the file is of a later version than this kit knows, must be changed to be read, or is
        damaged.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
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
            f"BEGIN IMMEDIATE;{_CREATE}PRAGMA user_version = {VERSION};COMMIT;"
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
