"""No figure without a command that prints it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.figures import claimed, rows
from tests.docs.pages import commands

FIGURES = Path("docs") / "figures.md"


@pytest.fixture
def page(project: Path) -> Path:
    return project / FIGURES


def test_every_row_names_a_command(page):
    """One that `test_commands.py` runs, or knows why it cannot."""
    known = set(commands(page))
    assert len(list(rows(page))) >= 10
    for row in rows(page):
        assert re.sub(r"^.*`([^`]+)`.*$", r"\1", row[-1]) in known, row


def test_figures_of_the_readme_stand_on_the_page(page, project):
    text = page.read_text(encoding="utf-8")
    missing = {figure for figure in claimed(project / "README.md") if figure not in text}
    assert not missing


def test_figures_are_found_in_prose_alone(tmp_path):
    sample = tmp_path / "sample.md"
    sample.write_text("It takes 15 ms, or 1.3 times that.\n```\n99 ms\n```\n92 of 100 points\n")
    assert claimed(sample) == {"15 ms", "1.3 times"}
