"""Fixtures: a machine without data, and small sets that stand for the large ones."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from mnist_data import contents
from tests.mnist_data.sets import clear_machine, counts_as, small_contents


@pytest.fixture(autouse=True)
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder of a machine without any data."""
    return clear_machine(tmp_path, monkeypatch)


@pytest.fixture
def mnist(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """A small set that counts as MNIST in this test."""
    return counts_as("mnist", 1, monkeypatch)


@pytest.fixture
def digits(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """A small set that counts as the offline digits in this test."""
    return counts_as("synthetic", 2, monkeypatch)


@pytest.fixture
def fashion(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """A small set that counts as Fashion-MNIST in this test."""
    made = small_contents(seed=3)
    md5 = {name: hashlib.md5(content).hexdigest() for name, content in made.items()}
    monkeypatch.setattr(contents, "FASHION_MD5", md5)
    return made
