"""A small checkout to make releases from: the real reference, the least of everything else."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

NOTEBOOK = "solutions/Simple_Neural_Network_Lab.ipynb"
TUNING = """\
best_net = None
# T#12: tune.
# BEGIN SOLUTION T#12
for width in (10, 20):  # wider nets fit more
    best_net = TwoLayerNet(784, 2 * width, 10)
# END SOLUTION T#12
best_net.params
"""


def cell(kind: str, id: str, source: str, **more: object) -> dict[str, object]:
    """A notebook's cell, as Jupyter stores it."""
    bare: dict[str, object] = {"cell_type": kind, "id": id, "metadata": {}}
    bare |= {"execution_count": None, "outputs": []} if kind == "code" else {}
    return bare | {"source": source.splitlines(keepends=True)} | more


def notebook(*cells: dict[str, object], **more: object) -> str:
    """A notebook's file."""
    return json.dumps(
        {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **more}
    )


def lab_notebook(tuning: str = TUNING, text: str = "Tune it.") -> str:
    """A notebook with the task T#12 and nothing else."""
    return notebook(cell("markdown", "text", text), cell("code", "tuning", tuning))


# The least that the release asks for; the checks and the data package are not what is broken here.
SMALL = {
    "solutions/student/checks/conftest.py": '"""Checks."""\n',
    "solutions/student/checks/test_loss.py": "def test_t05_scores():\n    pass\n",
    "mnist_data/__init__.py": "",
    "mnist_data/load_mnist.py": '"""Load."""\n',
    "mnist_data/vis_utils.py": '"""See."""\n',
}


@pytest.fixture
def checkout(tmp_path: Path, project: Path) -> Path:
    """The real reference with the least of everything else, to be broken by the test."""
    root = tmp_path / "checkout"
    shutil.copytree(project / "solutions/cattern", root / "solutions/cattern", ignore=_litter)
    (root / "solutions/student/checks").mkdir(parents=True)
    (root / "mnist_data").mkdir()
    for name in ("README.md", "requirements.txt", "pytest.ini"):
        shutil.copy(project / "solutions/student" / name, root / "solutions/student")
    for name, text in (SMALL | {NOTEBOOK: lab_notebook()}).items():
        (root / name).write_text(text, encoding="utf-8")
    return root


@pytest.fixture
def whole_checkout(checkout: Path, project: Path) -> Path:
    """The same with the real checks and the real data package: it can be proved."""
    for folder in ("solutions/student", "mnist_data"):
        shutil.rmtree(checkout / folder)
        shutil.copytree(project / folder, checkout / folder, ignore=_litter)
    return checkout


def _litter(folder: str, names: list[str]) -> set[str]:
    """Bytecode and data stay where they are."""
    return {name for name in names if name.endswith((".gz", "-ubyte", "__pycache__"))}


def edit(path: Path, old: str, new: str) -> None:
    """Replace the one place where a text stands in a file."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, (path, old)
    path.write_text(text.replace(old, new), encoding="utf-8", newline="")
