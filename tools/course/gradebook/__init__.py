"""The gradebook of a class: one SQLite file with everything that must not be lost.

    with Gradebook(out, write=True) as book:     # one writer at a time; readers at any time
        book.people()                            # everybody, as `Student`
        book.submission(folder), book.verdicts(folder), book.observations(folder)
        book.moves()                             # whose points moved since the rubric changed
        seen = book.ledger.revision(folder)
        book.ledger.add(ScoreEntry(student=folder, kind=Kind.CHANGE, value=-1.5, scope=Scope.TASK,
                                   task="T#6", reason="style", author="ada"), seen=seen)
        book.ledger.rows(ScoreEntry, folder)     # in force, oldest first
        book.ledger.withdraw(row, author="ada")

What people decide are rows of `book.ledger`: `ScoreEntry`, `Extension`, `Decision`, `Released`,
`Claim`, and `Item` for comments to use again.
They are added and withdrawn, never edited; `add(..., seen=...)` raises ConflictError if somebody
else has changed the student since. Open the book for writing only as long as a change takes:
a second writer is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tools.course.gradebook.records import Graded, Moved, RunRecord, StoredSubmission
from tools.course.student import Attempt, Owner, Student

if TYPE_CHECKING:
    from tools.course.gradebook.book import Gradebook, expect_gradebook
    from tools.course.gradebook.ledger import (
        Claim,
        Decision,
        Extension,
        Item,
        Kind,
        Ledger,
        Release,
        Released,
        Scope,
        ScoreEntry,
    )

__all__ = [
    "Attempt",
    "Claim",
    "Decision",
    "Extension",
    "Gradebook",
    "Graded",
    "Item",
    "Kind",
    "Ledger",
    "Moved",
    "Owner",
    "Release",
    "Released",
    "RunRecord",
    "Scope",
    "ScoreEntry",
    "StoredSubmission",
    "Student",
    "expect_gradebook",
]


def __getattr__(name: str) -> Any:
    """The file and its ledger, when they are asked for: a worker that grades needs neither."""
    if name not in __all__:
        raise AttributeError(name)
    from tools.course.gradebook import book, ledger

    return getattr(book if hasattr(book, name) else ledger, name)
