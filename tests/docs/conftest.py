"""A small class, graded once for all tests of the pages."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools.batch.conftest import QUICK, write_class


@pytest.fixture(scope="session")
def graded(tmp_path_factory: pytest.TempPathFactory, project: Path) -> Path:
    """The OUT folder of six submissions and a broken archive, with an override and lateness."""
    folder = tmp_path_factory.mktemp("graded")
    rubric = folder / "rubric.toml"
    text = (project / "grader" / "rubric.toml").read_text(encoding="utf-8")
    rubric.write_text(text + "\n[late]\ndeadline = 2026-03-03T23:59:00+07:00\n")
    grade = [sys.executable, "-m", "tools.cli", "grade", write_class(folder / "class")]
    out = folder / "out"
    out.mkdir()
    (out / "overrides.csv").write_text("student,task,points,comment\nben,T#6,9,the idea is right\n")
    done = subprocess.run(
        [*map(str, grade), "-o", str(out), *QUICK, "--jobs", "1", "--rubric", str(rubric)],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr  # the archive needs attention
    return out


@pytest.fixture
def graded_copy(graded: Path, tmp_path: Path) -> Path:
    """The same, to be changed."""
    return shutil.copytree(graded, tmp_path / "out")
