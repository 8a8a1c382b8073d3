"""The offline digits as a whole: the promise of the same bytes, and what is in them."""

from __future__ import annotations

import gzip
import hashlib
import os
import subprocess
import sys
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Made:
    """What a call of `make_digits` left behind."""

    folder: Path
    progress: list[tuple[int, int]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The four files, made now and not taken from the cache: it is the generator that is tested."""
    folder = tmp_path_factory.mktemp("digits")
    progress: list[tuple[int, int]] = []
    make_digits(folder, progress=lambda done, total: progress.append((done, total)))
    return Made(folder, progress)


@pytest.fixture(scope="module")
def arrays(made: Made) -> tuple[np.ndarray, ...]:
    """X_train, y_train, X_val, y_val, X_test, y_test."""
    return read_data_sets(made.folder)


@pytest.mark.parametrize("name", FILES)
def test_content_is_the_same_as_everywhere(made: Made, name: str) -> None:
    content = gzip.decompress((made.folder / name).read_bytes())
    assert fingerprint(content) == FINGERPRINTS[SYNTHETIC][name]


@pytest.mark.parametrize("name", FILES)
def test_files_are_the_same_as_everywhere_in_their_packed_form(made: Made, name: str) -> None:
    assert hashlib.sha256((made.folder / name).read_bytes()).hexdigest() == PACKED_SHA256[name]


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


def test_nothing_is_left_beside_the_four_files(made: Made) -> None:
    assert sorted(path.name for path in made.folder.iterdir()) == sorted(FILES)


def test_progress_counts_every_image(made: Made) -> None:
    done = [count for count, _ in made.progress]
    assert done == sorted(done)
    assert done[-1] == 70_000
    assert {total for _, total in made.progress} == {70_000}


def test_sets_are_as_large_as_mnists(arrays: tuple[np.ndarray, ...]) -> None:
    shapes = [array.shape for array in arrays]
    images = (28, 28, 1)
    assert shapes[::2] == [(55_000, *images), (5_000, *images), (10_000, *images)]
    assert shapes[1::2] == [(55_000,), (5_000,), (10_000,)]


def test_all_digits_are_equally_frequent_in_each_set(arrays: tuple[np.ndarray, ...]) -> None:
    for labels in arrays[1::2]:
        assert np.bincount(labels).tolist() == [len(labels) // 10] * 10


def test_labels_are_in_random_order(arrays: tuple[np.ndarray, ...]) -> None:
    for labels in arrays[1::2]:
        changes = np.mean(labels[1:] != labels[:-1])
        assert 0.88 < changes < 0.92  # nine in ten, give or take six deviations in 5,000


def test_no_writer_is_in_two_sets() -> None:
    sets = [digits.VALIDATION_WRITERS, digits.TRAINING_WRITERS, digits.TEST_WRITERS]
    writers = [writer for one in sets for writer in one]
    assert len(writers) == len(set(writers)) == 1400


def test_no_image_occurs_twice(arrays: tuple[np.ndarray, ...]) -> None:
    images = [image.tobytes() for some in arrays[::2] for image in some]
    assert len(set(images)) == len(images)


def test_center_of_mass_is_in_the_middle(arrays: tuple[np.ndarray, ...]) -> None:
    images = arrays[4][:, :, :, 0].astype(np.int64)  # (N, 28, 28)
    ink = images.sum(axis=(1, 2))
    for axis in (1, 2):
        off = np.abs((images.sum(axis=axis) * np.arange(28)).sum(axis=1) / ink - 14)  # (N,)
        # Whole pixels are moved. As in MNIST, a few digits reach over the edge and lose ink.
        assert np.mean(off > 0.5) < 0.001
        assert off.max() < 0.6


def test_every_image_has_paper_at_its_corners_and_ink_in_it(
    arrays: tuple[np.ndarray, ...],
) -> None:
    for images in arrays[::2]:
        assert images[:, ::27, ::27].max() == 0
        assert images.max(axis=(1, 2, 3)).min() > 128


def test_a_set_is_the_same_whatever_else_is_made() -> None:
    images, labels = draw_set(range(7, 9))
    again, same_labels = draw_set(range(7, 9))
    np.testing.assert_array_equal(images, again)
    np.testing.assert_array_equal(labels, same_labels)


def test_a_folder_that_is_not_there_is_an_error_of_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("VALIDATION_WRITERS", "TRAINING_WRITERS", "TEST_WRITERS"):
        monkeypatch.setattr(digits, name, range(1))
    with pytest.raises(FileNotFoundError, match="train-images"):
        make_digits(tmp_path / "missing")


@pytest.mark.parametrize("size", [1, 0xFFFF - 1, 0xFFFF, 0xFFFF + 1, 3 * 0xFFFF])
def test_packed_files_unpack_to_the_array_at_every_size(tmp_path: Path, size: int) -> None:
    array = (np.arange(size - 8 if size > 8 else size) % 251).astype(np.uint8)  # 8: the header
    write_idx(tmp_path / "array.gz", array)
    content = gzip.decompress((tmp_path / "array.gz").read_bytes())
    assert content[:8] == b"\x00\x00\x08\x01" + len(array).to_bytes(4, "big")
    assert content[8:] == array.tobytes()
