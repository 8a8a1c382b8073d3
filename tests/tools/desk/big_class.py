"""A large gradebook made from a small one, to measure the desk and to look at it.

python -m tests.tools.desk.big_class SMALL_OUT BIG_OUT STUDENTS
"""

from __future__ import annotations

import random
import shutil
import sqlite3
import sys
import unicodedata
from pathlib import Path

from tools.course.gradebook.book import FILE, Gradebook

_FIRST = (
    *("Ada", "Amir", "Ana", "Björn", "Camille", "Chidi", "Dario", "Elif", "Emma", "Farah"),
    *("Grace", "Hugo", "Ines", "Jonas", "Kenji", "Lan", "Leila", "Luca", "Maja", "Mateo"),
    *("Nadia", "Noah", "Olga", "Priya", "Rami", "Sofía", "Thomas", "Wei", "Yui", "Zofia"),
)
_LAST = (
    *("Abebe", "Adeyemi", "Almeida", "Berg", "Chen", "Costa", "Dubois", "Eriksen", "Fischer"),
    *("García", "Haddad", "Ivanova", "Jensen", "Kim", "Kowalska", "Lindqvist", "Moreau"),
    *("Murphy", "Nguyễn", "Novák", "Okafor", "Petrov", "Quispe", "Rossi", "Sato", "Silva"),
    *("Tanaka", "Usman", "Vargas", "Weber", "Yılmaz", "Zhang", "O’Brien", "van Dijk"),
)
# What belongs to a student, and the columns that name the student there.
_TABLES = {"observations": "student", "contents": "student", "verdicts": "student"}


def write_big_class(small: Path, big: Path, size: int, seed: int = 0) -> Path:
    """Write a gradebook of `size` students with the work of those in `small`; better work more."""
    big.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(small / FILE, big / FILE)
    with Gradebook(big, write=True) as book:
        totals = {who: sum(one.score for one in book.verdicts(who)) for who in book.students()}
    db = sqlite3.connect(big / FILE)
    draw = random.Random(seed)
    people = draw.choices(
        list(totals), [1 + (score / 30) ** 2 for score in totals.values()], k=size
    )
    for number, source in enumerate(people):
        _copy(db, source, number, draw)
    for source in totals:
        db.execute("DELETE FROM submissions WHERE student = ?", (source,))
        db.execute("DELETE FROM students WHERE folder = ?", (source,))
        for table, column in _TABLES.items():
            db.execute(f"DELETE FROM {table} WHERE {column} = ?", (source,))
    db.commit()
    db.execute("VACUUM")
    db.close()
    return big


def _copy(db: sqlite3.Connection, source: str, number: int, draw: random.Random) -> None:
    first, last = draw.choice(_FIRST), draw.choice(_LAST)
    plain = unicodedata.normalize("NFKD", f"{last}{first}").encode("ascii", "ignore").decode()
    folder = f"{''.join(filter(str.isalpha, plain)).lower()}-{number}"
    values = {"folder": folder, "id": str(700_000 + number), "name": f"{first} {last}"}
    _insert(db, "students", "folder", source, values | {"section": "ABCD"[number % 4]})
    _insert(db, "submissions", "student", source, {"student": folder})
    for table, column in _TABLES.items():
        _insert(db, table, column, source, {column: folder})


def _insert(
    db: sqlite3.Connection, table: str, key: str, source: str, values: dict[str, str]
) -> None:
    columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
    chosen = ", ".join("?" if name in values else name for name in columns)
    given = [values[name] for name in columns if name in values]
    db.execute(
        f"INSERT INTO {table} SELECT {chosen} FROM {table} WHERE {key} = ?", (*given, source)
    )


if __name__ == "__main__":
    write_big_class(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
