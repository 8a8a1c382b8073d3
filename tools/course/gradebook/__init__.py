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
