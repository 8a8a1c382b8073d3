"""The description of the gradebook names every table and column, and no other."""

from __future__ import annotations

import re
import sqlite3

from tools.course.gradebook import schema


def test_documents_name_the_tables_and_columns_that_there_are(project):
    text = (project / "docs" / "formats.md").read_text(encoding="utf-8")
    chapter = re.search(r"## The gradebook\n(.*?)\n## ", text, re.DOTALL)[1]
    documented = {}
    for part in re.split(r"^Table (?=`)", chapter, flags=re.MULTILINE)[1:]:
        table = re.match(r"`(\w+)`", part)[1]
        cells = re.findall(r"^\| (`[^|]*) \|", part, re.MULTILINE) or [
            part.split(":")[1].split(", as")[0]
        ]
        documented[table] = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
    with sqlite3.connect(":memory:") as made:
        schema.prepare(made, "new", write=True)
        there = {
            table: {row[1] for row in made.execute(f"PRAGMA table_info({table})")}
            for (table,) in made.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
    assert documented == there
    assert f"is the version of its tables, now {schema.VERSION};" in " ".join(chapter.split())
