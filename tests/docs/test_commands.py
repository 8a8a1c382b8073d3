"""The commands and outputs that the guides show."""

from __future__ import annotations

import importlib.util
import re
import shlex
from pathlib import Path

import click
import pytest

from tests.docs.examples import run_cog
from tests.docs.pages import PROJECT, commands, pages
from tools.cli import COMMANDS, nnlab

# A word that stands for one of several values.
_PLACEHOLDER = re.compile(r"[A-Z][A-Z_.]*|\.\.\.|…")


def problem(command: str) -> str | None:
    """Return what is wrong with a command as a guide shows it; None if nothing is."""
    words = [word for word in shlex.split(command) if not re.fullmatch(r"[A-Z_]+=\S+", word)]
    for stop in ("|", ">", ">>", "&&"):
        words = words[: words.index(stop)] if stop in words else words
    if words[0] == "nnlab" and _PLACEHOLDER.fullmatch(words[1]):
        return None
    if words[0] == "nnlab":
        return _problem_of_nnlab(words[1:])
    if words[0] == "make":
        targets = re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE)
        return None if words[1] in targets else f"no target {words[1]}"
    if words[:2] == ["python", "-m"]:
        return None if _module_exists(words[2]) else f"no module {words[2]}"
    return None


def _module_exists(name: str) -> bool:
    in_release = PROJECT / "assignment" / name.replace(".", "/")
    if name == "pip" or in_release.is_dir() or in_release.with_suffix(".py").is_file():
        return True
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def _problem_of_nnlab(words: list[str]) -> str | None:
    command: click.Command = nnlab
    context = click.Context(nnlab, info_name="nnlab")
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(context, words[0]) if words[0] in _names(command) else None
        if found is None:
            return f"no command {words[0]}"
        command, words = found, words[1:]
        context = click.Context(command, parent=context)
    return _problem_of_options(command, context, words)


def _names(group: click.Group) -> list[str]:
    return group.list_commands(click.Context(group))


def _problem_of_options(
    command: click.Command, context: click.Context, words: list[str]
) -> str | None:
    try:
        values, left, _ = command.make_parser(context).parse_args(args=list(words))
    except click.UsageError as error:
        return None if "requires an argument" in error.message else error.message
    if left:
        return f"too many arguments: {left}"
    for parameter in command.params:
        value = values.get(parameter.name or "")
        known = getattr(parameter.type, "choices", None)
        is_wrong = known is not None and isinstance(value, str) and value not in known
        if is_wrong and not _PLACEHOLDER.fullmatch(value):
            return f"{parameter.name} is {value}"
    return None


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_commands_and_options_exist(page: Path) -> None:
    found = {command: problem(command) for command in commands(page.read_text("utf-8"))}
    assert {command: why for command, why in found.items() if why} == {}


def test_wrong_commands_are_found() -> None:
    for command in (
        "nnlab grad class",
        "nnlab grade class --speed 3",
        "nnlab export grades --to nowhere",
        "nnlab report grades more",
        "make tea",
        "python -m cattern.pickle",
    ):
        assert problem(command), command


def test_every_command_is_in_a_guide() -> None:
    shown = {word for page in pages() for line in commands(page.read_text("utf-8"))
             for word in line.split()[1:2] if line.startswith("nnlab")}  # fmt: skip
    assert set(COMMANDS) <= shown
    assert len(shown) > 10


def test_commands_are_found_in_a_page() -> None:
    page = (
        "Type `nnlab one` or `A=1 python\n-m two`, not `train`.\n\n```console\n$ nnlab three\nout\n"
        "```\n```python\nnnlab = 1\n```\n\n    make six    (why)\n    text\n"
    )
    assert list(commands(page)) == ["nnlab three", "make six", "nnlab one", "A=1 python -m two"]


def test_shown_output_is_current() -> None:
    """Run `make docs` to renew it."""
    assert run_cog("--check", "--diff")[0] == 0
