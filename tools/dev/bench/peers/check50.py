"""check50 as it runs on an instructor's machine: local checks, each in a process of its own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from tools.dev.bench.cost import Cost, run
from tools.dev.bench.peers.environments import on_path, python_of
from tools.dev.bench.peers.peer import CHECK_NAMES, CHECKS_FILE, NO_FILES, Peer

_SETTINGS = """
check50:
  checks: checks.py
  files:
    - !exclude "*"
    - !include "*.py"
"""
_CHECKS = """
import sys

import check50
import check50.py


def _ask(name):
    sys.path.insert(0, str(check50.internal.check_dir))
    import toy_checks

    try:
        getattr(toy_checks, name)(check50.py.import_("neural_net.py").TwoLayerNet)
    except Exception as error:
        raise check50.Failure(repr(error))
""" + "".join(
    f'\n\n@check50.check()\ndef {name}():\n    """{name}"""\n    _ask("{name}")\n'
    for name in CHECK_NAMES
)


class Check50(Peer):
    """One command for each submission; the checks are in the instructor's folder."""

    name = "check50"
    environment = "check50"

    def prepare(self) -> None:
        self.command = python_of(self.environment).with_name("check50")
        self.checks = self.folder / "checks"
        self.checks.mkdir()
        (self.checks / ".cs50.yaml").write_text(_SETTINGS, encoding="utf-8")
        (self.checks / "checks.py").write_text(_CHECKS, encoding="utf-8")
        shutil.copy(CHECKS_FILE, self.checks / "toy_checks.py")

    def grade(
        self,
        student: str,
        text: str,
        *,
        timeout_s: float,
        memory_mb: int | None = None,
        files: Mapping[str, str] = NO_FILES,
    ) -> Cost:
        out = self.handed_in(student, text, files)
        result = self.folder / f"{student}.json"
        command: list[str | Path] = [
            self.command,
            "--dev",
            self.checks,
            "-o",
            "json",
            "--output-file",
            result,
        ]
        return run(
            command,
            cwd=out,
            timeout_s=timeout_s,
            memory_mb=memory_mb,
            env=on_path(self.environment),
        )

    def passed(self, student: str) -> set[str] | None:
        path = self.folder / f"{student}.json"
        if not path.exists() or not path.stat().st_size:
            return None
        results = json.loads(path.read_text(encoding="utf-8")).get("results")
        return None if results is None else {one["name"] for one in results if one["passed"]}
