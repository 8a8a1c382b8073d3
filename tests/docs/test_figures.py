"""No figure without a command that prints it."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from tests.docs.figures import claimed, rows
from tools.cli import COMMANDS

FIGURES = Path("docs") / "figures.md"


@pytest.fixture
def page(project: Path) -> Path:
    return project / FIGURES


def commands_of(page: Path) -> list[str]:
    """What stands in backticks in the last cell of each row."""
    return [re.sub(r"^.*`([^`]+)`.*$", r"\1", row[-1]) for row in rows(page)]


def test_every_row_names_a_command(page):
    assert len(commands_of(page)) >= 10
    for row in rows(page):
        assert re.search(r"`[^`]+`", row[-1]), row


def test_every_command_exists(page, project):
    makefile = (project / "Makefile").read_text(encoding="utf-8")
    for command in commands_of(page):
        assert exists(command, makefile), command


@pytest.mark.parametrize(
    "command", ["make lunch", "nnlab bake", "python -m tools.nothing", "curl figures"]
)
def test_a_command_that_does_not_exist_is_noticed(command, project):
    assert not exists(command, (project / "Makefile").read_text(encoding="utf-8"))


def exists(command: str, makefile: str) -> bool:
    """Whether a make target, a subcommand of nnlab or a module is there."""
    words = command.split()
    if words[0] == "make":
        return re.search(rf"^{re.escape(words[1])}:", makefile, re.MULTILINE) is not None
    if words[0] == "nnlab":
        return words[1] in COMMANDS
    if words[:2] == ["python", "-m"]:
        return importlib.util.find_spec(words[2]) is not None
    return False


def test_figures_of_the_readme_stand_on_the_page(page, project):
    text = page.read_text(encoding="utf-8")
    missing = {figure for figure in claimed(project / "README.md") if figure not in text}
    assert not missing


def test_figures_are_found_in_prose_alone(tmp_path):
    sample = tmp_path / "sample.md"
    sample.write_text("It takes 15 ms, or 1.3 times that.\n```\n99 ms\n```\n92 of 100 points\n")
    assert claimed(sample) == {"15 ms", "1.3 times"}
