"""A graded class, runs that can be killed, and how often."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from grader.lab.mistakes.submissions import text_with
from grader.two_layer_net import LAB
from tests.faults.runs import Ended, Runner

TIMES = "FAULT_TIMES"  # environment: how many times as often as in `make test`
QUICK = ("--data", "none", "--seed", "7", "--jobs", "1", "--quiet")
GRADED = 1  # the exit code of such a run: without data some questions are not asked
RIGHT = text_with()
SOURCES = {
    "ada": RIGHT,
    "ben": RIGHT.replace("reg_loss(self.params, reg, len(X))", "0"),
    "cy": "import os; os._exit(0)",
}


@dataclass(frozen=True)
class Class:
    """Three submissions, and what an undisturbed run makes of them."""

    folder: Path
    out: Path
    accepted: Path  # the same; an instructor has accepted what was held back
    wall_s: float  # of that run


@pytest.fixture(scope="session")
def times() -> int:
    """How many times as many faults as in `make test`."""
    return int(os.environ.get(TIMES, "1"))


@pytest.fixture(scope="session")
def runner() -> Iterator[Runner]:
    """Runs of the kit, one at a time."""
    with Runner() as runner:
        assert runner.works
        yield runner


@pytest.fixture(scope="session")
def own_mounts() -> Iterator[Runner]:
    """The same with mounts that nobody else sees."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small or read-only file system")
    with Runner(own_mounts=True) as runner:
        if not runner.works:
            pytest.skip("this machine gives nobody a mount namespace")
        yield runner


@pytest.fixture(scope="session")
def first_class(tmp_path_factory: pytest.TempPathFactory, runner: Runner) -> Class:
    """The class, graded once; not to be changed."""
    folder = tmp_path_factory.mktemp("faults")
    for name, source in SOURCES.items():
        package = folder / "class" / name / "cattern"
        package.mkdir(parents=True)
        (package / "neural_net.py").write_text(source, encoding="utf-8")
    ended = runner.run("nnlab", "grade", folder / "class", "-o", folder / "out", *QUICK)
    assert ended.code == GRADED, ended.printed
    accepted = Path(shutil.copytree(folder / "out", folder / "accepted"))
    for reason in ("not-imported", "not-asked"):
        runner.run("nnlab", "accept", accepted, "--reason", reason, "--jobs", 1)
    return Class(folder / "class", folder / "out", accepted, ended.wall_s)


@pytest.fixture
def out(first_class: Class, tmp_path: Path) -> Path:
    """A graded folder of one's own, with nothing held back."""
    return Path(shutil.copytree(first_class.accepted, tmp_path / "out"))


@pytest.fixture
def dearer(tmp_path: Path) -> Path:
    """The rubric with a check that is worth ten points more."""
    text = LAB.rubric_path.read_text(encoding="utf-8")
    assert "predict-hidden = 2" in text
    path = tmp_path / "dearer.toml"
    path.write_text(text.replace("predict-hidden = 2", "predict-hidden = 12"), encoding="utf-8")
    return path


def told_in_one_sentence(ended: Ended, *words: str) -> bool:
    """Whether a run failed as the kit fails: exit code 4, one line, no traceback."""
    lines = ended.printed.strip().splitlines()
    return ended.code == 4 and len(lines) == 1 and all(word in lines[0] for word in words)
