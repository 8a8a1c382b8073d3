"""A student's folder: the release unpacked, and ways to work in it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tools.release import Handout
from tools.release.pack import unpack
from tools.release.proof import solve

IN_NOTEBOOK = """
import json, pathlib
from checks import check
for text in json.loads(pathlib.Path("texts.json").read_text(encoding="utf-8")):
    pathlib.Path("cattern/neural_net.py").write_text(text, encoding="utf-8")
    check()
    print("-----")
"""


@dataclass(frozen=True)
class Student:
    """Somebody who works in an unpacked release."""

    folder: Path
    release: Handout

    @classmethod
    def new(cls, release: Handout, root: Path) -> Student:
        """Somebody who unpacks the zip in this folder."""
        folder = root / "Simple_Neural_Network_Lab"
        for name, content in unpack(release.zip).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        return cls(folder, release)

    def solve(self, *tasks: str) -> None:
        """Put the reference's solution of these tasks, and of no others, into the files."""
        done = [solution for solution in self.release.solutions if solution.task in tasks]
        for name in self.release.reference:
            text = solve(name, self.release.files[name], done)
            self.write(name, text)

    def write(self, name: str, text: str) -> None:
        """Write a file."""
        (self.folder / name).write_text(text, encoding="utf-8", newline="\n")

    def replace(self, task: str, code: str) -> None:
        """Write code of one's own in the place of a stub."""
        path = self.folder / "cattern" / "neural_net.py"
        stub = re.compile(rf'^( *)raise NotImplementedError\("{task} is not done yet"\)$', re.M)
        text = path.read_text(encoding="utf-8")
        assert stub.search(text), task
        code = stub.sub(lambda match: textwrap.indent(code, match[1]), text)
        self.write("cattern/neural_net.py", code)

    def reset(self) -> None:
        """Start over with the stub."""
        for name in self.release.reference:
            self.write(name, self.release.files[name].decode())

    def python(self, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run Python in the folder, as on a machine without data and without the kit's settings."""
        kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
        home = {"HOME": str(self.folder / "home"), "USERPROFILE": str(self.folder / "home")}
        plain = {
            "PYTHONUTF8": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # students have none
            "PYTHONDONTWRITEBYTECODE": "1",  # two texts of one size in one second
        }
        return subprocess.run(
            [sys.executable, *args],
            cwd=self.folder,
            env=kept | home | plain | env,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=300,
            check=False,
        )

    def check_all(self, texts: Mapping[str, str]) -> dict[str, str]:
        """What `check()` prints for each text of `neural_net.py`, all in one process."""
        self.write("texts.json", json.dumps(list(texts.values())))
        run = self.python("-c", IN_NOTEBOOK)
        assert run.stderr == ""
        return dict(zip(texts, run.stdout.split("-----\n"), strict=False))

    def check(self, *args: str, **env: str) -> str:
        """What `pytest` prints."""
        return self.python("-m", "pytest", *args, **env).stdout


def table(said: str) -> dict[str, str]:
    """Status by task, from the table that `pytest` prints."""
    rows = re.findall(r"^(T#\d+| ) .*?  (done|wrong|not yet|waits|skipped)\b", said, re.M)
    return {name.strip() or "together": status for name, status in rows}


@pytest.fixture
def student(release: Handout, tmp_path: Path) -> Student:
    """A student who has just unpacked the zip."""
    return Student.new(release, tmp_path)
