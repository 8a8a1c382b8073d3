"""Small sets of data in MNIST's form, whole and broken."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from mnist_data import contents as known
from mnist_data.contents import Fingerprint, fingerprint
from mnist_data.files import FILES, TEST_IMAGES, TEST_LABELS, TRAIN_IMAGES, TRAIN_LABELS

TRAIN, TEST = 300, 60  # images: 235 kB of noise, more than one chunk of a download


def idx(array: np.ndarray) -> bytes:
    """An array of bytes in IDX format."""
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


def small_arrays(seed: int = 0) -> dict[str, np.ndarray]:
    """Noise for images (N, 28, 28) and labels (N,) that hold every digit."""
    random = np.random.RandomState(seed)
    arrays = {}
    for images, labels, count in (
        (TRAIN_IMAGES, TRAIN_LABELS, TRAIN),
        (TEST_IMAGES, TEST_LABELS, TEST),
    ):
        arrays[images] = random.randint(0, 256, (count, 28, 28)).astype(np.uint8)
        arrays[labels] = random.permutation(np.arange(count) % 10).astype(np.uint8)
    return arrays


def small_contents(seed: int = 0) -> dict[str, bytes]:
    """The IDX data of a small set, by the names of its files."""
    return {name: idx(array) for name, array in small_arrays(seed).items()}


def pack(content: bytes) -> bytes:
    """As a .gz file holds it; the same content gives the same bytes."""
    return gzip.compress(content, mtime=0)


def write_set(folder: Path, contents: dict[str, bytes]) -> Path:
    """Write a set's four .gz files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        (folder / name).write_bytes(pack(contents[name]))
    return folder


def fingerprints(contents: dict[str, bytes]) -> dict[str, Fingerprint]:
    """What identifies a set."""
    return {name: fingerprint(content) for name, content in contents.items()}


def counts_as(kind: str, seed: int, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """A small set that counts as the set of this kind for the length of a test."""
    made = small_contents(seed)
    monkeypatch.setitem(known.FINGERPRINTS, kind, fingerprints(made))
    return made


def clear_machine(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No data anywhere: an empty working folder, which is given back, cache and environment."""
    work = folder / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    for name in ("MNIST_DIR", "MNIST_MIRROR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return work
