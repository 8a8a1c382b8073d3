"""The guide names every table of the gradebook, and the gradebook explains its columns."""

from __future__ import annotations

import re
import sqlite3

from tools.course.gradebook import schema


def test_guide_names_every_table(project):
    text = (project / "docs" / "formats.md").read_text(encoding="utf-8")
    chapter = re.search(r"## The gradebook\n(.*?)\n## ", text, re.DOTALL)[1]
    cells = re.findall(r"^\| (`[^|]*) \|", chapter, re.MULTILINE)
    with sqlite3.connect(":memory:") as made:
        schema.prepare(made, "new", write=True)
        tables = dict(made.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))
    assert sorted(re.findall(r"`(\w+)`", " ".join(cells))) == sorted(tables)
    assert f"is the version of its tables, now {schema.VERSION};" in " ".join(chapter.split())
    assert "-- of the hidden questions" in tables["runs"]  # what .schema prints
