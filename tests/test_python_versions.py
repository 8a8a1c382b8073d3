"""An old Python gets one sentence, whatever is started with it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SENTENCE = r"(This lab|nnlab) needs Python 3\.11 or newer, and this is Python [\d.]+\n"
OLD = "import runpy, sys; sys.version_info = (3, 10, 13); sys.version = '3.10.13 (x)'; "
# pytest itself would miss packages of an old Python: it gets old when pytest reads the folder.
OLD_IN_PYTEST = f"""
import pytest, sys
class Aging:
    def pytest_load_initial_conftests(self):
        {OLD}
sys.exit(pytest.main([], plugins=[Aging()]))
"""
STARTS = {
    "python -m mnist_data": OLD + "runpy.run_module('mnist_data', run_name='__main__')",
    "python -m cattern.draw": OLD + "runpy.run_module('cattern.draw', run_name='__main__')",
    "python -m cattern.submit": OLD + "import cattern.submit",
    "pytest": OLD_IN_PYTEST,
    "nnlab": OLD + "import tools.cli",
}
GUARDS = ("mnist_data/__init__.py", "solutions/cattern/__init__.py", "tools/__init__.py")


@pytest.fixture
def student(project: Path, tmp_path: Path) -> Path:
    """A student's folder, as far as Python reads it before it gives up."""
    kit = project / "solutions"
    folder = shutil.copytree(kit / "student", tmp_path / "lab")
    shutil.copytree(kit / "cattern", folder / "cattern")
    shutil.copytree(project / "mnist_data", folder / "mnist_data")
    return folder


def run(folder: Path, project: Path, *command: str) -> tuple[int, str]:
    environment = os.environ | {"PYTHONPATH": str(project)}
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    return ran.returncode, ran.stdout + ran.stderr


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
def test_old_python_gets_one_sentence(student: Path, project: Path, start: str) -> None:
    code, told = run(student, project, sys.executable, "-c", start)
    assert code == 1
    assert re.fullmatch(SENTENCE, told), told


def test_make_names_the_python_it_needs(project: Path, tmp_path: Path) -> None:
    old = tmp_path / "python"
    old.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{OLD}$2"\n')
    old.chmod(0o755)
    command = ("make", "-s", "-C", str(project), f"PYTHON={old}", f"VENV={tmp_path}/venv", "test")
    code, told = run(tmp_path, project, *command)
    assert code == 2
    assert told.startswith("Python 3.11 or newer is needed, this is 3.10.13\n")


@pytest.mark.parametrize("guard", GUARDS)
def test_guard_runs_before_anything_new(project: Path, tmp_path: Path, guard: str) -> None:
    """With the oldest interpreters that this machine has; pyenv keeps some."""
    versions = Path.home() / ".pyenv" / "versions"
    found = [path for path in versions.glob("*/bin/python") if _is_old(path.parents[1].name)]
    if not found:
        pytest.skip("no Python below 3.11 is installed here")
    for python in found:
        code, told = run(tmp_path, project, str(python), str(project / guard))
        assert code == 1, python
        assert re.fullmatch(SENTENCE, told), told


def _is_old(version: str) -> bool:
    return tuple(map(int, re.findall(r"\d+", version)))[:2] < (3, 11)
