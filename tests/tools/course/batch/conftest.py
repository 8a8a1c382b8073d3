"""A small class, and ways to grade it from outside."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.lab.reference import SOLUTIONS

# No images: these tests are about the batch, and each submission takes a tenth of a second so.
QUICK = ("--data", "none", "--seed", "7")
# A message that is no UTF-8, and that a terminal or a page must not take literally.
ODD = "raise ValueError('\\udc80 \\x1b[31m <b>')"
EDITS = {
    "ada": ("", ""),
    "ben": ("0.5 * reg", "reg"),
    "cy": ("np.argmax", "np.argmin"),
    "dee": ("-= learning_rate", "+= learning_rate"),
    "eve": ("labels = np.argmax", f"{ODD}\n        labels = np.argmax"),
    "flo": ("class TwoLayerNet:", "import os; os._exit(0)\nclass TwoLayerNet:"),
}


def write_class(folder: Path, copies: int = 1) -> Path:
    """A folder of submissions, one for each edit of the reference, and a broken archive."""
    text = (SOLUTIONS / "cattern" / "neural_net.py").read_text(encoding="utf-8")
    for copy in range(copies):
        for name, (old, new) in EDITS.items():
            package = folder / f"{name}{copy or ''}" / "cattern"
            package.mkdir(parents=True)
            (package / "__init__.py").touch()
            (package / "neural_net.py").write_text(text.replace(old, new) if old else text)
    (folder / "zed.zip").write_bytes(b"PK\x03\x04 cut short")
    return folder


@pytest.fixture(scope="session")
def first_class(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six submissions and a broken archive, not to be changed; graded beside it."""
    folder = tmp_path_factory.mktemp("batch")
    write_class(folder / "class")
    run_nnlab("grade", folder / "class", "-o", folder / "out", *QUICK, "--jobs", 1)
    # A copy elsewhere is the same class, which has moved.
    (folder / "class").rename(folder / "moved")
    return folder


@pytest.fixture
def small_class(first_class: Path, tmp_path: Path) -> Path:
    """Six submissions and a broken archive of one's own."""
    return Path(shutil.copytree(first_class / "moved", tmp_path / "class"))


@pytest.fixture
def graded(first_class: Path, small_class: Path, tmp_path: Path) -> Path:
    """That class, graded with one job."""
    return Path(shutil.copytree(first_class / "out", tmp_path / "out"))


WAIT_S = 240  # a busy machine takes many times as long
PROJECT = Path(__file__).resolve().parents[4]


def command(*arguments: object) -> list[str]:
    """An `nnlab` command line of this very Python."""
    return [sys.executable, "-m", "tools.cli", *map(str, arguments)]


def wait_for_first_stored(out: Path, run: subprocess.Popen[str]) -> None:
    """Wait until a run has stored a submission and works on the next one."""
    book = f"file:{out / 'gradebook.sqlite'}?mode=ro"
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        assert run.poll() is None, "the run ended before it was disturbed"
        with (
            contextlib.suppress(sqlite3.OperationalError),  # it is not there, or not whole yet
            contextlib.closing(sqlite3.connect(book, uri=True)) as connection,
        ):
            if connection.execute("SELECT count(*) FROM submissions").fetchone()[0]:
                return
        time.sleep(0.01)
    raise AssertionError("no submission was stored")


def run_nnlab(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command of the kit as a person would."""
    return subprocess.run(
        command(*arguments), cwd=PROJECT, capture_output=True, text=True, check=False, **options
    )


@pytest.fixture
def nnlab() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a command of the kit as a person would."""
    return run_nnlab


def reports(out: Path) -> dict[str, dict[str, Any]]:
    """All reports of a folder by student, without what differs from run to run."""
    found = {}
    for path in sorted(out.glob("students/*/report.json")):
        report = json.loads(path.read_text(encoding="utf-8"))
        del report["measured"]
        found[report["student"]] = report
    return found


def other_files(out: Path) -> dict[str, bytes]:
    """What holds nothing measured, and so has to be the same bytes."""
    paths = [*out.glob("students/*/feedback.*"), out / "scores.csv", out / "owners.json"]
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(paths)}


def scores(out: Path) -> dict[str, float]:
    """Score of each student."""
    return {student: report["score"] for student, report in reports(out).items()}
