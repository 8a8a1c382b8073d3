"""A small class, graded once for all tests of the pages; the places that commands are run in."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

from grader.lab.mistakes.catalogue import CATALOGUE
from tests.docs.classroom import RIGHT, notebook_after_a_session, write_graded_class
from tests.docs.classroom import write_class as write_small_class
from tests.docs.places import Place
from tests.mnist_data.mirror import Mirror, serve
from tests.mnist_data.sets import counts_as, pack, write_set
from tests.tools.course.batch.conftest import QUICK, write_class
from tests.tools.small_lab import small_data, small_published
from tests.tools.transcript.test_transcript import train_here
from tools.commands import transcript as transcript_command
from tools.dev import best_net, measure_digits, measure_loss_bands, mistake_table
from tools.notebook import run as notebook_run
from tools.transcript import transcript


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


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder of one's own, and no images anywhere."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    for name in ("XDG_CACHE_HOME", "MNIST_DIR", "MNIST_MIRROR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return folder


# an instructor's folder


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of an instructor who has graded the download of a system, made when needed."""
    made: dict[str, Path] = {}

    def of(system: str) -> Path:
        if system not in made:
            made[system] = tmp_path_factory.mktemp(system)
            write_graded_class(made[system], system)
        return made[system]

    return of


def _graded_class(system: str):
    @pytest.fixture(name=system)
    def graded_class(prepared: Callable[[str], Path], home: Path) -> Place:
        return Place(shutil.copytree(prepared(system), home / "class"))

    return graded_class


canvas = _graded_class("canvas")
moodle = _graded_class("moodle")
brightspace = _graded_class("brightspace")
blackboard = _graded_class("blackboard")
folders = _graded_class("folders")


@pytest.fixture
def canvas_two_years(canvas: Place) -> Place:
    """The class beside two earlier ones: one graded, one only handed in."""
    shutil.copytree(canvas.folder / "grades", canvas.folder / "grades-2025")
    (canvas.folder / "last-spring").mkdir()
    shutil.copy(canvas.folder / "submissions.zip", canvas.folder / "last-spring")
    return canvas


@pytest.fixture
def new_class(home: Path) -> Place:
    """A class that nobody has graded yet."""
    return write_small_class(home / "class", "canvas")


@pytest.fixture
def full_isolation(prepared: Callable[[str], Path], new_class: Place) -> Place:
    """The same on a machine that has the best sandbox."""
    report = prepared("canvas") / "grades" / "students" / "doeana" / "report.json"
    level = json.loads(report.read_text())["run"]["isolation"]
    if level != "full":
        pytest.skip(f"the best sandbox of this machine is {level}")
    return new_class


# images


@pytest.fixture
def no_data(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A machine without images, and a mirror of some that count as MNIST."""
    mnist = counts_as("mnist", 1, monkeypatch)
    digits = counts_as("synthetic", 2, monkeypatch)
    monkeypatch.setattr(
        "mnist_data.offline.digits.make_digits", lambda folder, progress: write_set(folder, digits)
    )
    mounted = write_set(home / "mounted", mnist)
    (home / "lab").mkdir()
    with serve(Mirror({name: pack(content) for name, content in mnist.items()})) as mirror:
        monkeypatch.setenv("MNIST_MIRROR", mirror.base)
        yield Place(home / "lab", stand_ins={"/mnt/course/mnist": str(mounted)})


@pytest.fixture
def data(no_data: Place, home: Path) -> Place:
    """A machine with MNIST in the cache, and in a folder at home."""
    shutil.copytree(home / "mounted", home / ".cache" / "nnlab" / "mnist")
    shutil.copytree(home / "mounted", home / "mnist")
    return no_data


# the lab, made so small that its trainings take no time


@pytest.fixture
def small_lab(home: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Few random images, few iterations, few mistakes, the notebook's first half."""

    def load(kind: str = "auto"):
        return small_data("synthetic" if kind == "auto" else kind, num_train=400)

    for module in (transcript_command, best_net, measure_digits):
        monkeypatch.setattr(module, "load_lab_data", load)
    for module in (transcript, measure_digits):
        monkeypatch.setattr(module, "published", small_published)
    monkeypatch.setattr(transcript, "train_side_by_side", train_here)
    monkeypatch.setattr(measure_digits, "SEEDS", 1)
    monkeypatch.setattr(best_net, "SOLUTIONS", home / "solutions")
    monkeypatch.setattr(best_net, "SETTINGS", best_net.SETTINGS | {"num_iters": 3})
    (home / "solutions").mkdir()
    _shorten_loss_bands(home, monkeypatch)
    monkeypatch.setattr(mistake_table, "CATALOGUE", {"T#11": CATALOGUE["T#11"]})
    monkeypatch.setattr(mistake_table, "DOCUMENT", home / "mistakes.md")
    notebook = nbformat.read(notebook_run.NOTEBOOK, as_version=4)
    (images,) = (at for at, cell in enumerate(notebook.cells) if cell.id == "data-text")
    notebook.cells = notebook.cells[:images]
    nbformat.write(notebook, home / "Lab.ipynb")
    monkeypatch.setattr(notebook_run, "NOTEBOOK", home / "Lab.ipynb")
    return Place(home)


def _shorten_loss_bands(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = small_data(D=784)
    images = SimpleNamespace(
        public={"train_labels": data.y_train}, rows=lambda name: data.X_train / 100
    )
    options = measure_loss_bands.training_options()
    options["settings"] = {**options["settings"], "num_iters": 10}
    monkeypatch.setattr(measure_loss_bands, "training_options", lambda: options)
    monkeypatch.setattr(measure_loss_bands, "load_grading_data", lambda kind: images)
    monkeypatch.setattr(measure_loss_bands, "SEEDS", 1)
    monkeypatch.setattr(measure_loss_bands.loss_bands, "__file__", str(folder / "loss_bands.py"))


# the kit's own folder, and a student's


@pytest.fixture
def checkout(digits_dir: Path, project: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A copy of the kit without its release, on a machine with the offline digits.

    Those are looked for before there is another home.
    """
    monkeypatch.setenv("MNIST_DIR", str(digits_dir))
    folder = home / "kit"
    for room in ("grader", "tools", "mnist_data", "solutions", "docs"):
        shutil.copytree(project / room, folder / room)
    for name in ("Makefile", "pyproject.toml", "README.md"):
        shutil.copy(project / name, folder / name)
    submission = folder / "class" / "ada" / "cattern" / "neural_net.py"
    submission.parent.mkdir(parents=True)
    submission.write_bytes(RIGHT)
    return Place(folder, has_own_code=True)


@pytest.fixture
def checkout_with_tests(checkout: Place, project: Path) -> Place:
    """The same with the kit's own tests."""
    shutil.copytree(project / "tests", checkout.folder / "tests")
    return checkout


@pytest.fixture
def checkout_after_a_session(checkout: Place) -> Place:
    """The same, with what Jupyter leaves in the notebook."""
    notebook = checkout.folder / "solutions" / notebook_run.NOTEBOOK.name
    notebook.write_text(notebook_after_a_session())
    return checkout


@pytest.fixture
def student(home: Path, project: Path) -> Place:
    """The release, unpacked; nothing is done yet."""
    return Place(shutil.copytree(project / "assignment", home / "lab"), has_own_code=True)


@pytest.fixture
def student_who_fetches(mnist_dir: Path, student: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    """The same, with the real files at hand: a student's package knows no others."""
    monkeypatch.setenv("MNIST_MIRROR", str(mnist_dir))
    return student


@pytest.fixture
def student_with_venv(student: Place) -> Place:
    """The same, after the command that makes the environment."""
    code, said = student.run("python -m venv .venv", "--without-pip")
    assert code == 0, said
    return student
