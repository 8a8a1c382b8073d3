"""Reading a set: the contract, real MNIST, and one sentence for each way of being broken."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from mnist_data import DataError, read_data_sets
from mnist_data.files import (
    FILES,
    TEST_IMAGES,
    TEST_LABELS,
    TRAIN_IMAGES,
    TRAIN_LABELS,
    accepted_names,
)
from tests.mnist_data.sets import TEST, TRAIN, idx, pack, small_arrays, small_contents, write_set


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small set that is whole."""
    return write_set(tmp_path / "set", small_contents())


def message(folder: Path, **options: object) -> str:
    """What reading the folder fails with: always one sentence."""
    with pytest.raises(DataError) as caught:
        read_data_sets(folder, **({"validation_size": 50} | options))
    text = str(caught.value)
    assert "\n" not in text
    assert text.endswith(".")
    return text


def test_first_training_images_are_the_validation_set(folder: Path) -> None:
    arrays = small_arrays()
    X_train, y_train, X_val, y_val, X_test, y_test = read_data_sets(folder, validation_size=50)
    np.testing.assert_array_equal(X_val[..., 0], arrays[TRAIN_IMAGES][:50])
    np.testing.assert_array_equal(X_train[..., 0], arrays[TRAIN_IMAGES][50:])
    np.testing.assert_array_equal(X_test[..., 0], arrays[TEST_IMAGES])
    np.testing.assert_array_equal(np.concatenate([y_val, y_train]), arrays[TRAIN_LABELS])
    np.testing.assert_array_equal(y_test, arrays[TEST_LABELS])


def test_arrays_are_separate_and_typed_as_documented(folder: Path) -> None:
    sets = read_data_sets(folder, validation_size=50)
    assert [array.shape[0] for array in sets] == [TRAIN - 50, TRAIN - 50, 50, 50, TEST, TEST]
    assert {images.dtype for images in sets[::2]} == {np.dtype(np.uint8)}
    assert {labels.dtype for labels in sets[1::2]} == {np.dtype(np.int64)}
    for k, array in enumerate(sets):
        array[0] = 0
        assert not any(np.shares_memory(array, other) for other in sets[k + 1 :])


def test_each_path_is_printed_as_it_is_read(
    bare_machine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_set(bare_machine / "mnist_data", small_contents())
    read_data_sets("mnist_data", validation_size=50)
    assert capsys.readouterr().out.splitlines() == [
        f"Extracting mnist_data/{name}" for name in FILES
    ]


@pytest.mark.parametrize("which", range(4))
def test_every_accepted_name_is_read(tmp_path: Path, which: int) -> None:
    for name, content in small_contents().items():
        path = tmp_path / accepted_names(name)[which]
        path.write_bytes(pack(content) if path.suffix == ".gz" else content)
    assert read_data_sets(tmp_path, validation_size=50)[0].shape == (TRAIN - 50, 28, 28, 1)


def test_gzip_streams_in_a_row_are_one_file(folder: Path) -> None:
    content = small_contents()[TEST_LABELS]
    (folder / TEST_LABELS).write_bytes(pack(content[:20]) + pack(content[20:]) + bytes(512))
    assert read_data_sets(folder, validation_size=50)[5].shape == (TEST,)


def test_validation_set_may_be_empty(folder: Path) -> None:
    assert read_data_sets(folder, validation_size=0)[2].shape == (0, 28, 28, 1)


@pytest.mark.parametrize("size", [-1, TRAIN, 2.5, True, "50", None])
def test_validation_size_out_of_range_is_named(folder: Path, size: object) -> None:
    assert message(folder, validation_size=size) == (
        f"{folder / TRAIN_IMAGES}: validation_size is {size!r}, expected an integer from 0 to 299, "
        "because there are 300 training images."
    )


ADVICE = '"python -m mnist_data fetch" downloads MNIST, "python -m mnist_data make" draws digits'


def test_unusable_folder_is_named_with_advice(tmp_path: Path, folder: Path) -> None:
    nowhere, path = tmp_path / "nowhere", folder / TRAIN_IMAGES
    wanted = "expected a folder with the four MNIST files"
    assert message(nowhere) == f"{nowhere}: found no such folder, {wanted}; {ADVICE}."
    assert message(path) == f"{path}: found a file, {wanted}; {ADVICE}."
    assert message(tmp_path) == (
        f"{tmp_path}: found none of the four MNIST files, expected {TRAIN_IMAGES} and the other "
        f"three; {ADVICE}."
    )


def test_all_missing_files_are_named_at_once(folder: Path) -> None:
    (folder / TRAIN_LABELS).unlink()
    (folder / TEST_IMAGES).unlink()
    assert message(folder) == (
        f"{folder}: found no {TRAIN_LABELS} and no {TEST_IMAGES}, "
        f"expected all four MNIST files; {ADVICE}."
    )


def test_file_that_cannot_be_read_is_named(folder: Path) -> None:
    path = folder / TEST_LABELS
    path.unlink()
    path.mkdir()
    assert message(folder) == f"{path}: the file cannot be read (Is a directory)."


LABELS = small_contents()[TRAIN_LABELS]
IMAGES = small_contents()[TRAIN_IMAGES]
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 28881\n"
SOUND = small_arrays()[TRAIN_LABELS]
WITH_TEN = np.where(np.arange(TRAIN) == 17, 10, SOUND).astype(np.uint8)

BROKEN = {
    "empty": (TRAIN_LABELS, b"", "found an empty file, expected gzip data."),
    "no gzip": (
        TRAIN_LABELS,
        b"hello",
        "found data that begins with the bytes 68 65 6c 6c, expected gzip data.",
    ),
    "unpacked": (
        TRAIN_LABELS,
        LABELS,
        "found IDX data that is not compressed, expected gzip data; remove .gz from its name.",
    ),
    "web page": (
        TRAIN_LABELS,
        b"\n<!DOCTYPE html>",
        "found a web page or XML, expected gzip data.",
    ),
    "Git LFS pointer": (
        TRAIN_LABELS,
        POINTER,
        f'found a Git LFS pointer of {len(POINTER)} bytes ("git lfs pull" gets the file itself), '
        "expected gzip data.",
    ),
    "cut off": (
        TRAIN_LABELS,
        pack(LABELS)[:100],
        "found gzip data that breaks off after 100 bytes, expected a whole file.",
    ),
    "damaged": (
        TRAIN_LABELS,
        pack(LABELS)[:-8] + bytes(8),
        "found damaged gzip data (Error -3 while decompressing data: incorrect data check), "
        "expected an intact file.",
    ),
    "something behind": (
        TRAIN_LABELS,
        pack(LABELS) + b"more",
        "found 4 bytes after the end of the gzip data, expected none.",
    ),
    "packed twice": (
        TRAIN_LABELS,
        pack(pack(LABELS)),
        "found gzip data, expected the IDX number 00 00 08 01, the one of labels.",
    ),
    "nothing inside": (
        TRAIN_LABELS,
        pack(b""),
        "found an empty file, expected the IDX number 00 00 08 01, the one of labels.",
    ),
    "images as labels": (
        TRAIN_LABELS,
        pack(IMAGES),
        "found the IDX number 00 00 08 03, the one of images, "
        "expected the IDX number 00 00 08 01, the one of labels.",
    ),
    "labels as images": (
        TRAIN_IMAGES,
        pack(LABELS),
        "found the IDX number 00 00 08 01, the one of labels, "
        "expected the IDX number 00 00 08 03, the one of images.",
    ),
    "another type": (
        TRAIN_LABELS,
        pack(b"\0\0\x0d\1" + LABELS[4:]),
        "found the IDX number 00 00 0d 01, expected the IDX number 00 00 08 01, the one of labels.",
    ),
    "half a header": (
        TRAIN_IMAGES,
        pack(IMAGES[:10]),
        "found a header of 10 bytes, expected one of 16.",
    ),
    "no images": (
        TRAIN_IMAGES,
        pack(idx(np.zeros((0, 28, 28), np.uint8))),
        "found a header that counts 0 images, expected at least one.",
    ),
    "too few bytes": (
        TRAIN_IMAGES,
        pack(IMAGES[:-1]),
        "found 235,215 bytes inside, expected 235,216 for the 300 images that its header counts; "
        "the file is cut off.",
    ),
    "too many bytes": (
        TRAIN_LABELS,
        pack(LABELS + b"\1"),
        "found 309 bytes inside, expected 308 for the 300 labels that its header counts; "
        "bytes were added at its end.",
    ),
    "other size of image": (
        TRAIN_IMAGES,
        pack(idx(np.zeros((TRAIN, 32, 32), np.uint8))),
        "found images of 32x32 pixels, expected 28x28.",
    ),
    "label out of range": (
        TRAIN_LABELS,
        pack(idx(WITH_TEN)),
        "found the label 10 at position 17, expected labels from 0 to 9.",
    ),
    "a label less": (
        TRAIN_LABELS,
        pack(idx(SOUND[:-1])),
        f"found 299 labels, expected 300, one for each image of {TRAIN_IMAGES}.",
    ),
}


@pytest.mark.parametrize(("name", "content", "expected"), BROKEN.values(), ids=BROKEN)
def test_broken_file_is_told_in_one_sentence(
    folder: Path, name: str, content: bytes, expected: str
) -> None:
    (folder / name).write_bytes(content)
    assert message(folder) == f"{folder / name}: {expected}"


@pytest.mark.mnist
def test_real_mnist_has_the_published_shapes(mnist_dir: Path) -> None:
    X_train, y_train, X_val, y_val, X_test, y_test = read_data_sets(mnist_dir)
    assert (X_train.shape, X_val.shape, X_test.shape) == (
        (55000, 28, 28, 1),
        (5000, 28, 28, 1),
        (10000, 28, 28, 1),
    )
    assert (y_train.shape, y_val.shape, y_test.shape) == ((55000,), (5000,), (10000,))
    assert y_val[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert (X_train.min(), X_train.max()) == (0, 255)
    centered = X_train - X_train.mean(axis=0)
    assert centered.dtype == np.float64
    assert centered.reshape(55000, -1).shape == (55000, 784)


def test_advice_names_commands_that_exist() -> None:
    from mnist_data.__main__ import main

    for action in re.findall(r"mnist_data (\w+)", ADVICE):
        with pytest.raises(SystemExit, match="0"):
            main([action, "--help"])
