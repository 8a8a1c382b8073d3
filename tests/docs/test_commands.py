"""Every command of the pages is one.

Those in `RUN` only look, or take a second: they are run here on a small graded class. All others
are parsed, with their options and values, so that a renamed option is noticed; what they do has
tests of its own. Where a text only names a command, it has to exist.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.pages import PROJECT, commands, pages
from tests.tools.test_cli import parse
from tools.cli import COMMANDS, nnlab

# What is run as it stands, apart from the names of files; everything else is parsed.
RUN = {
    "nnlab": 0,
    "nnlab --help": 0,
    "nnlab data": 0,
    "nnlab data status": 0,
    "nnlab ci github": 0,
    "nnlab report OUT": 1,  # the class has a broken archive: done, one needs attention
    "nnlab judge OUT": 1,
    "nnlab judge OUT --dry-run": 1,
    "nnlab export OUT --to csv": 0,
    "nnlab export OUT --to junit": 0,
    "nnlab export OUT --to csv --feedback": 1,
}
# What stands in a text for any command or path, or is a part of a sentence.
_NO_COMMAND = re.compile(r"COMMAND|\.\.\.|…|\bPATH\b")


def told() -> Iterator[tuple[Path, str]]:
    for page in pages():
        for command in commands(page):
            if not _NO_COMMAND.search(command):
                yield page, " ".join(command.split())


def test_pages_tell_every_command() -> None:
    """In the README or a guide; and enough of them that the patterns cannot have failed."""
    names = {words[1] for _, line in told() if len(words := shlex.split(line)) > 1}
    assert set(COMMANDS) <= names
    assert len(list(told())) > 60


@pytest.mark.parametrize(
    ("page", "command"),
    [pytest.param(*each, id=f"{each[0].name}: {each[1]}") for each in set(told())],
)
def test_command_parses(page: Path, command: str, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    words = shlex.split(command.replace("~", "."))[1:]
    words = words[: next((at for at, word in enumerate(words) if word in (">", ">>")), None)]
    if words == []:
        return  # nnlab alone, which is run below
    for word in words[1:]:
        _stand_in(word)
    if words[0].startswith("-"):
        assert words[0] in ("--help", "--version")
    elif words[1:] in ([], ["--help"]):
        assert words[0] in COMMANDS
    else:
        parse(nnlab, words)


def _stand_in(word: str) -> None:
    """A file or folder of that name, whatever the command wants to find there."""
    path = Path(word)
    if word.startswith("-") or path.is_absolute() or path.exists():
        return
    if path.suffix or word == "FILE":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    elif re.search("/|class|grades|OUT|ada|mnist|last|old|out", word):
        path.mkdir(parents=True)


@pytest.mark.parametrize("command", RUN)
def test_command_runs(command: str, graded_copy: Path) -> None:
    words = shlex.split(command.replace("OUT", str(graded_copy)))[1:]
    done = subprocess.run(
        [sys.executable, "-m", "tools.cli", *words],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == RUN[command], done.stderr
    assert done.stdout.strip()


def test_what_is_run_is_told() -> None:
    lines = {line for _, line in told()} | {"nnlab", "nnlab --help"}
    assert set(RUN) <= lines
