"""The offline digits as a whole: the promise of the same bytes, and what is in them."""

from __future__ import annotations

import gzip
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mnist_data.contents import FINGERPRINTS, SYNTHETIC, fingerprint
from mnist_data.files import FILES, TEST_IMAGES, TEST_LABELS, TRAIN_IMAGES, TRAIN_LABELS
from mnist_data.load_mnist import read_data_sets
from mnist_data.offline import digits
from mnist_data.offline.digits import draw_set, make_digits, write_idx

# Of the files as they are; those of their content are in `contents`.
PACKED_SHA256 = {
    TRAIN_IMAGES: "39367ed8693cc2ce1be7991c99396ff7c8e093204b5ed706e52ff9afa8b21947",
    TRAIN_LABELS: "e9373f22b7ce2b400818e3bdddf1267031e24425c5ac812012265b49af524365",
    TEST_IMAGES: "e6c1a3db7932bc06baa1555ec05f4e978fc04cc0c9db92c2532af11b6a3916d5",
    TEST_LABELS: "0c6d462e7b4b99759f46e9753842b38e655eb2ac608c3d4ec19a62b4196edfbe",
}
Sets = tuple[np.ndarray, ...]


@pytest.fixture(scope="module")
def arrays(digits_dir: Path) -> Sets:
    """X_train, y_train, X_val, y_val, X_test, y_test as the cache holds them."""
    return read_data_sets(digits_dir)


@pytest.mark.parametrize("name", FILES)
def test_bytes_are_the_same_as_everywhere(digits_dir: Path, name: str) -> None:
    packed = (digits_dir / name).read_bytes()
    assert hashlib.sha256(packed).hexdigest() == PACKED_SHA256[name]
    assert fingerprint(gzip.decompress(packed)) == FINGERPRINTS[SYNTHETIC][name]


@pytest.mark.parametrize(("writers", "at"), [("VALIDATION_WRITERS", 2), ("TEST_WRITERS", 4)])
def test_generator_still_draws_the_cached_digits(arrays: Sets, writers: str, at: int) -> None:
    """The cache may be old. The training set takes four times as long and the same code."""
    images, labels = draw_set(getattr(digits, writers))
    np.testing.assert_array_equal(images, arrays[at][..., 0])
    np.testing.assert_array_equal(labels, arrays[at + 1])


def test_vector_instructions_change_nothing() -> None:
    """There is other code for other processors; without all of it, plain C runs."""
    found = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    program = (
        "import hashlib; from mnist_data.offline.digits import draw_set;"
        "print(hashlib.sha256(draw_set(range(3))[0].tobytes()).hexdigest())"
    )
    environment = os.environ | {
        "NPY_DISABLE_CPU_FEATURES": " ".join(found),
        "PYTHONPATH": str(Path(digits.__file__).parent.parent),
    }
    command = [sys.executable, "-W", "ignore", "-c", program]
    got = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert got.stdout.strip() == hashlib.sha256(draw_set(range(3))[0].tobytes()).hexdigest()


def test_four_files_are_made_with_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for at, name in enumerate(("VALIDATION_WRITERS", "TRAINING_WRITERS", "TEST_WRITERS")):
        monkeypatch.setattr(digits, name, range(at, at + 1))
    progress: list[tuple[int, int]] = []
    folder = tmp_path / "digits"
    folder.mkdir()
    make_digits(folder, progress=lambda done, total: progress.append((done, total)))
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    assert progress == [(50, 150), (100, 150), (150, 150)]
    X_train, _, X_val, y_val, X_test, _ = read_data_sets(folder, validation_size=50)
    for images, writer in ((X_val, 0), (X_train, 1), (X_test, 2)):
        np.testing.assert_array_equal(images[..., 0], draw_set(range(writer, writer + 1))[0])
    assert np.bincount(y_val).tolist() == [5] * 10


def test_every_digit_is_equally_frequent_and_shuffled(arrays: Sets) -> None:
    for labels in arrays[1::2]:
        assert np.bincount(labels).tolist() == [len(labels) // 10] * 10
        changes = np.mean(labels[1:] != labels[:-1])
        assert 0.88 < changes < 0.92  # nine in ten, give or take six deviations in 5,000


def test_no_writer_is_in_two_sets() -> None:
    sets = [digits.VALIDATION_WRITERS, digits.TRAINING_WRITERS, digits.TEST_WRITERS]
    writers = [writer for one in sets for writer in one]
    assert len(writers) == len(set(writers)) == 1400


def test_no_image_occurs_twice(arrays: Sets) -> None:
    images = [image.tobytes() for some in arrays[::2] for image in some]
    assert len(set(images)) == len(images)


@pytest.mark.parametrize("size", [1, 0xFFFF - 1, 0xFFFF, 0xFFFF + 1, 3 * 0xFFFF])
def test_packed_files_unpack_at_every_size(tmp_path: Path, size: int) -> None:
    array = (np.arange(size - 8 if size > 8 else size) % 251).astype(np.uint8)  # 8: the header
    write_idx(tmp_path / "array.gz", array)
    content = gzip.decompress((tmp_path / "array.gz").read_bytes())
    assert content[:8] == b"\x00\x00\x08\x01" + len(array).to_bytes(4, "big")
    assert content[8:] == array.tobytes()
