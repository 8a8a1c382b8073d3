"""The data chapter says what the code says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import mnist_data
from mnist_data.files import FILES
from tests.mnist_data.test_load_mnist import BROKEN
from tools.commands.data import command

PACKAGE = Path(mnist_data.__file__).parent


@pytest.fixture
def chapter(project: Path) -> str:
    return (project / "docs" / "data.md").read_text("utf-8")


def test_commands_and_options_exist(chapter: str) -> None:
    (actions,) = [set(one.type.choices) for one in command.params if one.name == "action"]
    assert set(re.findall(r"nnlab data (\w+)", chapter)) == actions
    options = {option for parameter in command.params for option in parameter.opts}
    named = set(re.findall(r"`(--[a-z-]+)", chapter)) - {"--data"}  # of nnlab grade
    assert named <= options


def test_files_are_named(chapter: str) -> None:
    assert all(name in chapter for name in FILES)


def test_messages_are_those_of_the_code(chapter: str) -> None:
    table = chapter.partition("| found | what to do |")[2]
    quoted = [
        part
        for row in table.splitlines()[2:]
        for part in re.findall(r"`([^`]*)`", row.split("|")[1])
    ]
    assert len(quoted) > 20
    sentences = " ".join(expected for _, _, expected in BROKEN.values())
    source = " ".join(path.read_text("utf-8") for path in PACKAGE.rglob("*.py"))
    for message in quoted:
        words = message.removeprefix("found ").removeprefix("expected ")
        assert words in sentences or words in source, message
