"""The page of mistakes says what the grader does."""

from __future__ import annotations

import re

import pytest

from tools.dev import mistake_table

DEVIATIONS = {"bias-gradients-are-rows", "column-of-labels"}


def test_page_is_what_the_grader_says_today(grader):
    page = mistake_table.make_page(grader.grade)
    assert page == mistake_table.DOCUMENT.read_text(), (
        "run python -m tools.dev.mistake_table --write and read what has changed"
    )
    assert "| no |" not in page
    assert not re.search(r"\| [\d.]+ of \d+ \+", page)  # nothing is lost in other tasks
    assert set(re.findall(r"^\| `([\w-]+)` .*\| a deviation \|", page, re.MULTILINE)) == DEVIATIONS


@pytest.mark.parametrize(
    ("kept", "code", "told"),
    [("the page\n", 0, ""), ("another\n", 1, "docs/mistakes.md is stale: run python -m tools")],
)
def test_check_compares_the_page(kept, code, told, tmp_path, monkeypatch, capsys):
    document = tmp_path / "mistakes.md"
    document.write_text(kept)
    monkeypatch.setattr(mistake_table, "DOCUMENT", document)
    monkeypatch.setattr(mistake_table, "_grade_in_sandbox", lambda: "the page\n")
    assert mistake_table.main(["--check"]) == code
    assert capsys.readouterr().out.startswith(told)


def test_write_keeps_the_page_and_nothing_prints_it(tmp_path, monkeypatch, capsys):
    document = tmp_path / "mistakes.md"
    monkeypatch.setattr(mistake_table, "DOCUMENT", document)
    monkeypatch.setattr(mistake_table, "_grade_in_sandbox", lambda: "the page\n")
    assert mistake_table.main(["--write"]) == 0
    assert document.read_text() == "the page\n"
    assert mistake_table.main([]) == 0
    assert capsys.readouterr().out == "the page\n"
