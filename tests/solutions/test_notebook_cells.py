"""The notebook's helpers: finding the lab's files, getting the data, drawing the plots."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mnist_data.errors import DataError
from mnist_data.find import FoundData
from solutions.cattern import data
from tools.release import Handout

plt = pytest.importorskip("matplotlib.pyplot")


@pytest.fixture
def first_cell(project: Path) -> str:
    """The cell that finds the lab's files."""
    text = (project / "assignment" / "Simple_Neural_Network_Lab.ipynb").read_text("utf-8")
    return next("".join(c["source"]) for c in json.loads(text)["cells"] if c["id"] == "files")


def run_cell(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the cell in a folder and say which files it finds."""
    after = "\nimport cattern.neural_net, checks\nprint(Path(cattern.__file__).parent)"
    return subprocess.run(
        [sys.executable, "-P", "-c", code + after],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_notebook_alone_unpacks_the_zip(first_cell: str, release: Handout, tmp_path: Path) -> None:
    (tmp_path / "Simple_Neural_Network_Lab.ipynb").write_text("mine")
    (tmp_path / "Simple_Neural_Network_Lab (1).zip").write_bytes(release.zip)
    run = run_cell(first_cell, tmp_path)
    assert run.stdout.splitlines()[-1] == str(tmp_path / "cattern"), run.stderr
    assert (tmp_path / "Simple_Neural_Network_Lab.ipynb").read_text() == "mine"


def test_notebook_without_zip_asks_for_it(first_cell: str, tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b" / "c"
    folder.mkdir(parents=True)
    run = run_cell(first_cell, folder)
    assert "Upload Simple_Neural_Network_Lab.zip to the folder" in run.stderr


@pytest.mark.parametrize("where", [".", "below", "notebooks"])
def test_files_are_found_nearby(first_cell: str, project: Path, tmp_path: Path, where: str) -> None:
    lab = tmp_path / ("below" if where == "below" else ".")
    (lab / "cattern").mkdir(parents=True)
    (lab / "checks").mkdir()
    for name in ("cattern/__init__.py", "cattern/neural_net.py", "checks/__init__.py"):
        (lab / name).write_text("")
    start = tmp_path / ("notebooks" if where == "notebooks" else ".")
    start.mkdir(exist_ok=True)
    assert run_cell(first_cell, start).stdout.splitlines()[-1] == str(lab / "cattern")


@pytest.fixture
def computer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, bool]:
    """A computer on which MNIST is there or not, and a network that works or not."""
    state = {"mnist": False, "network": True}

    def look_around() -> list[FoundData]:
        return [FoundData(tmp_path, "mnist", "cache")] if state["mnist"] else []

    def fetch_mnist(folder: Path, progress: object) -> None:
        if not state["network"]:
            raise DataError("no connection\nmore addresses")
        state["mnist"] = True

    def find_data(kind: str, progress: object) -> FoundData:
        found = "mnist" if state["mnist"] and kind == "auto" else "synthetic"
        return FoundData(tmp_path, found, "cache")

    monkeypatch.setattr(data, "look_around", look_around)
    monkeypatch.setattr(data, "fetch_mnist", fetch_mnist)
    monkeypatch.setattr(data, "find_data", find_data)
    return state


@pytest.mark.parametrize(
    ("mnist", "network", "course", "kind", "sentences"),
    [
        (True, False, "mnist", "mnist", ["yours should match", "Your course grades on this data."]),
        (False, True, "mnist", "mnist", ["Downloading it (11 MB)", "yours should match"]),
        (False, False, "mnist", "synthetic", ["no connection", "grades on MNIST, so train"]),
        (False, True, "synthetic", "synthetic", ["differ", "Your course grades on this data."]),
    ],
)
def test_data_is_found_fetched_or_drawn(
    computer: dict[str, bool],
    capsys: pytest.CaptureFixture[str],
    mnist: bool,
    network: bool,
    course: str,
    kind: str,
    sentences: list[str],
) -> None:
    computer.update(mnist=mnist, network=network)
    assert data.get_data(course).kind == kind
    said = capsys.readouterr().out
    assert all(sentence in said for sentence in sentences), said
    assert "more addresses" not in said


@pytest.fixture
def axes():
    figure, axes = plt.subplots()
    yield axes
    plt.close(figure)


@pytest.mark.parametrize(
    ("units", "tiles"), [(50, (5, 10)), (150, (10, 15)), (53, (7, 8)), (1, (1, 1))]
)
def test_weights_have_one_tile_per_unit(axes, units: int, tiles: tuple[int, int]) -> None:
    from solutions.cattern.plots import show_weights

    W1 = np.random.RandomState(0).randn(784, units)
    show_weights(axes, W1, "title")
    (image,) = axes.images
    assert image.get_array().shape == (tiles[0] * 30, tiles[1] * 30)
    low, high = image.get_clim()
    assert low == -high < 0
    shown = np.isfinite(image.get_array().filled(np.nan))
    assert shown.sum() == units * 784


def test_confusion_counts_pairs(axes) -> None:
    from solutions.cattern.plots import show_confusion

    show_confusion(axes, np.array([3, 3, 5]), np.array([5, 5, 5]), "title")
    texts = {text.get_position(): text.get_text() for text in axes.texts}
    assert (texts[5, 3], texts[5, 5], texts[3, 5]) == ("2", "1", "0")


def test_most_confident_mistakes_come_first() -> None:
    from solutions.cattern.plots import show_mistakes

    figure, panels = plt.subplots(1, 3)
    scores = np.zeros((4, 10))
    scores[[0, 1, 2, 3], [1, 2, 3, 4]] = [1, 5, 9, 3]
    y = np.array([0, 0, 3, 0])  # the third one is right
    show_mistakes(panels, np.zeros((4, 784)), y, np.array([1, 2, 3, 4]), scores)
    titles = [panel.get_title() for panel in panels]
    plt.close(figure)
    assert titles == ["0 read as 2", "0 read as 4", "0 read as 1"]
