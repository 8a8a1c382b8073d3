"""How a command of a page is run in a folder."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from tests.docs.pages import PROJECT
from tools import cli


@dataclass(frozen=True)
class Place:
    """A folder, and what is known to processes in it."""

    folder: Path
    has_own_code: bool = False  # what is imported is what lies there, so that a process has to be
    stand_ins: Mapping[str, str] = field(default_factory=dict)  # a word of a page -> what is here

    @property
    def log(self) -> Path:
        """What was printed by commands that go on."""
        return self.folder / "output.log"

    def run(self, command: str, *more: str) -> tuple[int, str]:
        """Exit code and everything printed of a command as it stands on a page."""
        line, _, target = command.partition(" >> ")
        settings, words = self._parsed(line)
        if words[0] == "source":
            return self._process(["bash", "-c", f"{line} && command -v python"], settings)
        if words[0] == "make":
            return self._process([*words, *more], settings)
        if words[0] == "nnlab" and words[1:2] != ["grade"] and not self.has_own_code:
            code, said = here(cli.main, [*words, *more])
        elif words[:2] == ["python", "-m"] and not self.has_own_code:
            with mock.patch.dict(os.environ, settings):
                code, said = here(importlib.import_module(words[2]).main, [*words[2:], *more])
        else:
            code, said = self._process([*argv(words), *more], settings)
        if target:
            with Path(target).expanduser().open("a") as file:
                file.write(said)
        return code, said

    def start(self, command: str, *more: str) -> subprocess.Popen[bytes]:
        """A command that goes on until it is stopped."""
        settings, words = self._parsed(command)
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [*argv(words), *more],
                cwd=self.folder,
                env=self._all(settings),
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def _parsed(self, line: str) -> tuple[dict[str, str], list[str]]:
        """The variables that a line sets, and its words."""
        words = [self.stand_ins.get(word, word) for word in shlex.split(line)]
        settings = {}
        while "=" in words[0]:
            name, _, settings[name] = words.pop(0).partition("=")
        return settings, [os.path.expanduser(word) for word in words]  # noqa: PTH111  any word

    def _all(self, settings: Mapping[str, str]) -> dict[str, str]:
        """What processes are told: one BLAS thread, and where the kit is, unless it is here."""
        kit = {} if self.has_own_code else {"PYTHONPATH": str(PROJECT)}
        return {**os.environ, "OPENBLAS_NUM_THREADS": "1", **kit, **settings}

    def _process(self, words: list[str], settings: Mapping[str, str]) -> tuple[int, str]:
        done = subprocess.run(
            words,
            cwd=self.folder,
            env=self._all(settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout


def argv(words: list[str]) -> list[str]:
    """The command with this very Python, whatever PATH has."""
    if words[0] == "nnlab":
        return [sys.executable, "-m", "tools.cli", *words[1:]]
    if words[0] == "python":
        return [sys.executable, *words[1:]]
    return [sys.executable, "-m", *words]


def here(main: Callable[[], object], words: Iterable[str]) -> tuple[int, str]:
    """Exit code of a command that runs in this process, and all that it printed."""
    said = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    with (
        mock.patch.object(sys, "argv", list(words)),
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(said),
    ):
        try:
            code = main()
        except SystemExit as ended:
            code = ended.code
    return int(code or 0), said.buffer.getvalue().decode()
