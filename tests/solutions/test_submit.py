"""Packing a submission: whole or not, it is packed, and what is missing is said."""

from __future__ import annotations

import json
import pickle
import zipfile
from pathlib import Path

import pytest

from solutions.cattern import submit

NOTEBOOK = "Simple_Neural_Network_Lab.ipynb"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with everything that is handed in, and some things that are not."""
    for name, content in {
        "cattern/__init__.py": "",
        "cattern/neural_net.py": "class TwoLayerNet: pass\n",
        "cattern/mine/dropout.py": "rate = 0.5\n",
        "cattern/__pycache__/neural_net.cpython-311.pyc": "",
        NOTEBOOK: json.dumps({"cells": []}),
        "best_net.pkl": "weights",
        "mnist_data/load_mnist.py": "",
        "submission.zip": "old",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    return tmp_path


def test_everything_that_belongs_to_a_submission_is_packed(root: Path) -> None:
    packed = submit.pack(root, root / "submission.zip")
    expected = [
        NOTEBOOK,
        "best_net.pkl",
        "cattern/__init__.py",
        "cattern/mine/dropout.py",
        "cattern/neural_net.py",
    ]
    assert zipfile.ZipFile(packed.path).namelist() == expected
    assert zipfile.ZipFile(packed.path).read("best_net.pkl") == b"weights"
    assert list(packed.sizes) == expected
    assert packed.warnings == []
    assert not list(root.glob("*.part"))


def test_missing_parts_are_said_and_the_rest_is_packed(root: Path) -> None:
    (root / "best_net.pkl").unlink()
    (root / NOTEBOOK).unlink()
    (root / "cattern" / "neural_net.py").unlink()
    packed = submit.pack(root, root / "submission.zip")
    assert packed.warnings == [
        "cattern/neural_net.py is missing. Was it renamed?",
        f"{NOTEBOOK} is missing.",
        "best_net.pkl is missing: the notebook saves it after T#12.",
    ]
    assert "cattern/mine/dropout.py" in zipfile.ZipFile(packed.path).namelist()


def test_unfinished_tasks_are_said_for_code_and_notebook(root: Path) -> None:
    stub = 'raise NotImplementedError("{} is not done yet")'
    text = "\n".join(map(stub.format, ("T#6", "T#7")))
    (root / "cattern" / "neural_net.py").write_text(text, encoding="utf-8")
    (root / NOTEBOOK).write_text(json.dumps({"source": [stub.format("T#12")]}), encoding="utf-8")
    assert submit.pack(root, root / "submission.zip").warnings == [
        f"{NOTEBOOK}: not done yet: T#12.",
        "cattern/neural_net.py: not done yet: T#6, T#7.",
    ]


def test_large_file_is_said(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submit, "LARGE_MB", 0.001)
    (root / "best_net.pkl").write_bytes(bytes(2_000_000))
    assert submit.pack(root, root / "submission.zip").warnings == [
        "best_net.pkl is large: 2 MB. Is all of it needed?"
    ]


def test_npz_counts_as_well(root: Path) -> None:
    (root / "best_net.pkl").rename(root / "best_net.npz")
    packed = submit.pack(root, root / "submission.zip")
    assert packed.warnings == []
    assert "best_net.npz" in packed.sizes


def test_renamed_notebook_is_packed_under_its_name(root: Path) -> None:
    (root / NOTEBOOK).rename(root / "Lab (2).ipynb")
    packed = submit.pack(root, root / "submission.zip")
    assert NOTEBOOK in packed.sizes
    assert packed.warnings == []


@pytest.mark.parametrize("protocol", range(6))
def test_pickled_none_is_reported(root: Path, protocol: int) -> None:
    (root / "best_net.pkl").write_bytes(pickle.dumps(None, protocol))
    assert submit.pack(root, root / "submission.zip").warnings == [
        "best_net.pkl holds None, not a network. Save it after the tuning."
    ]


def test_nothing_to_hand_in_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"There is nothing to hand in: .* has no cattern"):
        submit.pack(tmp_path, tmp_path / "submission.zip")
    assert list(tmp_path.iterdir()) == []


def test_command_says_sizes_and_state(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(submit, "ROOT", root)
    assert submit.main([str(root / "ada.zip")]) == 0
    said = capsys.readouterr().out
    assert "       0.0 kB  best_net.pkl\n" in said
    assert f"Packed into {root / 'ada.zip'} (" in said
    assert said.endswith("It is complete. Hand in this file.\n")
    (root / "best_net.pkl").unlink()
    assert submit.main([str(root / "ada.zip")]) == 0
    said = capsys.readouterr().out
    assert said.startswith("Missing or unfinished: best_net.pkl is missing")
    assert "\n1 thing is missing or unfinished: best_net.pkl is missing" in said


def test_command_fails_where_it_cannot_write(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(submit, "ROOT", root)
    assert submit.main([str(root / "missing" / "ada.zip")]) == 1
    assert "No such file or directory" in capsys.readouterr().err
